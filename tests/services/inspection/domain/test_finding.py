"""From a failed item to a hazard that says everything a listener needs."""

from services.inspection.domain.checklist import Place
from services.inspection.domain.finding import Finding, Occasion, Scene, find
from services.inspection.domain.presence import is_clock_wrong, place_check
from services.inspection.domain.visit import Sight
from services.inspection.rulebook import rulebook
from shared.contracts.inspection import HazardFound
from shared.contracts.vocabulary import HazardId, HazardLevel, HazardSource, HazardState, PlaceVerdict, SiteId
from shared.geo import Point
from shared.identifiers import new_id
from tests.services.inspection.domain.builders import MONDAY, Case, found, later, tenancy

RULES = rulebook()
GATE = Point(119.8233, 31.3401)


def test_a_found_hazard_says_its_whole_card_and_its_clause() -> None:
    item = RULES.checklist.by_code["LF-22"]
    occasion = Occasion(Sight(source=HazardSource.PATROL, confirms=HazardLevel.MEDIUM), MONDAY, MONDAY, "LF-2026.1")
    finding = Finding(HazardId(new_id()), "2026-0142", item, RULES.checklist.categories[item.category])
    outcome = find(finding, Scene(SiteId(new_id()), tenancy()), occasion, RULES.finding)
    (event,) = outcome.events
    assert isinstance(event, HazardFound)
    assert (event.number, event.item, event.category, event.state) == ("2026-0142", "LF-22", "electrical", "confirmed")
    assert event.clause is not None
    assert (event.clause.rule, event.clause_version) == ("handbook.5.2", "LF-2026.1")


def test_a_failed_exit_is_a_candidate_that_people_determine() -> None:
    hazard = found(Case(item="LF-12"))
    assert (hazard.card.level, hazard.card.state) == (HazardLevel.MAJOR_CANDIDATE, HazardState.MAJOR_CANDIDATE)
    assert hazard.card.immediate


def test_what_the_public_reports_waits_for_a_person() -> None:
    assert found(Case(confirms=None)).card.state is HazardState.REPORTED


def test_the_place_said_decides_whether_it_is_a_shared_part() -> None:
    assert found(Case(item="LF-13"), place=Place.SHARED).card.shared_part
    assert not found(Case(item="LF-13")).card.shared_part


def test_a_repeat_names_the_hazard_that_it_repeats() -> None:
    earlier = HazardId(new_id())
    assert found(Case(item="LF-21"), repeat_of=earlier).card.repeat_of == earlier


def test_standing_at_the_gate_is_within_and_across_town_is_outside() -> None:
    assert place_check(GATE, GATE, 150).verdict is PlaceVerdict.WITHIN
    far = place_check(Point(GATE.lon + 0.01, GATE.lat), GATE, 150)
    assert far.verdict is PlaceVerdict.OUTSIDE
    assert far.metres is not None
    assert 900 < far.metres < 1000


def test_without_a_position_nobody_can_say() -> None:
    assert place_check(None, GATE, 150).verdict is PlaceVerdict.UNKNOWN


def test_an_offline_form_may_be_days_old_and_no_form_comes_from_the_future() -> None:
    assert not is_clock_wrong(MONDAY, later(days=5), offline=True)
    assert is_clock_wrong(MONDAY, later(days=5), offline=False)
    assert is_clock_wrong(later(hours=1), MONDAY, offline=True)
