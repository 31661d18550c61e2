"""How a call to Alibaba Cloud is signed: ACS3-HMAC-SHA256, and HMAC-SHA1 (V1) for gateways that know nothing newer."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

_ALGORITHM = "ACS3-HMAC-SHA256"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class SignedCall:
    """One POST that is about to be signed; ``date`` is UTC as ``2026-11-23T01:02:03Z``, ``form`` an urlencoded body if any."""

    host: str
    action: str
    version: str
    date: str
    nonce: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: bytes | None = field(default=None, repr=False)
    path: str = "/"

    def headers(self) -> dict[str, str]:
        """The headers that take part in the signature."""
        headers = {
            "host": self.host,
            "x-acs-action": self.action,
            "x-acs-version": self.version,
            "x-acs-date": self.date,
            "x-acs-signature-nonce": self.nonce,
            "x-acs-content-sha256": hashlib.sha256(self.form or b"").hexdigest(),
        }
        return headers if self.form is None else {**headers, "content-type": _FORM}

    def authorization(self, key_id: str, secret: str) -> str:
        """The ``Authorization`` header over all of them."""
        return acs3_authorization(self.path, self.query, self.headers(), (key_id, secret))


def acs3_authorization(path: str, query: Mapping[str, str], headers: Mapping[str, str], key: tuple[str, str]) -> str:
    """The ``Authorization`` of a POST over every header given (lower-case names); they are listed in it."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join(("POST", path, canonical_query(query), lines, names, headers["x-acs-content-sha256"]))
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key[1].encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{_ALGORITHM} Credential={key[0]},SignedHeaders={names},Signature={signature}"


def v1_signature(method: str, parameters: Mapping[str, str], *, secret: str) -> str:
    """The ``Signature`` parameter of an RPC call in the old form, over query and form parameters alike."""
    to_sign = f"{method}&%2F&{percent(canonical_query(parameters))}"
    digest = hmac.new(f"{secret}&".encode(), to_sign.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Parameters by name, percent-encoded as RFC 3986 says."""
    return "&".join(f"{percent(name)}={percent(parameters[name])}" for name in sorted(parameters))


def percent(text: str) -> str:
    """Percent-encoding in which only letters, digits and ``-_.~`` stay."""
    return quote(text, safe="~")
