"""The figures of one run as JSON, as a table and as a picture, in ``docs/benchmarks/``."""

import json
import os
import platform
from collections.abc import Sequence
from html import escape
from pathlib import Path

from shared.clock import utc_now
from tests.benchmarks.figures import Figure

FOLDER = Path(__file__).parents[2] / "docs" / "benchmarks"
_BAR, _ROW, _LEFT, _RIGHT = 420, 18, 260, 130


def write(figures: Sequence[Figure]) -> None:
    """Replace the three files by this run's."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    about = {"at": utc_now().isoformat(timespec="seconds"), "cores": os.cpu_count(), "python": platform.python_version()}
    body = {"about": about, "figures": [figure.as_json() for figure in figures]}
    (FOLDER / "latest.json").write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (FOLDER / "README.md").write_text(table(figures, about["at"]), encoding="utf-8")
    (FOLDER / "latest.svg").write_text(picture(figures), encoding="utf-8")


def table(figures: Sequence[Figure], at: object) -> str:
    """Markdown; ratios above 1 say that ours is better."""
    lines = [
        "# Benchmarks",
        "",
        f"Made by `make bench` at {at}, everything on one machine in one run; absolute figures drift, ratios in one run count.",
        "",
        "![figures](latest.svg)",
        "",
        "| What | Ours | Beside it | Ratio | Goal | Note |",
        "|---|---:|---|---|---|---|",
    ]
    lines += [_line(figure) for figure in figures]
    return "\n".join(lines) + "\n"


def _line(figure: Figure) -> str:
    beside = "<br>".join(f"{name}: {_number(value)}" for name, value in figure.beside.items())
    ratios = "<br>".join(f"{value}" for value in figure.ratios().values())
    return f"| {figure.name} | {_number(figure.ours)} {figure.unit} | {beside} | {ratios} | {figure.goal} | {figure.note} |"


def picture(figures: Sequence[Figure]) -> str:
    """Bars, one group per figure that has something beside it."""
    groups = [figure for figure in figures if figure.beside]
    height = sum((len(figure.beside) + 2) * _ROW + 12 for figure in groups) + 20
    parts, y = [], 10
    for figure in groups:
        parts.append(f'<text x="8" y="{y + 13}" font-weight="bold">{escape(figure.name)} ({escape(figure.unit)})</text>')
        y += _ROW
        most = max(figure.ours, *figure.beside.values()) or 1
        for name, value in {"Mashang": figure.ours, **figure.beside}.items():
            width = max(2, _BAR * value / most)
            colour = "#0b7a75" if name == "Mashang" else "#b8c4c9"
            parts.append(f'<text x="16" y="{y + 13}">{escape(name)}</text>')
            parts.append(f'<rect x="{_LEFT}" y="{y + 2}" width="{width:.0f}" height="{_ROW - 5}" fill="{colour}"/>')
            parts.append(f'<text x="{_LEFT + width + 6:.0f}" y="{y + 13}">{_number(value)}</text>')
            y += _ROW
        y += 12
    size = f'width="{_LEFT + _BAR + _RIGHT}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return head + '<rect width="100%" height="100%" fill="white"/>' + "".join(parts) + "</svg>\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
