"""The safe for what subscribers give us: addresses and secrets are stored sealed, and opened only to be used."""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.key_files import kept

_NONCE, _KEY = 12, 32
_PREFIX = "v1."


class Unsealed(Exception):
    """What was stored cannot be opened with this key."""


@dataclass(frozen=True, slots=True, repr=False)
class Safe:
    """AES-256-GCM under one key of 32 bytes."""

    key: bytes

    @classmethod
    def of(cls, secret: str | None, data: Path) -> "Safe":
        """The safe of the setting, or one whose key lies in the data folder; a new key the first time."""
        return cls(hashlib.sha256(secret.encode()).digest() if secret else key_at(data / "notify" / "address.key"))

    def seal(self, plain: str) -> str:
        """The text as it may be stored."""
        nonce = os.urandom(_NONCE)
        return _PREFIX + base64.b64encode(nonce + AESGCM(self.key).encrypt(nonce, plain.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """The text as it was given. Raises Unsealed."""
        try:
            raw = base64.b64decode(sealed.removeprefix(_PREFIX), validate=True)
            return AESGCM(self.key).decrypt(raw[:_NONCE], raw[_NONCE:], None).decode()
        except (InvalidTag, ValueError):
            raise Unsealed from None

    def mark(self, plain: str) -> bytes:
        """A keyed digest: the same for the same text, and of no use to whoever has it without the key."""
        own = hmac.digest(self.key, b"mark", "sha256")
        return hmac.digest(own, plain.encode(), "sha256")


def key_at(path: Path) -> bytes:
    """32 random bytes kept in a file that only its owner reads; made once, whoever comes first. Raises KeyFileBroken."""
    return kept(path, lambda: os.urandom(_KEY), fits=lambda found: len(found) == _KEY)
