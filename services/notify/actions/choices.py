"""What parties choose, and who stands at which desk."""

from uuid import UUID

from services.notify import library
from services.notify.domain.planning import Library
from services.notify.domain.quiet import Quiet, minutes
from services.notify.store import choices as store
from services.notify.store.surroundings import preference_of
from services.notify.views.following import Desks, DeskView, PreferenceView
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused, Stale
from shared.identifiers import new_id
from shared.web import Caller

_SEE_ALL = ("admin", "bureau", "auditor")
_LONGEST_QUIET = 15 * 60
_DAY = 24 * 60


class QuietTooShort(Refused):
    """Nobody may be woken because he chose to be: own quiet hours cover the common ones."""

    code = "quiet_too_short"
    zh = "免打扰时段必须包含 {start}–{end}"
    en = "Quiet hours must cover {start}–{end}"


class QuietTooLong(Refused):
    """Quiet hours leave at least nine hours of the day."""

    code = "quiet_too_long"
    zh = "免打扰时段不得超过15小时"
    en = "Quiet hours may not be longer than 15 hours"


class NotFree(Refused):
    """The law does not leave it free whether this is told."""

    code = "not_free"
    zh = "“{kind}”属于必须告知的事项，不能关闭"
    en = "{kind} is always told; it cannot be turned off"


async def preferences(party: UUID, caller: Caller, tx: Tx) -> PreferenceView:
    """What a party has chosen, and what it may choose. Raises Missing for another's party."""
    _own(party, caller)
    in_force = await library.in_force(tx)
    row = await store.preference(tx, party)
    if row is None:
        return PreferenceView(free=sorted(in_force.book.free))
    quiet = preference_of(row).quiet
    return PreferenceView(
        **{name: row[name] for name in ("channels", "language", "off", "version")},
        quiet_from=quiet.start if quiet else None,
        quiet_to=quiet.end if quiet else None,
        free=sorted(in_force.book.free),
    )


async def choose(party: UUID, body: PreferenceView, version: int | None, caller: Caller, tx: Tx) -> PreferenceView:
    """Choose. Raises QuietTooShort, QuietTooLong, NotFree, Stale, Missing."""
    _own(party, caller)
    _check(body, await library.in_force(tx))
    row = {
        "party_id": party,
        "channels": body.channels,
        "quiet_from": minutes(body.quiet_from) if body.quiet_from else None,
        "quiet_to": minutes(body.quiet_to) if body.quiet_to else None,
        "language": body.language,
        "off": sorted(body.off),
        "changed_at": tx.now,
    }
    if not await store.save_preference(tx, row, version):
        raise Stale
    return await preferences(party, caller, tx)


def _check(body: PreferenceView, in_force: Library) -> None:
    if forced := [kind for kind in body.off if kind not in in_force.book.free]:
        raise NotFree(kind=forced[0][:60], pointer="/off")
    if body.quiet_from is None or body.quiet_to is None:
        return
    own, common = Quiet(body.quiet_from, body.quiet_to), in_force.book.quiet
    if not own.covers(common):
        raise QuietTooShort(start=f"{common.start:%H:%M}", end=f"{common.end:%H:%M}", pointer="/quiet_from")
    if (minutes(body.quiet_to) - minutes(body.quiet_from)) % _DAY > _LONGEST_QUIET:
        raise QuietTooLong(pointer="/quiet_to")


def _own(party: UUID, caller: Caller) -> None:
    if party not in caller.parties and not caller.has(*_SEE_ALL):
        raise Missing


async def desks(tx: Tx) -> Desks:
    """Who stands where."""
    return Desks(desks=[DeskView(**row) for row in await store.desks(tx)])


async def set_desks(body: Desks, tx: Tx) -> Desks:
    """Everybody's post, at once."""
    rows = [{"id": new_id(), **desk.model_dump()} for desk in body.desks]
    await store.replace_desks(tx, rows)
    return await desks(tx)
