"""Verifying a mobile: ask for a code, type it; limits, tries and the end of a code are kept here."""

from datetime import timedelta
from math import ceil
from typing import Any
from uuid import UUID

from services.notify import library, unreached
from services.notify.address_book import Mobile
from services.notify.channels.channel import KeyKind
from services.notify.domain.book import Book
from services.notify.domain.verification import Stage, Verdict, Verification, judge, wait, wait_of_account, wait_of_guesses
from services.notify.office import Office
from services.notify.safe import Safe
from services.notify.store import verifications as store
from services.notify.store.records import Row
from services.notify.verifying import Sending, carry, new_code
from services.notify.views.verifications import NewVerification, TypedCode, VerificationView
from shared.clock import shanghai_date
from shared.contracts.notify import MobileVerified
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller

_ALL = ("admin", "bureau", "integrator")
_OFFICIALS = (*_ALL, "grid_officer")
_DAY = timedelta(days=1)
_SILENT = timedelta(seconds=60)
_CROWDED = timedelta(seconds=5)


class NoMobile(Refused):
    """The contact has no mobile, or is no longer there."""

    code = "no_mobile"
    zh = "该联系人已停用，或未登记手机号"
    en = "The contact has no mobile, or is no longer active"


class TooSoon(Refused):
    """A number is sent few codes, and an account asks for few."""

    code = "too_soon"
    status = 429
    zh = "验证码发送过于频繁，请在 {retry_after} 秒后再试"
    en = "Too many codes; try again in {retry_after} seconds"
    members = ("retry_after",)


class GuessedTooOften(Refused):
    """So many wrong codes were typed for a number within a day that nobody may type another, not even the right one."""

    code = "guessed_too_often"
    status = 429
    zh = "该手机号输错次数过多，请在 {retry_after} 秒后再试"
    en = "Too many wrong codes for this number; try again in {retry_after} seconds"
    members = ("retry_after",)


class CodeWrong(Refused):
    """Not the code that was sent; some tries are left."""

    code = "code_wrong"
    zh = "验证码不正确，还可以输入 {tries_left} 次"
    en = "Not the code that was sent; tries left: {tries_left}"
    members = ("tries_left",)


class CodeSpent(Refused):
    """It was mistyped too often."""

    code = "code_spent"
    zh = "输错次数过多，请重新获取验证码"
    en = "Mistyped too often; ask for another code"


class CodeOver(Refused):
    """Its time is over, another was sent since, or it could not be sent."""

    code = "code_over"
    zh = "验证码已失效，请重新获取"
    en = "The code is no longer valid; ask for another"


async def require_reach(contact_id: UUID, caller: Caller, tx: Tx) -> None:
    """Officials of the bureau verify everybody, others the people of their parties, officers those in their grids."""
    if caller.has(*_ALL):
        return
    grids = caller.grids if caller.has("grid_officer") else ()
    if not await store.contact_in_reach(tx, contact_id, caller.parties, grids):
        raise Missing(pointer="/contact_id")


async def ask(body: NewVerification, mobile: Mobile, office: Office, caller: Caller, tx: Tx) -> VerificationView:
    """Store a new code for the contact, and let it go with the commit. Raises TooSoon."""
    in_force = await library.in_force(tx)
    rules, number = in_force.book.verification, office.safe.mark(f"mobile {mobile.address.value}")
    await store.take_turns(tx, number, caller.subject)
    if left := max(await _wait(tx, number, caller, rules), _wait_for_others(office)):
        raise TooSoon(retry_after=ceil(left.total_seconds()))
    code, identity = new_code(), body.id or new_id()
    row = {
        "id": identity,
        "contact_id": body.contact_id,
        "party_id": mobile.party_id,
        "contact_version": mobile.version,
        "number_mark": number,
        "code_mark": _mark(office.safe, identity, code),
        "shown": mobile.address.masked,
        "state": Stage.SENDING,
        "tries_left": rules.tries,
        "key_kind": office.settings.key_kind,
        "asked_by": caller.subject,
        "asked_at": tx.now,
        "again_at": tx.now + timedelta(seconds=rules.again_seconds),
        "expires_at": tx.now + timedelta(minutes=rules.minutes),
    }
    await store.replace(tx, row)
    sending = Sending(identity, mobile.address, in_force.shelf.newest(rules.template), code, rules.minutes)
    tx.then(lambda: office.verifying.depart(carry(office, sending)))
    return _shown(row, tx)


