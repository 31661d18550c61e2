"""Blows that nobody dies of: what must be endured without an effect, and what must be noticed."""

import asyncio
import json
import signal
import time

from nats.aio.client import Client

from shared.messaging.streams import MAX_ACK_PENDING, consumer_info
from tests.faults.arena import Arena, within
from tests.faults.evidence import Blow, Listener

GONE_EXIT_CODE = 75
_NOTICED_WITHIN = 60.0
_ALTERED = 4_321


async def pause_service(arena: Arena, service: str) -> Blow:
    """SIGSTOP past ``ack_wait``, then SIGCONT: whatever it held was given out again meanwhile."""
    ward = arena.supervisor.ward_of(service)
    await arena.up(ward)
    began = time.time()
    ward.send(signal.SIGSTOP)
    await asyncio.sleep(arena.ack_wait + 1.0)
    ward.send(signal.SIGCONT)
    return arena.note("pause", ward.name, began)


async def freeze_nats(arena: Arena, _target: str) -> Blow:
    """SIGSTOP of nats-server for two seconds: connections stay open and nothing answers."""
    began = time.time()
    arena.ground.nats._process.send_signal(signal.SIGSTOP)  # type: ignore[union-attr]
    await asyncio.sleep(2)
    arena.ground.nats._process.send_signal(signal.SIGCONT)  # type: ignore[union-attr]
    return arena.note("freeze nats", "nats", began)


async def send_copies(arena: Arena, _target: str) -> Blow:
    """Recorded events arrive again, in any order."""
    began = time.time()
    count = await arena.trickster.copy(40)
    return arena.note("copies", "streams", began, detail=str(count))


async def send_shuffled(arena: Arena, service: str) -> Blow:
    """What a service says arrives in any order, for the first time."""
    began = time.time()
    count = await arena.trickster.shuffle(service)
    return arena.note("shuffle", service, began, detail=str(count))


async def send_poison(arena: Arena, _target: str) -> Blow:
    """One bad message of each kind."""
    began = time.time()
    count = await arena.trickster.poison()
    return arena.note("poison", "streams", began, detail=str(count))


async def delete_consumer(arena: Arena, service: str) -> Blow:
    """A durable is deleted: the process must leave with 75, and its next life must make it again."""
    listener = _listener(arena, service)
    ward = arena.supervisor.ward_of(service)
    await arena.up(ward)
    began, seen_before = time.time(), len(arena.supervisor.exits)
    ward.cause = "consumer deleted"
    await arena.bus.request(f"$JS.API.CONSUMER.DELETE.{listener.stream}.{listener.consumer}", b"", timeout=5)

    async def left() -> bool:
        new = arena.supervisor.exits[seen_before:]
        return any(ended.process == ward.name and ended.code == GONE_EXIT_CODE for ended in new)

    seen = await within(_NOTICED_WITHIN, left)
    seconds = time.time() - began
    await arena.up(ward)
    again = await consumer_info(arena.bus, listener.stream, listener.consumer) is not None
    detail = f"{listener.consumer}: left with 75 {seen}, made again {again}"
    return arena.note("delete consumer", ward.name, began, seen=seen and again, detail=detail, seconds=seconds)


async def drift(arena: Arena, service: str) -> Blow:
    """Somebody changes a durable: a new life must show it, and must not change it back."""
    listener = _listener(arena, service)
    ward = arena.supervisor.ward_of(service)
    await arena.up(ward)
    began = time.time()
    await _alter(arena.bus, listener, _ALTERED)
    ward.send(signal.SIGKILL, "killed")
    arena.note("kill", ward.name, began, deadly=True)

    async def reported() -> bool:
        return str(_ALTERED) in (await ward.readiness()).get("consumers", "")

    seen = await within(_NOTICED_WITHIN, reported)
    info = await consumer_info(arena.bus, listener.stream, listener.consumer)
    untouched = info is not None and info["config"]["max_ack_pending"] == _ALTERED
    await _alter(arena.bus, listener, MAX_ACK_PENDING)
    detail = f"{listener.consumer}: reported {seen}, left alone {untouched}"
    return arena.note("drift", ward.name, began, seen=seen and untouched, detail=detail)


def _listener(arena: Arena, service: str) -> Listener:
    mine = [listener for listener in arena.trickster.listeners if listener.service == service]
    return arena.chance.choice(mine or list(arena.trickster.listeners))


async def _alter(bus: Client, listener: Listener, max_ack_pending: int) -> None:
    info = await consumer_info(bus, listener.stream, listener.consumer)
    assert info is not None
    config = info["config"] | {"max_ack_pending": max_ack_pending}
    request = json.dumps({"stream_name": listener.stream, "config": config, "action": "update"}).encode()
    await bus.request(f"$JS.API.CONSUMER.DURABLE.CREATE.{listener.stream}.{listener.consumer}", request, timeout=5)
