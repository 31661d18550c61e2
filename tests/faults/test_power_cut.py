"""What JetStream has acknowledged survives the lights going out, and only because of ``sync_interval: always``."""

import os
import signal
from pathlib import Path

import nats
import pytest

from mashang.embedded import EmbeddedNats
from shared.messaging.streams import plan_for, provision
from tests.faults.power import can_mount, disk
from tests.support.service import settings_for

MESSAGES = 300

pytestmark = pytest.mark.skipif(not can_mount(), reason="a power cut is played on a loop-mounted disk, which needs root")


async def _survivors(folder: Path, sync_interval: str) -> int:
    """How many of 300 acknowledged messages are there after the cut."""
    with disk(folder) as store:
        with EmbeddedNats(store.before / "nats", sync_interval=sync_interval) as server:
            await _publish(server.url, folder)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGSTOP)
            store.cut()
            os.kill(server.pid, signal.SIGCONT)
        (store.after / "nats" / "lock").unlink(missing_ok=True)
        (store.after / "nats" / "nats.pid").unlink(missing_ok=True)
        with EmbeddedNats(store.after / "nats") as server:
            return await _stored(server.url)


async def _publish(url: str, data: Path) -> None:
    bus = await nats.connect(url)
    await provision(bus, plan_for(["sender"], [], settings_for("postgresql://unused", data, stream_max_bytes=16 * 1024**2)))
    for number in range(MESSAGES):
        await bus.jetstream().publish("sender.letter_posted.v1.-", str(number).encode())
    await bus.close()


async def _stored(url: str) -> int:
    bus = await nats.connect(url)
    try:
        return (await bus.jetstream().stream_info("SENDER")).state.messages
    except nats.js.errors.NotFoundError:
        return 0
    finally:
        await bus.close()


async def test_every_acknowledged_message_survives_a_power_cut(tmp_path: Path) -> None:
    assert await _survivors(tmp_path, "always") == MESSAGES


async def test_negative_control_the_servers_default_loses_acknowledged_messages(tmp_path: Path) -> None:
    assert await _survivors(tmp_path, "2m") < MESSAGES
