"""``make faults``: the long trial. Four services as four processes, then as one; the figures go to ``docs/faults``.

``python -m tests.faults [--seed S] [--kills 100] [--operations 10000]``

Notify alone: ``python -m tests.faults notify [--seconds 300] [--every 2]``.
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.figures import figures_of, table
from tests.faults.notify.__main__ import main as notify
from tests.faults.trial import tried
from tests.faults.verdict import Terms, Verdict

_DOCS = Path(__file__).parents[2] / "docs"
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"
_TOGETHER = 5
"""The trial in one process is a fifth of the other."""


def main(arguments: Sequence[str]) -> int:
    """0 when every promise was kept, 1 when one was broken."""
    if arguments[:1] == ["notify"]:
        return notify(arguments[1:])
    asked = _parsed(arguments)
    print(f"seed {asked.seed}: {asked.operations} operations, {asked.kills} kills; about a quarter of an hour", flush=True)
    split = Terms(
        "house",
        asked.seed,
        asked.operations,
        asked.kills,
        besides=max(1, asked.kills // 25),
        customers=12,
        cold=True,
        ack_wait=5.0,
        patience=240,
        silence=300,
        pace=0.05,
        away=30.0,
    )
    fifth = {"operations": asked.operations // _TOGETHER, "kills": asked.kills // _TOGETHER, "besides": 1, "together": True}
    together = Terms(**{**{name: getattr(split, name) for name in split.__slots__}, **fifth})
    verdicts = [asyncio.run(_played(terms)) for terms in (split, together)]
    _keep([figures_of(verdict) for verdict in verdicts])
    return 1 if any(verdict.violations for verdict in verdicts) else 0


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Kill everything under load, then count.")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="repeats a trial's plan")
    parser.add_argument("--kills", type=int, default=100, help="deaths at least, of every kind")
    parser.add_argument("--operations", type=int, default=10_000, help="accepted requests at least")
    return parser.parse_args(arguments)


async def _played(terms: Terms) -> Verdict:
    """One trial on disks that sync; its folder stays where something was broken."""
    folder = Path(tempfile.mkdtemp(prefix="mashang-faults-"))
    verdict = await tried(terms, folder / "trial", lambda line: print(line, flush=True))
    print(json.dumps(figures_of(verdict), ensure_ascii=False, indent=2), flush=True)
    if verdict.violations:
        print(f"{verdict.told()}\nlogs and data stay in {folder}", flush=True)
    else:
        shutil.rmtree(folder)
    return verdict


def _keep(trials: Sequence[Mapping[str, Any]]) -> None:
    """Figures as JSON, and the table inside ``docs/faults.md``."""
    (_DOCS / "faults").mkdir(exist_ok=True)
    latest = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "trials": trials}
    (_DOCS / "faults" / "latest.json").write_text(json.dumps(latest, ensure_ascii=False, indent=2) + "\n", "utf-8")
    page = _DOCS / "faults.md"
    before, _, rest = page.read_text("utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{_BEGIN}\n\n{table(trials)}\n{_END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
