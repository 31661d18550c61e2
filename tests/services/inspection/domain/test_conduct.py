"""For whom somebody acts, and that nobody judges his own work."""

import pytest

from services.inspection.domain.conduct import (
    CertifiedPersonNeeded,
    NotYourStep,
    OrderNeedsCertificate,
    OwnWork,
    SecondPersonNeeded,
    capacity,
    check_own_work,
    check_verifier,
    is_agreed,
)
from services.inspection.domain.lifecycle import HazardStep, Standing
from services.inspection.domain.rectification import submit
from services.inspection.rulebook import rulebook
from shared.contracts.vocabulary import Approval, HazardLevel, Role
from shared.identifiers import new_id
from tests.services.inspection.domain.builders import LANDLORD, MONDAY, TENANT, Case, Person, found, tenant

VERIFICATION = rulebook().verification
GENERAL, DETERMINATION = VERIFICATION.levels[HazardLevel.MEDIUM], VERIFICATION.determination


def approval(by: str, role: Role = Role.BUREAU) -> Approval:
    return Approval(by=by, role=role, at=MONDAY)


def test_a_tenant_acts_for_the_responsible_party() -> None:
    actor = Person(roles=frozenset({"tenant"}), parties=frozenset({TENANT}))
    by = capacity(actor, HazardStep.SUBMIT, found().card.responsible, MONDAY)
    assert (by.standing, by.party, by.role) == (Standing.RESPONSIBLE, TENANT, Role.TENANT)


def test_a_landlord_urges_and_does_not_submit_for_his_tenant() -> None:
    actor = Person(roles=frozenset({"landlord"}), parties=frozenset({LANDLORD}))
    sides = found().card.responsible
    assert capacity(actor, HazardStep.URGE, sides, MONDAY).standing is Standing.URGING
    with pytest.raises(NotYourStep):
        capacity(actor, HazardStep.SUBMIT, sides, MONDAY)


def test_a_landlord_responsible_for_the_building_submits() -> None:
    actor = Person(roles=frozenset({"landlord"}), parties=frozenset({LANDLORD}))
    by = capacity(actor, HazardStep.SUBMIT, found(Case(item="LF-06")).card.responsible, MONDAY)
    assert by.party == LANDLORD


@pytest.mark.parametrize("step", [HazardStep.ACKNOWLEDGE, HazardStep.SUBMIT, HazardStep.EXTEND, HazardStep.URGE])
def test_a_stranger_takes_no_step_of_a_party(step: HazardStep) -> None:
    actor = Person(roles=frozenset({"tenant", "landlord"}), parties=frozenset({new_id()}))
    with pytest.raises(NotYourStep):
        capacity(actor, step, found().card.responsible, MONDAY)


@pytest.mark.parametrize("step", [HazardStep.CONFIRM, HazardStep.CONFIRM_MAJOR, HazardStep.LIST, HazardStep.TRANSFER])
def test_a_grid_officer_decides_nothing(step: HazardStep) -> None:
    with pytest.raises(NotYourStep):
        capacity(Person(roles=frozenset({"grid_officer"})), step, found().card.responsible, MONDAY)


def test_a_person_who_rectified_can_never_verify() -> None:
    shown = submit(found(), tenant(subject="wang"), ()).hazard
    with pytest.raises(OwnWork):
        check_own_work(Person(subject="wang", roles=frozenset({"bureau"})), shown)


def test_a_person_who_rectified_in_an_earlier_round_can_never_verify() -> None:
    shown = submit(
        submit(found(), tenant(subject="wang"), ()).hazard.with_card(state="returned"), tenant(subject="li"), ()
    ).hazard
    with pytest.raises(OwnWork):
        check_own_work(Person(subject="wang", roles=frozenset({"bureau"})), shown)


def test_whoever_stands_for_the_party_that_rectified_can_never_verify() -> None:
    shown = submit(found(), tenant(), ()).hazard
    actor = Person(subject="other", roles=frozenset({"bureau", "tenant"}), parties=frozenset({TENANT}))
    with pytest.raises(OwnWork):
        check_own_work(actor, shown)


def test_whoever_stands_for_a_party_that_is_responsible_too_can_never_verify() -> None:
    shown = submit(found(Case(item="LF-08")), tenant(), ()).hazard
    actor = Person(subject="other", roles=frozenset({"bureau", "landlord"}), parties=frozenset({LANDLORD}))
    with pytest.raises(OwnWork):
        check_own_work(actor, shown)


def test_a_hazard_with_an_order_is_verified_by_a_certified_officer_only() -> None:
    shown = submit(found(Case(orders=True)), tenant(), ()).hazard
    with pytest.raises(OrderNeedsCertificate):
        check_verifier(Person(roles=frozenset({"grid_officer"})), shown, GENERAL)
    check_verifier(Person(roles=frozenset({"enforcer"}), certificate_no="E-1"), shown, GENERAL)


def test_a_grid_officer_does_not_accept_a_major_hazard() -> None:
    with pytest.raises(NotYourStep):
        check_verifier(Person(roles=frozenset({"grid_officer"})), found(), VERIFICATION.levels[HazardLevel.MAJOR])


def test_a_major_hazard_needs_two_approvers() -> None:
    panel = VERIFICATION.levels[HazardLevel.MAJOR]
    assert not is_agreed([approval("chen")], panel, ())
    assert is_agreed([approval("chen"), approval("zhao")], panel, ())


def test_the_two_approvers_are_different_persons() -> None:
    with pytest.raises(SecondPersonNeeded):
        is_agreed([approval("chen"), approval("chen", Role.ENFORCER)], DETERMINATION, {"chen"})


def test_of_those_who_determine_a_major_hazard_one_is_certified() -> None:
    with pytest.raises(CertifiedPersonNeeded):
        is_agreed([approval("chen"), approval("zhao")], DETERMINATION, ())
    assert is_agreed([approval("chen"), approval("zhao")], DETERMINATION, {"zhao"})
