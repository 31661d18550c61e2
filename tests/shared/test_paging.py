"""Cursors and versions: what a list gave out comes back as it was, and nothing else is taken for it."""

import base64
import json
from uuid import uuid4

import pytest

from shared.web.paging import BadCursor, BadVersion, Page, PageRequest, if_match

HERE = PageRequest(2, None, "/api/registry/sites")


def asked(cursor: str, place: str = HERE.place) -> PageRequest:
    return PageRequest(2, cursor, place)


@pytest.mark.parametrize("key", ["x", 5, None, ["2026-11-27T00:00:00+00:00", str(uuid4())], "名"])
def test_a_cursor_brings_back_its_key(key: object) -> None:
    assert asked(HERE.cursor_for(key)).after == key


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_page_of_written_lines_reads_as_a_page_of_objects(number: int) -> None:
    rows = [{"id": key, "line": json.dumps({"id": key})} for key in range(number)]
    page = Page[dict[str, int]].of([{"id": key} for key in range(number)], HERE, lambda item: item["id"])
    assert json.loads(HERE.of_lines(rows)) == page.model_dump()


def test_pages_follow_each_other_to_the_end() -> None:
    rows, paging, seen = list(range(5)), HERE, list[int]()
    while True:
        start = 0 if paging.after is None else rows.index(paging.after) + 1
        page = Page[int].of(rows[start : start + paging.limit + 1], paging, lambda row: row)
        seen += page.items
        if page.next is None:
            break
        paging = asked(page.next)
    assert seen == rows


def _naked(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["", "!", "名", _naked(5), _naked("x"), _naked({"a": []}), _naked(None), "A" * 5_000, HERE.cursor_for("x")[:-4]],
)
def test_what_this_list_never_gave_out_is_refused_whatever_its_shape(cursor: str) -> None:
    with pytest.raises(BadCursor):
        _ = asked(cursor).after


def test_the_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadCursor):
        _ = asked(HERE.cursor_for("x"), "/api/registry/parties").after


@pytest.mark.parametrize(("header", "version"), [(None, None), ("*", None), ('"7"', 7), ('W/"7"', 7)])
async def test_if_match_takes_the_etag_as_it_was_given(header: str | None, version: int | None) -> None:
    assert await if_match(header) == version


@pytest.mark.parametrize("header", ['"x"', '""', '"-1"', '"1", "2"', '"²"', "9" * 5_000])
async def test_any_other_if_match_is_refused(header: str) -> None:
    with pytest.raises(BadVersion):
        await if_match(header)
