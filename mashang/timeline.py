"""A timeline of steps: what was done, which event it said, and how long until its effect could be seen."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import typer

from shared.errors import MashangError

_PATIENCE_SECONDS = 60.0
_LOOK_EVERY = 0.005


class NeverSeen(MashangError):
    """An effect that should have followed was not seen in time."""

    code = "never_seen"
    zh = "等了 {seconds:.0f} 秒仍未看到：{what}"
    en = "Not seen within {seconds:.0f} s: {what}"


@dataclass(frozen=True, slots=True)
class Step:
    """One line; ``milliseconds`` from asking until the effect was visible over HTTP."""

    what: str
    event: str
    effect: str
    milliseconds: float


@dataclass(slots=True)
class Timeline:
    """The steps so far; each is printed as it happens, unless a program reads along."""

    quiet: bool = False
    steps: list[Step] = field(default_factory=list)

    async def step(
        self, what: str, event: str, act: Callable[[], Awaitable[Any]], seen: Callable[[], Awaitable[str | None]] | None = None
    ) -> Any:
        """Do something, then look until its effect is there. Raises NeverSeen."""
        began = time.perf_counter()
        result = await act()
        effect = ""
        while seen is not None and not (effect := await seen() or ""):
            if time.perf_counter() - began > _PATIENCE_SECONDS:
                raise NeverSeen(seconds=_PATIENCE_SECONDS, what=what)
            await asyncio.sleep(_LOOK_EVERY)
        self._note(Step(what, event, effect, round((time.perf_counter() - began) * 1000, 1)))
        return result

    def as_json(self, **more: Any) -> str:
        """All steps for a program."""
        return json.dumps({"steps": [asdict(step) for step in self.steps], **more}, ensure_ascii=False)

    def _note(self, step: Step) -> None:
        self.steps.append(step)
        if not self.quiet:
            typer.echo(f"{step.milliseconds:9.1f} ms  {step.event:<24} {step.what}")
            if step.effect:
                typer.echo(f"{'':14}→ {step.effect}")
