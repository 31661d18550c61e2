"""Where customers ask: an operation is repeated, with the same key, until it is answered for good."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.identifiers import new_id
from tests.faults.ledger import Answered, Ledger, Operation

_TIMEOUT_SECONDS = 3.0
_LONGEST_PAUSE = 1.0
_LONGEST_WAIT = 240.0
_NOT_FINAL = frozenset({401, 408, 425, 429})


class NeverAnsweredError(AssertionError):
    """A customer lost patience: the services did not come back."""


@dataclass(slots=True)
class Desk:
    """One client for all services; closes its doors when the trial has enough."""

    addresses: Mapping[str, str]
    ledger: Ledger
    http: httpx.AsyncClient = field(init=False)
    closed: bool = False
    outcomes: Counter[str] = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)
    pace: float = 0.0

    def __post_init__(self) -> None:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        self.http = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, limits=limits, trust_env=False)

    async def ask(self, operation: Operation) -> dict[str, Any] | None:
        """The final answer, or None where it was refused; the ledger has it before the customer."""
        self.asked.add(operation.id)
        began, times, pause = time.time(), 0, 0.05
        while True:
            times += 1
            answer = await self._try(operation)
            if answer is not None and self._is_final(answer, operation):
                break
            if time.time() - began > _LONGEST_WAIT:
                told = f"{answer.status_code} {answer.text[:200]}" if answer is not None else "nothing"
                message = f"{operation.kind} was never answered for good; the last answer was {told}"
                raise NeverAnsweredError(message)
            await asyncio.sleep(random.uniform(0.5, 1.0) * pause)
            pause = min(_LONGEST_PAUSE, pause * 1.6)
        await self.ledger.note(_entry(operation, answer, began, times))
        if self.pace:
            await asyncio.sleep(self.pace)
        return answer.json() if answer.is_success else None

    async def _try(self, operation: Operation) -> httpx.Response | None:
        headers = {"Authorization": f"Bearer {operation.token}", "X-Request-ID": operation.id}
        if operation.keyed:
            headers["Idempotency-Key"] = operation.id
        try:
            answer = await self.http.request(
                operation.method, f"{self.addresses[operation.service]}{operation.path}", json=operation.body, headers=headers
            )
        except httpx.HTTPError as error:
            self.outcomes[type(error).__name__] += 1
            return None
        self.outcomes[str(answer.status_code)] += 1
        if answer.headers.get("idempotency-replayed"):
            self.outcomes["replayed"] += 1
        return answer

    @staticmethod
    def _is_final(answer: httpx.Response, operation: Operation) -> bool:
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status_code in _NOT_FINAL:
            return False
        return answer.is_success or _code(answer) not in operation.patience


def _code(answer: httpx.Response) -> str | None:
    if answer.is_success:
        return None
    try:
        return str(answer.json().get("code"))
    except ValueError:
        return "not a problem document"


def _entry(operation: Operation, answer: httpx.Response, began: float, times: int) -> Answered:
    return Answered(
        id=operation.id,
        service=operation.service,
        kind=operation.kind,
        status=answer.status_code,
        code=_code(answer),
        says=operation.says,
        thing=operation.thing,
        asked_at=began,
        answered_at=time.time(),
        times=times,
    )


def fresh_id() -> str:
    """A new id as customers send it."""
    return str(new_id())
