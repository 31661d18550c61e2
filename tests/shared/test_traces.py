"""One trace from the request to the last handler, and none at all unless it is asked for."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from shared import traces
from tests.support.post_office import receiver, sender
from tests.support.running import post_office_tables, running, until
from tests.support.servers import fresh_database, own_nats


class Collected(SpanExporter):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collected]:
    exporter = Collected()
    monkeypatch.setattr(traces, "_recording", False)
    traces.record("test", exporter=exporter)
    yield exporter
    monkeypatch.setattr(traces, "_recording", False)


async def test_an_event_carries_the_trace_of_its_request_to_its_handler(recording: Collected, tmp_path: Path) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    with own_nats() as bus:
        async with (
            fresh_database("post_office", post_office_tables) as url,
            running((sender, receiver), url, bus.url, tmp_path) as office,
        ):
            parent = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
            await office.http.post("/api/sender/letters", json={}, headers=parent)
            await office.reaches("SELECT count(*) FROM receiver.read", 1)
            body = await office.value("SELECT convert_from(body, 'utf8') FROM receiver.outbox")
            assert trace in body

            async def exported() -> bool:
                traces.flush()
                return len([span for span in recording.spans if _trace_of(span) == trace]) >= 2

            await until(exported)
    names = {span.name for span in recording.spans if _trace_of(span) == trace}
    assert names >= {"POST /api/sender/letters", "deliver receiver-read-letters"}


def test_without_an_endpoint_the_callers_trace_is_passed_on_untouched() -> None:
    incoming = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with traces.span_of_request("GET", "/x", incoming) as carried:
        assert carried == incoming.decode()
    with traces.span_of_delivery("h", None) as carried:
        assert carried is None


class Deaf(SpanExporter):
    """A collector that takes the connection and never answers."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.over.wait()
        return SpanExportResult.SUCCESS


def test_a_collector_that_never_answers_does_not_keep_a_process_from_leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = Deaf()
    provider = TracerProvider(shutdown_on_exit=False)
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", lambda: provider)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("unsent"):
        pass
    traces.flush()
    assert not exporter.over.is_set()
    exporter.over.set()


def _trace_of(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}" if span.context else ""
