"""Standard Webhooks: what goes out is signed with every live secret, and what comes in is checked against every live secret."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

_PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)


def signed_headers(secrets: Iterable[str], *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` (one ``v1`` value for each live secret)."""
    seconds = int(at.timestamp())
    signatures = " ".join(f"v1,{_signature(secret, message_id, seconds, body)}" for secret in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": str(seconds), "webhook-signature": signatures}


def is_genuine(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether a body was signed with one of the secrets, at most five minutes before or after ``now``."""
    message_id, stamp, given = (headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (message_id and stamp.isascii() and stamp.isdigit()) or not _is_fresh(int(stamp), now):
        return False
    wanted = [_signature(secret, message_id, int(stamp), body) for secret in secrets]
    offered = [value.partition(",")[2] for value in given.split() if value.startswith("v1,")]
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in wanted for other in offered)


def _is_fresh(seconds: int, now: datetime) -> bool:
    try:
        return abs(datetime.fromtimestamp(seconds, UTC) - now) <= TOLERANCE
    except (OverflowError, ValueError):
        return False


def _signature(secret: str, message_id: str, seconds: int, body: bytes) -> str:
    signed = f"{message_id}.{seconds}.".encode() + body
    return base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()


def key_of(secret: str) -> bytes:
    """The key inside ``whsec_…``; ValueError, without the secret in it, where it is not base64 or is empty."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX) + "==", validate=False)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        message = "a webhook secret is whsec_ and base64"
        raise ValueError(message)
    return key


def can_sign(secret: str) -> bool:
    """Whether there is a key in it."""
    try:
        return bool(key_of(secret))
    except ValueError:
        return False
