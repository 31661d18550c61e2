"""An event is registered once, under a name that somebody wrote down."""

import ast
import sys
from pathlib import Path

import pytest

from shared.contracts.event import Event, known_events, newest, subject_filter
from shared.contracts.event_map import meaning
from shared.contracts.speakers import SPEAKERS, published
from tests.contracts.messages import rehearsal

CONTRACTS = Path(__file__).parents[2] / "shared" / "contracts"

# What the design promises to every listener; none of these may vanish or take another name.
PROMISED = {
    "registry": """
        SiteRegistered SiteChanged SiteClosed SiteFactsChanged PartyRegistered PartyChanged ContactChanged
        LeaseSubmitted AdmissionDecided LeaseActivated LeaseExpiring LeaseEnded
        CodeIssued CodePosted CodeVoided OfficerAssigned""",
    "inspection": """
        CampaignOpened CampaignTargetVisited CampaignClosed VisitRecorded HazardFound HazardConfirmed HazardRejected
        MajorHazardConfirmed MajorHazardListed MajorHazardDelisted HazardAcknowledged LandlordUrged LandlordReportedRefusal
        RectificationSubmitted RectificationReturned HazardClosed HazardReopened ExtensionRequested ExtensionDecided
        HazardTransferred HazardOverdue HazardEscalated SelfCheckSubmitted SelfCheckMissed SelfCheckContradicted
        LandlordCheckRecorded LandlordCheckMissed AlarmTested ComplaintReceived ComplaintDecided ConsultationOpened
        ConsultationConcluded""",
    "guidance": "TrainingHeld PersonTrained CertificateChanged DrillHeld GuidanceGiven HandbookPublished",
    "grading": "GradeChanged GradeWarned PolicyActivated GradeOverridden OverrideExpired AppealFiled AppealDecided",
    "notify": "NoticePlanned NoticeAccepted NoticeDelivered NoticeFailed NoticeAcknowledged",
    "intake": "ExternalEventAccepted ExternalEventMatched ExternalEventParked",
}


def test_a_second_class_for_the_same_name_and_version_is_refused() -> None:
    with rehearsal():

        class Opened(Event, name="testing.door_opened", aggregate="door"):
            door: str

        with pytest.raises(TypeError, match=r"testing\.door_opened\.v1 is already .*Opened"):

            class Unlocked(Event, name="testing.door_opened", aggregate="door"):
                door: str

        assert newest(Opened) is Opened


def test_the_same_name_with_another_version_is_another_class() -> None:
    with rehearsal():

        class Opened(Event, name="testing.door_opened", version=2, aggregate="door"):
            door: str

        class OpenedV1(Event, name="testing.door_opened", version=1, aggregate="door"):
            door: str

        assert newest(OpenedV1) is Opened
        assert subject_filter(Opened) == ["testing.door_opened.v1.*", "testing.door_opened.v2.*"]


@pytest.mark.parametrize(
    "name", ["DoorOpened", "testing.DoorOpened", "door_opened", "testing.door-opened", "testing.door.opened", ""]
)
def test_a_wire_name_is_a_service_and_an_event_in_lower_case(name: str) -> None:
    with rehearsal(), pytest.raises(TypeError, match="is not <service>"):

        class Opened(Event, name=name, aggregate="door"):
            door: str


def test_the_aggregate_is_a_field_of_the_event() -> None:
    with rehearsal(), pytest.raises(TypeError, match="aggregate 'window' is not a field"):

        class Opened(Event, name="testing.door_opened", aggregate="window"):
            door: str


def test_an_event_without_a_written_name_is_refused() -> None:
    with rehearsal(), pytest.raises(TypeError, match="name"):

        class Opened(Event, aggregate="door"):
            door: str


def test_the_wire_name_is_written_and_not_derived_from_the_class() -> None:
    with rehearsal():

        class CompletelyRenamed(Event, name="testing.door_opened", aggregate="door"):
            door: str

        assert CompletelyRenamed.wire_type() == "testing.door_opened.v1"


def test_every_event_writes_its_name_and_aggregate_where_the_class_stands() -> None:
    written = {
        node.name: {word.arg for word in node.keywords if isinstance(word.value, ast.Constant)} for node in _class_statements()
    }
    for event in published():
        assert {"name", "aggregate"} <= written[event.__name__], event.__name__


@pytest.mark.parametrize("speaker", PROMISED)
def test_every_promised_event_is_there(speaker: str) -> None:
    said = {event.__name__ for event in published() if event.event_name.startswith(f"{speaker}.")}
    assert set(PROMISED[speaker].split()) <= said


def test_nobody_says_what_another_speaker_says() -> None:
    for event in published():
        module = event.__module__.split(".")[2]
        assert event.event_name.partition(".")[0] == module
    assert set(SPEAKERS) == set(PROMISED)


def test_the_three_names_that_the_outside_knows_stand() -> None:
    types = {event.wire_type() for event in published()}
    assert {"registry.site_registered.v1", "inspection.hazard_found.v1", "grading.grade_changed.v1"} <= types


def test_every_event_tells_its_chinese_term_and_what_it_means() -> None:
    for event in published():
        term, text = meaning(event)
        assert any("\u4e00" <= character <= "\u9fff" for character in term), event.__name__
        assert len(text) > 20, event.__name__


def test_only_published_events_live_in_the_contracts() -> None:
    stray = {event for event in known_events() if event.__module__.startswith("shared.contracts.")} - set(published())
    assert stray == set()


def test_contracts_import_nothing_but_the_standard_library_and_pydantic() -> None:
    for path in CONTRACTS.rglob("*.py"):
        for name in _imports(path):
            root = name.partition(".")[0]
            assert (
                name.startswith("shared.contracts") or root in {"pydantic", "pydantic_core"} or root in sys.stdlib_module_names
            ), (path, name)


def _class_statements() -> list[ast.ClassDef]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in CONTRACTS.rglob("*.py")]
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def _imports(path: Path) -> list[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return plain + [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
