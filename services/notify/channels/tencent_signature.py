"""How a call to Tencent Cloud is signed: TC3-HMAC-SHA256 over content type, host and body, with a key for one UTC day."""

import hashlib
import hmac
from datetime import UTC, datetime

_ALGORITHM = "TC3-HMAC-SHA256"
_SIGNED = "content-type;host"
CONTENT_TYPE = "application/json"


def tc3_authorization(*, host: str, path: str, body: bytes, timestamp: int, service: str, secret_id: str, secret_key: str) -> str:
    """The ``Authorization`` header of a POST with a JSON body; ``timestamp`` in seconds goes into ``X-TC-Timestamp`` too."""
    day = datetime.fromtimestamp(timestamp, UTC).date().isoformat()
    scope = f"{day}/{service}/tc3_request"
    headers = f"content-type:{CONTENT_TYPE}\nhost:{host}\n"
    request = "\n".join(("POST", path, "", headers, _SIGNED, hashlib.sha256(body).hexdigest()))
    to_sign = "\n".join((_ALGORITHM, str(timestamp), scope, hashlib.sha256(request.encode()).hexdigest()))
    signature = _hmac(_key(secret_key, day, service), to_sign).hex()
    return f"{_ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={_SIGNED}, Signature={signature}"


def _key(secret: str, day: str, service: str) -> bytes:
    return _hmac(_hmac(_hmac(f"TC3{secret}".encode(), day), service), "tc3_request")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
