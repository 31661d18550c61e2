"""What Tencent Cloud says later: the receipts it pushes and those that are pulled, read without side effects."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.notify.channels.channel import Accepted, Answer, Callback, Concern, Impossible, Outcome, Reached, Receipt
from services.notify.channels.numbers import masked
from services.notify.channels.receipts import check_token, moment, not_yet, pushed_rows, readable, undelivered

TAKEN = b'{"result":0,"errmsg":"OK"}'
_FAR = 10**11
_STATES = {"SUCCESS": Reached.DELIVERED, "FAIL": Reached.FAILED}


def read(callback: Callback, token: str) -> Answer:
    """The receipts in one push."""
    check_token(callback, token)
    return Answer(readable(pushed_rows(callback.body), lambda row: _pushed(row, callback.received_at)), TAKEN)


def pulled(status: dict[str, Any], now: datetime) -> Receipt:
    """One receipt that was pulled."""
    reached = _STATES.get(str(status.get("ReportStatus")), Reached.FAILED)
    return Receipt(
        provider="tencent",
        provider_id=str(status.get("SerialNo") or "") or None,
        key=str(status.get("SessionContext") or "") or None,
        reached=reached,
        at=_moment(status.get("UserReceiveTime"), now),
        reason=undelivered(status.get("Description")) if reached is Reached.FAILED else None,
        address_masked=masked(str(status.get("PhoneNumber", ""))),
    )


def outcome_of(status: dict[str, Any], key: str) -> Outcome:
    """What a pulled receipt says to somebody who asked for the message."""
    reached = _STATES.get(str(status.get("ReportStatus")))
    if reached is None:
        return not_yet(timedelta(seconds=60))
    if reached is Reached.FAILED:
        return Impossible(undelivered(status.get("Description")), Concern.ADDRESS)
    return Accepted(str(status.get("SerialNo") or key))


def _pushed(row: dict[str, Any], received_at: datetime) -> Receipt:
    reached = _STATES.get(str(row.get("report_status")))
    if reached is None or not row.get("sid"):
        message = "a receipt names its sid and its report_status"
        raise ValueError(message)
    return Receipt(
        provider="tencent",
        provider_id=str(row["sid"]),
        key=None,
        reached=reached,
        at=moment(row.get("user_receive_time"), received_at),
        reason=undelivered(row.get("errmsg")) if reached is Reached.FAILED else None,
        address_masked=masked(str(row.get("mobile", ""))),
    )


def _moment(seconds: Any, otherwise: datetime) -> datetime:
    """Unix seconds, as pulled receipts have them."""
    plausible = isinstance(seconds, int) and 0 < seconds < _FAR
    return datetime.fromtimestamp(seconds, UTC) if plausible else otherwise
