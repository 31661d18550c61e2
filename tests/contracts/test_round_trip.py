"""Whatever an event's schema allows survives the wire, for every event there is."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.contracts.event import Event, decode, encode, newest
from shared.contracts.frozen import HERE
from shared.contracts.speakers import published
from tests.contracts.messages import envelope_for
from tests.contracts.wire_data import data_of

CURRENT = [event for event in published() if newest(event) is event]
VALIDATORS = {
    path.stem: jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
    for path in (HERE / "schemas").glob("*.json")
}


@pytest.mark.parametrize("event", CURRENT, ids=lambda event: event.wire_type())
@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(choices=st.data())
def test_what_is_said_is_heard(event: type[Event], choices: st.DataObject) -> None:
    said = _said(event, choices.draw(data_of(event)))
    raw = encode(said, envelope_for(event))
    heard = decode(raw)

    assert type(heard) is event
    assert heard.model_dump() == said.model_dump()
    assert encode(heard, heard.envelope) == raw
    VALIDATORS[event.wire_type()].validate(json.loads(raw)["data"])


def _said(event: type[Event], data: dict[str, Any]) -> Event:
    try:
        return event.model_validate(data)
    except ValidationError as error:
        # The one rule that no schema can tell: a natural person has no name.
        assume({found["type"] for found in error.errors()} != {"value_error"})
        raise
