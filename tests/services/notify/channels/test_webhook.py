"""Webhooks go only where the guard lets them, signed, in ten seconds, and are believed only when answered 2xx."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import httpx
import pytest

from services.notify.channels import webhook
from services.notify.channels.channel import Accepted, Concern, Dispatch, Impossible, Outcome, TryLater
from services.notify.channels.limits import limits_of
from services.notify.channels.outbound_guard import Blocked, Guard, Rule, Target, Unresolved, embedded, is_public
from services.notify.channels.webhook import Webhook
from services.notify.channels.webhook_signature import is_genuine
from tests.services.notify.channels.builders import NOON, NOTICE, Provider, clock, dispatch

ADDRESS = Concern.ADDRESS
SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
HOOK = "https://hooks.example.org/in?x=1"
PUBLIC = "93.184.215.14"

INSIDE = Path(__file__).with_name("inner_addresses.txt").read_text(encoding="ascii").split()
OUTSIDE = [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]


def resolving(*answers: Sequence[str]) -> Callable[[str, int], object]:
    turns = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return turns.pop(0) if len(turns) > 1 else turns[0]

    return resolve


async def admitted(address: str, *found: str, guard: Guard | None = None) -> Target:
    return await (guard or Guard()).admit(address, resolving(found or [PUBLIC]))  # type: ignore[arg-type]


def channel(provider: Provider, *found: Sequence[str], guard: Guard | None = None) -> Webhook:
    return Webhook(provider.client(), guard or Guard(), resolving(*(found or [[PUBLIC]])), clock())  # type: ignore[arg-type]


def hooked(**changes: object) -> Dispatch:
    return dispatch(HOOK, secrets=SECRETS, link="https://safe.example/n/abc", **changes)


@pytest.mark.parametrize("address", INSIDE)
async def test_no_name_that_leads_inside_is_called(address: str) -> None:
    with pytest.raises(Blocked) as caught:
        await admitted(HOOK, address)
    assert caught.value.rule is Rule.NOT_PUBLIC
    assert address not in str(caught.value)


@pytest.mark.parametrize("address", INSIDE)
async def test_no_address_inside_is_called_when_it_is_written_out(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Blocked):
        await admitted(f"https://{host}/")


@pytest.mark.parametrize("address", OUTSIDE)
async def test_public_addresses_are_called_by_what_was_resolved(address: str) -> None:
    target = await admitted(HOOK, address)
    assert ip_address(target.url.host) == ip_address(address)
    assert (target.host, target.name) == ("hooks.example.org", "hooks.example.org")
    assert target.url.raw_path == b"/in?x=1"


async def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(Blocked):
        await admitted(HOOK, PUBLIC, "10.0.0.1")


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("http://hooks.example.org/", Rule.HTTPS_ONLY),
        ("ftp://hooks.example.org/", Rule.FORM),
        ("file:///etc/passwd", Rule.FORM),
        ("gopher://hooks.example.org/", Rule.FORM),
        ("//hooks.example.org/", Rule.FORM),
        ("hooks.example.org", Rule.FORM),
        ("", Rule.FORM),
        ("https://", Rule.FORM),
        ("https://user:secret@hooks.example.org/", Rule.USERINFO),
        ("https://hooks.example.org@127.0.0.1/", Rule.USERINFO),
        ("https://hooks.example.org:22/", Rule.PORT),
        ("https://hooks.example.org:6379/", Rule.PORT),
        ("https://hooks.example.org/" + "x" * 2000, Rule.FORM),
        ("https://hooks.example.org:99999/", Rule.PORT),
    ],
)
async def test_other_schemes_ports_and_disguises_are_refused(address: str, rule: Rule) -> None:
    with pytest.raises(Blocked) as caught:
        await admitted(address)
    assert caught.value.rule is rule


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "localhost.", "LOCALHOST"])
async def test_disguised_loopback_is_seen_through_by_the_resolver(host: str) -> None:
    with pytest.raises((Blocked, Unresolved)):
        await Guard().admit(f"https://{host}/")


async def test_a_name_that_resolves_to_nothing_is_tried_later() -> None:
    with pytest.raises(Unresolved):
        await Guard().admit("https://no-such-host.invalid/")


async def test_a_deployment_may_open_a_network_of_its_own_but_never_the_metadata_service() -> None:
    guard = Guard(networks=(ip_network("10.20.0.0/16"), ip_network("169.254.0.0/16")))
    assert (await admitted("https://police.example.org:9443/", "10.20.3.4", guard=guard)).url.port == 9443
    for address in ("10.21.0.1", "169.254.169.254", "::ffff:169.254.169.254"):
        with pytest.raises(Blocked):
            await admitted("https://police.example.org/", address, guard=guard)


async def test_loopback_is_open_only_where_a_trial_says_so_and_nothing_else_with_it() -> None:
    guard = Guard(loopback=True)
    assert (await admitted("http://127.0.0.1:9999/hook", guard=guard)).url.port == 9999
    for address in ("http://10.0.0.1/", "http://hooks.example.org/", "http://169.254.169.254/"):
        with pytest.raises(Blocked):
            await admitted(address, guard=guard)


def test_the_address_inside_an_address_is_what_counts() -> None:
    assert str(embedded(ip_address("2002:7f00:1::"))) == "127.0.0.1"
    assert str(embedded(ip_address("64:ff9b::a9fe:a9fe"))) == "169.254.169.254"
    assert not is_public(ip_address("100.64.0.1"))


async def test_a_name_that_changes_its_mind_is_called_where_it_first_pointed() -> None:
    provider = Provider(httpx.Response(200))
    assert await channel(provider, [PUBLIC], ["127.0.0.1"]).send(hooked()) == Accepted(str(NOTICE))
    assert provider.requests[0].url.host == PUBLIC
    assert provider.requests[0].headers["host"] == "hooks.example.org"
    assert provider.requests[0].extensions["sni_hostname"] == "hooks.example.org"


async def test_the_notice_is_signed_with_both_secrets_over_the_exact_bytes() -> None:
    provider = Provider(httpx.Response(204))
    await channel(provider).send(hooked())
    request = provider.requests[0]
    for secret in SECRETS:
        assert is_genuine([secret], request.headers, request.content, NOON)
    tree = json.loads(request.content)
    assert tree["type"] == "notice.hz_new"
    assert tree["data"]["notice_id"] == str(NOTICE)
    assert tree["data"]["link"] == "https://safe.example/n/abc"


async def test_an_event_that_a_dispatch_carries_is_posted_byte_for_byte() -> None:
    provider, event = (
        Provider(httpx.Response(200)),
        '{"specversion":"1.0",  "type":"grading.level_changed.v1","data":{"to":"红"}}'.encode(),
    )
    await channel(provider).send(hooked(body=event))
    request = provider.requests[0]
    assert request.content == event
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert is_genuine([SECRETS[0]], request.headers, event, NOON)


async def test_every_attempt_carries_the_same_id_and_the_same_bytes() -> None:
    provider = Provider(httpx.Response(500), httpx.Response(200))
    sender = channel(provider)
    await sender.send(hooked(attempt=1, key="k1"))
    await sender.send(hooked(attempt=2, key="k2"))
    first, second = provider.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.content == second.content


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (httpx.Response(202), Accepted(str(NOTICE))),
        (
            httpx.Response(302, headers={"location": "http://10.0.0.1/"}),
            TryLater(timedelta(minutes=5), "webhook_refused:302", ADDRESS),
        ),
        (httpx.Response(400), TryLater(timedelta(minutes=5), "webhook_refused:400", ADDRESS)),
        (httpx.Response(410), Impossible("gone", ADDRESS)),
        (httpx.Response(429, headers={"retry-after": "90"}), TryLater(timedelta(seconds=90), "webhook_refused:429", ADDRESS)),
        (httpx.Response(500), TryLater(timedelta(minutes=5), "webhook_refused:500", ADDRESS)),
        (httpx.ReadTimeout("slow"), TryLater(timedelta(minutes=5), "webhook_refused:no_answer", ADDRESS)),
        (httpx.ConnectError("down"), TryLater(timedelta(seconds=30), "not_connected")),
    ],
)
async def test_only_a_2xx_is_an_acceptance_and_sending_again_is_always_safe(reply: httpx.Response, outcome: Outcome) -> None:
    provider = Provider(reply)
    assert await channel(provider).send(hooked()) == outcome
    assert len(provider.requests) == 1


async def test_a_blocked_address_is_not_called_at_all() -> None:
    provider = Provider(httpx.Response(200))
    outcome = await channel(provider, ["10.0.0.1"]).send(hooked())
    assert outcome == Impossible("address_blocked:not_public", ADDRESS)
    assert provider.requests == []


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_",)])
async def test_without_a_secret_nothing_is_sent(secrets: tuple[str, ...]) -> None:
    provider = Provider(httpx.Response(200))
    assert await channel(provider).send(dispatch(HOOK, secrets=secrets)) == Impossible("no_secret", ADDRESS)
    assert provider.requests == []


async def test_an_answer_larger_than_64_kilobytes_is_cut_and_still_an_answer() -> None:
    served = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        try:
            while served < 1000:
                writer.write(b"x" * 65536)
                await writer.drain()
                served += 1
        except ConnectionError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(flood, "127.0.0.1", 0)
    async with listening, httpx.AsyncClient() as http:
        port = listening.sockets[0].getsockname()[1]
        sent = dispatch(f"http://127.0.0.1:{port}/", secrets=SECRETS)
        assert await Webhook(http, Guard(loopback=True), clock=clock()).send(sent) == Accepted(str(NOTICE))
    assert served < 500


async def test_a_subscriber_that_never_answers_costs_ten_seconds_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    assert limits_of("webhook").answer_seconds == 10
    quick = limits_of("webhook").model_copy(update={"answer_seconds": 0.05})
    monkeypatch.setattr(webhook, "limits_of", lambda _provider: quick)
    outcome = await Webhook(Provider(httpx.Response(200)).client(), Guard(), never, clock()).send(hooked())
    assert outcome == TryLater(timedelta(minutes=5), "webhook_refused:timeout", ADDRESS)
