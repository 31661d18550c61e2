"""What notify says of a notice: its card, filled from the row, in the words of the contract."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from services.notify.channels import answers
from services.notify.domain.states import NoticeState as State
from shared.contracts.notify import NoticeAccepted, NoticeAcknowledged, NoticeDelivered, NoticeFailed, NoticePlanned
from shared.contracts.vocabulary import ChannelKind, NoticeFailure, NoticeState, Recipient
from shared.database import Transaction as Tx
from shared.database.transaction import Ancestry
from shared.traces import trace_of

Row = Mapping[str, Any] | RowMapping

COLUMNS = (
    "id, site_id, kind, state, version, recipient, party_id, officer_id, cause_id, correlation_id, hazard_id, lease_id,"
    " campaign_id, appeal_id, rung, channel, provider"
)
OF_N = ", ".join(f"n.{name.strip()}" for name in COLUMNS.split(","))
"""The same columns where the notices are called ``n`` beside another table."""
_COPIED = ("site_id", "kind", "party_id", "officer_id", "cause_id", "hazard_id", "lease_id", "campaign_id", "appeal_id")
_CHANNELS = {"wecom_group": ChannelKind.WECOM}
_STATES = {
    State.SENDING: NoticeState.PLANNED,
    State.UNKNOWN: NoticeState.PLANNED,
    State.EXPIRED: NoticeState.CANCELLED,
    State.MERGED: NoticeState.CANCELLED,
}
_TABLES = ("aliyun", "tencent", "wechat", "wecom")
_FAILURES = {
    "no_address": NoticeFailure.NO_CONTACT,
    "address": NoticeFailure.UNREACHABLE,
    "capped": NoticeFailure.CAPPED,
    "outdated": NoticeFailure.OUTDATED,
    "template": NoticeFailure.CONTENT,
    "gave_up": NoticeFailure.GAVE_UP,
}


def channel_of(kind: str | None) -> ChannelKind | None:
    """The vocabulary's word for one of our channels."""
    return None if kind is None else _CHANNELS.get(kind) or ChannelKind(kind)


def state_of(state: str) -> NoticeState:
    """The vocabulary's word for one of our states."""
    return _STATES.get(State(state)) or NoticeState(state)


def failure_of(reason: str, concerns: str | None) -> NoticeFailure:
    """The vocabulary's word for why it failed: by our reason, else by the provider's, else by what the reason was about."""
    of_providers = (answers.failure_of(table, reason) for table in _TABLES)
    named = _FAILURES.get(reason) or next((word for word in of_providers if word is not NoticeFailure.OTHER), None)
    return named or _FAILURES.get(str(concerns)) or NoticeFailure.OTHER


def card(row: Row) -> dict[str, Any]:
    """What every event about the notice says of it."""
    return {
        "notice_id": row["id"],
        "recipient": Recipient(row["recipient"]),
        "state": state_of(row["state"]),
        "channel": channel_of(row["channel"]),
        **{name: row[name] for name in _COPIED},
        "rung": row["rung"],
        "provider": row["provider"],
    }


def planned(tx: Tx, row: Row) -> None:
    """Say that somebody is to be told something."""
    version = f"{row['template']}.{row['template_version']}"
    _say(
        tx,
        row,
        NoticePlanned(**card(row), template_version=version, send_after=row["send_after"], acknowledge_by=row["acknowledge_by"]),
    )


def accepted(tx: Tx, row: Row, attempt: int, at: datetime) -> None:
    """Say that a provider has it."""
    _say(tx, row, NoticeAccepted(**card(row), attempt=attempt, accepted_at=at))


def delivered(tx: Tx, row: Row, at: datetime, read_at: datetime | None = None) -> None:
    """Say that it arrived, or was opened."""
    _say(tx, row, NoticeDelivered(**card(row), delivered_at=at, read_at=read_at))


def failed(tx: Tx, row: Row, reason: NoticeFailure, *, attempt: int = 0, final: bool) -> None:
    """Say that it did not arrive on a channel, or on any."""
    _say(tx, row, NoticeFailed(**card(row), attempt=attempt, reason=reason, final=final, failed_at=tx.now))


def acknowledged(tx: Tx, row: Row, at: datetime) -> None:
    """Say that the person has confirmed it."""
    _say(tx, row, NoticeAcknowledged(**card(row), acknowledged_at=at))


def _say(tx: Tx, row: Row, event: NoticePlanned | NoticeAccepted | NoticeDelivered | NoticeFailed | NoticeAcknowledged) -> None:
    """What is said of a notice descends from the event that it tells of."""
    tx.ancestry = Ancestry(row["correlation_id"], row["cause_id"], trace_of(row["correlation_id"]))
    tx.say(event, sequence=row["version"])
