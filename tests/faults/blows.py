"""The blows a nemesis can deal: each is played on running services, and where the house must notice it, says whether it did."""

import asyncio
import json
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from nats.aio.client import Client

from shared.messaging.streams import MAX_ACK_PENDING, consumer_info
from tests.faults.evidence import Blow, Listener
from tests.faults.failpoints import DELIVERY_POINTS, RELAY_POINTS, REQUEST_POINTS
from tests.faults.ground import Ground
from tests.faults.supervisor import Supervisor, Ward
from tests.faults.tricks import Trickster

_REACHED_WITHIN = 30.0
_NOTICED_WITHIN = 60.0
_READY_WITHIN = 90.0
_DRAINED_WITHIN = 60.0
GONE_EXIT_CODE = 75
_ALTERED = 4_321


@dataclass(slots=True)
class Arena:
    """Everything a blow may touch."""

    ground: Ground
    supervisor: Supervisor
    trickster: Trickster
    bus: Client
    chance: Random
    ack_wait: float
    accepted: Callable[[], int]
    away: float = 4.0
    blows: list[Blow] = field(default_factory=list)

    def note(self, kind: str, target: str, began: float, **more: Any) -> Blow:
        """Enter a blow into the book."""
        blow = Blow(kind, target, began, more.pop("deadly", False), **more)
        self.blows.append(blow)
        return blow

    async def up(self, ward: Ward) -> None:
        """Wait, not for ever, until a ward is ready."""
        await within(_READY_WITHIN, ward.is_ready)


Strike = Callable[[Arena, str], Awaitable[Blow]]


async def kill_service(arena: Arena, service: str) -> Blow:
    """SIGKILL, at any moment of the first two seconds in which it works."""
    ward = arena.supervisor.ward_of(service)
    await arena.up(ward)
    await asyncio.sleep(arena.chance.uniform(0.2, 2.0))
    ward.send(signal.SIGKILL, "killed")
    return arena.note("kill", ward.name, time.time(), deadly=True)


def die_at(point: str) -> Strike:
    """The service dies at a chosen line, as soon as it passes it."""

    async def strike(arena: Arena, service: str) -> Blow:
        ward = arena.supervisor.ward_of(service)
        await arena.up(ward)
        lives, armed = ward.lives, arena.ground.points / f"{service}.{point}"

        async def died() -> bool:
            return ward.lives > lives

        ward.cause = point
        armed.touch()
        if not await within(_REACHED_WITHIN, died):
            ward.cause = None
        reached = not armed.exists()
        armed.unlink(missing_ok=True)
        return arena.note(point, service, time.time(), deadly=reached, detail="" if reached else "not reached")

    return strike


async def kill_nats(arena: Arena, _target: str) -> Blow:
    """SIGKILL of nats-server; it is away for up to three seconds."""
    began = time.time()
    arena.ground.nats.kill()
    await asyncio.sleep(arena.chance.choice((0.0, 0.3, 1.0, 3.0)))
    arena.ground.nats.start()
    return arena.note("kill nats", "nats", began, deadly=True)


async def nats_away(arena: Arena, _target: str) -> Blow:
    """nats-server is away for long: requests must go on being accepted, and what they said must leave soon after."""
    began, before = time.time(), arena.accepted()
    arena.ground.nats.kill()
    await asyncio.sleep(arena.away)
    went_on = arena.accepted() - before
    arena.ground.nats.start()
    back = time.time()

    async def drained() -> bool:
        return await arena.trickster.oldest_unsent() > back

    seen = await within(_DRAINED_WITHIN, drained)
    detail = f"accepted meanwhile {went_on}, drained {seen} in {time.time() - back:.1f} s"
    return arena.note(
        "nats away", "nats", began, deadly=True, seen=seen and went_on > 0, detail=detail, seconds=time.time() - back
    )


async def kill_postgres(arena: Arena, _target: str) -> Blow:
    """SIGKILL of the postmaster; it is away for up to a second and a half."""
    began = time.time()
    arena.ground.postgres.kill()
    await asyncio.sleep(arena.chance.choice((0.0, 0.3, 1.5)))
    arena.ground.postgres.start()
    return arena.note("kill postgres", "postgres", began, deadly=True)


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


async def take_over(arena: Arena, service: str) -> Blow:
    """A twin starts; the first is stopped past ``ack_wait``, answers late, is killed; the twin leads, and is killed in turn."""
    first = arena.supervisor.ward_of(service)
    await arena.up(first)
    twin = arena.supervisor.add(first.twin())
    await arena.up(twin)
    first.send(signal.SIGSTOP)
    await asyncio.sleep(arena.ack_wait + 1.0)
    first.send(signal.SIGCONT)
    await asyncio.sleep(arena.chance.uniform(0.0, 0.5))
    began = time.time()
    first.send(signal.SIGKILL, "killed")
    await arena.up(first)
    twin.retired = True
    twin.send(signal.SIGKILL, "killed")
    arena.note("kill twin", service, time.time(), deadly=True)
    return arena.note("take over", service, began, deadly=True)


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


async def within(seconds: float, condition: Callable[[], Awaitable[bool]]) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + seconds
    while not (true := await condition()) and time.monotonic() < until:  # noqa: ASYNC110 - it happens in another process
        await asyncio.sleep(0.05)
    return true


STRIKES: dict[str, Strike] = {
    "kill": kill_service,
    **{point: die_at(point) for point in (*REQUEST_POINTS, *RELAY_POINTS, *DELIVERY_POINTS)},
    "kill nats": kill_nats,
    "nats away": nats_away,
    "kill postgres": kill_postgres,
    "pause": pause_service,
    "freeze nats": freeze_nats,
    "take over": take_over,
    "copies": send_copies,
    "shuffle": send_shuffled,
    "poison": send_poison,
    "delete consumer": delete_consumer,
    "drift": drift,
}
