# ruff: noqa: ANN001, ANN201 (a script that drives other people's untyped packages)
# mypy: ignore-errors
"""Makes the signature vectors with the providers' own SDKs; run by hand in a throw-away environment, never by the tests.

python -m venv /tmp/sdk && /tmp/sdk/bin/pip install alibabacloud-tea-openapi alibabacloud-openapi-util \
    tencentcloud-sdk-python-common standardwebhooks
/tmp/sdk/bin/python tests/services/notify/channels/make_vectors.py > tests/services/notify/channels/vectors.json
"""

import json
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from types import SimpleNamespace
from unittest import mock

from alibabacloud_openapi_util.client import Client as OpenApiUtil
from alibabacloud_tea_openapi.utils import Utils
from standardwebhooks.webhooks import Webhook
from tencentcloud.common.abstract_client import AbstractClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.http.request import RequestInternal

KEY_ID, SECRET = "testid-AK", "test/secret+key=é"
SMS = {
    "PhoneNumbers": "13800000001",
    "SignName": "宜兴经开区应急",
    "TemplateCode": "SMS_400000001",
    "TemplateParam": '{"name":"宏达 模具*厂~","n":"2","brief":"安全出口锁闭","due":"2026-12-01"}',
    "OutId": "0192f3a0-0000-7000-8000-000000000001#1",
}
QUERY = {"PhoneNumber": "13800000001", "SendDate": "20261123", "PageSize": "50", "CurrentPage": "1"}


def acs3(case, action, query, body=None):
    payload = b"" if body is None else Utils.to_form(body).encode()
    headers = {
        "host": "dysmsapi.aliyuncs.com",
        "x-acs-action": action,
        "x-acs-version": "2017-05-25",
        "x-acs-date": "2026-11-23T01:02:03Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-content-sha256": Utils.hash(payload, "ACS3-HMAC-SHA256").hex(),
    }
    if body is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
    request = SimpleNamespace(method="POST", pathname="/", query=query, headers=headers)
    sign = Utils.get_authorization
    authorization = sign(request, "ACS3-HMAC-SHA256", headers["x-acs-content-sha256"], KEY_ID, SECRET)
    older = OpenApiUtil.get_authorization(request, "ACS3-HMAC-SHA256", headers["x-acs-content-sha256"], KEY_ID, SECRET)
    assert authorization == older
    return {"case": case, "query": query, "body": payload.decode(), "headers": headers, "authorization": authorization}


def v1(case, method, parameters):
    signature = Utils.get_rpcsignature(parameters, method, SECRET)
    assert signature == OpenApiUtil.get_rpcsignature(parameters, method, SECRET)
    return {"case": case, "method": method, "parameters": parameters, "signature": signature}


def tc3(case, action, parameters, timestamp):
    client = AbstractClient(Credential("testid-AK", SECRET), "ap-guangzhou")
    client._service, client._endpoint, client._apiVersion = "sms", "sms.tencentcloudapi.com", "2021-01-11"
    request = RequestInternal("sms.tencentcloudapi.com", "POST", "/")
    with mock.patch.object(time, "time", return_value=timestamp):
        client._build_req_with_tc3_signature(action, parameters, request)
    return {"case": case, "timestamp": timestamp, "body": request.data, "authorization": request.header["Authorization"]}


def standard(case, secret, message_id, seconds, body):
    signature = Webhook(secret).sign(message_id, datetime.fromtimestamp(seconds, UTC), body)
    return {"case": case, "secret": secret, "id": message_id, "timestamp": seconds, "body": body, "signature": signature}


def main():
    rpc = {**SMS, "Action": "SendSms", "Format": "json", "Version": "2017-05-25", "Timestamp": "2026-11-23T01:02:03Z"}
    rpc |= {"SignatureNonce": "n-1", "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "AccessKeyId": KEY_ID}
    send = {
        "PhoneNumberSet": ["+8613800000001"],
        "SmsSdkAppId": "1400006666",
        "TemplateId": "2200001",
        "SignName": "宜兴经开区应急",
        "TemplateParamSet": ["宏达 模具*厂~", "2", "安全出口锁闭"],
        "SessionContext": "0192f3a0-0000-7000-8000-000000000001#1",
    }
    secrets = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "cGxhaW4tc2VjcmV0")
    packages = ("alibabacloud-tea-openapi", "alibabacloud-openapi-util", "tencentcloud-sdk-python-common", "standardwebhooks")
    vectors = {
        "made_with": {name: version(name) for name in packages},
        "secret": SECRET,
        "key_id": KEY_ID,
        "acs3": [
            acs3("SendSms with its parameters in the query", "SendSms", SMS),
            acs3("QuerySendDetails", "QuerySendDetails", QUERY),
            acs3("SendSms with its parameters in the form", "SendSms", {}, SMS),
            acs3("no parameters", "SendSms", {}),
        ],
        "v1": [
            v1("SendSms", "POST", rpc),
            v1("the same by GET", "GET", rpc),
            v1("hard characters", "POST", {"a b": "* ~+/=é", "A": ""}),
        ],
        "tc3": [
            tc3("SendSms", "SendSms", send, 1795395723),
            tc3("one second before midnight UTC", "SendSms", send, 1795391999),
            tc3("at midnight UTC", "PullSmsSendStatus", {"Limit": 100, "SmsSdkAppId": "1400006666"}, 1795392000),
        ],
        "webhook": [
            standard("a Chinese body", secrets[0], "msg_1", 1795395723, '{"type":"notice.HZ_NEW","text":"安全出口"}'),
            standard("another secret", secrets[1], "msg_1", 1795395723, '{"type":"notice.HZ_NEW","text":"安全出口"}'),
            standard("a secret without its prefix", secrets[2], "0192f3a0-0000-7000-8000-000000000001", 0, ""),
        ],
    }
    json.dump(vectors, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
