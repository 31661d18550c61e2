"""A broadcast through the pretended providers, and alarms in the middle of it; before that, alarms on a quiet day."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import psutil

from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.faults.clock import SHIFT, shift
from tests.faults.notify import town
from tests.faults.notify.killed import quantiles
from tests.faults.notify.shown import Message, messages_in
from tests.faults.notify.stage import Stage, stage
from tests.support.running import until

EVERYBODY, SOME = 292_000, 40_000
_OFFICERS = 1_500
SIZE = "MASHANG_BENCH_PEOPLE"
_SMS = ("aliyun", "tencent")
_QUIET_ALARMS, _QUIET_PAUSE = 200, 0.1
_PAUSE = 5.0
_GB = str(4 * 1024**3)
_ORDER = {"template": "WEATHER", "variables": {"topic": "台风", "date": "12月1日"}, "audience": {"kinds": ["tenant"]}}
_ALARMS = (
    "SELECT d.id, n.cause_id FROM notify.dispatches d JOIN notify.notices n ON n.id = d.notice_id WHERE n.kind = 'hazard_found'"
)
_LEFT = "SELECT count(*) FROM notify.dispatches WHERE lane = 'broadcast' AND state IN ('due', 'sending', 'unknown')"
_PLANNED = "SELECT state = 'planned' FROM notify.broadcasts"


async def measure(place: Place) -> list[Figure]:
    """Notify in a process of its own, with its servers, the registry's directory and the simulator beside it.

    ``MASHANG_BENCH_PEOPLE=292000`` makes it the whole district.
    """
    people = int(os.environ.get(SIZE, SOME))
    settings = {"MASHANG_STREAM_MAX_BYTES": _GB, SHIFT: str(shift().total_seconds())}  # a broadcast keeps the night
    async with stage(place.data / "broadcast", people=people, officers=_OFFICERS, more=settings) as on:
        quiet = _Alarms(on)
        await quiet.say(_QUIET_ALARMS, _QUIET_PAUSE)
        figures = [*await quiet.figures("on a quiet day", "≤ 2,000")]
        return figures + await _broadcast(on, people)


async def _broadcast(on: Stage, people: int) -> list[Figure]:
    began, alarms, spent = datetime.now(UTC), _Alarms(on), _busy(on)
    await _order(on)
    saying = asyncio.create_task(alarms.say(None, _PAUSE))
    await until(lambda: _is_over(on), patience=1800)
    saying.cancel()
    await asyncio.gather(saying, return_exceptions=True)
    own = await alarms.keys()
    told = [message for message in messages_in(on.arrived) if message.provider in _SMS and message.key not in own]
    seconds = (max(message.at for message in told) - began).total_seconds()
    times = Counter(message.to for message in told)
    twice = sum(count > 1 for count in times.values())
    note = (
        f"{len(times):,} people reached, {people - len(times)} not, {twice} twice; by {dict(Counter(m.provider for m in told))}"
    )
    whole = Figure("broadcast: ordered → the last one handed over", "s", seconds, goal=_goal(people), note=note)
    cost = (_busy(on) - spent) / people * 1000
    return [
        whole,
        Figure("broadcast: handed over", "SMS/s", len(told) / seconds),
        Figure(
            "broadcast: processor time of notify for one SMS", "ms", cost, note="planned, claimed, sent, proven, said, receipt"
        ),
        *await alarms.figures("during it", "≤ 2,000"),
    ]


def _busy(on: Stage) -> float:
    """Seconds of one core that notify has used."""
    assert on.ward.process is not None
    times = psutil.Process(on.ward.process.pid).cpu_times()
    return float(times.user + times.system)


def _goal(people: int) -> str:
    """A quarter of an hour for everybody, as much less as they are fewer."""
    return f"≤ {900 * people // EVERYBODY}"


async def _order(on: Stage) -> None:
    async with httpx.AsyncClient(base_url=on.ward.address, trust_env=False, timeout=30) as http:
        token = on.land.tokens()("bureau")
        answer = await http.post("/api/notify/broadcasts", json=_ORDER, headers={"Authorization": f"Bearer {token}"})
        assert answer.is_success, answer.text


async def _is_over(on: Stage) -> bool:
    await asyncio.sleep(1)
    return bool(await on.value(_PLANNED)) and not await on.value(_LEFT)


@dataclass(slots=True)
class _Alarms:
    """Immediate hazards that are said one after another, and when a provider took the first message of each."""

    on: Stage
    said: dict[str, float] = field(default_factory=dict)

    async def say(self, count: int | None, pause: float) -> None:
        js = self.on.bus.jetstream(timeout=10)
        turn = 0
        while count is None or turn < count:
            turn += 1
            identity, subject, body = town.letter(town.hazard(turn, turn))
            self.said[str(identity)] = time.time()
            await js.publish(subject, body, headers={"Nats-Msg-Id": str(identity)})
            await asyncio.sleep(pause)

    async def keys(self) -> Mapping[str, str]:
        """Our keys at the providers, and the event behind each."""
        return {row["id"].hex: str(row["cause_id"]) for row in await self.on.rows.fetch(_ALARMS)}

    async def figures(self, when: str, goal: str) -> Sequence[Figure]:
        """From the event until a provider has the first message of it; WeCom's, which carry no key, left out."""
        await until(self._all_told, patience=120)
        keys, first = await self.keys(), dict[str, float]()
        for message in messages_in(self.on.arrived):
            self._note(message, keys, first)
        spent = [(first[event] - said) * 1000 for event, said in self.said.items() if event in first]
        note = f"{len(spent)} of {len(self.said)} immediate hazards by SMS"
        shown = {name: ms for name, ms in quantiles(spent).items() if name != "p99"}
        return [
            Figure(f"alarm {when}: event → provider, {name}", "ms", ms, goal=goal if name == "p95" else "", note=note)
            for name, ms in shown.items()
        ]

    def _note(self, message: Message, keys: Mapping[str, str], first: dict[str, float]) -> None:
        event = keys.get(message.key, "")
        if event in self.said:
            first[event] = min(first.get(event, float("inf")), message.at.timestamp())

    async def _all_told(self) -> bool:
        keys = await self.keys()
        told = {keys[message.key] for message in messages_in(self.on.arrived) if message.key in keys}
        return set(self.said) <= told
