"""OpenTelemetry traces that follow an event from request to notice; nothing is recorded unless an endpoint is set.

A trace that begins here has the correlation id of its request as its id: what a worker does hours later, knowing no more than
that, still joins it.
"""

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from uuid import UUID

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_CONTEXT = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("mashang")
_TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")
_SPAN_BITS = (1 << 64) - 1
_born: ContextVar[UUID | None] = ContextVar("born", default=None)
_recording = False
_PATIENCE_SECONDS = 2
"""A collector that does not answer costs spans, never a process that must leave."""


def record(services: str, endpoint: str | None = None, exporter: SpanExporter | None = None) -> None:
    """Start exporting spans to ``endpoint`` (OTLP over HTTP), or to ``exporter`` in tests."""
    global _recording  # noqa: PLW0603 - OpenTelemetry itself is one per process
    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - 60 ms at start-up

        exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_PATIENCE_SECONDS)
    trace.set_tracer_provider(provider_of(services, exporter))
    _recording = True


def provider_of(services: str, exporter: SpanExporter) -> TracerProvider:
    """Where spans are made, with ids that later work finds again, and from where they leave."""
    resource = Resource.create({"service.name": f"mashang-{services}"})
    provider = TracerProvider(resource=resource, id_generator=_Correlated(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def flush() -> None:
    """Send what has not been sent yet, as far as the collector takes it in two seconds.

    OpenTelemetry itself waits for every batch, whatever timeout it is given.
    """
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        sending = threading.Thread(target=provider.force_flush, daemon=True)
        sending.start()
        sending.join(_PATIENCE_SECONDS)


def trace_of(correlation: UUID | None) -> str | None:
    """The traceparent by which later work joins the trace of the request with which it all began."""
    return f"00-{correlation.hex}-{correlation.hex[16:]}-01" if _recording and correlation else None


def correlation_of(parent: bytes | None) -> UUID | None:
    """The correlation id of a request that comes with a trace of its caller and no id of its own."""
    found = _TRACEPARENT.match(parent or b"") if _recording else None
    return UUID(found[1].decode()) if found else None


@contextmanager
def span_of_request(method: str, path: str, parent: bytes | None, correlation: UUID | None = None) -> Iterator[str | None]:
    """A server span around one request; yields the traceparent that its events carry on."""
    incoming = parent.decode("latin-1") if parent else None
    if not _recording:
        yield incoming
        return
    _born.set(correlation)
    with _span(f"{method} {_shape(path)}", incoming, SpanKind.SERVER) as carried:
        _born.set(None)
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
def spans_of_calls(name: str, parents: Iterable[str | None]) -> Iterator[None]:
    """Client spans around one call that does something for several at once."""
    with ExitStack() as stack:
        for parent in parents if _recording else ():
            stack.enter_context(_span(name, parent, SpanKind.CLIENT))
        yield


class _Correlated(RandomIdGenerator):
    """Ids of a request's own span are those that ``trace_of`` finds again; all others are random."""

    def generate_trace_id(self) -> int:
        born = _born.get()
        return born.int if born else super().generate_trace_id()

    def generate_span_id(self) -> int:
        born = _born.get()
        return born.int & _SPAN_BITS if born else super().generate_span_id()


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
