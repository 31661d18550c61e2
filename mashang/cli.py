"""The words of the command line: ``mashang up``, ``run``, ``migrate``, ``token``, ``story``, ``doctor`` and the rest."""

# ruff: noqa: FBT002, PLR0913, PLR0917 - Typer makes options from parameters and flags from boolean defaults

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from mashang import doctor, ledgers, quarantine, story, tail, topology
from mashang.instance import settings_here, url_here
from mashang.up import up as run_everything
from services.__main__ import NAMES, load
from shared.database import make_engine
from shared.database.migrations import migrate as migrate_schemas
from shared.runtime import run as run_services
from shared.settings import Settings
from shared.web.identity import LocalIssuer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="码上安全 Mashang: safety supervision for factories within factories.",
)
events_app = typer.Typer(no_args_is_help=True, help="What travels on the bus.")
quarantine_app = typer.Typer(no_args_is_help=True, help="Messages that a person must look at.")
settings_app = typer.Typer(no_args_is_help=True, help="What a process is told.")
app.add_typer(events_app, name="events")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(settings_app, name="settings")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
Service = Annotated[str, typer.Argument(help=", ".join(NAMES))]


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="HTTP port; MASHANG_PORT does the same.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder; MASHANG_DATA does the same.")] = None,
    demo: Annotated[bool, typer.Option(help="Load the demo ledger into an empty registry.")] = True,
) -> None:
    """Run everything here: PostgreSQL, NATS and every service in one process."""
    chosen = {name: value for name, value in {"port": port, "data": data}.items() if value is not None}
    raise typer.Exit(run_everything(Settings().with_changes(**chosen), demo=demo))


@app.command()
def run(services: Annotated[list[str], typer.Argument(help=", ".join(NAMES))]) -> None:
    """Run services against the servers that the settings name."""
    raise typer.Exit(run_services(*load(*services)))


@app.command()
def migrate(services: Annotated[list[str] | None, typer.Argument(help="All when none is named.")] = None) -> None:
    """Bring the database to the newest migrations."""
    names = [service.name for service in load(*(services or ()))]
    changed = asyncio.run(migrate_schemas(make_engine(settings_here(), "mashang-migrate"), names))
    typer.echo(f"migrated: {', '.join(changed)}" if changed else "already at head")


@app.command()
def token(
    role: Annotated[list[str], typer.Option(help="May be given several times.")],
    grid: Annotated[list[UUID] | None, typer.Option(help="A grid officer's grid.")] = None,
    party: Annotated[list[UUID] | None, typer.Option(help="A landlord's or tenant's party.")] = None,
    subject: Annotated[str, typer.Option(help="Who.")] = "cli",
    certificate_no: Annotated[str | None, typer.Option(help="Enforcement certificate.")] = None,
    department: Annotated[str | None, typer.Option()] = None,
    source: Annotated[str | None, typer.Option(help="An integrator's source.")] = None,
    hours: Annotated[int, typer.Option(min=1, max=24 * 366)] = 12,
) -> None:
    """Print a bearer token of the embedded issuer."""
    claims: dict[str, Any] = {"grids": [str(item) for item in grid or ()], "parties": [str(item) for item in party or ()]}
    claims |= {"certificate_no": certificate_no, "department": department, "source": source}
    try:
        typer.echo(LocalIssuer.at(settings_here().data).token(subject, role, seconds=hours * 3600, **claims))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--role") from None


@app.command("import")
def import_ledger(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; nothing is stored.")] = False,
    as_json: Json = False,
) -> None:
    """Read a ledger (.xlsx, .xls, .ods) into the registry."""
    raise typer.Exit(asyncio.run(ledgers.import_file(url_here(), settings_here(), file, dry_run=dry_run, as_json=as_json)))


@app.command("story")
def tell_story(as_json: Json = False) -> None:
    """Play the main job against a running instance, through HTTP only, and print a timeline."""
    raise typer.Exit(asyncio.run(story.tell(url_here(), settings_here(), as_json=as_json)))


@app.command("map")
def show_map(
    write: Annotated[Path | None, typer.Option(help="Write the map as Markdown.")] = None,
    check: Annotated[Path | None, typer.Option(help="Fail where the file is not the map of this code.")] = None,
    as_json: Json = False,
) -> None:
    """Who says and hears what."""
    raise typer.Exit(topology.show(load(), write=write, check=check, as_json=as_json))


@app.command("doctor")
def examine(as_json: Json = False) -> None:
    """Look at servers, versions, migrations, streams, consumers, outboxes and clocks."""
    raise typer.Exit(asyncio.run(doctor.examine(settings_here(), load(), as_json=as_json)))


@events_app.command("tail")
def tail_events(
    site: Annotated[UUID | None, typer.Option(help="Only this site.")] = None,
    event_type: Annotated[str | None, typer.Option("--type", help="Only this event, e.g. grading.grade_changed.")] = None,
    past: Annotated[int, typer.Option(help="First show this many of each stream.", min=0, max=10_000)] = 0,
    count: Annotated[int | None, typer.Option(help="End after so many.", min=1)] = None,
    as_json: Json = False,
) -> None:
    """Watch events as they are stored."""
    raise typer.Exit(asyncio.run(tail.tail(settings_here(), load(), tail.Filter(site, event_type, past, count), as_json=as_json)))


@quarantine_app.command("list")
def quarantine_list(
    service: Annotated[str | None, typer.Option(help="Only one service.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,
    as_json: Json = False,
) -> None:
    """What waits for a person."""
    names = [service] if service else list(NAMES)
    raise typer.Exit(asyncio.run(quarantine.show_list(settings_here(), load(*names), waiting=not every, as_json=as_json)))


@quarantine_app.command("show")
def quarantine_show(service: Service, identity: UUID) -> None:
    """One message, whole."""
    raise typer.Exit(asyncio.run(quarantine.show(settings_here(), load(service)[0], identity)))


@quarantine_app.command("replay")
def quarantine_replay(service: Service, identity: UUID) -> None:
    """Deliver one message again, with its original id."""
    raise typer.Exit(asyncio.run(quarantine.replay_one(settings_here(), load(service)[0], identity)))


@quarantine_app.command("discard")
def quarantine_discard(
    service: Service, identity: UUID, reason: Annotated[str, typer.Option(help="Why; kept with the row.")]
) -> None:
    """Settle one message without an effect."""
    raise typer.Exit(asyncio.run(quarantine.discard_one(settings_here(), load(service)[0], identity, reason)))


@settings_app.command("show")
def settings_show(redacted: Annotated[bool, typer.Option("--redacted", help="Hide secrets (always done).")] = True) -> None:  # noqa: ARG001
    """Every setting as this process would be told; secrets are hidden whatever you ask."""
    settings = settings_here()
    own = {service.name: service.settings().redacted() for service in load() if service.settings is not None}
    typer.echo(json.dumps(settings.redacted() | own, indent=2, ensure_ascii=False, default=str))
