"""Two tiny services that stand in for real ones where the event path itself is tested: one speaks, one listens."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.contracts.event import Event
from shared.contracts.vocabulary import SiteId
from shared.database import Transaction
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.messaging import Mailbox, Subscriptions
from shared.service import Service
from shared.web import Caller, Unit, allow


class LetterPosted(Event, name="sender.letter_posted", aggregate="letter_id"):
    """A letter was posted; ``mood`` tells the receiver how to behave."""

    letter_id: UUID
    site_id: SiteId | None = None
    mood: str = "calm"


class LetterRead(Event, name="receiver.letter_read", aggregate="letter_id"):
    """A letter was read."""

    letter_id: UUID
    site_id: SiteId | None = None


class NewLetter(BaseModel):
    id: UUID | None = None
    mood: str = "calm"


class PostedLetter(BaseModel):
    id: UUID
    mood: str


sender_tables = MetaData(schema="sender")
sender_mailbox = Mailbox(sender_tables)
letters = Table("letters", sender_tables, Column("id", Uuid, primary_key=True), Column("mood", Text, nullable=False))

receiver_tables = MetaData(schema="receiver")
receiver_mailbox = Mailbox(receiver_tables)
read = Table(
    "read",
    receiver_tables,
    Column("letter_id", Uuid, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)


async def post_letter(command: NewLetter, _caller: Caller, tx: Transaction) -> PostedLetter:
    """Store a letter and say so."""
    identity = command.id or new_id()
    await tx.execute(letters.insert().values(id=identity, mood=command.mood))
    tx.say(LetterPosted(letter_id=identity, site_id=SiteId(identity), mood=command.mood))
    return PostedLetter(id=identity, mood=command.mood)


router = APIRouter()


@router.post("/letters", status_code=201)
async def post(body: NewLetter, unit: Unit, caller: Annotated[Caller, allow("bureau", "grid_officer")]) -> PostedLetter:
    """Post a letter."""
    return await unit(post_letter, body, caller)


@router.get("/letters")
async def count(unit: Unit, _caller: Annotated[Caller, allow("bureau")]) -> int:
    """How many letters there are."""
    return int(await unit.read(lambda tx: tx.value(text("SELECT count(*) FROM sender.letters"))))


on = Subscriptions("receiver")

_READ = text(
    "INSERT INTO receiver.read AS r (letter_id, times, sequence)"
    " SELECT * FROM unnest(:ids, array_fill(1, ARRAY[cardinality(:ids)]), :sequences) AS u(a, b, c) ORDER BY a"
    " ON CONFLICT (letter_id) DO UPDATE SET times = r.times + 1"
).bindparams(bindparam("ids", type_=ARRAY(PG_UUID)), bindparam("sequences", type_=ARRAY(BigInteger)))


@on(LetterPosted)
async def read_letters(events: Sequence[LetterPosted], tx: Transaction) -> None:
    """Count every letter; effects are visible as ``times``, which must never exceed one."""
    for event in events:
        if event.mood == "refused":
            raise Refused
        if event.mood == "early":
            raise Missing
        if event.mood == "broken":
            message = "a fault of ours"
            raise RuntimeError(message)
    ids = [event.letter_id for event in events]
    await tx.execute(_READ, {"ids": ids, "sequences": [event.envelope.sequence for event in events]})
    for event in events:
        tx.say(LetterRead(letter_id=event.letter_id, site_id=event.site_id), because_of=event)


sender = Service(name="sender", mailbox=sender_mailbox, on=Subscriptions("sender"), api=router, says=(LetterPosted,))
receiver = Service(name="receiver", mailbox=receiver_mailbox, on=on, api=APIRouter(), says=(LetterRead,))


async def create_tables(engine: AsyncEngine) -> None:
    """Both schemas, without migrations: the toys are not services of the tree."""
    async with engine.begin() as connection:
        for metadata in (sender_tables, receiver_tables):
            await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{metadata.schema}"'))
            await connection.run_sync(metadata.create_all)
