"""The event path under fire, with nobody's business in the way; and what the usual shortcuts cost under the same fire."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults import checker
from tests.faults.blows import STRIKES
from tests.faults.failpoints import REQUEST_POINTS
from tests.faults.ground import chance
from tests.faults.nemesis import Planned
from tests.faults.toys import READ_TWICE
from tests.faults.trial import tried
from tests.faults.verdict import Terms, Verdict
from tests.support import servers

SEED = 20260101


@pytest.fixture
def folder() -> Path:
    return servers.folder(f"trial-{uuid4().hex[:8]}")


def blows(*dealt: str) -> tuple[Planned, ...]:
    """``kind@target``, half a second apart."""
    return tuple(Planned(0.5, kind, target) for kind, target in (blow.split("@") for blow in dealt))


def everything() -> tuple[Planned, ...]:
    """Each kind of blow once, in an order that the seed decides."""
    chosen = {kind: "sender" if kind in {*REQUEST_POINTS, "shuffle", "take over"} else "receiver" for kind in STRIKES}
    order = sorted(chosen.items(), key=lambda blow: chance(SEED, *blow).random())
    return tuple(Planned(0.2, kind, target) for kind, target in order)


async def convicted(variant: str, folder: Path, *dealt: str) -> Verdict:
    return await tried(
        Terms("toys", SEED, operations=80, blows=blows(*dealt), variant=variant, ack_wait=1.5, silence=5, customers=6), folder
    )


async def test_every_letter_that_was_accepted_is_read_once_whatever_dies(folder: Path) -> None:
    verdict = await tried(Terms("toys", SEED, operations=300, blows=everything(), ack_wait=1.5), folder, print)
    assert verdict.violations == (), verdict.told()
    assert len(verdict.evidence.answered) >= 300
    assert sum(blow.deadly for blow in verdict.evidence.blows) >= 12


async def test_negative_control_who_acknowledges_first_loses_what_it_held_when_it_died(folder: Path) -> None:
    verdict = await convicted("acks_first", folder, *["delivery_before_commit@receiver"] * 3)
    assert verdict.broken[checker.UNHEARD] > 0, verdict.told()


async def test_negative_control_without_an_inbox_copies_are_read_again(folder: Path) -> None:
    verdict = await convicted("without_inbox", folder, "copies@streams", "delivery_before_ack@receiver")
    assert verdict.broken[READ_TWICE] > 0, verdict.told()
    assert verdict.broken[checker.TWICE] > 0, verdict.told()


async def test_negative_control_a_relay_that_remembers_the_last_id_leaves_letters_behind(folder: Path) -> None:
    verdict = await convicted("remembers_the_last", folder, *["relay_before_publish@sender"] * 2)
    assert verdict.broken[checker.UNSENT] > 0, verdict.told()


async def test_negative_control_a_relay_that_marks_first_loses_letters(folder: Path) -> None:
    verdict = await convicted("marks_first", folder, *["relay_before_publish@sender"] * 2)
    assert verdict.broken[checker.NOT_STORED] > 0, verdict.told()


async def test_negative_control_without_keys_a_request_repeated_after_a_lost_answer_is_done_twice(folder: Path) -> None:
    verdict = await convicted("without_keys", folder, *["request_before_answer@sender"] * 6)
    assert verdict.broken[checker.TWICE] > 0, verdict.told()
