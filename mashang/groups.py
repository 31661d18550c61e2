"""The commands that come in groups: ``mashang events``, ``quarantine``, ``settings`` and ``contracts``."""

# ruff: noqa: FBT002 - Typer makes flags from boolean defaults
# ruff: noqa: PLC0415 - a command loads what it needs: all of it takes seconds

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from mashang.instance import settings_here
from mashang.options import Json, ServiceName, examples, services_named, words

events = words("Watch what travels on the bus.")
quarantined = words("Look at messages that could not be handled.")
settings = words("Print what a process is told.")
published = words("Make the published contracts. AsyncAPI 3 and OpenAPI 3.1, from the code.")

Identity = Annotated[UUID, typer.Argument(metavar="ID", help="The id that `mashang quarantine list` prints.")]
Folder = Annotated[Path, typer.Option(help="Where they are kept.")]


@events.command(
    "tail",
    epilog=examples(
        "events tail",
        "events tail --type grading.grade_changed --past 100",
        "events tail --site 0192f3a1-… --json --count 10",
    ),
)
def tail_events(
    site: Annotated[UUID | None, typer.Option(help="Only this site.")] = None,
    event_type: Annotated[str | None, typer.Option("--type", help="Only this event, e.g. grading.grade_changed.")] = None,
    past: Annotated[int, typer.Option(help="Begin so many messages before the end of each stream.", min=0, max=100_000)] = 0,
    count: Annotated[int | None, typer.Option(help="End after so many.", min=1)] = None,
    as_json: Json = False,
) -> None:
    """Watch events as they are stored. Until Ctrl-C; with --json one CloudEvent a line."""
    from mashang import tail

    wanted = tail.Filter(site, event_type, past, count)
    if not wanted.is_known:
        message = f"no event named {event_type!r}; `mashang map` lists them"
        raise typer.BadParameter(message, param_hint="--type")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(tail.tail(settings_here(), wanted, as_json=as_json))


@quarantined.command("list", epilog=examples("quarantine list", "quarantine list --service notify --all --json"))
def list_quarantined(
    service: Annotated[str | None, typer.Option(help="Only one service.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,
    as_json: Json = False,
) -> None:
    """What waits for a person, oldest first."""
    from mashang import quarantine

    chosen = services_named([service] if service else [])
    raise typer.Exit(asyncio.run(quarantine.show_list(settings_here(), chosen, waiting=not every, as_json=as_json)))


@quarantined.command("show", epilog=examples("quarantine show grading 0192f3a1-…"))
def show_quarantined(service: ServiceName, identity: Identity) -> None:
    """One message, whole, as JSON."""
    from mashang import quarantine

    (chosen,) = services_named([service])
    raise typer.Exit(asyncio.run(quarantine.show(settings_here(), chosen, identity)))


@quarantined.command("replay", epilog=examples("quarantine replay grading 0192f3a1-…"))
def replay_quarantined(service: ServiceName, identity: Identity) -> None:
    """Deliver one message again, with its original id."""
    from mashang import quarantine

    (chosen,) = services_named([service])
    raise typer.Exit(asyncio.run(quarantine.replay_one(settings_here(), chosen, identity)))


@quarantined.command("discard", epilog=examples('quarantine discard grading 0192f3a1-… --reason "sent twice by the sender"'))
def discard_quarantined(
    service: ServiceName, identity: Identity, reason: Annotated[str, typer.Option(help="Why; kept with the row.")]
) -> None:
    """Settle one message without an effect."""
    from mashang import quarantine

    (chosen,) = services_named([service])
    raise typer.Exit(asyncio.run(quarantine.discard_one(settings_here(), chosen, identity, reason)))


@settings.command("show", epilog=examples("settings show --redacted"))
def show_settings(redacted: Annotated[bool, typer.Option("--redacted", help="Hide secrets (always done).")] = True) -> None:  # noqa: ARG001
    """Every setting, as JSON. As a process would be told here; secrets are hidden whatever you ask."""
    own = {service.name: service.settings().redacted() for service in services_named() if service.settings is not None}
    typer.echo(json.dumps(settings_here().redacted() | own, indent=2, ensure_ascii=False, default=str))


@published.command("write", epilog=examples("contracts write"))
def write_contracts(folder: Folder = Path("docs")) -> None:
    """Write asyncapi.yaml and openapi/<service>.json."""
    from mashang import contracts

    raise typer.Exit(contracts.write(services_named(), folder))


@published.command("check", epilog=examples("contracts check"))
def check_contracts(folder: Folder = Path("docs")) -> None:
    """Fail where a file is not what this code would write."""
    from mashang import contracts

    raise typer.Exit(contracts.check(services_named(), folder))
