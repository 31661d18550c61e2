"""What happens to codes when somebody asks: issued, posted, scanned, voided, replaced."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.registry.codes import store
from services.registry.codes.label import Label
from services.registry.codes.life import CodeState, ScanWarning, check_place, require_live, warning_of
from services.registry.codes.token import new_token, read_token
from services.registry.codes.views import (
    CodeView,
    Ending,
    Posting,
    Replacing,
    Scan,
    ScanView,
    SheetAsked,
    code_view,
    holder_ids,
    scan_view,
)
from services.registry.rulebook import limits
from services.registry.store.scope import Reach, reach_of, seen_buildings, seen_parties, seen_sites
from services.registry.views.shape import GivenPoint
from shared.contracts.registry import CodeIssued, CodePosted, CodeVoided
from shared.contracts.vocabulary import CodeHolder, CodeVoidReason
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.geo import Point, crs_of, to_cgcs2000
from shared.web import Caller

LABELS_ON_A_SHEET = 400


class CodeUnknown(Missing):
    """A token that nobody ever issued, or that belongs to somebody else's holder."""

    code = "code_unknown"
    zh = "没有这个安全码:可能是伪造的,或无权查看"
    en = "No such code: it may be forged, or it is not yours"


class SheetTooLong(Refused):
    """A sheet is printed in parts."""

    code = "sheet_too_long"
    zh = "该范围没有更多标签"
    en = "There are no more labels here"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What goes on one printed sheet."""

    labels: list[Label]
    batch: str


async def code_of(holder: CodeHolder, holder_id: UUID, caller: Caller, tx: Tx) -> CodeView:
    """The holder's code; issued now where it has none yet."""
    await _card(holder, holder_id, await reach_of(caller, tx), tx)
    row = await store.live_code(tx, holder, holder_id)
    if row is None:
        await issue_codes(tx, [(holder, holder_id)], caller.subject)
        row = await store.live_code(tx, holder, holder_id)
    if row is None:
        raise CodeUnknown
    return code_view(row)


async def issue_codes(tx: Tx, holders: list[tuple[CodeHolder, UUID]], by: str, replaces: str | None = None) -> list[str]:
    """A token for each holder that has no live one, told to everybody; the new tokens."""
    issued = await store.add_codes(tx, {new_token(): holder for holder in holders}, by)
    for row in issued:
        tx.say(CodeIssued(**_card_of_event(row), replaces=replaces), sequence=row["version"])
    return [row["code"] for row in issued]


async def show_code(code: str, caller: Caller, tx: Tx) -> CodeView:
    """One code and its life so far, to those who may see its holder."""
    row, _ = await _known(code, caller, tx)
    return code_view(row)


async def post_code(code: str, body: Posting, caller: Caller, tx: Tx) -> CodeView:
    """The label hangs: where, by photo and position; a wrong place is recorded and told, not refused.

    The same photo again is the same posting, and changes nothing.
    """
    row, card = await _known(code, caller, tx, lock=True)
    require_live(row["state"])
    if row["photo_file_id"] == body.photo_file_id:
        return code_view(row)
    place = check_place(_stood(body.position), _point(card), limits().code_position_check_metres)
    posted = {
        "state": CodeState.POSTED.value,
        "posted_by": caller.subject,
        "posted_at": tx.now,
        "photo_file_id": body.photo_file_id,
        "verdict": place.verdict.value,
        "metres": place.metres,
    }
    changed = await store.change_code(tx, row["code"], posted | _position(body.position))
    tx.say(CodePosted(**_card_of_event(changed), place_check=place, posted_at=tx.now), sequence=changed["version"])
    return code_view(changed)


async def void_code(code: str, body: Ending, caller: Caller, tx: Tx) -> CodeView:
    """The code holds no longer, and nothing takes its place."""
    row, _ = await _known(code, caller, tx, lock=True)
    require_live(row["state"])
    ended = {"state": CodeState.VOID.value, "ended_by": caller.subject}
    return code_view(await _end(row, body.reason, ended, tx))


async def reissue_code(code: str, body: Replacing, caller: Caller, tx: Tx) -> CodeView:
    """A new code for the same holder; whoever scans the old one is sent to it."""
    row, _ = await _known(code, caller, tx, lock=True)
    require_live(row["state"])
    fresh = new_token()
    ended = {"state": CodeState.REPLACED.value, "ended_by": caller.subject, "replaced_by": fresh}
    await _end(row, body.reason, ended, tx)
    [issued] = await store.add_codes(tx, {fresh: (CodeHolder(row["holder"]), row["holder_id"])}, caller.subject)
    tx.say(CodeIssued(**_card_of_event(issued), replaces=row["code"]), sequence=issued["version"])
    return code_view(issued)


