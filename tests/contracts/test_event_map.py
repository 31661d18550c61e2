"""The generated page tells who says what to whom, and what every field and word means."""

from shared.contracts.event_map import render_map
from shared.contracts.grading import GradeChanged
from shared.contracts.inspection import HazardClosed, HazardFound
from shared.contracts.speakers import SPEAKERS, published
from shared.contracts.vocabulary import Level

SAYS = {"inspection": (HazardFound, HazardClosed), "grading": (GradeChanged,)}
HEARS = {
    "grading": ((HazardFound, "grading-regrade"), (HazardClosed, "grading-regrade")),
    "notify": ((HazardFound, "notify-tell-parties"),),
}


def test_an_event_names_its_speaker_its_hearers_and_its_wire_name() -> None:
    row = _line(render_map(SAYS, HEARS), "[HazardFound]")
    assert "发现隐患" in row
    assert "`inspection.hazard_found.v1`" in row
    assert "grading (`grading-regrade`), notify (`notify-tell-parties`)" in row


def test_an_event_that_nobody_hears_shows_it() -> None:
    page = render_map(SAYS, HEARS)
    assert _line(page, "[GradeChanged]").endswith("| – |")
    assert "heard by nobody yet" in page


def test_a_consumer_is_listed_once_with_all_that_it_hears() -> None:
    assert "| grading | `grading-regrade` | HazardFound, HazardClosed |" in render_map(SAYS, HEARS)


def test_fields_stand_under_their_wire_names() -> None:
    page = render_map(SAYS, HEARS)
    assert "| `from`? | Level |" in page
    assert "`from_`" not in page
    assert "| `due` | date | 整改期限" in page
    assert "| `responsible` | Responsible[] |" in page


def test_a_card_is_described_once_however_many_events_carry_it() -> None:
    assert render_map(SAYS, HEARS).count("### HazardCard\n") == 1


def test_words_are_told_with_their_chinese_terms() -> None:
    assert " · ".join(f"`{level}` {level.zh}" for level in Level) in render_map(SAYS, HEARS)


def test_the_whole_map_names_every_published_event() -> None:
    says = {speaker: [event for event in published() if event.event_name.startswith(f"{speaker}.")] for speaker in SPEAKERS}
    page = render_map(says, {})
    assert all(f"### {event.__name__}\n" in page for event in published())


def _line(page: str, part: str) -> str:
    return next(line for line in page.splitlines() if part in line)
