"""Write one word into a server and read it back, whichever server it is."""

import asyncpg
import nats

from mashang.embedded.server import Server


async def keep(server: Server, word: str) -> None:
    """Returns when the server has promised to keep the word."""
    if server.url.startswith("nats"):
        await _keep_in_stream(server.url, word)
    else:
        await _keep_in_table(server.url, word)


async def kept(server: Server) -> list[str]:
    """All words that the server was told to keep, in order."""
    return await (_stream(server.url) if server.url.startswith("nats") else _table(server.url))


async def _keep_in_stream(url: str, word: str) -> None:
    client = await nats.connect(url)
    jetstream = client.jetstream()
    try:
        await jetstream.add_stream(name="WORDS", subjects=["words"])
        await jetstream.publish("words", word.encode())
    finally:
        await client.close()


async def _stream(url: str) -> list[str]:
    client = await nats.connect(url)
    jetstream = client.jetstream()
    try:
        state = (await jetstream.stream_info("WORDS")).state
        messages = [await jetstream.get_msg("WORDS", seq) for seq in range(state.first_seq, state.last_seq + 1)]
        return [(message.data or b"").decode() for message in messages]
    finally:
        await client.close()


async def _keep_in_table(url: str, word: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS words (id bigint GENERATED ALWAYS AS IDENTITY, word text)")
        await connection.execute("INSERT INTO words (word) VALUES ($1)", word)
    finally:
        await connection.close()


async def _table(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row["word"] for row in await connection.fetch("SELECT word FROM words ORDER BY id")]
    finally:
        await connection.close()
