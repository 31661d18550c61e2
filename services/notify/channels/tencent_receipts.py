"""What Tencent Cloud says later: the receipts it pushes and those that are pulled, read without side effects."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from services.notify.channels.channel import Accepted, Answer, Callback, Concern, Impossible, Outcome, Reached, Receipt
from services.notify.channels.numbers import masked
from services.notify.channels.receipts import check_token, moment, not_yet, undelivered

TAKEN = b'{"result":0,"errmsg":"OK"}'
_STATES = {"SUCCESS": Reached.DELIVERED, "FAIL": Reached.FAILED}


def read(callback: Callback, token: str) -> Answer:
    """The receipts in one push."""
    check_token(callback, token)
    rows = json.loads(callback.body)
    if not isinstance(rows, list):
        message = "a push of receipts is a JSON array"
        raise ValueError(message)  # noqa: TRY004 (the protocol knows one error for what nobody can parse)
    return Answer([_pushed(row, callback.received_at) for row in rows], TAKEN)


def pulled(status: dict[str, Any], now: datetime) -> Receipt:
    """One receipt that was pulled."""
    reached = _STATES.get(str(status.get("ReportStatus")), Reached.FAILED)
    seconds = status.get("UserReceiveTime")
    return Receipt(
        provider="tencent",
        provider_id=str(status.get("SerialNo") or "") or None,
        key=str(status.get("SessionContext") or "") or None,
        reached=reached,
        at=datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and seconds > 0 else now,
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


def _pushed(row: Any, received_at: datetime) -> Receipt:
    if not isinstance(row, dict) or row.get("report_status") not in _STATES or not row.get("sid"):
        message = "a receipt names its sid and its report_status"
        raise ValueError(message)
    reached = _STATES[row["report_status"]]
    return Receipt(
        provider="tencent",
        provider_id=str(row["sid"]),
        key=None,
        reached=reached,
        at=moment(row.get("user_receive_time"), received_at),
        reason=undelivered(row.get("errmsg")) if reached is Reached.FAILED else None,
        address_masked=masked(str(row.get("mobile", ""))),
    )
