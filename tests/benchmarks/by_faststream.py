"""The grading step as a FastStream subscriber with an AsyncSession: one message, one transaction, some of them at once."""

import asyncio

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from shared.contracts.event import decode
from tests.benchmarks.by_hand import shipped_rules
from tests.benchmarks.by_orm import grade_one


async def grade(nats_url: str, database_url: str, durable: str, count: int, at_once: int) -> None:
    """Hear and grade ``count`` messages, ``at_once`` of them at the same time."""
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://", 1), pool_size=at_once)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    broker = NatsBroker(nats_url, logger=None)
    rules, done, ended = shipped_rules(), 0, asyncio.Event()

    @broker.subscriber(
        "inspection.>",
        stream=JStream("INSPECTION", declare=False),
        durable=durable,
        pull_sub=PullSub(batch_size=at_once, timeout=1),
        max_workers=at_once,
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def hear(message: NatsMessage) -> None:
        nonlocal done
        event = decode(message.raw_message.data)
        async with sessions() as session:
            await session.run_sync(grade_one, event, rules)
        done += 1
        if done >= count:
            ended.set()

    async with broker:
        await broker.start()
        await ended.wait()
    await engine.dispose()
