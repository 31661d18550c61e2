"""``make faults ARGS="notify"``: notify killed every two seconds for five minutes; the figures go to ``docs/faults.md``."""

import argparse
import asyncio
import json
import random
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.notify.killed import Terms, Verdict, tried

_DOCS = Path(__file__).parents[3] / "docs"
_BEGIN, _END = "<!-- figures of notify -->", "<!-- end of figures of notify -->"
_WAYS = ("once", "more than once", "never", "asked about", "uncertain")


def main(arguments: Sequence[str]) -> int:
    """0 when every promise was kept, 1 when one was broken."""
    asked = _parsed(arguments)
    terms = Terms(
        asked.seed, asked.seconds, asked.per_second, asked.every or None, hurried=asked.hurried, patience=asked.patience
    )
    folder = Path(tempfile.mkdtemp(prefix="mashang-faults-notify-"))
    verdict = asyncio.run(tried(terms, folder / "trial", lambda line: print(line, flush=True)))
    print(json.dumps(verdict.figures(), ensure_ascii=False, indent=2), flush=True)
    _keep(verdict)
    if verdict.broken:
        print(f"logs and data stay in {folder}", flush=True)
        return 1
    shutil.rmtree(folder)
    return 0


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults notify", description="Kill notify while it sends, then count.")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="repeats the order of the sites")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long notices come")
    parser.add_argument("--per-second", type=float, default=50.0, help="how many notices")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two kills; 0 for none")
    parser.add_argument("--patience", type=float, default=600.0, help="how long it may take to come to rest")
    parser.add_argument("--hurried", action="store_true", help="shorten every pause and patience of notify, as in make test")
    return parser.parse_args(arguments)


def _keep(verdict: Verdict) -> None:
    """Figures as JSON, and the table inside ``docs/faults.md``."""
    figures = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **verdict.figures()}
    (_DOCS / "faults" / "notify.json").write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", "utf-8")
    page = _DOCS / "faults.md"
    before, _, rest = page.read_text("utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{_BEGIN}\n\n{table(figures)}\n{_END}{after}", "utf-8")


def table(figures: Mapping[str, Any]) -> str:
    """Markdown: each provider's notices by what stands on the phones, and the totals under it."""
    lines = [f"| provider | {' | '.join(_WAYS)} |", f"|---|{'---:|' * len(_WAYS)}"]
    for provider, counts in figures["by provider"].items():
        lines.append(f"| {provider} | {' | '.join(str(counts.get(way, 0)) for way in _WAYS)} |")
    spent = figures["event to provider, seconds"]
    told = (
        f"{figures['kills']} kills in {figures['seconds']:.0f} s, {figures['events']} events, {figures['notices']} notices"
        f" ({figures['planned twice']} planned twice), {figures['messages that providers took']} messages taken by providers,"
        f" {figures['notices that reached nobody']} notices that reached nobody; seed {figures['seed']}."
        f" Event to provider, deaths included: p50 {spent.get('p50')} s, p95 {spent.get('p95')} s, worst {spent.get('worst')} s."
        f" Broken promises: {', '.join(figures['broken']) or 'none'}."
    )
    return "\n".join([*lines, "", told]) + "\n"
