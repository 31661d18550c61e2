"""The chain as FastAPI, FastStream and SQLAlchemy show it: one message, one session, one commit, twenty at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from tests.benchmarks.rivals import ground, models

_AT_ONCE = 20
_STREAM = JStream(ground.STREAM, declare=False)
_PULL: dict[str, Any] = {
    "stream": _STREAM,
    "pull_sub": PullSub(batch_size=_AT_ONCE, timeout=1),
    "max_workers": _AT_ONCE,
    "ack_policy": AckPolicy.NACK_ON_ERROR,
}


class Report(BaseModel):
    """What is posted."""

    id: str
    site_id: str
    item: str


def application(told: ground.Told) -> FastAPI:
    """The API, two subscribers and the loop behind them."""
    url = told.database.replace("postgresql://", "postgresql+asyncpg://", 1)
    sessions = async_sessionmaker(create_async_engine(url, pool_size=_AT_ONCE, max_overflow=_AT_ONCE), expire_on_commit=False)
    broker = NatsBroker(told.nats, logger=None)

    @broker.subscriber(ground.FOUND, durable=ground.LEVEL, **_PULL)
    async def decide(event: dict[str, Any]) -> None:
        async with sessions() as session:
            await session.run_sync(models.decide, event)

    @broker.subscriber(ground.FOUND, durable=ground.NOTICE, **_PULL)
    async def tell(event: dict[str, Any]) -> None:
        async with sessions() as session:
            notices = await session.run_sync(models.plan, event)
            if notices:
                told.hand_over([{"to": notice["to"], "body": notice["body"]} for notice in notices])
                await session.run_sync(models.handed, notices)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with broker:
            await broker.start()
            relaying = asyncio.create_task(_relay(broker, sessions))
            yield
            relaying.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        return {}

    @app.post(ground.PATH, status_code=201)
    async def report(asked: Report) -> dict[str, str]:
        async with sessions.begin() as session:
            session.add_all(models.report(asked.model_dump()))
        return {"id": asked.id}

    return app


async def _relay(broker: NatsBroker, sessions: async_sessionmaker[AsyncSession]) -> None:
    """Publish what stands in the outbox, one by one."""
    asked = select(models.Outbox).where(models.Outbox.sent_at.is_(None)).order_by(models.Outbox.id).limit(100)
    while True:
        async with sessions() as session:
            rows = list(await session.scalars(asked))
            for row in rows:
                await broker.publish(row.body, row.subject, stream=ground.STREAM, timeout=5)
                row.sent_at = func.now()
                await session.commit()
        if not rows:
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    _told = ground.Told.by_environment()
    uvicorn.run(application(_told), port=_told.port, log_level="error", access_log=False)
