"""The tables of codes: complete, unambiguous, and readable by people."""

from datetime import UTC, datetime, timedelta

import pytest
import structlog

from services.notify.channels.answers import answers_of, explain, failure_of, is_alarm
from services.notify.channels.channel import Impossible, TryLater, Unknown
from services.notify.channels.limits import limits_of
from shared.contracts.vocabulary import NoticeFailure
from tests.services.notify.channels import test_aliyun_sms, test_tencent_sms, test_wechat, test_wecom
from tests.services.notify.channels.builders import NOON

TABLES = ["general", "aliyun", "tencent", "wechat", "wecom"]


@pytest.mark.parametrize("table", TABLES)
def test_a_reason_stands_for_one_code_alone(table: str) -> None:
    reasons = [row.reason for row in answers_of(table).answers]
    assert sorted(set(reasons)) == sorted(reasons)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_speaks_both_languages(table: str) -> None:
    assert all(any("一" <= char <= "鿿" for char in row.zh) for row in answers_of(table).answers)
    assert all(row.en.isascii() for row in answers_of(table).answers)


@pytest.mark.parametrize("table", TABLES[1:])
def test_no_provider_takes_a_reason_of_everybody(table: str) -> None:
    assert not {row.reason for row in answers_of("general").answers} & {row.reason for row in answers_of(table).answers}


def test_what_was_written_from_memory_says_so() -> None:
    remembered = {row.code for row in answers_of("aliyun").answers if row.is_memory}
    assert {"isv.MOBILE_NUMBER_ILLEGAL", "isv.TEMPLATE_MISSING_PARAMETERS", "isv.BLACK_KEY_CONTROL_LIMIT"} <= remembered


def test_reasons_are_explained_in_the_readers_language() -> None:
    assert explain("wechat", "no_quota") == "用户未授权或次数已用完，改发短信"
    assert explain("wechat", "bad_parameter:thing1", "en") == "A field of the template is invalid"
    assert explain("aliyun", "not_received", "en") == "The provider never received it; it may be sent again"
    assert explain("aliyun", "unlisted:isv.NEW") == "unlisted:isv.NEW"
    assert explain("smtp", "mail_refused") == "邮件服务器拒收"


def test_reasons_have_the_word_that_events_use() -> None:
    assert failure_of("wechat", "no_quota") is NoticeFailure.NOT_SUBSCRIBED
    assert failure_of("aliyun", "undelivered:MK:0001") is NoticeFailure.UNREACHABLE
    assert failure_of("aliyun", "unlisted:x") is NoticeFailure.OTHER


def test_an_empty_balance_and_an_unlisted_code_alarm_somebody() -> None:
    assert is_alarm("aliyun", "no_balance")
    assert is_alarm("aliyun", "unlisted:isv.NEW")
    assert not is_alarm("aliyun", "number_minute_limit")


def test_an_alarm_is_logged_with_provider_and_code_and_nothing_else() -> None:
    with structlog.testing.capture_logs() as logs:
        answers_of("aliyun").outcome("isv.OUT_OF_SERVICE", "138****0001 has no money", NOON)
        answers_of("aliyun").outcome("isv.MOBILE_NUMBER_ILLEGAL", "13800000001", NOON)
    assert logs == [
        {
            "event": "provider_alarm",
            "log_level": "error",
            "provider": "aliyun",
            "code": "isv.OUT_OF_SERVICE",
            "reason": "no_balance",
        }
    ]


def test_a_code_that_is_no_code_cannot_smuggle_anything_into_the_reason() -> None:
    outcome = answers_of("aliyun").outcome("13800000001 <script>\n" * 20, "", NOON)
    assert isinstance(outcome, TryLater)
    assert len(outcome.reason) <= 70
    assert "<" not in outcome.reason
    assert "\n" not in outcome.reason


def test_the_next_day_and_month_begin_in_shanghai() -> None:
    last_evening = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert answers_of("aliyun").outcome("isv.DAY_LIMIT_CONTROL", "", last_evening) == TryLater(
        timedelta(minutes=1), "account_day_limit"
    )
    first_morning = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert answers_of("aliyun").outcome("isv.MONTH_LIMIT_CONTROL", "", first_morning) == TryLater(
        timedelta(days=31), "account_month_limit"
    )


def test_the_limits_of_the_providers_are_data() -> None:
    assert limits_of("aliyun").per_number[0].count == 50
    assert limits_of("tencent").clock_tolerance_seconds == 300
    assert (limits_of("wecom").robot_per_minute, limits_of("wecom").robot_pause_seconds) == (20, 65)


CONTRACTS = {
    "aliyun": (
        "isv.BUSINESS_LIMIT_CONTROL isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL isv.OUT_OF_SERVICE"
        " isv.SMS_SIGNATURE_SCENE_ILLEGAL isv.SIGN_STATE_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SMS_CONTENT_ILLEGAL"
        " isv.INVALID_PARAMETERS isp.RAM_PERMISSION_DENY"
        " isv.ACCOUNT_ABNORMAL isv.DENY_IP_RANGE isv.MOBILE_NUMBER_ILLEGAL isv.TEMPLATE_MISSING_PARAMETERS"
        " isv.BLACK_KEY_CONTROL_LIMIT"
    ),
    "tencent": (
        "AuthFailure.SignatureExpire AuthFailure.SignatureFailure LimitExceeded RequestLimitExceeded"
        " LimitExceeded.PhoneNumberThirtySecondLimit LimitExceeded.PhoneNumberDailyLimit"
    ),
    "wechat": "40001 40003 40014 40037 41030 42001 43004 43101 45009 47003",
    "wecom": "40014 42001 45009 81013",
}
PROVED = {
    "aliyun": {code for code, _, _ in test_aliyun_sms.MEANINGS},
    "tencent": {code for code, _ in test_tencent_sms.MEANINGS},
    "wechat": {str(code) for code in (*(code for code, _, _ in test_wechat.MEANINGS), *test_wechat.STALE)},
    "wecom": {str(code) for code in (*(code for code, _ in test_wecom.MEANINGS), *test_wecom.STALE)},
}


@pytest.mark.parametrize("table", CONTRACTS)
def test_every_code_of_the_providers_contracts_is_listed_and_proved(table: str) -> None:
    codes = set(CONTRACTS[table].split())
    assert {code for code in codes if answers_of(table).row(code) is None} == set()
    assert codes - PROVED[table] == set()


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_hidden_by_another(table: str) -> None:
    for row in answers_of(table).answers:
        code, message = row.code.removesuffix("*"), (row.says or "").partition("|")[0]
        assert answers_of(table).row(code, message) == row
        wanted = {"try_later": TryLater, "impossible": Impossible, "unknown": Unknown}[row.outcome]
        outcome = answers_of(table).outcome(code, message, NOON)
        assert (type(outcome), getattr(outcome, "reason", None)) == (wanted, row.reason)
