"""Verifying a mobile: ask for a code, type it; limits, tries and the end of a code are kept here."""

from datetime import timedelta
from math import ceil
from typing import Any
from uuid import UUID

from services.notify import library, unreached
from services.notify.address_book import Mobile
from services.notify.domain.verification import Stage, Verdict, judge, wait, wait_of_account
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
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SILENT = timedelta(seconds=60)
_CROWDED = timedelta(seconds=5)


class NoMobile(Refused):
    """The contact has no mobile, or is no longer there."""

    code = "no_mobile"
    zh = "该联系人没有登记手机号，或已停用"
    en = "The contact has no mobile, or is no longer active"


class TooSoon(Refused):
    """A number is sent few codes, and an account asks for few."""

    code = "too_soon"
    status = 429
    zh = "验证码发送过于频繁，请在 {retry_after} 秒后再试"
    en = "Too many codes; try again in {retry_after} seconds"
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
    await store.begin(tx, number, caller.subject)
    by_account = await store.asked_by_account(tx, caller.subject, tx.now - _HOUR)
    to_number = await store.asked_for_number(tx, number, tx.now - _DAY)
    left = max(wait_of_account(by_account, tx.now, rules), wait(to_number, tx.now, rules), _wait_for_others(office))
    if left:
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
        "asked_by": caller.subject,
        "asked_at": tx.now,
        "again_at": tx.now + timedelta(seconds=rules.again_seconds),
        "expires_at": tx.now + timedelta(minutes=rules.minutes),
    }
    await store.replace(tx, row)
    sending = Sending(identity, mobile.address, in_force.shelf.newest(rules.template), code)
    tx.then(lambda: office.verifying.depart(carry(office, sending)))
    return _shown(row, tx)


def _wait_for_others(office: Office) -> timedelta:
    """So many codes are on their way that their provider must be slow."""
    return _CROWDED if len(office.verifying.under_way) >= office.settings.at_once else timedelta()


async def verification(identity: UUID, caller: Caller, tx: Tx) -> VerificationView:
    """One of them. Raises Missing."""
    return _shown(await _seen(identity, caller, tx), tx)


async def judge_code(identity: UUID, body: TypedCode, safe: Safe, caller: Caller, tx: Tx) -> tuple[Verdict, VerificationView]:
    """What the code comes to; a wrong one has cost a try once this has committed. Everybody hears of a right one."""
    row = await _seen(identity, caller, tx, lock=True)
    if row["state"] == Stage.VERIFIED:
        return Verdict.RIGHT, _shown(row, tx)
    verdict = judge(dict(row), _mark(safe, identity, body.code), tx.now)
    changed: dict[str, Any] = {}
    if verdict is Verdict.WRONG:
        changed = {"tries_left": row["tries_left"] - 1}
    elif verdict is Verdict.RIGHT:
        changed = {"state": Stage.VERIFIED, "verified_at": tx.now, "reason": None}
        who = {name: row[name] for name in ("contact_id", "party_id", "contact_version")}
        tx.say(MobileVerified(verification_id=identity, **who, verified_on=shanghai_date(tx.now)))
        await unreached.verified(tx, row["contact_id"])
    if changed:
        await store.change(tx, identity, changed)
    return verdict, _shown({**row, **changed}, tx)


def answer(verdict: Verdict, view: VerificationView) -> VerificationView:
    """The verification where the code was right. Raises CodeWrong, CodeSpent, CodeOver."""
    if verdict is Verdict.RIGHT:
        return view
    if verdict is Verdict.OVER:
        raise CodeOver(pointer="/code")
    if verdict is Verdict.SPENT or not view.tries_left:
        raise CodeSpent(pointer="/code")
    raise CodeWrong(pointer="/code", tries_left=view.tries_left)


async def _seen(identity: UUID, caller: Caller, tx: Tx, *, lock: bool = False) -> Row:
    row = await store.one(tx, identity, lock=lock)
    if row is None:
        raise Missing
    await require_reach(row["contact_id"], caller, tx)
    return row


def _mark(safe: Safe, identity: UUID, code: str) -> bytes:
    return safe.mark(f"code {identity} {code}")


def _shown(row: Row, tx: Tx) -> VerificationView:
    """A call of which nobody has recorded the end, because its process died, may have reached the phone."""
    lost = row["state"] == Stage.SENDING and tx.now - row["asked_at"] > _SILENT
    return VerificationView(**{**row, "mobile": row["shown"], "state": Stage.UNCERTAIN if lost else row["state"]})
