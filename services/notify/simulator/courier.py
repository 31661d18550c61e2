"""Brings receipts: marks each message as shown or not, and calls back whoever wants to know, until it is taken."""

import asyncio
import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import httpx
import structlog

from services.notify.simulator.faults import FaultBook, Kind
from services.notify.simulator.ledger import Ledger
from services.notify.simulator.messages import End, Message, State

_AT_ONCE = 100
_TURN = 0.05
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Push:
    """One receipt on its way: about which message, what it says, whether it is a lie, and how often it was tried."""

    number: int
    end: End
    forged: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """One call back, as a provider would make it."""

    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    content_type: str
    taken: bytes = b""


Write = Callable[[Sequence[tuple[Message, Push]], datetime], Iterable[Letter]]


@dataclass(slots=True)
class Habits:
    """How receipts are brought: where to (nowhere while None), how soon, and after which waits once more."""

    callback_url: str | None = None
    receipt_seconds: float = 1.0
    retry_seconds: tuple[float, ...] = (60.0, 300.0, 600.0)


class Courier:
    """Works in the background from the first message on. ``writers`` are the providers' ways of writing a receipt."""

    def __init__(self, ledger: Ledger, book: FaultBook, habits: Habits, clock: Callable[[], datetime]) -> None:
        self.habits = habits
        self.writers: dict[str, Write] = {}
        self.unpulled: dict[str, list[int]] = defaultdict(list)
        self._ledger, self._book, self._clock = ledger, book, clock
        self._due: list[tuple[float, int, str, Push]] = []
        self._count = itertools.count()
        self._task: asyncio.Task[None] | None = None
        self._http: httpx.AsyncClient | None = None

    def take(self, number: int, message: Message) -> None:
        """Plan what will be said of a message."""
        fault = self._book.take("receipt", message.provider, message.to)
        kind = fault.kind if fault else None
        if kind is Kind.NO_RECEIPT:
            return
        wait = self.habits.receipt_seconds + (fault.seconds if fault and kind is Kind.LATE_RECEIPT else 0.0)
        at = self._clock() + timedelta(seconds=wait)
        code = (fault.code or "MK:0001") if fault and kind is Kind.FAILED_RECEIPT else "DELIVERED"
        true = Push(number, End(State.FAILED if kind is Kind.FAILED_RECEIPT else State.DELIVERED, code, at))
        self._plan(message.provider, true, wait)
        if kind is Kind.DUPLICATE_RECEIPT:
            self._plan(message.provider, true, wait + 0.5)
        if kind is Kind.FORGED_RECEIPT:
            self._plan(message.provider, replace(true, end=End(State.FAILED, "FORGED", at), forged=True), 0.0)
        if kind is Kind.OUT_OF_ORDER_RECEIPT:
            earlier = End(State.FAILED, "UNDELIV", at - timedelta(seconds=30))
            self._plan(message.provider, replace(true, end=earlier), wait + 0.5)

    def resume(self) -> None:
        """After a restart: what nobody had heard of yet is brought now."""
        for number in self._ledger.waiting():
            self.take(number, self._ledger.message(number))

    def start(self) -> None:
        """Work, if not at work already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Rest."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def deliver(self, provider: str, pushes: Sequence[Push]) -> bool:
        """Call back about some messages now; whether everything was taken (also where nobody wants to know)."""
        if self.habits.callback_url is None or provider not in self.writers:
            return True
        pairs = [(self._ledger.message(push.number), push) for push in pushes]
        self._http = self._http or httpx.AsyncClient(timeout=5.0, trust_env=False)
        return all([await self._post(self._http, provider, letter) for letter in self.writers[provider](pairs, self._clock())])

    def _plan(self, provider: str, push: Push, wait: float) -> None:
        due = self._clock().timestamp() + wait
        heapq.heappush(self._due, (due, next(self._count), provider, push))

    async def _work(self) -> None:
        while True:
            for (provider, _), pushes in self._ready().items():
                self._note(provider, pushes)
                if not await self.deliver(provider, pushes):
                    self._again(provider, pushes)
            await asyncio.sleep(_TURN)

    def _ready(self) -> dict[tuple[str, bool], list[Push]]:
        """Receipts that are due, at most a hundred, truths and lies apart."""
        now, ready = self._clock().timestamp(), defaultdict[tuple[str, bool], list[Push]](list)
        for _ in range(_AT_ONCE):
            if not self._due or self._due[0][0] > now:
                break
            _, _, provider, push = heapq.heappop(self._due)
            ready[provider, push.forged].append(push)
        return ready

    def _note(self, provider: str, pushes: Sequence[Push]) -> None:
        for push in pushes:
            known = self._ledger.end_of(push.number)
            if not push.forged and (known is None or known.at < push.end.at):
                self._ledger.end(push.number, push.end)
                self.unpulled[provider].append(push.number)

    def _again(self, provider: str, pushes: Sequence[Push]) -> None:
        for push in pushes:
            if push.tries < len(self.habits.retry_seconds):
                self._plan(provider, replace(push, tries=push.tries + 1), self.habits.retry_seconds[push.tries])

    async def _post(self, http: httpx.AsyncClient, provider: str, letter: Letter) -> bool:
        url = f"{(self.habits.callback_url or '').rstrip('/')}/{provider}"
        headers = {"content-type": letter.content_type}
        try:
            answer = await http.post(url, params=dict(letter.query), content=letter.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        taken = answer.status_code == httpx.codes.OK and letter.taken in answer.content
        if not taken:
            _LOG.info("receipt_not_taken", provider=provider, status=answer.status_code)
        return taken
