"""OpenTelemetry traces that follow an event from request to notice; nothing is recorded unless an endpoint is set."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_CONTEXT = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("mashang")
_recording = False
_PATIENCE_SECONDS = 2
"""A collector that does not answer costs spans, never a process that must leave."""


def record(services: str, endpoint: str | None = None, exporter: SpanExporter | None = None) -> None:
    """Start exporting spans to ``endpoint`` (OTLP over HTTP), or to ``exporter`` in tests."""
    global _recording  # noqa: PLW0603 - OpenTelemetry itself is one per process
    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - 60 ms at start-up

        exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_PATIENCE_SECONDS)
    provider = TracerProvider(resource=Resource.create({"service.name": f"mashang-{services}"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    _recording = True


def flush() -> None:
    """Send what has not been sent yet, as far as the collector takes it in two seconds.

    OpenTelemetry itself waits for every batch, whatever timeout it is given.
    """
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        sending = threading.Thread(target=provider.force_flush, daemon=True)
        sending.start()
        sending.join(_PATIENCE_SECONDS)


@contextmanager
def span_of_request(method: str, path: str, parent: bytes | None) -> Iterator[str | None]:
    """A server span around one request; yields the traceparent that its events carry on."""
    incoming = parent.decode("latin-1") if parent else None
    if not _recording:
        yield incoming
        return
    with _span(f"{method} {_shape(path)}", incoming, SpanKind.SERVER) as carried:
        yield carried


@contextmanager
def span_of_delivery(handler: str, parent: str | None) -> Iterator[str | None]:
    """A consumer span around one delivery, child of the request or delivery that said the event."""
    if not _recording:
        yield parent
        return
    with _span(f"deliver {handler}", parent, SpanKind.CONSUMER) as carried:
        yield carried


@contextmanager
def span_of_call(name: str, parent: str | None = None) -> Iterator[str | None]:
    """A client span around one call to the outside world, such as handing a notice to a provider."""
    if not _recording:
        yield parent
        return
    with _span(name, parent, SpanKind.CLIENT) as carried:
        yield carried


@contextmanager
def _span(name: str, parent: str | None, kind: SpanKind) -> Iterator[str | None]:
    context = _CONTEXT.extract({"traceparent": parent} if parent else {})
    with _TRACER.start_as_current_span(name, context=context if parent else None, kind=kind):
        carrier: dict[str, str] = {}
        _CONTEXT.inject(carrier)
        yield carrier.get("traceparent")


def _shape(path: str) -> str:
    """The path without ids, so that span names stay few."""
    return "/".join("{id}" if len(part) >= 20 or part.isdecimal() else part for part in path.split("/"))  # noqa: PLR2004
