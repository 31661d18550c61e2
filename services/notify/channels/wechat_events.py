"""What WeChat's pushes say: receipts of messages that were sent, and people's consents to more of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.notify.channels.channel import Answer, Callback, Reached, Receipt
from services.notify.channels.receipts import undelivered
from services.notify.channels.wechat_envelope import CallbackKeys, Tree, check, opened

_TAKEN = b"success"
_CONSENTS = frozenset({"subscribe_msg_popup_event", "subscribe_msg_change_event"})


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's answer for one template: one message more, or none from now on."""

    openid: str = field(repr=False)
    template_id: str
    given: bool


def read(callback: Callback, provider: str, keys: CallbackKeys) -> Answer:
    """The answer to WeChat's verification of our address (its own words back), or the receipts in an event."""
    if callback.method.upper() == "GET":
        check(callback.query.get("signature", ""), callback, keys)
        return Answer([], callback.query.get("echostr", "").encode(), "text/plain")
    return Answer(_receipts(opened(callback, keys), provider, callback.received_at), _TAKEN, "text/plain")


def consents(callback: Callback, keys: CallbackKeys) -> Sequence[Consent]:
    """The consents and refusals in an event; none where it is about something else."""
    tree = opened(callback, keys)
    if tree.get("Event") not in _CONSENTS:
        return []
    openid, rows = str(tree.get("FromUserName", "")), (row for row in _rows(tree) if row.get("TemplateId"))
    return [Consent(openid, str(row["TemplateId"]), row.get("SubscribeStatusString") == "accept") for row in rows]


def _receipts(tree: Tree, provider: str, received_at: datetime) -> list[Receipt]:
    if tree.get("Event") == "TEMPLATESENDJOBFINISH":
        return [_receipt(tree, provider, str(tree.get("Status", "")), received_at)]
    if tree.get("Event") == "subscribe_msg_sent_event":
        return [_receipt({**tree, **row}, provider, str(row.get("ErrorStatus", "")), received_at) for row in _rows(tree)]
    return []


def _receipt(tree: Tree, provider: str, status: str, received_at: datetime) -> Receipt:
    number = str(tree.get("MsgID") or tree.get("MsgId") or "")
    if not number:
        message = "the event names no message"
        raise ValueError(message)
    created = str(tree.get("CreateTime", ""))
    reached = Reached.DELIVERED if status == "success" else Reached.FAILED
    return Receipt(
        provider=provider,
        provider_id=number,
        key=None,
        reached=reached,
        at=datetime.fromtimestamp(int(created), UTC) if re.fullmatch(r"\d{9,10}", created, re.ASCII) else received_at,
        reason=undelivered(status.removeprefix("failed:").strip().replace(" ", "_")) if reached is Reached.FAILED else None,
    )


def _rows(tree: Tree) -> list[Tree]:
    """The entries of an event's list: under the event's own element in XML, at the top in JSON, one or many."""
    holders = [value for value in tree.values() if isinstance(value, dict) and "List" in value]
    found = (holders[0] if holders else tree).get("List", [])
    return [row for row in (found if isinstance(found, list) else [found]) if isinstance(row, dict)]
