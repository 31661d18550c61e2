"""The blows that a nemesis can deal, by name, and those of which somebody dies."""

import asyncio
import signal
import time

from tests.faults import hardships
from tests.faults.arena import Arena, Strike, within
from tests.faults.evidence import Blow
from tests.faults.failpoints import DELIVERY_POINTS, RELAY_POINTS, REQUEST_POINTS

_REACHED_WITHIN = 30.0
_DRAINED_WITHIN = 60.0


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


STRIKES: dict[str, Strike] = {
    "kill": kill_service,
    **{point: die_at(point) for point in (*REQUEST_POINTS, *RELAY_POINTS, *DELIVERY_POINTS)},
    "kill nats": kill_nats,
    "nats away": nats_away,
    "kill postgres": kill_postgres,
    "pause": hardships.pause_service,
    "freeze nats": hardships.freeze_nats,
    "take over": take_over,
    "copies": hardships.send_copies,
    "shuffle": hardships.send_shuffled,
    "poison": hardships.send_poison,
    "delete consumer": hardships.delete_consumer,
    "drift": hardships.drift,
}
