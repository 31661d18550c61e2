"""Personal fields at rest: AES-256-GCM with the key's id in the value, and a keyed index by which a number is found again."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Depends, Request

from services.registry.settings import RegistrySettings
from shared.errors import MashangError
from shared.key_files import kept
from shared.service import Station

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FILE: Final = "registry-field.key"


class KeysUnusable(MashangError):
    """The key setting or file is not ``id:base64[,id:base64]`` with 32 bytes each; the text never carries a key."""

    code = "keys_unusable"
    status = 503
    zh = "MASHANG_REGISTRY_FIELD_KEY 无法使用：应为 编号:base64（32 字节），多个用逗号分隔，当前的在前"
    en = "MASHANG_REGISTRY_FIELD_KEY cannot be used: it is id:base64 of 32 bytes, others after commas, the current one first"


class Unsealable(ValueError):
    """A sealed value whose key is not here, that was changed, or that was moved from another field."""


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and opens personal fields. ``purpose`` (such as ``contact.mobile``) binds a value to its field."""

    keys: Mapping[str, bytes] = field(repr=False)

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.keys))

    def seal(self, text: str, purpose: str) -> str:
        """``<key id>:<base64>``: never the same twice."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher(self.current).encrypt(nonce, text.encode(), purpose.encode())
        return f"{self.current}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str) -> str:
        """What was sealed for this purpose. Raises Unsealable."""
        key_id, _, body = sealed.partition(":")
        if key_id not in self.keys:
            raise Unsealable(key_id)
        raw = base64.b64decode(body)
        try:
            return self._cipher(key_id).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
        except InvalidTag:
            raise Unsealable(purpose) from None

    def sealed(self, text: str | None, purpose: str) -> str | None:
        """``seal``, or None for nothing."""
        return self.seal(text, purpose) if text else None

    def opened(self, sealed: str | None, purpose: str) -> str | None:
        """``open``, or None for nothing."""
        return self.open(sealed, purpose) if sealed else None

    def index(self, text: str, purpose: str) -> bytes:
        """By what the value is found again, under the current key."""
        return self._index(self.current, text, purpose)

    def indexes(self, text: str, purpose: str) -> list[bytes]:
        """The index under every key, for looking up while values are being sealed anew."""
        return [self._index(key_id, text, purpose) for key_id in self.keys]

    def is_current(self, sealed: str) -> bool:
        """Whether the value was sealed by the current key."""
        return sealed.startswith(f"{self.current}:")

    def _cipher(self, key_id: str) -> AESGCM:
        return _cipher_of(self.keys[key_id])

    def _index(self, key_id: str, text: str, purpose: str) -> bytes:
        return hmac.digest(_derived(self.keys[key_id], b"index"), f"{purpose}\0{text}".encode(), hashlib.sha256)


@cache
def _cipher_of(key: bytes) -> AESGCM:
    return AESGCM(_derived(key, b"field"))


@cache
def _derived(key: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, None, b"mashang registry " + use).derive(key)


def read_keys(text: str) -> dict[str, bytes]:
    """The keys in ``id:base64[,id:base64]``, the current one first. Raises KeysUnusable."""
    found = {}
    for part in text.replace("\n", ",").split(","):
        key_id, _, body = part.strip().partition(":")
        if not part.strip():
            continue
        try:
            found[key_id] = base64.b64decode(body, validate=True)
        except binascii.Error:
            raise KeysUnusable from None
        if not key_id.isalnum() or len(found[key_id]) != _KEY_BYTES:
            raise KeysUnusable
    if not found:
        raise KeysUnusable
    return found


def vault_at(settings: RegistrySettings, data: Path) -> Vault:
    """The vault of this installation: keys from the settings, else from the data folder, where one is made the first time."""
    given = settings.registry_field_key
    return _vault_of(given.get_secret_value()) if given else _vault_in(data)


@cache
def _vault_of(text: str) -> Vault:
    return Vault(read_keys(text))


@cache
def _vault_in(data: Path) -> Vault:
    return Vault(read_keys(kept(data / _FILE, _fresh, fits=_is_a_key).decode()))


def _fresh() -> bytes:
    return b"k1:" + base64.b64encode(secrets.token_bytes(_KEY_BYTES))


def _is_a_key(content: bytes) -> bool:
    try:
        return bool(read_keys(content.decode()))
    except (KeysUnusable, UnicodeDecodeError):
        return False


@asynccontextmanager
async def vault_open(station: Station) -> AsyncIterator[None]:
    """Opened before anything is asked: a key that cannot be used ends the start in one line, not the first request in a fault."""
    vault_at(station.settings, station.data)
    yield


async def _vault_of_request(request: Request) -> Vault:
    return vault_at(request.app.state.settings, request.app.state.data)


Keys = Annotated[Vault, Depends(_vault_of_request)]
"""The vault as an endpoint's parameter."""
