"""One sample per version is kept for ever: every one is still heard, and says the same when it is said again."""

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from shared.contracts.event import decode, encode, newest
from shared.contracts.frozen import HERE
from shared.contracts.sampling import sample_of
from shared.contracts.speakers import published

SAMPLES = sorted((HERE / "samples").glob("*.json"))
CURRENT = [event for event in published() if newest(event) is event]


def test_every_version_has_a_sample_and_a_schema() -> None:
    types = {event.wire_type() for event in published()}
    assert {path.stem for path in SAMPLES} == types
    assert {path.stem for path in (HERE / "schemas").glob("*.json")} == types


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_heard_as_the_newest_class(path: Path) -> None:
    heard = decode(path.read_bytes())
    assert type(heard) is newest(type(heard))
    assert heard.envelope.type == path.stem


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_that_is_said_again_says_all_that_it_said(path: Path) -> None:
    sample = json.loads(path.read_text(encoding="utf-8"))
    heard = decode(path.read_bytes())
    if heard.wire_type() != path.stem:
        pytest.skip("a retired version is never said again")
    said = json.loads(encode(heard, heard.envelope))
    _assert_repeated(sample, said)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_keeps_to_its_frozen_schema(path: Path) -> None:
    schema = json.loads((HERE / "schemas" / path.name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(path.read_text(encoding="utf-8"))["data"])


@pytest.mark.parametrize("event", CURRENT, ids=lambda event: event.wire_type())
def test_a_new_sample_fills_every_field(event: type) -> None:
    data = sample_of(event)["data"]
    unfilled = {name for name, value in data.items() if value is None}
    assert unfilled == set()
    assert set(data) == {field.alias or name for name, field in event.model_fields.items()}  # type: ignore[attr-defined]


def _assert_repeated(before: object, after: object) -> None:
    """All that was in the sample is there again; fields that came later may stand beside it."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            _assert_repeated(value, after[key])
    elif isinstance(before, list) and isinstance(after, list):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            _assert_repeated(one, other)
    else:
        assert before == after