async def _wait(tx: Tx, number: bytes, caller: Caller, rules: Verification) -> timedelta:
    """Until the account may ask for one more code, and the number may be sent one."""
    since = tx.now - _DAY
    by_account = await store.asked_by_account(tx, caller.subject, since)
    return max(
        wait_of_account(by_account, tx.now, rules, is_official=caller.has(*_OFFICIALS)),
        wait(await store.asked_for_number(tx, number, since), tx.now, rules),
        wait_of_guesses(await store.guesses(tx, number, since), tx.now, rules),
    )


def _wait_for_others(office: Office) -> timedelta:
    """So many codes are on their way that their provider must be slow."""
    return _CROWDED if len(office.verifying.under_way) >= office.settings.at_once else timedelta()


async def verification(identity: UUID, caller: Caller, tx: Tx) -> VerificationView:
    """One of them; an auditor sees every one. Raises Missing."""
    row = await _found(identity, tx)
    if not caller.has("auditor"):
        await require_reach(row["contact_id"], caller, tx)
    return _shown(row, tx)


async def judge_code(identity: UUID, body: TypedCode, office: Office, caller: Caller, tx: Tx) -> tuple[Verdict, VerificationView]:
    """What the code comes to; a wrong one has cost a try once this has committed. Everybody hears of a right one.

    Raises Missing, GuessedTooOften.
    """
    row = await _taken(identity, caller, tx)
    if row["state"] == Stage.VERIFIED:
        return Verdict.RIGHT, _shown(row, tx)
    book = (await library.in_force(tx)).book
    if left := wait_of_guesses(await store.guesses(tx, row["number_mark"], tx.now - _DAY), tx.now, book.verification):
        raise GuessedTooOften(pointer="/code", retry_after=ceil(left.total_seconds()))
    verdict = judge(dict(row), _mark(office.safe, identity, body.code), tx.now)
    changed: dict[str, Any] = {}
    if verdict is Verdict.WRONG:
        changed = {"tries_left": row["tries_left"] - 1, "mistyped": row["mistyped"] + 1}
    elif verdict is Verdict.RIGHT:
        changed = {"state": Stage.VERIFIED, "verified_at": tx.now, "reason": None}
        if row["key_kind"] != KeyKind.TRIAL or office.settings.is_demo:
            await _tell(tx, row, book)
    if changed:
        await store.change(tx, identity, changed)
    return verdict, _shown({**row, **changed}, tx)


async def _tell(tx: Tx, row: Row, book: Book) -> None:
    """A phone rang: the ledger hears of it, and its owner can be reached."""
    who = {name: row[name] for name in ("contact_id", "party_id", "contact_version")}
    tx.say(MobileVerified(verification_id=row["id"], **who, verified_on=shanghai_date(tx.now)))
    await unreached.verified(tx, row["contact_id"], row["contact_version"], book)


def answer(verdict: Verdict, view: VerificationView) -> VerificationView:
    """The verification where the code was right. Raises CodeWrong, CodeSpent, CodeOver."""
    if verdict is Verdict.RIGHT:
        return view
    if verdict is Verdict.OVER:
        raise CodeOver(pointer="/code")
    if verdict is Verdict.SPENT or not view.tries_left:
        raise CodeSpent(pointer="/code")
    raise CodeWrong(pointer="/code", tries_left=view.tries_left)


async def _taken(identity: UUID, caller: Caller, tx: Tx) -> Row:
    """One that is locked, after those who guess at another code for its number."""
    row = await _found(identity, tx)
    await require_reach(row["contact_id"], caller, tx)
    await store.take_turns(tx, row["number_mark"])
    return await _found(identity, tx, lock=True)


async def _found(identity: UUID, tx: Tx, *, lock: bool = False) -> Row:
    row = await store.one(tx, identity, lock=lock)
    if row is None:
        raise Missing
    return row


def _mark(safe: Safe, identity: UUID, code: str) -> bytes:
    return safe.mark(f"code {identity} {code}")


def _shown(row: Row, tx: Tx) -> VerificationView:
    """A call of which nobody has recorded the end, because its process died, may have reached the phone."""
    lost = row["state"] == Stage.SENDING and tx.now - row["asked_at"] > _SILENT
    return VerificationView(**{**row, "mobile": row["shown"], "state": Stage.UNCERTAIN if lost else row["state"]})
