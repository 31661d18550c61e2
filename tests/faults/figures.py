"""The figures of a trial: what was promised and kept, what was repeated on the way, and how soon everything worked again."""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.faults import checker
from tests.faults.evidence import Blow, Evidence
from tests.faults.verdict import Verdict

_PROCESSING_AGAIN, _CONSUMING_AGAIN = 5.0, 10.0
"""Seconds beyond ``ack_wait`` after a service was killed, and seconds after NATS was."""
_LOSSES = {checker.LOST, checker.UNSENT, checker.NOT_STORED, checker.UNHEARD, checker.UNASKED}


def figures_of(verdict: Verdict) -> dict[str, Any]:
    """Everything worth keeping of a trial, as JSON."""
    evidence, terms = verdict.evidence, verdict.terms
    accepted = sum(entry.accepted for entry in evidence.answered)
    return {
        "seed": terms.seed,
        "services": "one process" if terms.together else "a process each",
        "seconds": round(verdict.seconds),
        "seconds until quiet": round(verdict.quiet_seconds, 1),
        "accepted": accepted,
        "refused": dict(Counter(str(entry.code) for entry in evidence.answered if not entry.accepted)),
        "asked again": sum(entry.times - 1 for entry in evidence.answered),
        "answers replayed": verdict.outcomes.get("replayed", 0),
        "deaths": sum(blow.deadly for blow in evidence.blows),
        "lost": sum(verdict.broken[promise] for promise in _LOSSES),
        "duplicate effects": sum(
            times for promise, times in verdict.broken.items() if "twice" in promise or "more than once" in promise
        ),
        "duplicate deliveries": duplicate_deliveries(evidence),
        "order inversions": verdict.broken[checker.OUT_OF_ORDER],
        "late commits": late_commits(evidence),
        "events said": len(evidence.said),
        "messages in streams": len(evidence.stored),
        "tricks": dict(Counter(stored.trick for stored in evidence.stored if stored.trick)),
        "effects heard": len(evidence.heard),
        "quarantined": len(evidence.parked),
        "violations": dict(verdict.broken),
        "losses at 95 %": bound(accepted),
        "blows": dict(Counter(blow.kind for blow in evidence.blows)),
        "ack wait": terms.ack_wait,
        "recovery": recoveries(evidence),
        "goals": goals(evidence, terms.ack_wait),
        **verdict.figures,
    }


def bound(accepted: int) -> str:
    """What no loss in so many supports: the rule of three."""
    return f"< 3/{accepted} = {3 / max(accepted, 1):.1e}"


def duplicate_deliveries(evidence: Evidence) -> int:
    """How often a message was handed out again, as far as the server still remembers."""
    total = 0
    for listener in evidence.listeners:
        once = sum(listener.stream == stored.stream and listener.hears(stored.subject) for stored in evidence.stored)
        total += max(0, evidence.deliveries.get(f"{listener.stream}/{listener.consumer}", 0) - once)
    return total


def late_commits(evidence: Evidence) -> int:
    """Rows that took their number early and committed late, so that greater numbers went before; never of one thing."""
    shuffled = {stored.event_id for stored in evidence.stored if stored.trick == checker.SHUFFLED}
    late, greatest = 0, defaultdict[str, int](int)
    for said in sorted(evidence.said, key=lambda said: (said.service, said.row)):
        if said.event_id in shuffled or said.stream_seq is None:
            continue
        late += said.stream_seq < greatest[said.service]
        greatest[said.service] = max(greatest[said.service], said.stream_seq)
    return late


def recoveries(evidence: Evidence) -> dict[str, dict[str, float | int]]:
    """Seconds from a death until an event that was said after it is heard, by kind of blow.

    Kinds of which some struck alone are told twice: alone, and while something else was broken too.
    """
    chains = _chains(evidence)
    struck = [
        (blow, heard - blow.at) for blow in evidence.blows if blow.deadly and (heard := _first_after(blow, chains)) is not None
    ]
    found: dict[str, list[float]] = defaultdict(list)
    for blow, seconds in struck:
        alone = not any(other is not blow and _meet(blow, seconds, other, more) for other, more in struck)
        found[f"{blow.kind}, alone" if alone else blow.kind].append(seconds)
    return {kind: _summary(seconds) for kind, seconds in sorted(found.items())}


