"""The simulator's own API: what arrived, which faults are on, where receipts go, how much consent people have left."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from services.notify.simulator.courier import Push
from services.notify.simulator.exchange import Exchange
from services.notify.simulator.faults import Fault
from services.notify.simulator.messages import End, Message, State

_MOST = 1000


class Shown(BaseModel):
    """A message as programs see it."""

    model_config = ConfigDict(frozen=True)

    number: int
    provider: str
    to: str
    id: str
    key: str
    template: str
    title: str
    text: str
    fields: Mapping[str, str]
    link: str
    parts: int
    at: datetime
    state: str
    code: str = ""
    ended_at: datetime | None = None


class Habits(BaseModel):
    """Where receipts go and how fast; what is left out stays."""

    callback_url: HttpUrl | None = None
    receipt_seconds: float | None = Field(default=None, ge=0, le=86_400)
    retry_seconds: list[float] | None = Field(default=None, max_length=10)
    strict: bool | None = None


class Quota(BaseModel):
    """How many subscription messages a person still allows for a template."""

    openid: str = Field(min_length=1, max_length=64)
    template_id: str = Field(min_length=1, max_length=64)
    left: int = Field(ge=0, le=1000)


class Said(BaseModel):
    """A receipt that is brought by hand: late, once more, contradicting, or forged."""

    number: int = Field(ge=0)
    delivered: bool = True
    code: str = Field(default="DELIVERED", max_length=40)
    forged: bool = False


def routes(exchange: Exchange) -> APIRouter:
    """Under ``/api``."""
    router = APIRouter(prefix="/api")

    @router.get("/messages")
    async def messages(
        to: str | None = None,
        provider: str | None = None,
        key: str | None = None,
        before: int | None = None,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    ) -> dict[str, Any]:
        numbers = _chosen(exchange, to, provider, before)
        shown = (shown_of(exchange, number) for number in numbers)
        items = [item for item in shown if key in {None, item.key} and provider in {None, item.provider}]
        return {"items": items[:limit], "counts": exchange.ledger.counts()}

    @router.get("/faults")
    async def faults() -> dict[str, Sequence[Fault]]:
        return {"items": exchange.book.faults, "rules": exchange.book.rules}

    @router.post("/faults", status_code=201)
    async def switch_on(fault: Fault) -> Fault:
        exchange.book.add(fault)
        return fault

    @router.delete("/faults", status_code=204)
    async def switch_all_off() -> None:
        exchange.book.remove()

    @router.delete("/faults/{fault_id}", status_code=204)
    async def switch_off(fault_id: str) -> None:
        exchange.book.remove(fault_id)

    @router.put("/settings")
    async def settings(habits: Habits) -> dict[str, Any]:
        return _set(exchange, habits)

    @router.put("/quotas")
    async def quotas(quota: Quota) -> Quota:
        exchange.quotas[quota.openid, quota.template_id] = quota.left
        return quota

    @router.post("/receipts")
    async def bring(said: Said) -> dict[str, bool]:
        if said.number >= len(exchange.ledger):
            raise HTTPException(404)
        end = End(State.DELIVERED if said.delivered else State.FAILED, said.code, exchange.clock())
        provider = exchange.ledger.message(said.number).provider
        return {"taken": await exchange.courier.deliver(provider, [Push(said.number, end, forged=said.forged)])}

    return router


def shown_of(exchange: Exchange, number: int) -> Shown:
    """A message together with what became of it."""
    message, end = exchange.ledger.message(number), exchange.ledger.end_of(number)
    state = exchange.ledger.state(number).name.lower()
    ended = {"code": end.code, "ended_at": end.at} if end else {}
    return Shown.model_validate({"number": number, **_plain(message), "state": state, **ended})


def _plain(message: Message) -> dict[str, Any]:
    names = ("provider", "to", "id", "key", "template", "title", "text", "fields", "link", "parts", "at")
    return {name: getattr(message, name) for name in names}


def _chosen(exchange: Exchange, to: str | None, provider: str | None, before: int | None) -> Sequence[int]:
    if to is None:
        return exchange.ledger.latest(_MOST, before)
    providers = [provider] if provider else exchange.providers
    return sorted((number for name in providers for number in exchange.ledger.of(name, to)), reverse=True)[:_MOST]


def _set(exchange: Exchange, habits: Habits) -> dict[str, Any]:
    own = exchange.courier.habits
    if "callback_url" in habits.model_fields_set:
        own.callback_url = str(habits.callback_url) if habits.callback_url else None
    if habits.receipt_seconds is not None:
        own.receipt_seconds = habits.receipt_seconds
    if habits.retry_seconds is not None:
        own.retry_seconds = tuple(habits.retry_seconds)
    if habits.strict is not None:
        exchange.strict = habits.strict
    return {"callback_url": own.callback_url, "receipt_seconds": own.receipt_seconds, "strict": exchange.strict}
