"""New identities are UUIDv7: unique everywhere, and near each other in an index when made near each other in time."""

import secrets
import time
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_RANDOM_A_BITS = 12
_RANDOM_B_BITS = 62
_NOISE = (1 << _RANDOM_A_BITS + _RANDOM_B_BITS) - 1


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, the rest random."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(secrets.token_bytes(10)) & _NOISE  # quicker than randbits, and ids are made by the thousand
    high = noise >> _RANDOM_B_BITS
    low = noise & ((1 << _RANDOM_B_BITS) - 1)
    return UUID(int=(milliseconds & 0xFFFFFFFFFFFF) << 80 | _VERSION_7 | high << 64 | _VARIANT | low)
