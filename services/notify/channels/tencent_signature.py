"""How a call to Tencent Cloud is signed: TC3-HMAC-SHA256 over content type, host and body, with a key for one UTC day."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime

_ALGORITHM = "TC3-HMAC-SHA256"
_SIGNED = "content-type;host"
CONTENT_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class SignedCall:
    """One POST with a JSON body that is about to be signed; ``timestamp`` (seconds) goes into ``X-TC-Timestamp`` too."""

    host: str
    body: bytes = field(repr=False)
    timestamp: int
    service: str = "sms"
    path: str = "/"

    def authorization(self, secret_id: str, secret_key: str) -> str:
        """The ``Authorization`` header."""
        day = datetime.fromtimestamp(self.timestamp, UTC).date().isoformat()
        scope = f"{day}/{self.service}/tc3_request"
        headers = f"content-type:{CONTENT_TYPE}\nhost:{self.host}\n"
        request = "\n".join(("POST", self.path, "", headers, _SIGNED, hashlib.sha256(self.body).hexdigest()))
        to_sign = "\n".join((_ALGORITHM, str(self.timestamp), scope, hashlib.sha256(request.encode()).hexdigest()))
        signature = _hmac(_key(secret_key, day, self.service), to_sign).hex()
        return f"{_ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={_SIGNED}, Signature={signature}"


def _key(secret: str, day: str, service: str) -> bytes:
    return _hmac(_hmac(_hmac(f"TC3{secret}".encode(), day), service), "tc3_request")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
