"""The sample rulebook: every hard stop and every flag, by the clause it stands on."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.registry.domain.application import KNOWN_FACTS, Application
from services.registry.domain.conditions import ConditionWrong
from services.registry.domain.gate import Check, Moment, Rulebook
from services.registry.rulebook import shipped, shipped_gate
from shared.contracts.vocabulary import CheckResult, FireAcceptance, FireClass, PartyStatus, PartyType

TODAY = date(2026, 11, 23)
SOUND = Application(
    tenant_type=PartyType.ENTERPRISE,
    tenant_has_code=True,
    tenant_status=PartyStatus.OPERATING,
    tenant_barred=False,
    tenant_fire_class=FireClass.D,
    tenant_safety_officer=True,
    building_fire_class=FireClass.C,
    building_fire_acceptance=FireAcceptance.ACCEPTED,
    building_illegal_construction="no",
    building_one_key_alarm="yes",
    building_open_major_hazards=0,
    building_several_parties=True,
    building_unified_manager=True,
    dormitory_declared=False,
    rooms_taken=False,
    rooms_stated=True,
    let_beyond_floor_area=False,
    is_sublet=False,
    agreement_signed=True,
    agreement_run_out=False,
    handover="suitable",
    duty_split_filed=True,
    sublet_consent_filed=True,
    fire_class_declaration_filed=True,
    same_risk_count=1,
    stacked_risk_kinds=1,
)


def asked(moment: Moment = Moment.SUBMIT, **changes: object) -> dict[str, Check]:
    application = replace(SOUND, **changes)  # type: ignore[arg-type]
    return {check.rule: check for check in shipped_gate().check(moment, application.facts(), TODAY)}


def only(checks: dict[str, Check]) -> Check:
    """The one check that did not pass."""
    [found] = [check for check in checks.values() if check.result is not CheckResult.PASSED]
    return found


def test_a_sound_application_passes_every_rule_and_says_what_was_not_found() -> None:
    checks = asked()
    assert {check.result for check in checks.values()} == {CheckResult.PASSED}
    assert checks["ADM-S1"].reason == "未发现：承租方无证无照或已注销"


@pytest.mark.parametrize("moment", list(Moment))
def test_clause_4_yanjin_2_stops_an_unlicensed_tenant(moment: Moment) -> None:
    checks = asked(moment, tenant_type=PartyType.UNLICENSED, tenant_has_code=False)
    assert (checks["ADM-S1"].result, checks["ADM-S1"].clause) == (CheckResult.STOPPED, "四严禁-2")


@pytest.mark.parametrize("moment", list(Moment))
def test_clause_4_yanjin_2_stops_a_firm_that_was_struck_off_whatever_its_code(moment: Moment) -> None:
    found = asked(moment, tenant_status=PartyStatus.DEREGISTERED)["ADM-S1"]
    assert (found.result, found.reason) == (CheckResult.STOPPED, "承租方无证无照或已注销")


def test_moving_in_without_consent_to_a_sublet_or_a_declared_class_is_flagged() -> None:
    assert only(asked(Moment.ACTIVATE, fire_class_declaration_filed=False)).rule == "ADM-F15"
    assert asked(Moment.ACTIVATE, is_sublet=True, sublet_consent_filed=False)["ADM-F14"].result is CheckResult.FLAGGED
    assert asked(Moment.ACTIVATE, is_sublet=False, sublet_consent_filed=False)["ADM-F14"].result is CheckResult.PASSED


def test_clause_4_yanjin_2_stops_a_natural_person_without_a_code() -> None:
    assert only(asked(tenant_type=PartyType.NATURAL_PERSON, tenant_has_code=False)).rule == "ADM-S1"


def test_clause_huishen_1_stops_a_tenant_on_the_list_of_those_not_to_be_admitted() -> None:
    found = only(asked(tenant_barred=True))
    assert (found.rule, found.clause, found.result) == ("ADM-S2", "会审-1", CheckResult.STOPPED)


def test_clause_4_yanjin_3_stops_a_class_above_the_buildings_and_names_both() -> None:
    found = only(asked(tenant_fire_class=FireClass.B))
    assert (found.rule, found.clause, found.result) == ("ADM-S3", "四严禁-3", CheckResult.STOPPED)
    assert found.reason == "承租方火灾危险性类别（乙类）高于厂房设防类别（丙类）"


def test_clause_4_yanjin_3_lets_the_same_class_pass() -> None:
    assert asked(tenant_fire_class=FireClass.C)["ADM-S3"].result is CheckResult.PASSED


def test_clause_4_yanjin_4_stops_a_declared_dormitory() -> None:
    found = only(asked(dormitory_declared=True))
    assert (found.rule, found.clause, found.result) == ("ADM-S4", "四严禁-4", CheckResult.STOPPED)


def test_clause_4_yanjin_4_is_undecided_while_nobody_has_declared_anything() -> None:
    found = only(asked(dormitory_declared=None))
    assert (found.rule, found.result) == ("ADM-S4", CheckResult.UNKNOWN)
    assert found.reason.startswith("资料不足")


def test_clause_4_yanjin_1_stops_a_building_without_fire_acceptance() -> None:
    found = only(asked(building_fire_acceptance=FireAcceptance.MISSING))
    assert (found.rule, found.clause, found.result) == ("ADM-S5", "四严禁-1", CheckResult.STOPPED)


def test_clause_huishen_2_stops_a_building_with_an_open_major_hazard() -> None:
    found = only(asked(building_open_major_hazards=1))
    assert (found.rule, found.clause, found.result) == ("ADM-S6", "会审-2", CheckResult.STOPPED)


def test_clause_huishen_3_stops_rooms_that_are_taken() -> None:
    found = only(asked(rooms_taken=True))
    assert (found.rule, found.clause, found.result) == ("ADM-S7", "会审-3", CheckResult.STOPPED)


def test_clause_10_wubi_1_stops_moving_in_without_an_agreement_but_only_flags_the_application() -> None:
    stop = only(asked(Moment.ACTIVATE, agreement_signed=False))
    assert (stop.rule, stop.clause, stop.result) == ("ADM-S8", "十务必-1", CheckResult.STOPPED)
    found = only(asked(Moment.SUBMIT, agreement_signed=False))
    assert (found.rule, found.clause, found.result) == ("ADM-F6", "十务必-1", CheckResult.FLAGGED)


def test_clause_10_wubi_1_stops_moving_in_under_an_agreement_that_has_run_out() -> None:
    stop = only(asked(Moment.ACTIVATE, agreement_run_out=True))
    assert (stop.rule, stop.clause, stop.result) == ("ADM-S9", "十务必-1", CheckResult.STOPPED)


def test_clause_10_wubi_3_stops_moving_in_where_the_hand_over_failed_and_does_not_know_one_without_a_result() -> None:
    stop = only(asked(Moment.ACTIVATE, handover="unsuitable"))
    assert (stop.rule, stop.clause, stop.result) == ("ADM-S10", "十务必-3", CheckResult.STOPPED)
    assert asked(Moment.ACTIVATE, handover="unknown")["ADM-S10"].result is CheckResult.UNKNOWN


def test_moving_in_without_a_hand_over_or_a_duty_split_on_file_is_flagged() -> None:
    assert only(asked(Moment.ACTIVATE, handover="missing")).rule == "ADM-F12"
    found = only(asked(Moment.ACTIVATE, duty_split_filed=False))
    assert (found.rule, found.clause, found.result) == ("ADM-F13", "十务必-1", CheckResult.FLAGGED)


@pytest.mark.parametrize(("count", "result"), [(2, CheckResult.PASSED), (3, CheckResult.FLAGGED)])
def test_clause_huishen_4_flags_the_third_risk_of_one_kind_in_the_building(count: int, result: CheckResult) -> None:
    assert asked(same_risk_count=count)["ADM-F1"].result is result


@pytest.mark.parametrize(("kinds", "result"), [(2, CheckResult.PASSED), (3, CheckResult.FLAGGED)])
def test_clause_huishen_4_flags_stacked_risks(kinds: int, result: CheckResult) -> None:
    assert asked(stacked_risk_kinds=kinds)["ADM-F2"].result is result


def test_clause_4_yanjin_3_flags_a_sublet() -> None:
    found = only(asked(is_sublet=True))
    assert (found.rule, found.clause, found.result) == ("ADM-F3", "四严禁-3", CheckResult.FLAGGED)


@pytest.mark.parametrize("acceptance", [FireAcceptance.LEGACY, FireAcceptance.UNKNOWN])
def test_clause_4_yanjin_1_flags_legacy_or_unknown_papers(acceptance: FireAcceptance) -> None:
    assert asked(building_fire_acceptance=acceptance)["ADM-F4"].result is CheckResult.FLAGGED


def test_clause_4_yanjin_1_flags_illegal_construction() -> None:
    assert only(asked(building_illegal_construction="yes")).rule == "ADM-F4"


def test_clause_10_wubi_3_flags_a_class_that_nobody_knows() -> None:
    checks = asked(building_fire_class=FireClass.UNKNOWN)
    assert (checks["ADM-F5"].result, checks["ADM-F5"].clause) == (CheckResult.FLAGGED, "十务必-3")
    assert checks["ADM-S3"].result is CheckResult.UNKNOWN


def test_clause_10_wubi_2_flags_a_tenant_without_a_safety_officer() -> None:
    found = only(asked(tenant_safety_officer=False))
    assert (found.rule, found.clause, found.result) == ("ADM-F7", "十务必-2", CheckResult.FLAGGED)


@pytest.mark.parametrize("alarm", ["no", "unknown"])
def test_clause_10_wubi_7_flags_a_building_without_a_one_key_alarm(alarm: str) -> None:
    found = only(asked(building_one_key_alarm=alarm))
    assert (found.rule, found.clause, found.result) == ("ADM-F8", "十务必-7", CheckResult.FLAGGED)


@pytest.mark.parametrize("moment", list(Moment))
def test_clause_10_wubi_4_flags_letting_beyond_the_floor_area_whenever_it_is_asked(moment: Moment) -> None:
    assert only(asked(moment, let_beyond_floor_area=True)).rule == "ADM-F9"


def test_clause_10_wubi_1_flags_a_shared_building_without_a_unified_manager() -> None:
    assert only(asked(building_unified_manager=False)).rule == "ADM-F10"
    assert asked(building_unified_manager=False, building_several_parties=False)["ADM-F10"].result is CheckResult.PASSED


def test_clause_huishen_3_flags_a_lease_that_names_no_room() -> None:
    found = only(asked(rooms_stated=False))
    assert (found.rule, found.clause, found.result) == ("ADM-F11", "会审-3", CheckResult.FLAGGED)


def test_every_rule_stands_on_a_clause_that_ships_marked_as_a_sample() -> None:
    book = shipped_gate()
    assert all(rule.clause in book.clauses for rule in book.rules)
    sample = [clause for clause in book.clauses.values() if clause.number.startswith(("四严禁", "十务必", "六不得"))]
    assert len(sample) == 4 + 10 + 6
    assert {clause.mark for clause in sample} == {"R"}


def test_every_rule_of_the_rulebook_has_a_test_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [rule.id for rule in shipped_gate().rules if f'"{rule.id}"' not in source] == []


def test_a_rule_is_asked_only_while_it_is_in_force() -> None:
    document = shipped("gate")
    document["rules"][0] |= {"effective_from": date(2027, 1, 1), "effective_to": date(2027, 12, 31)}
    book = Rulebook.of(document, KNOWN_FACTS)
    facts = replace(SOUND, tenant_type=PartyType.UNLICENSED).facts()
    asked_on = {
        day: {check.rule for check in book.check(Moment.SUBMIT, facts, day)}
        for day in (TODAY, date(2027, 6, 1), date(2028, 1, 1))
    }
    assert ["ADM-S1" in rules for rules in asked_on.values()] == [False, True, False]


def test_a_rule_about_something_that_nobody_knows_is_refused_by_name() -> None:
    document = shipped("gate")
    document["rules"][0]["when"] = {"fact": "tenant_mood", "is": "bad"}
    with pytest.raises(ConditionWrong, match="ADM-S1 asks for \\['tenant_mood'\\]"):
        Rulebook.of(document, KNOWN_FACTS)


def test_a_department_is_asked_unless_its_condition_does_not_hold() -> None:
    document = shipped("gate")
    document["departments"][3]["when"] = {"fact": "stacked_risk_kinds", "at_least": 2}
    book = Rulebook.of(document, KNOWN_FACTS)
    few, many = replace(SOUND, stacked_risk_kinds=1).facts(), replace(SOUND, stacked_risk_kinds=2).facts()
    assert "ecology" not in {place.code for place in book.asked(few)}
    assert "ecology" in {place.code for place in book.asked(many)}
