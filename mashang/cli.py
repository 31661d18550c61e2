"""The words of the command line: ``mashang up``, ``run``, ``migrate``, ``token``, ``story``, ``doctor`` and the rest."""

# ruff: noqa: FBT002, PLR0913, PLR0917 - Typer makes options from parameters and flags from boolean defaults
# ruff: noqa: PLC0415 - a command loads what it needs: all of it takes seconds

import asyncio
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from mashang import groups, levels
from mashang.instance import settings_here, url_here
from mashang.options import Json, ServiceNames, SomeServices, examples, services_named, words
from services.__main__ import simulate
from shared.settings import Settings

app = words("码上安全 Mashang: safety supervision for factories within factories.")
app.add_typer(groups.events, name="events")
app.add_typer(groups.quarantined, name="quarantine")
app.add_typer(groups.settings, name="settings")
app.add_typer(groups.published, name="contracts")
app.add_typer(levels.policy, name="policy")
app.add_typer(levels.again, name="replay")


@app.command(epilog=examples("up", "up --port 8081 --data var2", "up --no-demo"))
def up(
    port: Annotated[int | None, typer.Option(help="HTTP port; MASHANG_PORT does the same.", min=0, max=65535)] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder; MASHANG_DATA does the same.")] = None,
    demo: Annotated[bool, typer.Option(help="Load the demo ledger into an empty registry.")] = True,
) -> None:
    """Run everything here, on one port. PostgreSQL, NATS and every service, until Ctrl-C; the data is kept."""
    from mashang.up import up as run_everything

    chosen = {name: value for name, value in {"port": port, "data": data}.items() if value is not None}
    raise typer.Exit(run_everything(Settings().with_changes(**chosen), demo=demo))


@app.command(epilog=examples("run grading", "run registry inspection"))
def run(services: ServiceNames) -> None:
    """Run services against named servers. MASHANG_DATABASE_URL and MASHANG_NATS_URL name them; ends by Ctrl-C or SIGTERM."""
    from mashang.versions import refuse_old_servers
    from shared.runtime import listening_socket
    from shared.runtime import run as run_services

    chosen, settings = services_named(services), Settings()
    listening_socket(settings).close()
    asyncio.run(refuse_old_servers(settings))
    raise typer.Exit(run_services(*chosen, settings=settings))


@app.command(epilog=examples("simulator", "simulator --callback-url http://127.0.0.1:8080/api/notify/receipts"))
def simulator(
    host: Annotated[str, typer.Option(help="Address to listen on; whoever reaches it sees every message.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="HTTP port: providers, pages and switches.", min=1, max=65535)] = 8090,
    smtp_port: Annotated[int | None, typer.Option(help="Also take letters by SMTP, here.", min=1, max=65535)] = None,
    state: Annotated[Path, typer.Option(help="Folder that keeps what arrived.")] = Path("var/simulator"),
    callback_url: Annotated[str | None, typer.Option(help="Where receipts go; nowhere when none is named.")] = None,
) -> None:
    """Run the provider simulator. It behaves as Aliyun, Tencent, WeChat, WeCom and a mail server do, and reaches nobody."""
    where = {"host": host, "port": port, "smtp_port": smtp_port, "callback_url": callback_url}
    simulate(state, **where, announce=lambda url: typer.echo(f"服务商模拟器 Simulator    {url}    Ctrl-C"))


@app.command(epilog=examples("migrate", "migrate grading notify"))
def migrate(services: SomeServices = None) -> None:
    """Bring the database to the newest migrations. Those of all services when none is named."""
    from mashang.versions import refuse_old_servers
    from shared.database import make_engine
    from shared.database.migrations import migrate as migrate_schemas

    names = [service.name for service in services_named(services or ())]
    settings = settings_here()
    asyncio.run(refuse_old_servers(settings))
    changed = asyncio.run(migrate_schemas(make_engine(settings.straight(), "mashang-migrate"), names))
    typer.echo(f"migrated: {', '.join(changed)}" if changed else "already at head")


@app.command(
    epilog=examples(
        "token --role bureau",
        "token --role grid_officer --grid 0192f3a1-…",
        "token --role enforcer --certificate-no SU-000123 --subject li --hours 1",
    )
)
def token(
    role: Annotated[list[str], typer.Option(help="May be given several times.")],
    grid: Annotated[list[UUID] | None, typer.Option(help="A grid officer's grid; may be given several times.")] = None,
    party: Annotated[list[UUID] | None, typer.Option(help="A landlord's or tenant's party; may be given several times.")] = None,
    subject: Annotated[str, typer.Option(help="Who.")] = "cli",
    certificate_no: Annotated[str | None, typer.Option(help="An enforcer's certificate.")] = None,
    department: Annotated[str | None, typer.Option(help="A department's name.")] = None,
    source: Annotated[str | None, typer.Option(help="An integrator's source.")] = None,
    hours: Annotated[int, typer.Option(help="Valid so long.", min=1, max=24 * 366)] = 12,
) -> None:
    """Print a bearer token. The embedded issuer signs it, whose key lies in the data folder."""
    from shared.web.identity import LocalIssuer

    claims: dict[str, Any] = {"grids": [str(item) for item in grid or ()], "parties": [str(item) for item in party or ()]}
    claims |= {"certificate_no": certificate_no, "department": department, "source": source}
    try:
        typer.echo(LocalIssuer.at(settings_here().data).token(subject, role, seconds=hours * 3600, **claims))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--role") from None


@app.command("import", epilog=examples("import ledger.xlsx --dry-run", "import ledger.xlsx"))
def import_ledger(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; nothing is stored.")] = False,
    as_json: Json = False,
) -> None:
    """Read a ledger into a running instance. An .xlsx, .xls or .ods file; exit code 1 where a row was refused."""
    from mashang import ledgers

    raise typer.Exit(asyncio.run(ledgers.import_file(url_here(), settings_here(), file, dry_run=dry_run, as_json=as_json)))


@app.command("story", epilog=examples("story", "story --json"))
def tell_story(as_json: Json = False) -> None:
    """Play the main job on a running instance. Through HTTP only; prints each step and how long its effect took."""
    from mashang import story

    raise typer.Exit(asyncio.run(story.tell(url_here(), settings_here(), as_json=as_json)))


@app.command("map", epilog=examples("map", "map --json", "map --check docs/events.md"))
def show_map(
    write: Annotated[Path | None, typer.Option(help="Write the map as Markdown.")] = None,
    check: Annotated[Path | None, typer.Option(help="Fail where the file is not the map of this code.")] = None,
    as_json: Json = False,
) -> None:
    """Print who says and hears what."""
    from mashang import topology

    raise typer.Exit(topology.show(services_named(), write=write, check=check, as_json=as_json))


@app.command("doctor", epilog=examples("doctor", "doctor --json"))
def examine(as_json: Json = False) -> None:
    """Look whether everything is well, and what to do. Exit code 1 where something is not."""
    from mashang import doctor

    raise typer.Exit(asyncio.run(doctor.examine(settings_here(), services_named(), as_json=as_json)))
