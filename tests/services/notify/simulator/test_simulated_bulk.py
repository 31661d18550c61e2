"""Many messages in one call: few calls, one key for all of them, and yet each of them is known by itself."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.notify.channels import calls
from services.notify.channels.channel import Accepted, AsksLater, Dispatch, Outcome, SendsMany, TryLater, Unknown
from tests.services.notify.channels.builders import HAZARD
from tests.services.notify.simulator.running import Running, dispatch, simulator

SMS = ["aliyun", "tencent"]
CALL = f"c{'7' * 32}"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_WHOLE_CALL", 2.0)


def crowd(size: int, *, alike: bool = True) -> list[Dispatch]:
    """So many people, told the same or each something of his own."""
    named = [HAZARD if alike else {**HAZARD, "no": f"YX-{number:04d}"} for number in range(size)]
    return [replace(dispatch(f"139{number:08d}"), variables=named[number], call=CALL) for number in range(size)]


async def sent(running: Running, provider: str, dispatches: Sequence[Dispatch]) -> Sequence[Outcome]:
    channel: Any = running.channels[provider]
    assert isinstance(channel, SendsMany)
    return await channel.send_many(dispatches)


@pytest.mark.parametrize(("alike", "calls_made"), [(True, 2), (False, 11)])
async def test_aliyun_takes_a_thousand_with_one_text_and_a_hundred_with_different_ones(
    tmp_path: Path, calls_made: int, *, alike: bool
) -> None:
    async with simulator(tmp_path) as running:
        many = crowd(1050, alike=alike)
        outcomes = await sent(running, "aliyun", many)
        numbers = {outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)}
        together = {outcome.together for outcome in outcomes if isinstance(outcome, Accepted)}
        assert len(numbers) == len(many)
        assert len(together) == calls_made
        assert (await running.arrived(to=many[-1].address.value))[0]["key"] == CALL


@pytest.mark.parametrize("provider", SMS)
async def test_each_receipt_finds_the_one_of_many_that_it_speaks_of(provider: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        many = crowd(3)
        outcomes = await sent(running, provider, many)
        await running.until(lambda: len(running.heard.receipts) == 3)
        known = [outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)]
        assert {receipt.provider_id for receipt in running.heard.receipts} == set(known)
        if provider == "aliyun":
            assert all(receipt.key is None for receipt in running.heard.receipts)
            assert not any(dispatch.address.value in number for dispatch, number in zip(many, known, strict=True))


@pytest.mark.parametrize("provider", SMS)
async def test_a_timeout_after_acceptance_is_asked_for_one_by_one(provider: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        await running.fault(kind="server_error_after_acceptance", provider=provider, times=1)
        many = crowd(3)
        assert all(isinstance(outcome, Unknown) for outcome in await sent(running, provider, many))
        await running.until(lambda: len(running.heard.receipts) == 3)
        channel: Any = running.channels[provider]
        assert isinstance(channel, AsksLater)
        found = [await channel.ask(dispatch) for dispatch in many]
        assert {outcome.provider_id for outcome in found if isinstance(outcome, Accepted)} == {
            receipt.provider_id for receipt in running.heard.receipts
        }
        stranger = replace(many[0], call=f"c{'8' * 32}")
        assert not isinstance(await channel.ask(stranger), Accepted)


async def test_one_bad_number_among_many_says_nothing_about_the_others(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        await running.fault(
            kind="code", provider="aliyun", code="isv.BUSINESS_LIMIT_CONTROL", message="触发天级流控Permits:50", times=1
        )
        many = crowd(3)
        outcomes = await sent(running, "aliyun", many)
        assert {outcome.reason for outcome in outcomes if isinstance(outcome, TryLater)} == {"one_of_many"}
        assert await running.arrived() == []


async def test_what_concerns_the_account_concerns_all_of_them(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        await running.fault(kind="code", provider="aliyun", code="isv.OUT_OF_SERVICE", times=1)
        outcomes = await sent(running, "aliyun", crowd(3))
        assert {outcome.reason for outcome in outcomes if isinstance(outcome, TryLater)} == {"no_balance"}


async def test_tencent_answers_for_each_number_by_itself(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        first, *others = crowd(3)
        for number in ("another", "and one more"):
            await sent(running, "tencent", [replace(first, variables={**HAZARD, "no": number})])
        outcomes = await sent(running, "tencent", [first, *others])
        assert [type(outcome) for outcome in outcomes] == [TryLater, Accepted, Accepted]


async def test_what_is_no_number_never_stops_the_rest(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        outcomes = await sent(running, "aliyun", [*crowd(2), replace(dispatch("110"), call=CALL)])
        assert [type(outcome).__name__ for outcome in outcomes] == ["Accepted", "Accepted", "Impossible"]
