"""The seal of the instance: an Ed25519 key that signs anchors and printed proofs, so that they verify anywhere."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.notify.safe import key_at
from services.notify.settings import NotifySettings


@dataclass(frozen=True, slots=True, repr=False)
class Seal:
    """Signs; everybody may know ``public``."""

    private: Ed25519PrivateKey

    @classmethod
    def of(cls, settings: NotifySettings, data: Path) -> "Seal":
        """The key of the setting, or one that lies in the data folder; a new one the first time."""
        secret = settings.seal_key.get_secret_value() if settings.seal_key else None
        seed = hashlib.sha256(secret.encode()).digest() if secret else key_at(data / "notify" / "seal.key")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> str:
        """The public key, base64."""
        return base64.b64encode(self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def sign(self, message: bytes) -> str:
        """The signature, base64."""
        return base64.b64encode(self.private.sign(message)).decode()


def holds(public: str, signature: str, message: bytes) -> bool:
    """Whether the signature is the key's for this message; anything that is no key or no signature is not."""
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public)).verify(base64.b64decode(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
