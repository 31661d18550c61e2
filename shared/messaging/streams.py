"""Streams and consumers as they should be: created where missing, compared where present, never changed silently."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.errors import NoRespondersError

from shared.errors import MashangError, Unavailable
from shared.messaging.subscriptions import Handler
from shared.settings import BusSettings

_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND
_NOT_FOUND = 404
_MAX_MESSAGE = 128 * 1024
MAX_ACK_PENDING = 5_000


class DriftFound(MashangError):
    """A stream or consumer stands otherwise than this code declares it; an operator decides, nothing is overwritten."""

    code = "drift_found"
    status = 503
    zh = "消息流或消费者配置与声明不一致：{differences}"
    en = "Streams or consumers differ from what is declared: {differences}"


class BusRefused(MashangError):
    """NATS answered a management request with an error."""

    code = "bus_refused"
    status = 503
    zh = "消息总线拒绝了请求：{reason}"
    en = "NATS refused: {reason}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is not as declared."""

    place: str
    setting: str
    declared: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.place} {self.setting}: declared {self.declared!r}, found {self.found!r}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Every stream and consumer that a set of services needs, as JetStream's own JSON."""

    streams: Mapping[str, Mapping[str, Any]]
    consumers: Mapping[tuple[str, str], Mapping[str, Any]]


def plan_for(speakers: Iterable[str], handlers: Iterable[Handler], settings: BusSettings) -> Plan:
    """The plan for speaking services and hearing handlers; a heard stream is planned even if its speaker runs elsewhere."""
    heard = list(handlers)
    names = {speaker.upper() for speaker in speakers} | {stream for handler in heard for stream in handler.streams()}
    consumers = {
        (stream, handler.consumer): consumer_config(handler, subjects, settings)
        for handler in heard
        for stream, subjects in handler.streams().items()
    }
    return Plan({name: stream_config(name, settings) for name in sorted(names)}, consumers)


def stream_config(name: str, settings: BusSettings) -> dict[str, Any]:
    """Limits retention, discard new (a full stream refuses, it never drops), atomic batches, a two-hour dedupe window."""
    return {
        "name": name,
        "subjects": [f"{name.lower()}.>"],
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "max_age": settings.stream_max_age_days * _DAY,
        "max_bytes": settings.stream_max_bytes,
        "max_msg_size": _MAX_MESSAGE,
        "duplicate_window": 2 * 3600 * _SECOND,
        "num_replicas": settings.stream_replicas,
        "allow_atomic": True,
        "allow_direct": True,
        "deny_delete": True,
    }


def consumer_config(handler: Handler, subjects: list[str], settings: BusSettings) -> dict[str, Any]:
    """A durable pull consumer: explicit acknowledgement, no server-side limit of deliveries (our own count decides)."""
    return {
        "durable_name": handler.consumer,
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": int(settings.ack_wait_seconds * _SECOND),
        "max_deliver": -1,
        "max_ack_pending": MAX_ACK_PENDING,
        "replay_policy": "instant",
        "num_replicas": 0,
        **({"filter_subject": subjects[0]} if len(subjects) == 1 else {"filter_subjects": subjects}),
    }


async def provision(bus: Client, plan: Plan) -> list[str]:
    """Create what is missing; returns what was created. Raises DriftFound where something stands otherwise."""
    created = [name for name, config in plan.streams.items() if await _create_stream(bus, name, config)]
    for (stream, consumer), config in plan.consumers.items():
        if await _create_consumer(bus, stream, consumer, config):
            created.append(f"{stream}/{consumer}")
    if differences := await differences_from(bus, plan):
        raise DriftFound(differences="; ".join(map(str, differences)))
    return created


async def differences_from(bus: Client, plan: Plan) -> list[Difference]:
    """How what stands differs from the plan; a missing stream or consumer is a difference too."""
    found: list[Difference] = []
    for name, config in plan.streams.items():
        found += _compare(name, config, await stream_info(bus, name))
    for (stream, consumer), config in plan.consumers.items():
        found += _compare(f"{stream}/{consumer}", config, await consumer_info(bus, stream, consumer))
    return found


async def stream_info(bus: Client, name: str) -> dict[str, Any] | None:
    """The stream's configuration and state, or None where there is no such stream."""
    return await _ask(bus, f"STREAM.INFO.{name}")


async def consumer_info(bus: Client, stream: str, consumer: str) -> dict[str, Any] | None:
    """The consumer's configuration and state, or None where there is no such consumer."""
    return await _ask(bus, f"CONSUMER.INFO.{stream}.{consumer}")


async def _create_stream(bus: Client, name: str, config: Mapping[str, Any]) -> bool:
    if await stream_info(bus, name) is not None:
        return False
    await _ask(bus, f"STREAM.CREATE.{name}", config)
    return True


async def _create_consumer(bus: Client, stream: str, consumer: str, config: Mapping[str, Any]) -> bool:
    if await consumer_info(bus, stream, consumer) is not None:
        return False
    request = {"stream_name": stream, "config": config, "action": "create"}
    await _ask(bus, f"CONSUMER.DURABLE.CREATE.{stream}.{consumer}", request)
    return True


def _compare(place: str, declared: Mapping[str, Any], info: Mapping[str, Any] | None) -> list[Difference]:
    if info is None:
        return [Difference(place, "exists", declared=True, found=False)]
    found: Mapping[str, Any] = info["config"]
    wanted = {key: value for key, value in declared.items() if key != "num_replicas" or value}
    return [Difference(place, key, value, found.get(key)) for key, value in wanted.items() if not _same(value, found.get(key))]


def _same(declared: Any, found: Any) -> bool:
    if isinstance(declared, list) and isinstance(found, list):
        return sorted(declared) == sorted(found)
    return bool(declared == found)


async def _ask(bus: Client, subject: str, request: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    payload = json.dumps(request).encode() if request else b""
    try:
        reply = await bus.request(f"$JS.API.{subject}", payload, timeout=5)
    except (TimeoutError, NoRespondersError) as error:
        raise Unavailable from error
    answer: dict[str, Any] = json.loads(reply.data)
    problem = answer.get("error")
    if problem is None:
        return answer
    if problem.get("code") == _NOT_FOUND and request is None:
        return None
    raise BusRefused(reason=problem.get("description", "?"))
