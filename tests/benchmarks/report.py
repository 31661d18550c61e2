"""The figures of one run as JSON, as a table and as a picture, in ``docs/benchmarks/``; what was missed is said plainly."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from shared.clock import utc_now
from tests.benchmarks.figures import Figure, Part

FOLDER = Path(__file__).parents[2] / "docs" / "benchmarks"
_BAR, _ROW, _LEFT, _RIGHT = 420, 18, 330, 130
_BUSY = 0.1
_HEAD = """# Benchmarks

Made by `make bench` at {at} on {cores} cores with Python {python}: load, services and servers on one machine, in one run,
PostgreSQL with `fsync=on` and NATS with `sync_interval: always`. Absolute figures drift; ratios in one run count, and above 1
they say that ours is better. The floor is the same work written by hand with asyncpg and nats-py; the peers do it one
message at a time, as their documentation shows it.
"""


def write(parts: Sequence[Part]) -> None:
    """Replace the three files by this run's."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    about = {"at": utc_now().isoformat(timespec="seconds"), "cores": os.cpu_count(), "python": platform.python_version()}
    body = {"about": about, "parts": [part.as_json() for part in parts]}
    (FOLDER / "latest.json").write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (FOLDER / "README.md").write_text(page(parts, about), encoding="utf-8")
    (FOLDER / "latest.svg").write_text(picture(parts), encoding="utf-8")


def page(parts: Sequence[Part], about: Mapping[str, object]) -> str:
    """Markdown: how the goals stand, the picture, one table for each part."""
    blocks = [_HEAD.format(**about), "\n".join(_standing(parts)), "![figures](latest.svg)\n"]
    return "\n".join([*blocks, *map(_section, parts)])


def _standing(parts: Sequence[Part]) -> Iterator[str]:
    figures = [figure for part in parts for figure in part.figures if figure.verdict()]
    missed = [figure for figure in figures if figure.missed()]
    yield f"**{len(figures) - len(missed)} of {len(figures)} goals reached.**\n"
    yield from (f"- Missed: {figure.name}: {'; '.join(figure.missed())}" for figure in missed)
    yield from (f"- Not measured: {part.name}, because it failed: {part.failure}" for part in parts if part.failure)
    yield from (
        f"- Beside others' work: {part.name}, others took {part.others:.0%} of the machine"
        for part in parts
        if part.others > _BUSY
    )
    yield ""


def _section(part: Part) -> str:
    title = f"## {part.name}\n\n{part.seconds:.0f} s; others took {part.others:.0%} of the machine meanwhile.\n"
    if not part.figures:
        return title
    head = "| What | Ours | Beside it | Ratio | Goal | |\n|---|---:|---|---|---|---|"
    notes = dict.fromkeys(figure.note for figure in part.figures if figure.note)
    return "\n".join([title, head, *map(_line, part.figures), "", *(f"- {note}" for note in notes), ""])


def _line(figure: Figure) -> str:
    beside = "<br>".join(f"{name}: {_number(value)}" for name, value in figure.beside.items())
    ratios = "<br>".join(f"{value:g}" for value in figure.ratios().values())
    verdict = f"**{figure.verdict()}**" if figure.missed() else figure.verdict()
    return f"| {figure.name} | {_number(figure.ours)} {figure.unit} | {beside} | {ratios} | {figure.goal} | {verdict} |"


def picture(parts: Sequence[Part]) -> str:
    """Bars, one group per figure that has something beside it."""
    groups = [figure for part in parts for figure in part.figures if figure.beside]
    height = sum((len(figure.beside) + 2) * _ROW + 12 for figure in groups) + 20
    drawn, y = [], 10
    for figure in groups:
        drawn.append(f'<text x="8" y="{y + 13}" font-weight="bold">{escape(figure.name)} ({escape(figure.unit)})</text>')
        y += _ROW
        most = max(figure.ours, *figure.beside.values()) or 1
        for name, value in {"Mashang": figure.ours, **figure.beside}.items():
            width = max(2, _BAR * value / most)
            colour = "#0b7a75" if name == "Mashang" else "#b8c4c9"
            drawn.append(f'<text x="16" y="{y + 13}">{escape(name)}</text>')
            drawn.append(f'<rect x="{_LEFT}" y="{y + 2}" width="{width:.0f}" height="{_ROW - 5}" fill="{colour}"/>')
            drawn.append(f'<text x="{_LEFT + width + 6:.0f}" y="{y + 13}">{_number(value)}</text>')
            y += _ROW
        y += 12
    size = f'width="{_LEFT + _BAR + _RIGHT}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return head + '<rect width="100%" height="100%" fill="white"/>' + "".join(drawn) + "</svg>\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
