"""Credit codes and ID numbers: the published vectors, and what clerks paste."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.uscc import (
    CreditCodeAlphabet,
    CreditCodeLength,
    CreditCodeMalformed,
    CreditCodeRegion,
    Doubt,
    IdNumberMalformed,
    check_character,
    read_credit_code,
    read_id_number,
    resembles_id_number,
    subject_check_character,
)

TODAY = date(2026, 11, 23)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SYNTHETIC = "91320282MA0000015N"


@pytest.mark.parametrize(
    "code",
    ["91110000101623741K", "911101066976941872", SYNTHETIC, "92320282MA0000015K", "91320282MA0000023H"],
)
def test_a_valid_code_is_taken_without_doubt(code: str) -> None:
    read = read_credit_code(code)
    assert (read.text, read.doubts) == (code, ())


@pytest.mark.parametrize("code", ["91350211M0000XUF46", "91310115MA1H8R7C6D"])
def test_a_wrong_checksum_is_a_doubt_and_no_refusal_because_such_companies_exist(code: str) -> None:
    assert Doubt.CHECKSUM in read_credit_code(code).doubts


def test_the_inner_check_of_the_subject_code_is_a_doubt_of_its_own() -> None:
    really_existing, body = read_credit_code("91350211M0000XUF46"), "91320282MA0000016"
    assert Doubt.SUBJECT_CHECKSUM not in really_existing.doubts
    assert read_credit_code(body + check_character(body)).doubts == (Doubt.SUBJECT_CHECKSUM,)


@pytest.mark.parametrize(
    "pasted",
    [
        "９１３２０２８２ＭＡ０００００１５Ｎ",
        "91320282ma0000015n",
        " 91320282 MA000001 5N\n",
        "\ufeff91320282-MA000001-5N\u200b",
        "'91320282MA0000015N",
        "91320282MA0000015N\u3000",
    ],
)
def test_full_width_lower_case_and_blanks_are_tidied_first(pasted: str) -> None:
    assert read_credit_code(pasted).text == SYNTHETIC


@pytest.mark.parametrize("short_or_long", ["", "9132028", SYNTHETIC[:-1], SYNTHETIC + "0", "320282000012345", "MA0000015"])
def test_a_wrong_length_is_refused(short_or_long: str) -> None:
    with pytest.raises(CreditCodeLength):
        read_credit_code(short_or_long)


@pytest.mark.parametrize("foreign", "IOSVZ中?")
def test_a_character_outside_the_alphabet_is_refused_and_its_place_is_named(foreign: str) -> None:
    with pytest.raises(CreditCodeAlphabet) as refusal:
        read_credit_code(SYNTHETIC[:11] + foreign + SYNTHETIC[12:])
    assert "第12位" in refusal.value.text("zh-CN")


def test_a_region_that_is_not_digits_is_refused() -> None:
    with pytest.raises(CreditCodeRegion):
        read_credit_code("91A20282MA0000015N")


def test_a_refusal_never_repeats_the_code() -> None:
    with pytest.raises(CreditCodeMalformed) as refusal:
        read_credit_code("91A20282MA0000015N")
    assert "MA0000015" not in str(refusal.value) + refusal.value.text("zh-CN")


def test_a_sum_that_is_a_multiple_of_31_gives_zero_and_no_crash() -> None:
    bodies = [f"91320282MA{number:06d}"[:16] for number in range(400)]
    checks = {check_character(body + subject_check_character(body[8:16])) for body in bodies}
    assert "0" in checks
    assert checks <= set(ALPHABET)


@given(st.text(ALPHABET, min_size=8, max_size=8), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_mistyped_character_never_goes_unnoticed(subject: str, place: int, typed: str) -> None:
    body = "91320282" + subject + subject_check_character(subject)
    code = body + check_character(body)
    mistyped = code[:place] + typed + code[place + 1 :]
    if mistyped == code:
        return
    try:
        assert read_credit_code(mistyped).doubts
    except CreditCodeRegion:
        assert not typed.isdecimal()


def test_an_id_number_is_tidied_and_checked() -> None:
    assert read_id_number("１１０１０１ 19900307 00２x", TODAY) == "11010119900307002X"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("110101199003070021", "校验位"),
        ("110101199002300011", "出生日期"),
        ("110101203003070018", "出生日期"),
        ("110101900307001", "18位"),
    ],
)
def test_a_wrong_id_number_is_refused_with_the_rule_and_without_the_number(number: str, reason: str) -> None:
    with pytest.raises(IdNumberMalformed) as refusal:
        read_id_number(number, TODAY)
    told = refusal.value.text("zh-CN")
    assert reason in told
    assert number not in told + str(refusal.value)


@pytest.mark.parametrize("number", ["110101199003070021", "11010119900307002X", "320282196501010000"])
def test_an_id_number_is_recognised_even_when_it_is_mistyped(number: str) -> None:
    assert resembles_id_number(number)


@pytest.mark.parametrize("code", [SYNTHETIC, "911101066976941872", "91110000101623741K", "110101199013070021"])
def test_a_credit_code_does_not_resemble_an_id_number(code: str) -> None:
    assert not resembles_id_number(code)
