"""The commands about levels: ``mashang policy`` and ``mashang replay``."""

# ruff: noqa: FBT002 - Typer makes flags from boolean defaults
# ruff: noqa: PLC0415 - a command loads what it needs: all of it takes seconds

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mashang.instance import settings_here, url_here
from mashang.options import Json, examples, words

if TYPE_CHECKING:
    from mashang.policies import PolicyDesk

again = words("Build again from the streams what stands, and compare.")
policy = words("Rules that grade: check, rehearse, activate, explain.")

File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)]


@policy.command("check", epilog=examples("policy check bureau.yaml", "policy check bureau.yaml --json"))
def check_policy(file: File, as_json: Json = False) -> None:
    """Look whether a policy file is sound. Needs no instance; exit code 1 with line and rule of each problem."""
    from mashang import policies

    raise typer.Exit(policies.check(file, as_json=as_json))


@policy.command("explain", epilog=examples("policy explain 0192f3a1-…", "policy explain 320282-A0001 --json"))
def explain_level(
    site: Annotated[str, typer.Argument(metavar="SITE", help="The id or the code of a site.")], as_json: Json = False
) -> None:
    """Say which level a site has, why, and what would better it."""
    raise typer.Exit(asyncio.run(_desk(as_json=as_json).explain(site)))


@policy.command("rehearse", epilog=examples("policy rehearse bureau.yaml --days 90", "policy rehearse bureau.yaml --json"))
def rehearse_policy(
    file: File,
    days: Annotated[int, typer.Option(help="Over the facts of so many days.", min=0, max=366)] = 90,
    as_json: Json = False,
) -> None:
    """Show who would move. Keeps the file as a draft; nobody is graded by it. Exit code 1 where it gives a warning."""
    raise typer.Exit(asyncio.run(_desk(as_json=as_json).rehearse(file, days)))


@policy.command("activate", epilog=examples("policy activate BUREAU-2026.2 --from 2026-10-01"))
def activate_policy(
    identity: Annotated[str, typer.Argument(metavar="ID", help="As it stands in the file.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day on which it grades.")],
    wait: Annotated[bool, typer.Option("--wait", help="Until all sites are graded anew, where the day has come.")] = False,
    as_json: Json = False,
) -> None:
    """Let a policy that was checked grade from a day on. It can never change after that."""
    raise typer.Exit(asyncio.run(_desk(as_json=as_json).activate(identity, first.date(), wait=wait)))


@policy.command("list", epilog=examples("policy list", "policy list --json"))
def list_policies(as_json: Json = False) -> None:
    """Show every policy. From when it grades, and how far grading anew has come."""
    raise typer.Exit(asyncio.run(_desk(as_json=as_json).listed()))


@again.command("grading", epilog=examples("replay grading", "replay grading --json"))
def replay_grading(as_json: Json = False) -> None:
    """Build every level again and compare. In a database of its own beside a running instance; exit code 1 where they differ."""
    from mashang import replay

    raise typer.Exit(asyncio.run(replay.grading(settings_here(), as_json=as_json)))


def _desk(*, as_json: bool) -> "PolicyDesk":
    from mashang.policies import PolicyDesk

    return PolicyDesk(url_here(), settings_here(), as_json)
