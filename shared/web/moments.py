"""Times as they are asked for and told over HTTP: RFC 3339 with an offset, never a number that could mean seconds of anything."""

import re
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticKnownError

_RULE: Final = "datetime_parsing"
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)


def _written_out(value: Any) -> Any:
    """The value, if it is written as RFC 3339 asks; whether it has an offset is AwareDatetime's question."""
    if isinstance(value, datetime) or (isinstance(value, str) and _WRITTEN.fullmatch(value)):
        return value
    raise PydanticKnownError(_RULE, {"error": "not written as RFC 3339"})


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
"""A time in a query or a body. Pydantic alone takes ``1700000000`` for one; here that is 422 ``datetime_parsing``."""
