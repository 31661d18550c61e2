"""The gateway in front of Alibaba Cloud: it knows the key, checks signature and clock, and takes no nonce twice."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from fastapi import Request

from services.notify.channels.aliyun_signature import acs3_authorization, v1_signature
from services.notify.channels.limits import limits_of
from services.notify.simulator.exchange import ID, SECRET, Exchange

_NAME = "aliyun"
_CREDENTIAL = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")


def gateway_error(exchange: Exchange, request: Request, body: bytes, parameters: Mapping[str, str]) -> tuple[str, str] | None:
    """Code and message of what is wrong with a call; None where it may pass."""
    acs3 = _CREDENTIAL.fullmatch(request.headers.get("authorization", ""))
    key_id = acs3.group(1) if acs3 else parameters.get("AccessKeyId", "")
    if key_id != ID:
        return "InvalidAccessKeyId.NotFound", "Specified access key is not found."
    stamp = request.headers.get("x-acs-date") if acs3 else parameters.get("Timestamp")
    if not _is_near(stamp or "", exchange.now_at(_NAME)):
        return "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."
    if not (_signed_acs3(request, body, acs3) if acs3 else _signed_v1(request, parameters)):
        return "SignatureDoesNotMatch", "Specified signature is not matched with our calculation."
    nonce = request.headers.get("x-acs-signature-nonce") or parameters.get("SignatureNonce", "")
    if not nonce or exchange.is_repeat(f"nonce {nonce}", 2 * limits_of(_NAME).clock_tolerance_seconds) is not None:
        return "SignatureNonceUsed", "Specified signature nonce was used already."
    exchange.remember(f"nonce {nonce}", "")
    return None


def _signed_acs3(request: Request, body: bytes, given: re.Match[str]) -> bool:
    headers = {name: request.headers.get(name, "") for name in given.group(2).split(";")}
    if not {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce"} <= set(headers):
        return False
    if headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
        return False
    wanted = acs3_authorization(request.url.path, dict(request.query_params), headers, (ID, SECRET))
    return hmac.compare_digest(wanted, request.headers["authorization"])


def _signed_v1(request: Request, parameters: Mapping[str, str]) -> bool:
    rest = {name: value for name, value in parameters.items() if name != "Signature"}
    wanted = v1_signature(request.method, rest, secret=SECRET)
    return hmac.compare_digest(wanted.encode(), parameters.get("Signature", "").encode())


def _is_near(stamp: str, now: datetime) -> bool:
    try:
        at = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(now - at) <= timedelta(seconds=limits_of(_NAME).clock_tolerance_seconds)
