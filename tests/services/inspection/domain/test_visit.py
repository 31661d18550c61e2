"""Who may make which visit, and what a report from which source is worth."""

import pytest

from services.inspection.domain.visit import NotCertified, NotYourSource, NotYourVisit, TooFewCertified
from services.inspection.rulebook import rulebook
from shared.contracts.vocabulary import HazardLevel, HazardSource, VisitType

VISITS = rulebook().visits


def test_every_visit_type_of_the_vocabulary_has_its_rule() -> None:
    assert set(VISITS.types) == set(VisitType)


def test_an_uncertified_account_cannot_make_an_administrative_inspection() -> None:
    with pytest.raises(NotCertified):
        VISITS.visit(VisitType.ADMIN_INSPECTION, ["enforcer"], None, ["E-2", "E-3"])


def test_a_grid_officer_cannot_make_an_administrative_inspection_even_beside_certified_officers() -> None:
    with pytest.raises(NotYourVisit):
        VISITS.visit(VisitType.ADMIN_INSPECTION, ["grid_officer"], "E-1", ["E-2"])


@pytest.mark.parametrize("others", [[], ["E-1"], [None, ""], [" e-1 ", "Ｅ－１"], ["  "]])
def test_one_certified_officer_alone_is_too_few(others: list[str | None]) -> None:
    with pytest.raises(TooFewCertified) as refused:
        VISITS.visit(VisitType.ADMIN_INSPECTION, ["enforcer"], "E-1", others)
    assert refused.value.facts["found"] == 1


def test_two_certified_officers_make_an_administrative_inspection_that_counts_to_the_cap() -> None:
    rule = VISITS.visit(VisitType.ADMIN_INSPECTION, ["enforcer"], "E-1", ["E-2"])
    assert rule.cap
    assert rule.orders


def test_only_the_administrative_inspection_counts_to_the_cap() -> None:
    assert [visit for visit, rule in VISITS.types.items() if rule.cap] == [VisitType.ADMIN_INSPECTION]


def test_a_patrol_needs_no_certificate_and_gives_no_order() -> None:
    rule = VISITS.visit(VisitType.PATROL, ["grid_officer"], None, [])
    assert not rule.orders
    assert rule.source is HazardSource.PATROL


@pytest.mark.parametrize(
    ("visit", "role"),
    [(VisitType.PATROL, "tenant"), (VisitType.LANDLORD_CHECK, "tenant"), (VisitType.SELF_CHECK, "grid_officer")],
)
def test_a_role_makes_only_its_own_visits(visit: VisitType, role: str) -> None:
    with pytest.raises(NotYourVisit):
        VISITS.visit(visit, [role], None, [])


def test_on_a_patrol_a_medium_hazard_is_confirmed_on_sight_and_a_serious_one_is_not() -> None:
    patrol = VISITS.types[VisitType.PATROL]
    assert patrol.is_confirmed(HazardLevel.MEDIUM)
    assert not patrol.is_confirmed(HazardLevel.SERIOUS)


def test_no_visit_confirms_a_major_hazard_on_sight() -> None:
    assert not any(rule.is_confirmed(HazardLevel.MAJOR_CANDIDATE) for rule in VISITS.types.values())


def test_a_report_without_a_source_has_the_usual_one_of_the_role() -> None:
    assert VISITS.report(["tenant"], None).source is HazardSource.SELF_CHECK
    assert VISITS.report(["grid_officer"], None).source is HazardSource.PATROL


def test_what_the_public_says_is_looked_at_first_whoever_passes_it_on() -> None:
    assert not VISITS.report(["bureau"], HazardSource.PUBLIC).is_confirmed(HazardLevel.MINOR)


def test_a_tenant_cannot_report_as_an_enforcer() -> None:
    with pytest.raises(NotYourSource):
        VISITS.report(["tenant"], HazardSource.ENFORCEMENT)


def test_an_auditor_reports_nothing() -> None:
    with pytest.raises(NotYourSource):
        VISITS.report(["auditor"], None)
