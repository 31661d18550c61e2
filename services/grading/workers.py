"""What grading does by the clock and in the background."""

import asyncio
from typing import Final

from services.grading import proposing, regrading, rehearsing, review, rollup
from shared.service import Station, every

_LANES: Final = 2


@every(seconds=30)
async def review_due_sites(station: Station) -> bool:
    """Decide anew for the sites whose answer time alone may have changed."""
    return await station.database.run(review.review_due, repeatable=True)


@every(seconds=5, bell="rollups", gathers=0.1)
async def roll_up_sites(station: Station) -> bool:
    """Tell landlords' sites what became of their tenants', and sites what is known of their party."""
    return await station.database.run(rollup.roll_up, repeatable=True)


@every(seconds=20, bell="activations")
async def grade_anew_by_policy(station: Station) -> bool:
    """Grade all sites by a policy whose day has come; while one slice is read and written, another is thought about."""
    lanes = [station.database.run(regrading.grade_anew, repeatable=True) for _ in range(_LANES)]
    return any(await asyncio.gather(*lanes))


@every(seconds=20, bell="rehearsals")
async def rehearse_policies(station: Station) -> bool:
    """Go on with rehearsals that are too large to wait for."""
    return await station.database.run(rehearsing.go_on_rehearsing, repeatable=True)


@every(seconds=60)
async def let_proposals_lapse(station: Station) -> bool:
    """End what nobody has confirmed in time."""
    await station.database.run(proposing.lapse, repeatable=True)
    return False


ALL = (review_due_sites, roll_up_sites, grade_anew_by_policy, rehearse_policies, let_proposals_lapse)
