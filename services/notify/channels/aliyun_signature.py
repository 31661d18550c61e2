"""How a call to Alibaba Cloud is signed: ACS3-HMAC-SHA256 for calls of today, HMAC-SHA1 (V1) for gateways that know nothing newer."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

_ALGORITHM = "ACS3-HMAC-SHA256"


def acs3_headers(
    *, host: str, action: str, version: str, date: str, nonce: str, body: bytes = b"", content_type: str | None = None
) -> dict[str, str]:
    """The headers that take part in the signature; ``date`` is UTC as ``2026-11-23T01:02:03Z``."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
    }
    return headers if content_type is None else {**headers, "content-type": content_type}


def acs3_authorization(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], *, key_id: str, secret: str
) -> str:
    """The ``Authorization`` header over every header given; their names are listed in it."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join((method, path, canonical_query(query), lines, names, headers["x-acs-content-sha256"]))
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{_ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"


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
