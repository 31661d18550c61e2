"""Lines of work: what the standard lists, what is checked for form only, and what a wrong one is told."""

import pytest

from services.registry.domain.industry import (
    DivisionUnknown,
    Industries,
    IndustryCodeWrong,
    SectionWrong,
    SupervisionUnknown,
    hint,
)
from services.registry.rulebook import industries, shipped
from shared.errors import Refused

SUPERVISED = ["机械", "轻工", "纺织", "建材", "有色", "冶金", "烟草", "商贸", "化工", "医药", "仓储物流", "其他"]


def test_the_standard_has_twenty_sections_and_ninety_seven_divisions() -> None:
    known = industries()
    assert "".join(known.sections) == "ABCDEFGHIJKLMNOPQRST"
    assert sorted(known.divisions) == [f"{number:02}" for number in range(1, 98)]


@pytest.mark.parametrize(
    ("letter", "first", "last"),
    [("A", 1, 5), ("B", 6, 12), ("C", 13, 43), ("D", 44, 46), ("E", 47, 50), ("G", 53, 60), ("S", 91, 96), ("T", 97, 97)],
)
def test_sections_hold_the_divisions_of_the_standard(letter: str, first: int, last: int) -> None:
    held = [int(number) for number, (section, _) in industries().divisions.items() if section == letter]
    assert (min(held), max(held), len(held)) == (first, last, last - first + 1)


@pytest.mark.parametrize(
    ("typed", "code"), [("C3311", "C3311"), ("C33", "C33"), ("C339", "C339"), (" c3311 ", "C3311"), ("Ｇ５９９０", "G5990")]
)
def test_a_code_is_tidied_and_taken(typed: str, code: str) -> None:
    assert industries().code(typed) == code


def test_groups_and_classes_are_checked_for_form_only() -> None:
    assert industries().code("C3300") == "C3300"


@pytest.mark.parametrize("typed", ["", "C", "C3", "C33111", "3311", "U3311", "CC33", "金属制品", "C3A11"])
def test_another_form_is_refused_with_the_rule(typed: str) -> None:
    with pytest.raises(IndustryCodeWrong) as refused:
        industries().code(typed)
    assert "A至T" in refused.value.text()


@pytest.mark.parametrize("typed", ["C00", "C98", "A9901"])
def test_an_unknown_division_is_refused_with_the_rule(typed: str) -> None:
    with pytest.raises(DivisionUnknown) as refused:
        industries().code(typed)
    assert "01至97" in refused.value.text()
    assert typed not in refused.value.text()


def test_a_division_under_another_letter_is_told_its_own() -> None:
    with pytest.raises(SectionWrong) as refused:
        industries().code("D3311")
    assert "“金属制品业”属于门类C" in refused.value.text()


@pytest.mark.parametrize(("digits", "code"), [("3311", "C3311"), ("5990", "G5990"), ("0111", "A0111")])
def test_digits_without_a_letter_get_that_of_their_division(digits: str, code: str) -> None:
    assert industries().with_letter(digits) == code


@pytest.mark.parametrize("prefix", ["C", "C2", "C26", "C2614"])
def test_a_prefix_may_end_anywhere(prefix: str) -> None:
    assert industries().prefix(prefix) == prefix


@pytest.mark.parametrize(("prefix", "wrong"), [("C5", SectionWrong), ("C98", DivisionUnknown), ("", IndustryCodeWrong)])
def test_a_prefix_of_nothing_is_refused(prefix: str, wrong: type[Refused]) -> None:
    with pytest.raises(wrong):
        industries().prefix(prefix)


def test_the_list_of_supervised_industries_is_closed_and_suggests_the_nearest() -> None:
    known = industries()
    assert list(known.supervision) == SUPERVISED
    assert [known.supervised(word) for word in SUPERVISED] == SUPERVISED
    with pytest.raises(SupervisionUnknown) as refused:
        known.supervised("机械类企业")
    assert "是否为“机械”" in refused.value.text()
    assert "机械类企业" not in refused.value.text()


def test_where_nothing_is_near_nothing_is_suggested() -> None:
    assert hint("航天", SUPERVISED) == ""


def test_a_division_under_two_letters_is_no_list() -> None:
    document = shipped("industries")
    document["sections"]["D"]["divisions"]["33"] = "金属制品业"
    with pytest.raises(ValueError, match="two letters"):
        Industries.of(document)
