"""The pretended SMS providers check what the real ones check, and go wrong as the real ones do."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.notify.channels import calls
from services.notify.channels.aliyun_signature import v1_signature
from services.notify.channels.aliyun_sms import AliyunSms
from services.notify.channels.channel import Accepted, AsksLater, CollectsReceipts, Impossible, Reached, TryLater, Unknown
from services.notify.channels.limits import limits_of
from services.notify.channels.tencent_sms import TencentSms
from tests.services.notify.simulator.running import Running, dispatch, simulator

SMS = ["aliyun", "tencent"]
SOON = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds for an answer that a test knows will not come."""
    monkeypatch.setattr(calls, "_WHOLE_CALL", 1.0)


def sms(running: Running, provider: str) -> Any:
    channel = running.channels[provider]
    assert isinstance(channel, AliyunSms | TencentSms)
    return channel


@pytest.mark.parametrize("provider", SMS)
async def test_a_message_is_accepted_shown_and_its_receipt_comes_back(provider: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        sent = dispatch("13800000001")
        outcome = await running.channels[provider].send(sent)
        assert isinstance(outcome, Accepted)
        await running.until(lambda: bool(running.heard.receipts))
        (receipt,) = running.heard.receipts
        assert (receipt.provider, receipt.provider_id, receipt.reached) == (provider, outcome.provider_id, Reached.DELIVERED)
        assert receipt.address_masked == "138****0001"
        (shown,) = await running.arrived(to="13800000001")
        assert (shown["key"], shown["state"]) == (sent.key, "delivered")
        assert (
            shown["text"]
            == "【宜兴经开区应急】您单位(宏达模具厂)存在2条隐患:安全出口锁闭,请于2026年12月01日前整改并上传照片,编号YX-0142。"
        )


async def test_a_wrong_secret_gets_the_providers_own_error(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        aliyun = replace(sms(running, "aliyun"), secret=SecretStr("another"))
        tencent = replace(sms(running, "tencent"), secret_key=SecretStr("another"))
        assert (await aliyun.send(dispatch("13800000001"))).reason == "key_mismatch"
        assert (await tencent.send(dispatch("13800000001"))).reason == "key_mismatch"
        assert (await replace(aliyun, key_id="nobody").send(dispatch("13800000001"))).reason == "key_unknown"
        assert (await replace(tencent, secret_id="nobody").send(dispatch("13800000001"))).reason == "key_unknown"
        assert await running.arrived() == []


@pytest.mark.parametrize(("provider", "tolerance"), [("aliyun", 900), ("tencent", 300)])
async def test_a_clock_that_is_off_is_refused_beyond_the_providers_tolerance(
    provider: str, tolerance: int, tmp_path: Path
) -> None:
    async with simulator(tmp_path) as running:
        for off, reason in ((tolerance + 60, "clock_off"), (-tolerance - 60, "clock_off")):
            wrong = replace(sms(running, provider), clock=lambda off=off: datetime.now(UTC) + timedelta(seconds=off))
            assert (await wrong.send(dispatch("13800000001"))).reason == reason
        slightly = replace(sms(running, provider), clock=lambda: datetime.now(UTC) + timedelta(seconds=tolerance - 60))
        assert isinstance(await slightly.send(dispatch("13800000001")), Accepted)


@pytest.mark.parametrize("provider", SMS)
async def test_the_providers_clock_may_be_the_wrong_one(provider: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        fault = await running.fault(kind="wrong_clock", provider=provider, seconds=-3600)
        assert (await running.channels[provider].send(dispatch("13800000001"))).reason == "clock_off"  # type: ignore[union-attr]
        await running.http.delete(f"{running.url}/api/faults/{fault}")
        assert isinstance(await running.channels[provider].send(dispatch("13800000001")), Accepted)


async def test_a_changed_parameter_breaks_aliyuns_signature_and_a_repeated_nonce_is_noticed(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        requests: list[httpx.Request] = []

        async def note(request: httpx.Request) -> None:
            requests.append(request)

        running.http.event_hooks["request"].append(note)
        await running.channels["aliyun"].send(dispatch("13800000001"))
        running.http.event_hooks["request"].clear()
        first = requests[0]
        again = httpx.Request("POST", first.url, headers=first.headers)
        changed = httpx.Request("POST", str(first.url).replace("13800000001", "13800000002"), headers=first.headers)
        assert (await running.http.send(again)).json()["Code"] == "SignatureNonceUsed"
        assert (await running.http.send(changed)).json()["Code"] == "SignatureDoesNotMatch"


async def test_the_old_signature_of_aliyun_is_taken_too(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        form = {
            "Action": "SendSms",
            "Version": "2017-05-25",
            "AccessKeyId": "simulator",
            "Timestamp": stamp,
            "SignatureNonce": "n1",
        }
        form |= {"PhoneNumbers": "13800000001", "SignName": "宜兴经开区应急", "TemplateCode": "SMS_OTHER", "TemplateParam": "{}"}
        signed = {**form, "Signature": v1_signature("POST", form, secret="simulator-secret")}
        assert (await running.http.post(f"{running.url}/aliyun/", data=signed)).json()["Code"] == "OK"
        wrong = {**signed, "SignatureNonce": "n2"}
        assert (await running.http.post(f"{running.url}/aliyun/", data=wrong)).json()["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("provider", SMS)
async def test_a_timeout_after_acceptance_is_found_by_asking_and_never_sent_twice(provider: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        channel, sent = running.channels[provider], dispatch("13800000101")
        assert isinstance(channel, AsksLater)
        assert isinstance(await channel.send(sent), Unknown)
        await running.until(lambda: bool(running.heard.receipts))
        assert isinstance(await channel.ask(sent), Accepted)
        assert len(await running.arrived(to="13800000101")) == 1


@pytest.mark.parametrize("kind", ["13800000104", "13800000106"])
async def test_a_fault_after_acceptance_is_found_by_asking(kind: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        channel, sent = sms(running, "aliyun"), dispatch(kind)
        assert isinstance(await channel.send(sent), Unknown)
        assert await channel.ask(sent) == Accepted(sent.key)


@pytest.mark.parametrize("number", ["13800000102", "13800000103", "13800000105"])
async def test_a_fault_before_acceptance_is_known_as_not_received_after_a_minute(number: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        channel = sms(running, "aliyun")
        sent = dispatch(number)
        assert isinstance(await channel.send(sent), Unknown)
        assert isinstance(await channel.ask(sent), Unknown)
        later = replace(sent, stored_at=sent.stored_at - timedelta(seconds=61))
        assert (await channel.ask(later)).reason == "not_received"
        assert await running.arrived(to=number) == []


async def test_a_duplicate_receipt_comes_twice_under_the_same_key(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        sent = dispatch("13800000107")
        await running.channels["aliyun"].send(sent)
        await running.until(lambda: len(running.heard.receipts) == 2)
        assert {receipt.key for receipt in running.heard.receipts} == {sent.key}


async def test_receipts_out_of_order_carry_the_time_that_tells_them_apart(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        await running.channels["aliyun"].send(dispatch("13800000112"))
        await running.until(lambda: len(running.heard.receipts) == 2)
        first, second = running.heard.receipts
        assert (first.reached, second.reached) == (Reached.DELIVERED, Reached.FAILED)
        assert second.at < first.at
        assert (await running.arrived(to="13800000112"))[0]["state"] == "delivered"


@pytest.mark.parametrize("provider", SMS)
async def test_a_forged_receipt_is_refused_and_the_true_one_is_taken(provider: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        await running.channels[provider].send(dispatch("13800000111"))
        await running.until(lambda: running.heard.forged > 0 and bool(running.heard.receipts))
        assert [receipt.reached for receipt in running.heard.receipts] == [Reached.DELIVERED]


async def test_a_late_receipt_is_late_and_a_missing_one_never_comes(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        await running.fault(kind="late_receipt", to="13900000001", seconds=0.5)
        for number in ("13900000001", "13800000110", "13900000002"):
            await running.channels["aliyun"].send(dispatch(number))
        await running.until(lambda: len(running.heard.receipts) == 2)
        assert [receipt.address_masked for receipt in running.heard.receipts] == ["139****0002", "139****0001"]
        assert (await running.arrived(to="13800000110"))[0]["state"] == "waiting"


async def test_an_undelivered_message_is_a_failed_receipt_and_a_failed_row(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        sent = dispatch("13800000109")
        await running.channels["aliyun"].send(sent)
        await running.until(lambda: bool(running.heard.receipts))
        assert running.heard.receipts[0].reason == "undelivered:MK:0001"
        outcome = await sms(running, "aliyun").ask(sent)
        assert isinstance(outcome, Impossible)
        assert outcome.reason == "undelivered:MK:0001"


async def test_a_receipt_that_is_not_taken_comes_again(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        running.heard.status = 500
        await running.channels["aliyun"].send(dispatch("13800000001"))
        await running.until(lambda: running.app.state.exchange.ledger.counts()["delivered"] == 1)
        running.heard.status = 200
        await running.until(lambda: len(running.heard.receipts) == 1)


async def test_tencents_receipts_are_pulled_once(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        sent = [dispatch(f"1380000{index:04d}") for index in range(3)]
        for each in sent:
            await running.channels["tencent"].send(each)
        await running.until(lambda: running.app.state.exchange.ledger.counts()["delivered"] == 3)
        channel = running.channels["tencent"]
        assert isinstance(channel, CollectsReceipts)
        assert {receipt.key for receipt in await channel.collect()} == {each.key for each in sent}
        assert await channel.collect() == []


async def test_aliyuns_limit_of_fifty_a_day_for_one_number_and_template_is_kept(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        channel = running.channels["aliyun"]
        for _ in range(limits_of("aliyun").per_number[0].count):
            assert isinstance(await channel.send(dispatch("13800000001")), Accepted)
        refused = await channel.send(dispatch("13800000001"))
        assert isinstance(refused, TryLater)
        assert (refused.reason, refused.after) == ("number_day_limit", timedelta(hours=24))
        assert isinstance(await channel.send(dispatch("13800000001", "HZ_CLOSED")), Accepted)
        assert isinstance(await channel.send(dispatch("13800000002")), Accepted)


async def test_tencents_limits_are_one_text_in_thirty_seconds_and_two_messages_a_day(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        channel = sms(running, "tencent")
        texts = [dispatch("13800000001", variables={**dispatch("1").variables, "no": f"YX-{index}"}) for index in range(3)]
        assert isinstance(await channel.send(texts[0]), Accepted)
        assert (await channel.send(texts[0])).reason == "number_thirty_seconds"
        assert isinstance(await channel.send(texts[1]), Accepted)
        assert (await channel.send(texts[2])).reason == "number_day_limit"
        await running.settings(strict=False)
        assert isinstance(await channel.send(texts[2]), Accepted)


@pytest.mark.parametrize(
    ("provider", "number", "reason"),
    [
        ("aliyun", "13800000113", "number_minute_limit"),
        ("aliyun", "13800000114", "number_day_limit"),
        ("tencent", "13800000113", "number_thirty_seconds"),
        ("tencent", "13800000114", "number_day_limit"),
    ],
)
async def test_limit_control_befalls_the_numbers_that_always_go_wrong(
    provider: str, number: str, reason: str, tmp_path: Path
) -> None:
    async with simulator(tmp_path) as running:
        assert (await sms(running, provider).send(dispatch(number))).reason == reason


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"PhoneNumbers": "12345"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"SignName": ""}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "HZ_NEW"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": "{"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '{"no": 1}'}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '{"no": "1"}'}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": json.dumps({"no": "1", "d": "x" * 36})}, "isv.PARAM_LENGTH_LIMIT"),
        ({"TemplateParam": json.dumps({"no": "1", "d": "https://a.cn"})}, "isv.PARAM_NOT_SUPPORT_URL"),
        ({"Action": "SendFax"}, "InvalidAction.NotFound"),
        ({"Action": "QuerySendDetails", "SendDate": "yesterday"}, "isv.INVALID_PARAMETERS"),
    ],
)
async def test_a_message_that_aliyun_would_refuse_is_refused(parameters: dict[str, str], code: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        good = {"PhoneNumbers": "13800000001", "SignName": "宜兴经开区应急", "TemplateCode": "SMS_HZ_DUE"}
        form = {"Action": "SendSms", "AccessKeyId": "simulator", "Timestamp": stamp, "SignatureNonce": stamp, **good}
        form |= {"TemplateParam": '{"no":"1","d":"2"}', **parameters}
        form["Signature"] = v1_signature("POST", form, secret="simulator-secret")
        assert (await running.http.post(f"{running.url}/aliyun/", data=form)).json()["Code"] == code


async def test_everything_is_still_there_after_a_restart_even_after_half_a_line(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        sent = [dispatch("13800000001"), dispatch("13800000110")]
        for each in sent:
            await running.channels["aliyun"].send(each)
        await running.until(lambda: running.app.state.exchange.ledger.counts()["delivered"] == 1)
        await running.fault(kind="garbage", provider="aliyun", to="*0009")
    with (tmp_path / "messages.jsonl").open("ab") as file:
        file.write(b'{"message":{"provider":"aliyun","to":"138')
    async with simulator(tmp_path, receipts=False) as running:
        channel = sms(running, "aliyun")
        assert [await channel.ask(each) for each in sent] == [Accepted(each.key) for each in sent]
        assert [item["state"] for item in await running.arrived()] == ["waiting", "delivered"]
        assert isinstance(await channel.send(dispatch("13800000009")), Unknown)
        assert isinstance(await channel.send(dispatch("13800000002")), Accepted)
    assert all(json.loads(line) for line in (tmp_path / "messages.jsonl").read_text(encoding="utf-8").splitlines())


async def test_a_fault_may_happen_only_so_many_times_and_only_to_some(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        await running.fault(kind="code", provider="aliyun", to="*77", code="isv.OUT_OF_SERVICE", times=2)
        reasons = [getattr(await running.channels["aliyun"].send(dispatch("13800000077")), "reason", "ok") for _ in range(3)]
        assert reasons == ["no_balance", "no_balance", "ok"]
        assert isinstance(await running.channels["aliyun"].send(dispatch("13800000078")), Accepted)
        assert (await running.http.get(f"{running.url}/api/faults")).json()["items"] == []


async def test_a_slow_provider_is_slow_and_still_accepts(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        await running.fault(kind="slow", provider="aliyun", seconds=0.5)
        before = datetime.now(UTC)
        assert isinstance(await running.channels["aliyun"].send(dispatch("13800000001")), Accepted)
        assert datetime.now(UTC) - before >= timedelta(seconds=0.4)
