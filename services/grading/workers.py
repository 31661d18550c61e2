"""What grading does by the clock and in the background: answers that time changed, roll-ups, grading anew by a new policy."""

from services.grading import review, rollup
from shared.service import Station, every


@every(seconds=30)
async def review_due_sites(station: Station) -> bool:
    """Decide anew for the sites whose answer time alone may have changed."""
    return await station.database.run(review.review_due, repeatable=True)


@every(seconds=5, bell="rollups")
async def roll_up_sites(station: Station) -> bool:
    """Tell landlords' sites what became of their tenants', and sites what is known of their party."""
    return await station.database.run(rollup.roll_up, repeatable=True)
