"""Lists in pages by cursor, and versions by ETag."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from shared.errors import Refused

T = TypeVar("T")

_MARK_BYTES = 6
_LONGEST_VERSION = 9


class BadCursor(Refused):
    """A cursor that this list did not give out."""

    code = "bad_cursor"
    zh = "cursor 无效，请从第一页重新开始"
    en = "This cursor is not valid; start again from the first page"


class BadVersion(Refused):
    """``If-Match`` carries the ETag as it was given."""

    code = "bad_version"
    status = 400
    zh = "If-Match 必须是读取时得到的 ETag"
    en = "If-Match must be the ETag that came with the object"


class Page(BaseModel, Generic[T]):
    """One page of a list; ``next`` is the cursor of the following page, or null."""

    items: list[T]
    next: str | None = None

    @classmethod
    def of(cls, items: Sequence[T], paging: "PageRequest", key: Callable[[T], Any]) -> "Page[T]":
        """A page from up to ``limit + 1`` items: one more than asked means that there is a next page after ``key``."""
        shown = list(items[: paging.limit])
        following = paging.cursor_for(key(shown[-1])) if len(items) > paging.limit else None
        return cls(items=shown, next=following)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What page is asked for: read ``limit + 1`` rows after ``after``. ``place`` is the list's own path."""

    limit: int
    cursor: str | None
    place: str = ""

    @property
    def after(self) -> Any:
        """The key of the last item already seen (a JSON value), or None on the first page. Raises BadCursor.

        What comes back has the shape of what this list gave out: a cursor that was cut, changed or taken from another list
        does not carry this list's mark.
        """
        if self.cursor is None:
            return None
        try:
            raw = base64.b64decode(self.cursor.encode("ascii"), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raise BadCursor(pointer="/cursor") from None
        mark, key = raw[:_MARK_BYTES], raw[_MARK_BYTES:]
        if mark != self._mark(key):
            raise BadCursor(pointer="/cursor")
        return json.loads(key)

    def of_lines(self, rows: Sequence[Mapping[Any, Any]]) -> str:
        """A Page as JSON from up to ``limit + 1`` rows of ``id`` and ``line``, the item as JSON that the database wrote."""
        following = f'"{self.cursor_for(rows[self.limit - 1]["id"])}"' if len(rows) > self.limit else "null"
        return f'{{"items":[{",".join([row["line"] for row in rows[: self.limit]])}],"next":{following}}}'

    def cursor_for(self, key: Any) -> str:
        """The opaque cursor of the page after ``key``."""
        plain = json.dumps(key, default=str).encode()
        return base64.urlsafe_b64encode(self._mark(plain) + plain).decode()

    def _mark(self, key: bytes) -> bytes:
        return hashlib.blake2b(self.place.encode() + b"\0" + key, digest_size=_MARK_BYTES).digest()


async def _paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=500, description="At most 500")] = 50,
    cursor: Annotated[str | None, Query()] = None,
) -> PageRequest:
    return PageRequest(limit, cursor, request.url.path)


async def if_match(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The version in ``If-Match``, or None. Raises BadVersion."""
    if if_match is None or if_match == "*":
        return None
    bare = if_match.removeprefix("W/").strip('"')
    if not (bare.isascii() and bare.isdecimal() and len(bare) <= _LONGEST_VERSION):
        raise BadVersion
    return int(bare)


def etag(response: Response, version: int) -> None:
    """Set the answer's ETag to the object's version."""
    response.headers["ETag"] = f'"{version}"'


Paging = Annotated[PageRequest, Depends(_paging)]
IfMatch = Annotated[int | None, Depends(if_match)]
