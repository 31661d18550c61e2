"""``mashang up`` as its owner meets it: stopped, started again, beside another one, and with a server that dies."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from shared.identifiers import new_id
from tests.services.registry.builders import credit_code
from tests.support import servers
from tests.support.ports import free_port
from tests.system.processes import Instance, until, up

pytestmark = pytest.mark.xdist_group("instances")


@pytest.fixture(scope="module")
def place() -> tuple[Path, int]:
    """The data folder and the port of a second instance."""
    return servers.folder("second"), free_port()


@pytest.fixture(scope="module")
def stack() -> Iterator[ExitStack]:
    """Ends what the tests of this module have started."""
    with ExitStack() as made:
        yield made


@pytest.fixture
def second(place: tuple[Path, int], stack: ExitStack, running: list[Instance]) -> Instance:
    """An instance without the demo ledger; a test that ends it leaves a new one on the same folder to the next."""
    if not running or running[-1].process.poll() is not None:
        running.append(stack.enter_context(up(*place, "--no-demo")))
    return running[-1]


@pytest.fixture(scope="module")
def running() -> list[Instance]:
    """The second instance, and those that followed it on its folder."""
    return []


def register(instance: Instance, name: str) -> str:
    """The id of a new party."""
    body = {"id": str(new_id()), "party_type": "enterprise", "name": name, "uscc": credit_code()}
    with instance.client("bureau") as bureau:
        answer = bureau.post("/api/registry/parties", json=body)
        assert answer.status_code == 201, answer.text
    return body["id"]


def parties(instance: Instance) -> list[str]:
    """The ids of the first parties."""
    with instance.client("bureau") as bureau:
        return [item["id"] for item in bureau.get("/api/registry/parties", params={"limit": 500}).json()["items"]]


def test_it_stops_cleanly_and_a_second_start_finds_what_was_kept(
    second: Instance, stack: ExitStack, running: list[Instance]
) -> None:
    kept = register(second, "宜兴市恒岭机械有限公司")
    made = (second.data / "postgres" / "data" / "PG_VERSION").stat().st_mtime_ns
    family = second.family()
    assert {process.name() for process in family} >= {"postgres", "nats-server"}

    assert second.ends(signal.SIGINT) == 0
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert not (second.data / "instance.json").exists()
    assert "mashang up" in second.says("story").refusal

    running.append(stack.enter_context(up(second.data, second.port, "--no-demo")))
    assert kept in parties(running[-1])
    assert (second.data / "postgres" / "data" / "PG_VERSION").stat().st_mtime_ns == made
    assert running[-1].says("doctor").code == 0


def test_two_instances_live_beside_each_other(embedded: Instance, second: Instance) -> None:
    assert embedded.says("doctor", "--json").code == second.says("doctor", "--json").code == 0
    mine = register(second, "宜兴市松禾纺织有限公司")
    assert mine in parties(second)
    assert mine not in parties(embedded)
    assert len({instance.addresses[name] for instance in (embedded, second) for name in ("url", "database_url", "nats_url")}) == 6


def test_a_second_process_on_the_same_folder_is_refused(embedded: Instance) -> None:
    assert f"in use by process {embedded.process.pid}" in embedded.says("up", "--port", str(free_port())).refusal
    assert embedded.is_ready()
    assert embedded.says("doctor").code == 0


@pytest.mark.parametrize("program", ["nats-server", "postgres"])
def test_a_server_that_is_killed_is_started_again_and_the_system_goes_on(second: Instance, program: str) -> None:
    before = register(second, "宜兴市云荡家具有限公司")
    victim = second.server(program)
    victim.kill()
    until(lambda: victim not in psutil.Process(second.process.pid).children() and second.is_ready())
    assert second.server(program).pid != victim.pid
    assert "starting it again" in second.words()
    after = register(second, "宜兴市晨禾塑料有限公司")
    kept = parties(second)
    assert {before, after} <= set(kept)
    words = ["--type", "registry.party_registered", "--past", "100", "--count", str(len(kept))]
    said = second.says("events", "tail", "--json", *words)
    assert sorted(json.loads(line)["data"]["party_id"] for line in said.out.splitlines()) == sorted(kept)
    assert second.process.poll() is None