def _meet(blow: Blow, seconds: float, other: Blow, more: float) -> bool:
    """Whether one was not yet over when the other struck."""
    return blow.at < other.at + more and other.at < blow.at + seconds


def goals(evidence: Evidence, ack_wait: float) -> dict[str, str]:
    """What was to be reached when one thing breaks at a time, and whether it was."""
    reached = recoveries(evidence)
    limits = {"kill, alone": ack_wait + _PROCESSING_AGAIN, "kill nats, alone": _CONSUMING_AGAIN}
    found = {}
    for kind, limit in limits.items():
        if kind in reached:
            word = "reached" if reached[kind]["p95"] < limit else "missed"
            found[f"{kind}: p95 < {limit:g} s"] = f"{word}, {reached[kind]['p95']} s of {reached[kind]['times']}"
    return found


def _chains(evidence: Evidence) -> list[tuple[float, float, frozenset[str]]]:
    """When each event was said and heard, and which services took part, in the trial's own time."""
    said = {event.event_id: event for event in evidence.said}
    return [
        (
            said[row.event_id].created_at.timestamp() - evidence.shift,
            row.heard_at.timestamp() - evidence.shift,
            frozenset({row.service, said[row.event_id].service}),
        )
        for row in evidence.heard
        if row.event_id in said
    ]


def _first_after(blow: Blow, chains: Iterable[tuple[float, float, frozenset[str]]]) -> float | None:
    struck = set(blow.target.split("+"))
    everybody = struck <= {"nats", "postgres"}
    return min((heard for began, heard, who in chains if began > blow.at and (everybody or struck & who)), default=None)


def _summary(seconds: Sequence[float]) -> dict[str, float | int]:
    ordered = sorted(seconds)
    p95 = ordered[max(0, math.ceil(0.95 * len(ordered)) - 1)]
    return {
        "times": len(ordered),
        "p50": round(statistics.median(ordered), 2),
        "p95": round(p95, 2),
        "worst": round(ordered[-1], 2),
    }


_SHOWN = (
    "accepted",
    "deaths",
    "lost",
    "duplicate effects",
    "duplicate deliveries",
    "order inversions",
    "late commits",
    "asked again",
    "answers replayed",
    "events said",
    "effects heard",
    "quarantined",
    "notices",
    "lines on screens",
    "uncertain sends",
    "seconds",
    "seconds until quiet",
    "losses at 95 %",
    "seed",
)


def table(trials: Sequence[Mapping[str, Any]]) -> str:
    """Trials side by side, and how soon each came back, as Markdown."""
    head = "| | " + " | ".join(str(trial["services"]) for trial in trials) + " |\n|---|" + "---:|" * len(trials) + "\n"
    rows = "".join(f"| {name} | " + " | ".join(str(trial.get(name, "")) for trial in trials) + " |\n" for name in _SHOWN)
    return f"{head}{rows}\n{_recovery_table(trials)}\n{_goals_table(trials)}"


def _goals_table(trials: Sequence[Mapping[str, Any]]) -> str:
    head = "| goal | " + " | ".join(str(trial["services"]) for trial in trials) + " |\n|---|" + "---|" * len(trials) + "\n"
    names = sorted({name for trial in trials for name in trial["goals"]})
    return head + "".join(
        f"| {name} | " + " | ".join(trial["goals"].get(name, "") for trial in trials) + " |\n" for name in names
    )


def _recovery_table(trials: Sequence[Mapping[str, Any]]) -> str:
    head = "| seconds until a later event is heard: p50 / p95 / worst (times) | "
    head += " | ".join(str(trial["services"]) for trial in trials) + " |\n|---|" + "---:|" * len(trials) + "\n"
    kinds = sorted({kind for trial in trials for kind in trial["recovery"]})
    return head + "".join(
        f"| {kind} | " + " | ".join(_cell(trial["recovery"].get(kind)) for trial in trials) + " |\n" for kind in kinds
    )


def _cell(summary: Mapping[str, Any] | None) -> str:
    return "" if summary is None else f"{summary['p50']} / {summary['p95']} / {summary['worst']} ({summary['times']})"
