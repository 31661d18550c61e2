"""What providers call back: verified by the channel, taken as a hint about our own rows, never as an order."""

from collections.abc import Mapping

import httpx
import structlog
from fastapi import APIRouter, Request, Response

from services.notify import marking
from services.notify.channels.channel import Callback, ForgedCallbackError, ReadsCallbacks
from services.notify.gauges import FORGED
from services.notify.openings import open_senders
from shared.clock import utc_now
from shared.errors import Forbidden, Missing, Unreadable
from shared.web import Unit

router = APIRouter(tags=["receipts"])
log = structlog.get_logger()

_LONGEST = 1 << 20


@router.api_route("/receipts/{provider}", methods=["GET", "POST"])
async def take_receipts(provider: str, request: Request, unit: Unit) -> Response:
    """Receipts of one provider; a forged callback changes nothing."""
    channel = _channels(request, unit).get(provider)
    if channel is None:
        raise Missing
    body = await request.body()
    callback = Callback(request.method, dict(request.query_params), dict(request.headers), body[:_LONGEST], utc_now())
    try:
        answer = channel.read_callback(callback)
    except ForgedCallbackError:
        log.warning("callback_forged", provider=provider)
        FORGED.labels(provider).inc()
        raise Forbidden from None
    except ValueError:
        raise Unreadable from None
    if answer.receipts:
        await unit.database.run(lambda tx: marking.take_receipts(tx, answer.receipts), repeatable=True)
    return Response(answer.body, answer.status, media_type=answer.content_type)


def _channels(request: Request, unit: Unit) -> Mapping[str, ReadsCallbacks]:
    """The channels that read callbacks, by provider; opened once for each application, and never called from here."""
    state = request.app.state
    if not hasattr(state, "channels"):
        senders = open_senders(unit.settings, httpx.AsyncClient(), unit.data)
        opened = [channel for kinds in (senders.sinks, senders.real) for kind in kinds.values() for channel in kind.values()]
        state.channels = {channel.name: channel for channel in opened if isinstance(channel, ReadsCallbacks)}
    found: Mapping[str, ReadsCallbacks] = state.channels
    return found