async def scan_code(code: str, body: Scan, caller: Caller, tx: Tx) -> ScanView:
    """What a scan of this code says; one that does not fit is kept for those who look into it."""
    row = await store.find_code(tx, read_token(code))
    if row is None:
        raise CodeUnknown
    place = check_place(_stood(body.position), await _hangs_at(row, tx), limits().code_position_check_metres)
    warning = warning_of(row["state"], place)
    if warning is not ScanWarning.NONE:
        scan = {"code": row["code"], "scanned_by": caller.subject, "warning": warning.value, "metres": place.metres}
        await store.add_scan(tx, scan)
    return scan_view(row, warning, place)


async def labels_of(asked: SheetAsked, caller: Caller, tx: Tx) -> Sheet:
    """The labels of a building or a grid; missing codes are issued and the batch is remembered, except for an auditor."""
    reach = await reach_of(caller, tx)
    cards = (await _cards(asked, reach, tx))[asked.skip : asked.skip + LABELS_ON_A_SHEET]
    if not cards:
        raise SheetTooLong if asked.skip else Missing
    holders = [(CodeHolder(card["holder"]), card["id"]) for card in cards]
    batch = await store.next_batch(tx)
    if caller.roles != {"auditor"}:
        await issue_codes(tx, holders, caller.subject)
    tokens = await store.live_codes_of(tx, holders)
    if caller.roles != {"auditor"}:
        await store.stamp_batch(tx, list(tokens.values()), batch)
    printed = [card for card in cards if card["id"] in tokens]
    return Sheet([Label(tokens[card["id"]], card["holder"], card["name"], card["place"]) for card in printed], batch)


async def _cards(asked: SheetAsked, reach: Reach, tx: Tx) -> list[Mapping[Any, Any]]:
    if asked.grid_id is not None:
        return [*await store.cards_of_grid(tx, asked.grid_id, seen_sites(reach))]
    if asked.building_id is None:
        return []
    building = await store.building_card(tx, asked.building_id, seen_buildings(reach))
    if building is None:
        raise Missing
    return [building, *await store.cards_of_building(tx, asked.building_id, seen_sites(reach))]


async def _card(holder: CodeHolder, holder_id: UUID, reach: Reach, tx: Tx) -> Mapping[Any, Any]:
    """The holder as its label names it. Raises Missing where it is not there, closed, or not the caller's."""
    card: Mapping[Any, Any] | None
    match holder:
        case CodeHolder.SITE:
            card = await store.site_card(tx, holder_id, seen_sites(reach))
        case CodeHolder.BUILDING:
            card = await store.building_card(tx, holder_id, seen_buildings(reach))
        case CodeHolder.LANDLORD:
            card = await store.landlord_card(tx, holder_id, seen_parties(reach))
    if card is None:
        raise Missing
    return card


async def _hangs_at(row: Mapping[Any, Any], tx: Tx) -> Point | None:
    """Where the label was posted; where nobody said that, the place of what it hangs at."""
    if row["lon"] is not None or row["state"] != CodeState.POSTED:
        return _point(row)
    try:
        return _point(await _card(CodeHolder(row["holder"]), row["holder_id"], Reach(everything=True), tx))
    except Missing:
        return None


async def _known(code: str, caller: Caller, tx: Tx, *, lock: bool = False) -> tuple[Mapping[Any, Any], Mapping[Any, Any]]:
    """The code and its holder's card, if the caller may see the holder."""
    row = await store.find_code(tx, read_token(code), lock=lock)
    if row is None:
        raise CodeUnknown
    try:
        return row, await _card(CodeHolder(row["holder"]), row["holder_id"], await reach_of(caller, tx), tx)
    except Missing:
        raise CodeUnknown from None


async def _end(row: Mapping[Any, Any], reason: CodeVoidReason, ended: dict[str, Any], tx: Tx) -> Mapping[Any, Any]:
    changed = await store.change_code(tx, row["code"], {**ended, "reason": reason.value, "ended_at": tx.now})
    voided = CodeVoided(**_card_of_event(changed), reason=reason, replaced_by=changed["replaced_by"])
    tx.say(voided, sequence=changed["version"])
    return changed


def _card_of_event(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {"code": row["code"], "holder": row["holder"], **holder_ids(row["holder"], row["holder_id"])}


def _stood(position: GivenPoint | None) -> Point | None:
    return to_cgcs2000(position.lon, position.lat, position.crs) if position else None


def _position(position: GivenPoint | None) -> dict[str, Any]:
    stood = _stood(position)
    if stood is None or position is None:
        return {"lon": None, "lat": None, "crs": None}
    return {"lon": stood.lon, "lat": stood.lat, "crs": crs_of(position.crs).value}


def _point(row: Mapping[Any, Any]) -> Point | None:
    return None if row["lon"] is None else Point(row["lon"], row["lat"])
