"""A trace goes on from the request that found a danger to the call that tells somebody, whenever that is."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from sqlalchemy import text

from shared import traces
from shared.contracts.notify import NoticeAccepted
from shared.identifiers import new_id
from tests.services.notify.builders import hazard, people
from tests.services.notify.phones import AnsweringPhone, install, send_all
from tests.support.service import ServiceUnderTest


class Collected(SpanExporter):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS

    def names(self, trace: UUID) -> set[str]:
        """What belongs to one trace."""
        traces.flush()
        return {span.name for span in self.spans if span.context and span.context.trace_id == trace.int}

    def parents(self, trace: UUID) -> set[int]:
        return {span.parent.span_id for span in self.spans if span.parent and span.parent.trace_id == trace.int}


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collected]:
    exporter = Collected()
    provider = traces.provider_of("test", exporter)
    monkeypatch.setattr(traces, "_recording", True)
    monkeypatch.setattr(traces, "_TRACER", provider.get_tracer("test"))
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", lambda: provider)
    yield exporter
    provider.shutdown()


async def test_the_call_that_tells_somebody_is_in_the_trace_of_the_request(
    notify: ServiceUnderTest, collected: Collected
) -> None:
    """Between the two lie a bus, a queue and a night; the notice keeps the correlation id, and that is enough."""
    request = new_id()
    with traces.span_of_request("POST", "/api/inspection/hazards", None, request) as carried:
        assert carried is not None
        assert carried.split("-")[1] == request.hex
    phone = AnsweringPhone()
    install(notify, phone)
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    statement = text("UPDATE notify.notices SET correlation_id = :request")
    await notify.database.run(lambda tx: tx.execute(statement, {"request": request}))
    await send_all(notify)

    assert phone.calls
    assert {"POST /api/inspection/hazards", f"send {phone.kind}"} <= collected.names(request)
    assert collected.parents(request) == {request.int & (1 << 64) - 1}
    accepted = (await notify.said(NoticeAccepted))[-1]
    assert accepted.envelope.traceparent.split("-")[1] == request.hex


def test_a_caller_with_a_trace_and_no_id_is_known_by_its_trace(collected: Collected) -> None:
    parent = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert traces.correlation_of(parent) == UUID("0af7651916cd43dd8448eb211c80319c")
    assert traces.correlation_of(b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01") is None
    assert traces.correlation_of(b"nonsense") is None


def test_nothing_of_it_happens_unless_traces_are_recorded() -> None:
    assert traces.trace_of(new_id()) is None
    assert traces.correlation_of(b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") is None
