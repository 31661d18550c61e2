"""The HTTP edge: who asks, one transaction per request, answers and problems in the shape of the contract."""

from shared.web.identity import Caller, allow
from shared.web.moments import Moment
from shared.web.paging import IfMatch, Page, Paging, etag
from shared.web.together import Asked
from shared.web.unit import SHOWN_ONCE, Unit

__all__ = ["SHOWN_ONCE", "Asked", "Caller", "IfMatch", "Moment", "Page", "Paging", "Unit", "allow", "etag"]
