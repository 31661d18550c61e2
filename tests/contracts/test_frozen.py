"""A published contract is frozen: hearers survive a new optional field, and nothing else gets past the check."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, create_model

from shared.contracts import __main__ as command
from shared.contracts.event import Event
from shared.contracts.frozen import Finding, Shelf, check, write
from shared.contracts.speakers import published
from shared.contracts.vocabulary import Value, Word
from tests.contracts.messages import rehearsal

Define = Callable[[], type[Event]]


class Colour(Word):
    GREEN = "green", "绿"
    WHITE = "white", "白"


class Handle(Value):
    colour: Colour
    note: str | None = None


def door() -> type[Event]:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()
        closer: str | None = None

    return Opened


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """A shelf on which the door as it was published stands; what the test defines is forgotten afterwards."""
    shelf = Shelf(tmp_path)
    with rehearsal():
        write([door()], shelf)
    with rehearsal():
        yield shelf


def test_the_published_contracts_are_as_they_were_frozen() -> None:
    assert [str(finding) for finding in check(published(), Shelf())] == []


def test_the_command_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["check"]) == 0
    assert "as published" in capsys.readouterr().out
    assert command.main(["freeze"]) == 2


def test_an_unchanged_event_passes(shelf: Shelf) -> None:
    assert check([door()], shelf) == []


def test_a_removed_field_fails(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()

    _is_refused(shelf, Opened, "closer: the field was removed or renamed")


def test_a_renamed_field_fails(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        breadth: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()
        closer: str | None = None

    _is_refused(shelf, Opened, "width: the field was removed or renamed")


def test_a_new_required_field_fails(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()
        closer: str | None = None
        weight: int

    _is_refused(shelf, Opened, "weight: a new field is required")


def test_a_field_that_becomes_required_fails(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        width: Annotated[int, Field(ge=1)]
        handles: tuple[Handle, ...] = ()
        closer: str | None = None

    _is_refused(shelf, Opened, "width: the field became required")


def test_a_field_that_hearers_count_on_cannot_become_optional(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="closer"):
        """开门: somebody opened a door and went through it."""

        door: str = ""
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()
        closer: str | None = None

    _is_refused(shelf, Opened, "door: the field became optional")
    _is_refused(shelf, Opened, "the event: x-aggregate was 'door' and is 'closer'")


def test_another_type_fails(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: int
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()
        closer: str | None = None

    _is_refused(shelf, Opened, "door: type was 'string' and is 'integer'")


def test_a_type_that_loses_an_alternative_fails(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()
        closer: str = ""

    _is_refused(shelf, Opened, "closer: the type was narrowed or widened")


def test_a_tighter_bound_or_another_default_fails(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        width: Annotated[int, Field(ge=60)] = 100
        handles: tuple[Handle, ...] = ()
        closer: str | None = None

    _is_refused(shelf, Opened, "width: minimum was 1 and is 60")
    _is_refused(shelf, Opened, "width: default was 90 and is 100")


def test_a_change_deep_inside_is_found(shelf: Shelf) -> None:
    class Handle(Value):
        colour: Colour

    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()
        closer: str | None = None

    _is_refused(shelf, Opened, "handles[].note: the field was removed or renamed")


def test_a_word_that_vanishes_fails(shelf: Shelf) -> None:
    class Colour(Word):
        GREEN = "green", "绿"

    _is_refused(shelf, _with_colour(Colour), "handles[].colour: the word 'white' was removed or renamed")


def test_a_word_that_changes_its_meaning_fails(shelf: Shelf) -> None:
    class Colour(Word):
        GREEN = "green", "青"
        WHITE = "white", "白"

    _is_refused(shelf, _with_colour(Colour), "handles[].colour: the word 'green' changed its meaning")


def test_a_new_word_passes_and_says_that_hearers_go_first(shelf: Shelf) -> None:
    class Colour(Word):
        GREEN = "green", "绿"
        WHITE = "white", "白"
        BROWN = "brown", "棕"

    findings = check([_with_colour(Colour)], shelf)
    assert [(str(finding), finding.writable) for finding in findings] == [
        ("testing.door_opened.v1 handles[].colour: a new word 'brown': deploy its hearers first", True)
    ]


def test_a_new_optional_field_passes_once_it_is_written(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()
        closer: str | None = None
        weight: int | None = None

    assert check([Opened], shelf) == [Finding("testing.door_opened.v1", "weight: a new optional field", writable=True)]
    written, refused = write([Opened], shelf)
    assert (written, refused) == ([shelf.schema("testing.door_opened.v1")], [])
    assert check([Opened], shelf) == []


def test_a_better_description_is_written_without_fear(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: a door was opened, whether anybody went through or not."""

        door: str = Field(description="which door")
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[Handle, ...] = ()
        closer: str | None = None

    assert [finding.writable for finding in check([Opened], shelf)] == [True]
    assert write([Opened], shelf)[1] == []


def test_an_event_that_nobody_states_any_more_is_missed(shelf: Shelf) -> None:
    assert [str(finding) for finding in check([], shelf)] == ["testing.door_opened.v1 is frozen but no class states it"]


def test_a_new_event_needs_a_schema_and_a_sample(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with rehearsal():
        event = door()
        assert [finding.text for finding in check([event], shelf)] == ["has no frozen schema", "has no sample"]
        write([event], shelf)
        assert check([event], shelf) == []


def test_a_sample_is_never_written_twice(shelf: Shelf) -> None:
    path = shelf.sample("testing.door_opened.v1")
    kept = json.loads(path.read_text(encoding="utf-8")) | {"id": "019cacb3-f200-7000-8000-000000000009"}
    path.write_text(json.dumps(kept), encoding="utf-8")
    write([door()], shelf)
    assert json.loads(path.read_text(encoding="utf-8")) == kept


def test_an_old_sample_that_nobody_can_read_any_more_fails(shelf: Shelf) -> None:
    path = shelf.sample("testing.door_opened.v1")
    path.write_text(path.read_text(encoding="utf-8").replace('"door":', '"gate":'), encoding="utf-8")
    assert [str(finding) for finding in check([door()], shelf)] == [
        "testing.door_opened.v1 its sample is unreadable: data.door: missing"
    ]


def test_one_refused_change_keeps_everything_from_being_written(shelf: Shelf) -> None:
    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str

    class Shut(Event, name="testing.door_shut", aggregate="door"):
        """关门: somebody shut a door behind him."""

        door: str

    written, refused = write([Opened, Shut], shelf)
    assert written == []
    assert len(refused) == 3
    assert not shelf.schema("testing.door_shut.v1").exists()


def _is_refused(shelf: Shelf, event: type[Event], change: str) -> None:
    before = shelf.schema(event.wire_type()).read_text(encoding="utf-8")
    written, refused = write([event], shelf)
    assert written == []
    assert f"{event.wire_type()} {change}" in {str(finding) for finding in refused}
    assert shelf.schema(event.wire_type()).read_text(encoding="utf-8") == before


def _with_colour(colour: type[Word]) -> type[Event]:
    handle = create_model("Handle", __base__=Value, colour=(colour, ...), note=(str | None, None))

    class Opened(Event, name="testing.door_opened", aggregate="door"):
        """开门: somebody opened a door and went through it."""

        door: str
        width: Annotated[int, Field(ge=1)] = 90
        handles: tuple[handle, ...] = ()
        closer: str | None = None

    return Opened
