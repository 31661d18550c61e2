"""Email: until the letter was handed over it may be sent again, afterwards only the server's word counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from services.notify.channels.channel import Accepted, Concern, Impossible, Outcome, TryLater, Unknown
from services.notify.channels.smtp import Mail, letter_of
from tests.services.notify.channels.builders import SECRET, clock, dispatch

ADDRESS = Concern.ADDRESS
READER = "li.si@factory.example.cn"


@asynccontextmanager
async def mail_server(answers: dict[str, str], letters: list[bytes]) -> AsyncIterator[int]:
    """An SMTP server that answers each command as told (250 otherwise); ``cut`` closes the connection instead."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{answers.get('hello', '220 test')}\r\n".encode())
        while line := (await reader.readline()).decode().strip():
            command = line.split(" ")[0].upper()
            said = answers.get(command, "354 go on" if command == "DATA" else "250 ok")
            if said == "cut":
                break
            writer.write(f"{said}\r\n".encode())
            if said.startswith("354"):
                letters.append(await reader.readuntil(b"\r\n.\r\n"))
                end = answers.get("end", "250 taken")
                if end == "cut":
                    break
                writer.write(f"{end}\r\n".encode())
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def sent(answers: dict[str, str], letters: list[bytes] | None = None, to: str = READER, user: str | None = None) -> Outcome:
    async with mail_server(answers, [] if letters is None else letters) as port:
        mail = Mail("127.0.0.1", port, "safety@bureau.example.cn", user, SECRET, "none", clock())
        return await mail.send(dispatch(to, link="https://safe.example/n/abc"))


async def test_a_letter_reaches_the_server_with_our_key_in_its_id() -> None:
    letters: list[bytes] = []
    outcome = await sent({}, letters)
    letter = message_from_bytes(letters[0], policy=policy.default)
    assert isinstance(letter, EmailMessage)
    assert outcome == Accepted("<0192f3a0-0000-7000-8000-000000000001.1@bureau.example.cn>")
    assert letter["Message-ID"] == "<0192f3a0-0000-7000-8000-000000000001.1@bureau.example.cn>"
    assert (letter["To"], letter["Subject"]) == (READER, "隐患整改通知")
    assert "https://safe.example/n/abc" in letter.get_content()


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"hello": "554 no"}, TryLater(timedelta(seconds=30), "not_connected")),
        ({"MAIL": "451 busy"}, TryLater(timedelta(minutes=5), "mail_deferred")),
        ({"RCPT": "450 greylisted"}, TryLater(timedelta(minutes=5), "mail_deferred")),
        ({"RCPT": "550 no such user"}, Impossible("mail_refused", ADDRESS)),
        ({"RCPT": "cut"}, TryLater(timedelta(seconds=30), "not_connected")),
        ({"DATA": "451 later"}, TryLater(timedelta(minutes=5), "mail_deferred")),
        ({"end": "552 too large"}, Impossible("mail_refused", ADDRESS)),
        ({"end": "cut"}, Unknown(timedelta(seconds=20), "no_answer")),
    ],
)
async def test_each_stage_tells_what_to_do_next(answers: dict[str, str], outcome: Outcome) -> None:
    assert await sent(answers) == outcome


async def test_a_refused_login_is_the_providers_matter() -> None:
    answers = {"EHLO": "250-test\r\n250 AUTH PLAIN", "AUTH": "535 wrong"}
    assert await sent(answers, user="safety") == TryLater(timedelta(minutes=30), "mail_login")


async def test_a_server_that_is_away_was_given_nothing() -> None:
    async with mail_server({}, []) as port:
        pass
    mail = Mail("127.0.0.1", port, "safety@bureau.example.cn", tls="none", clock=clock())
    assert await mail.send(dispatch(READER)) == TryLater(timedelta(seconds=30), "not_connected")


@pytest.mark.parametrize("address", ["", "li.si", "@x.cn", "a@b", "a@b.cn\r\nBcc: all@x.cn", "a b@c.cn", "a@b.cn, c@d.cn"])
async def test_what_is_no_mailbox_is_not_written_to(address: str) -> None:
    letters: list[bytes] = []
    assert await sent({}, letters, to=address) == Impossible("bad_address", ADDRESS)
    assert letters == []


def test_a_title_cannot_add_a_header() -> None:
    letter = letter_of(dispatch(READER, title="隐患\r\nBcc: everybody@x.cn"), "safety@bureau.example.cn")
    assert letter is not None
    assert letter["Bcc"] is None
    assert letter["Subject"] == "隐患 Bcc: everybody@x.cn"
