"""What Alibaba Cloud says later: the SmsReport push and the rows of QuerySendDetails, read without side effects."""

from datetime import datetime, timedelta
from typing import Any

from services.notify.channels.channel import CALL, Accepted, Answer, Callback, Concern, Impossible, Outcome, Reached, Receipt
from services.notify.channels.numbers import masked
from services.notify.channels.receipts import check_token, moment, not_yet, pushed_rows, readable, shared_id, undelivered

TAKEN = '{"code":0,"msg":"接收成功"}'.encode()
_WAITING, _FAILED, _REACHED = 1, 2, 3


def read(callback: Callback, token: str, secret: str) -> Answer:
    """The receipts in one push."""
    check_token(callback, token)
    rows = pushed_rows(callback.body)
    return Answer(readable(rows, lambda row: _receipt(row, callback.received_at, secret)), TAKEN)


def outcome_of(detail: dict[str, Any], key: str) -> Outcome:
    """What a row of QuerySendDetails says of a message; the row has no BizId, so our key for it stands in its place."""
    if detail.get("SendStatus") == _FAILED:
        return Impossible(undelivered(detail.get("ErrCode")), Concern.ADDRESS)
    return Accepted(key) if detail.get("SendStatus") in (_WAITING, _REACHED) else not_yet(timedelta(seconds=30))


def _receipt(row: dict[str, Any], received_at: datetime, secret: str) -> Receipt:
    """One row; all messages of a call with many have one BizId and one OutId, so the number tells them apart."""
    if not isinstance(row.get("success"), bool) or not (row.get("biz_id") or row.get("out_id")):
        message = "a receipt names its biz_id or out_id, and its success"
        raise ValueError(message)
    parts, number, key = str(row.get("sms_size", "")), str(row.get("phone_number", "")), str(row.get("out_id") or "")
    shared = shared_id(key, number, secret) if key.startswith(CALL) else None
    return Receipt(
        provider="aliyun",
        provider_id=shared or (str(row["biz_id"]) if row.get("biz_id") else None),
        key=None if shared else key or None,
        reached=Reached.DELIVERED if row["success"] else Reached.FAILED,
        at=moment(row.get("report_time"), received_at),
        reason=None if row["success"] else undelivered(row.get("err_code")),
        address_masked=masked(number),
        parts=int(parts) if parts.isascii() and parts.isdigit() else None,
    )
