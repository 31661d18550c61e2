"""A push from WeChat: checked by its signature, decrypted where it is encrypted, and parsed without trusting it."""

import base64
import hashlib
import hmac
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from pydantic import SecretStr

from services.notify.channels.channel import Callback, ForgedCallbackError

_FRESH = timedelta(minutes=10)
_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_LONGEST = 64 * 1024
_RANDOM, _LENGTH, _LARGEST_PAD = 16, 4, 32

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallbackKeys:
    """What WeChat and we share for its pushes; with ``key`` (EncodingAESKey) nothing unencrypted is accepted."""

    token: SecretStr
    app_id: str
    key: SecretStr | None = None


def opened(callback: Callback, keys: CallbackKeys) -> Tree:
    """The event, checked and decrypted; ForgedCallbackError or ValueError for what is not WeChat's or nobody can parse."""
    outer = _parsed(callback.body)
    if keys.key is None:
        check(callback.query.get("signature", ""), callback, keys)
        return outer
    encrypted = outer.get("Encrypt")
    if not isinstance(encrypted, str):
        message = "the callback is not encrypted"
        raise ForgedCallbackError(message)
    check(callback.query.get("msg_signature", ""), callback, keys, encrypted)
    return _parsed(_decrypted(encrypted, keys.key.get_secret_value(), keys.app_id))


def check(given: str, callback: Callback, keys: CallbackKeys, *more: str) -> None:
    """Refuse what WeChat did not sign, and what it signed more than ten minutes ago."""
    stamp, nonce = callback.query.get("timestamp", ""), callback.query.get("nonce", "")
    token = keys.token.get_secret_value()
    genuine = bool(token) and hmac.compare_digest(given.encode(), signature(token, stamp, nonce, *more).encode())
    if not genuine or not _is_fresh(stamp, callback.received_at):
        message = "the callback's signature is not WeChat's, or is old"
        raise ForgedCallbackError(message)


def signature(token: str, *parts: str) -> str:
    """SHA-1 over the sorted parts, as WeChat signs: timestamp, nonce, and the encrypted text where there is one."""
    return hashlib.sha1("".join(sorted((token, *parts))).encode()).hexdigest()  # noqa: S324 (WeChat's choice)


def _is_fresh(stamp: str, now: datetime) -> bool:
    if not re.fullmatch(r"\d{9,10}", stamp, re.ASCII):
        return False
    return abs(datetime.fromtimestamp(int(stamp), UTC) - now) <= _FRESH


def _parsed(body: bytes) -> Tree:
    if len(body) > _LONGEST or b"<!" in _CDATA.sub(b"", body):
        message = "a push is short and declares nothing"
        raise ValueError(message)
    try:
        tree = json.loads(body) if body.lstrip()[:1] == b"{" else _element(ET.fromstring(body))  # noqa: S314 (no "<!" in it)
    except (ET.ParseError, RecursionError) as error:
        message = "a push is XML or JSON"
        raise ValueError(message) from error
    if not isinstance(tree, dict):
        message = "a push is one object"
        raise ValueError(message)  # noqa: TRY004 (the protocol knows one error for what nobody can parse)
    return tree


def _element(element: ET.Element) -> Any:
    """An element as a tree; a name that comes twice becomes a list."""
    if not len(element):
        return (element.text or "").strip()
    tree: dict[str, Any] = {}
    for child in element:
        value = _element(child)
        earlier = tree.get(child.tag)
        tree[child.tag] = value if earlier is None else [*(earlier if isinstance(earlier, list) else [earlier]), value]
    return tree


def _decrypted(text: str, key: str, app_id: str) -> bytes:
    """The message inside: 16 random bytes, its length, itself, and the id of the account that it is for."""
    try:
        plain = _unpadded(_deciphered(text, base64.b64decode(f"{key}=")))
        (length,) = struct.unpack(">I", plain[_RANDOM : _RANDOM + _LENGTH])
    except (ValueError, IndexError, struct.error) as error:
        message = "the push cannot be decrypted"
        raise ForgedCallbackError(message) from error
    start = _RANDOM + _LENGTH
    if not hmac.compare_digest(plain[start + length :], app_id.encode()):
        message = "the push is for another account"
        raise ForgedCallbackError(message)
    return plain[start : start + length]


def _deciphered(text: str, key: bytes) -> bytes:
    opener = Cipher(AES(key), CBC(key[:16])).decryptor()
    return opener.update(base64.b64decode(text)) + opener.finalize()


def _unpadded(plain: bytes) -> bytes:
    return plain[: -plain[-1]] if 1 <= plain[-1] <= _LARGEST_PAD else plain
