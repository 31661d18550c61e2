"""Our signatures are those of the providers' official SDKs, for the same input (vectors.json, made by make_vectors.py)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notify.channels.aliyun_signature import SignedCall as AliyunCall
from services.notify.channels.aliyun_signature import v1_signature
from services.notify.channels.tencent_signature import SignedCall as TencentCall
from services.notify.channels.webhook_signature import is_genuine, key_of, signed_headers

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
ACS3, V1, TC3, WEBHOOK = VECTORS["acs3"], VECTORS["v1"], VECTORS["tc3"], VECTORS["webhook"]


def named(vectors: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", vectors, ids=[vector["case"] for vector in vectors])


@named(ACS3)
def test_acs3_signs_as_the_aliyun_sdk_does(vector: dict[str, Any]) -> None:
    given = vector["headers"]
    call = AliyunCall(
        host=given["host"],
        action=given["x-acs-action"],
        version=given["x-acs-version"],
        date=given["x-acs-date"],
        nonce=given["x-acs-signature-nonce"],
        query=vector["query"],
        form=vector["body"].encode() if "content-type" in given else None,
    )
    assert call.headers() == given
    assert call.authorization(VECTORS["key_id"], VECTORS["secret"]) == vector["authorization"]


@named(V1)
def test_v1_signs_as_the_aliyun_sdk_does(vector: dict[str, Any]) -> None:
    assert v1_signature(vector["method"], vector["parameters"], secret=VECTORS["secret"]) == vector["signature"]


@named(TC3)
def test_tc3_signs_as_the_tencent_sdk_does(vector: dict[str, Any]) -> None:
    call = TencentCall("sms.tencentcloudapi.com", vector["body"].encode(), vector["timestamp"])
    assert call.authorization(VECTORS["key_id"], VECTORS["secret"]) == vector["authorization"]


def test_the_aliyun_example_of_the_official_documentation_comes_out() -> None:
    call = AliyunCall(
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        date="2023-10-26T10:22:32Z",
        nonce="3156853299f313e23d1673dc12e1703d",
        query={"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"},
    )
    signature = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert call.authorization("YourAccessKeyId", "YourAccessKeySecret").endswith(f"Signature={signature}")


@named(WEBHOOK)
def test_a_webhook_is_signed_as_the_standard_webhooks_library_does(vector: dict[str, Any]) -> None:
    at, body = datetime.fromtimestamp(vector["timestamp"], UTC), vector["body"].encode()
    headers = signed_headers([vector["secret"]], message_id=vector["id"], at=at, body=body)
    assert headers["webhook-signature"] == vector["signature"]
    assert is_genuine([vector["secret"]], headers, body, at)


def test_during_rotation_both_secrets_sign_and_either_is_enough() -> None:
    first, second = WEBHOOK[0], WEBHOOK[1]
    at, body = datetime.fromtimestamp(first["timestamp"], UTC), first["body"].encode()
    headers = signed_headers([first["secret"], second["secret"]], message_id=first["id"], at=at, body=body)
    assert headers["webhook-signature"] == f"{first['signature']} {second['signature']}"
    assert is_genuine([first["secret"]], headers, body, at)
    assert is_genuine([second["secret"]], headers, body, at)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "1795395724"},
        {"webhook-timestamp": "１７９５３９５７２３"},
        {"webhook-timestamp": "9" * 30},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v2,x v1a,y"},
        {"webhook-signature": ""},
    ],
)
def test_a_changed_header_is_not_genuine(change: dict[str, str]) -> None:
    vector = WEBHOOK[0]
    at, body = datetime.fromtimestamp(vector["timestamp"], UTC), vector["body"].encode()
    headers = signed_headers([vector["secret"]], message_id=vector["id"], at=at, body=body)
    assert not is_genuine([vector["secret"]], {**headers, **change}, body, at)


@pytest.mark.parametrize("late", [timedelta(minutes=5, seconds=1), -timedelta(minutes=5, seconds=1)])
def test_an_old_or_future_timestamp_is_not_genuine(late: timedelta) -> None:
    vector = WEBHOOK[0]
    at, body = datetime.fromtimestamp(vector["timestamp"], UTC), vector["body"].encode()
    headers = signed_headers([vector["secret"]], message_id=vector["id"], at=at, body=body)
    assert not is_genuine([vector["secret"]], headers, body, at + late)


def test_a_body_serialised_again_is_not_genuine() -> None:
    vector = WEBHOOK[0]
    at, body = datetime.fromtimestamp(vector["timestamp"], UTC), vector["body"].encode()
    headers = signed_headers([vector["secret"]], message_id=vector["id"], at=at, body=body)
    assert not is_genuine([vector["secret"]], headers, json.dumps(json.loads(body)).encode(), at)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_é"])
def test_a_secret_that_is_no_secret_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="a webhook secret is") as caught:
        key_of(secret)
    assert "é" not in str(caught.value)
