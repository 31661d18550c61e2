"""A webhook goes to the address that was checked and still demands the certificate of the name that was given."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notify.channels.channel import Accepted, TryLater
from services.notify.channels.outbound_guard import Guard
from services.notify.channels.webhook import Webhook
from tests.services.notify.channels.builders import NOTICE, clock, dispatch

SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)


def certificate(folder: Path, name: str) -> Path:
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(key.private_bytes(*plain) + made.public_bytes(serialization.Encoding.PEM))
    return file


@asynccontextmanager
async def subscriber(file: Path, hosts: list[bytes]) -> AsyncIterator[int]:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        hosts.append(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"host:")))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize("name", ["hooks.example.org", "evil.example.org"])
async def test_the_certificate_has_to_be_the_names(name: str, tmp_path: Path) -> None:
    file, hosts = certificate(tmp_path, name), list[bytes]()
    trusting = ssl.create_default_context(cafile=str(file))
    async with subscriber(file, hosts) as port, httpx.AsyncClient(verify=trusting, trust_env=False) as http:
        sent = dispatch(f"https://hooks.example.org:{port}/in", secrets=SECRETS)
        outcome = await Webhook(http, Guard(loopback=True), here, clock()).send(sent)
    if name == "hooks.example.org":
        assert outcome == Accepted(str(NOTICE))
        assert hosts == [f"host: hooks.example.org:{port}".encode()]
    else:
        assert isinstance(outcome, TryLater)
        assert hosts == []
