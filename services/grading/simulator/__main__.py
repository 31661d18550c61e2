"""``python -m services.grading.simulator``: simulate a year and print what to expect."""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from uuid import UUID

from services.grading.domain.course import Rules
from services.grading.rulings import DEFAULT, shipped_policy, working_days
from services.grading.simulator.figures import Year
from services.grading.simulator.guesses import Chance, shipped_guesses
from services.grading.simulator.happenings import plan
from services.grading.simulator.life import Life

_PORTION = 2_000


def simulate(first: int, last: int, days: int, policy: str = DEFAULT) -> Year:
    """The year of the tenants from number ``first`` up to ``last``."""
    guesses, year = shipped_guesses(), Year()
    rules = Rules(((0, shipped_policy(policy)),), working_days)
    for number in range(first, last):
        life = Life(guesses, rules, Chance(guesses["seed"], number), UUID(int=number))
        life.live(guesses.first_day, days, plan)
        year.count(life)
    return year


def main() -> None:
    """Read the arguments, simulate, print."""
    guesses = shipped_guesses()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=guesses["tenants"])
    parser.add_argument("--days", type=int, default=guesses["days"])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    starts = range(0, wanted.tenants, _PORTION)
    ends = [min(start + _PORTION, wanted.tenants) for start in starts]
    year = Year()
    with ProcessPoolExecutor(wanted.processes) as pool:
        for part in pool.map(simulate, starts, ends, repeat(wanted.days)):
            year.add(part)
    sys.stdout.write(year.table() + "\n")
    if wanted.json:
        wanted.json.write_text(json.dumps(year.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
