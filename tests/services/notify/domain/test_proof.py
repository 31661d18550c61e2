"""A chain shows every change; an anchor binds many; a digest is written once; a filter fits in all its parts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain import anchor as anchors
from services.notify.domain.digest import digests
from services.notify.domain.following import Filter, Followable
from services.notify.domain.proof import Entry, entry, faults
from tests.services.notify.builders import named

NOTICE, AT = named("notice"), datetime(2026, 11, 23, 2, tzinfo=UTC)
HASHES = st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=40)


def chain(length: int = 4) -> list[Entry]:
    links: list[Entry] = []
    for number in range(1, length + 1):
        previous = [links[-1].hash] if links else []
        links.append(
            entry(NOTICE, number, AT + timedelta(seconds=number), {"happened": "told", "text": f"隐患{number}"}, *previous)
        )
    return links


def test_a_whole_chain_has_no_fault() -> None:
    assert faults(chain()) == []


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    "change",
    [
        {"what": {"happened": "told", "text": "别的"}},
        {"at": AT},
        {"position": 9},
        {"notice_id": named("another")},
        {"previous": "1" * 64},
        {"hash": "2" * 64},
    ],
)
def test_whatever_is_altered_is_seen(place: int, change: dict[str, Any]) -> None:
    links = chain()
    links[place] = replace(links[place], **change)
    assert faults(links)


def test_a_missing_a_doubled_and_a_swapped_entry_are_seen() -> None:
    links = chain()
    for wrong in (links[1:], [links[0], *links[2:]], [links[0], *links], [links[1], links[0], *links[2:]], []):
        assert faults(wrong)


def test_the_hash_does_not_depend_on_the_order_of_keys_or_on_the_time_zone() -> None:
    east = AT.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+08:00").tzinfo)
    assert entry(NOTICE, 1, AT, {"a": 1, "b": 2}).hash == entry(NOTICE, 1, east, {"b": 2, "a": 1}).hash


@given(HASHES, st.data())
def test_every_entry_is_bound_by_its_anchor(hashes: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(hashes) - 1))
    root = anchors.merkle_root(hashes)

    assert anchors.root_from(hashes[place], anchors.path(hashes, place)) == root
    assert anchors.root_from("00" * 32, anchors.path(hashes, place)) != root or hashes[place] == "00" * 32


@given(HASHES)
def test_an_anchor_changes_with_every_entry(hashes: list[str]) -> None:
    first = anchors.anchor(1, AT, hashes, anchors.START)
    assert anchors.anchor(1, AT, [*hashes, "00" * 32], anchors.START).hash != first.hash


def row(number: int, template: str = "HZ_DUE", person: str = "boss", **variables: str) -> dict[str, Any]:
    return {
        "id": named(f"dispatch {number}"),
        "notice_id": named(f"notice {number}"),
        "person_id": named(person),
        "channel": "sms",
        "template": template,
        "variables": variables,
        "title": f"提醒{number}",
    }


def test_three_become_one_and_two_do_not() -> None:
    assert [len(d.rows) for d in digests([row(1), row(2), row(3, "CERT")], 3, "DIGEST")[0]] == [3]
    assert digests([row(1), row(2)], 3, "DIGEST") == ([], [row(1), row(2)])
    assert digests([row(1), row(2), row(3, person="safety officer")], 3, "DIGEST")[0] == []


def test_what_counts_is_counted_from_two() -> None:
    (written,), alone = digests(
        [row(1, "LL_CHECK", n="1", due="11月30日"), row(2, "LL_CHECK", n="1", due="11月30日")], 3, "DIGEST"
    )
    assert (written.template, written.variables, alone) == ("LL_CHECK", {"n": "2", "due": "11月30日"}, [])


def test_the_same_reminders_make_the_same_digest() -> None:
    rows = [row(1), row(2), row(3)]
    assert len({d.occasion for order in (rows, rows[::-1]) for d in digests(order, 3, "DIGEST")[0]}) == 1


@given(
    levels=st.sets(st.sampled_from(["red", "orange"])),
    grids=st.sets(st.sampled_from([named("a"), named("b")])),
    follows=st.booleans(),
)
def test_a_filter_lets_pass_what_fits_in_every_part(levels: set[str], grids: set[UUID], *, follows: bool) -> None:
    events = frozenset({"grading.grade_changed"} if follows else {"inspection.hazard_found"})
    asked = Filter(events, frozenset(levels), frozenset(grids))
    event = Followable("grading.grade_changed", named("site"), named("a"), frozenset({"red"}))

    assert asked.lets_pass(event) is (follows and (not levels or "red" in levels) and (not grids or named("a") in grids))
