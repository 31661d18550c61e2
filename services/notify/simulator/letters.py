"""Takes email: as a letter over HTTP, or through a small SMTP server that hands on to nobody."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.notify.simulator.exchange import Exchange, Way
from services.notify.simulator.messages import Message

NAME = "smtp"
_LONGEST = 1024 * 1024
_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>\s]*)>", re.IGNORECASE)


def routes(exchange: Exchange) -> APIRouter:
    """Where a trial leaves its letters."""
    router = APIRouter()

    @router.post("/letters")
    async def leave(request: Request) -> Response:
        body = await request.body()
        to = str(_letter(body).get("To", ""))
        way = Way(
            NAME, lambda: _take(exchange, body, to), lambda code, _: Response(status_code=int(code) if code.isdigit() else 503)
        )
        return await exchange.answer(request, to, way)

    return router


@asynccontextmanager
async def smtp_server(exchange: Exchange, host: str, port: int) -> AsyncIterator[int]:
    """An SMTP server without TLS and without a login; yields the port it listens on."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _talk(exchange, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(meet, host, port, limit=_LONGEST)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def _talk(exchange: Exchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    recipients: list[str] = []
    _say(writer, "220 simulator ESMTP")
    while line := (await reader.readline()).decode("utf-8", "replace").strip():
        verb = line.partition(" ")[0].upper()
        if verb in {"EHLO", "HELO"}:
            _say(writer, "250-simulator\r\n250 8BITMIME" if verb == "EHLO" else "250 simulator")
        elif verb == "RCPT":
            recipients += _PATH.findall(line)
            _say(writer, "250 ok")
        elif verb == "DATA":
            _say(writer, "354 end with a dot")
            body = (await reader.readuntil(b"\r\n.\r\n"))[:-5].replace(b"\r\n..", b"\r\n.")
            for to in recipients:
                _take(exchange, body, to)
            recipients = []
            _say(writer, "250 taken")
        elif verb == "QUIT":
            _say(writer, "221 bye")
            return
        else:
            _say(writer, "250 ok" if verb in {"MAIL", "RSET", "NOOP"} else "502 not here")


def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(f"{line}\r\n".encode())


def _take(exchange: Exchange, body: bytes, to: str) -> Response:
    letter = _letter(body)
    part = letter.get_body(("plain", "html"))
    text = str(part.get_content()).strip() if part else ""
    number = str(letter.get("Message-ID", ""))
    message = Message(NAME, to, number, number, "", str(letter.get("Subject", "")), text, exchange.clock())
    exchange.keep(message)
    return JSONResponse({"taken": number}, status_code=202)


def _letter(body: bytes) -> EmailMessage:
    return message_from_bytes(body, policy=policy.default)
