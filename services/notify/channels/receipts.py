"""What the receipts of all providers have in common: our token in the address, codes, times, and the meaning of absence."""

import hmac
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import structlog

from services.notify.channels.answers import tame
from services.notify.channels.channel import (
    Accepted,
    Callback,
    Concern,
    ForgedCallbackError,
    Impossible,
    Outcome,
    Receipt,
    TryLater,
    Unknown,
)
from services.notify.channels.limits import Limits
from services.notify.channels.numbers import national
from shared.clock import SHANGHAI

log = structlog.get_logger()

_LONGEST_WAIT, _SOON = timedelta(hours=1), timedelta(seconds=5)
_MARK = 16
_ONE_OF_MANY = frozenset({Concern.ADDRESS, Concern.DISPATCH})


def check_token(callback: Callback, token: str) -> None:
    """Refuse a call whose address does not carry our token (``?token=``): these providers sign nothing else."""
    if not token or not hmac.compare_digest(callback.query.get("token", "").encode(), token.encode()):
        message = "the callback's token is not ours"
        raise ForgedCallbackError(message)


def absent(age: timedelta, limits: Limits) -> Outcome:
    """What it means that a message is not listed: once the provider's own delay has passed, it was never received."""
    proves = limits.absence_proves_after_seconds
    if proves is not None and age >= timedelta(seconds=proves):
        return TryLater(timedelta(), "not_received", Concern.DISPATCH)
    return not_yet(max(timedelta(seconds=limits.ask_after_seconds), min(age, _LONGEST_WAIT)))


def not_yet(wait: timedelta) -> Unknown:
    """Still unknown; to be asked again after a while."""
    return Unknown(wait, "not_found_yet")


def undelivered(code: Any) -> str:
    """The reason of a failed receipt: the carrier's own code, cut to what a code can be."""
    return f"undelivered:{tame(str(code or 'none'))}"


def shared_id(call: str, number: str, secret: str) -> str:
    """What one of many messages of a call is known by: the call's key and a mark from which nobody learns the number."""
    return f"{call}.{hmac.new(secret.encode(), f'{call} {national(number)}'.encode(), sha256).hexdigest()[:_MARK]}"


def for_all(outcome: Outcome, carried: int) -> Outcome:
    """A refusal for the sake of one of many numbers or texts says nothing about the others: each goes alone next time."""
    if carried > 1 and isinstance(outcome, TryLater | Impossible) and outcome.concerns in _ONE_OF_MANY:
        return TryLater(timedelta(), "one_of_many", Concern.DISPATCH)
    return outcome


def pushed_rows(body: bytes) -> list[dict[str, Any]]:
    """The rows of a push, which is a JSON array of objects; ValueError for anything else."""
    try:
        rows = json.loads(body)
    except RecursionError:
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        message = "a push of receipts is a JSON array of objects"
        raise ValueError(message)
    return rows


def readable(rows: Iterable[dict[str, Any]], read: Callable[[dict[str, Any]], Receipt]) -> list[Receipt]:
    """The receipts of those rows that can be read; ValueError where none can, for then it is no push of theirs."""
    found, refused = list[Receipt](), list[ValueError]()
    for row in rows:
        try:
            found.append(read(row))
        except ValueError as error:
            refused.append(error)
    if refused and not found:
        raise refused[0]
    if refused:
        log.warning("receipts_unreadable", unreadable=len(refused), readable=len(found))
    return found


def moment(text: Any, otherwise: datetime) -> datetime:
    """``2026-11-23 09:00:00`` as the providers write it (UTC+8); ``otherwise`` where it cannot be read."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return otherwise


def learnt(again: Outcome) -> Outcome:
    """What sending the same again says of the first time, where the provider drops repeats: done, refused, or still unknown."""
    if isinstance(again, Accepted | Impossible):
        return again
    return not_yet(max(again.after if isinstance(again, TryLater) else again.ask_after, _SOON))
