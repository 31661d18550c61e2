"""The grading step as a Celery task on Redis with SQLAlchemy's ORM; measured where Celery, psycopg and Redis are there."""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.ports import free_port

_PROCESSES = 8


def missing() -> str:
    """What is not installed; empty where everything is there."""
    absent = [name for name in ("celery", "redis", "psycopg") if importlib.util.find_spec(name) is None]
    return ", ".join([*absent, *(() if shutil.which("redis-server") else ("redis-server",))])


async def grade(data: Path, database_url: str, bodies: Sequence[bytes]) -> None:
    """Send every body as a task and wait until all are done; raises where one failed."""
    await asyncio.to_thread(_grade, data, database_url, bodies)


def _grade(data: Path, database_url: str, bodies: Sequence[bytes]) -> None:
    with ExitStack() as running:
        broker = running.enter_context(_redis(data))
        os.environ |= {"BENCH_BROKER_URL": broker, "BENCH_DATABASE_URL": database_url}
        running.enter_context(_workers())
        task = importlib.import_module("tests.benchmarks.celery_task").grade
        for result in [task.delay(body.decode()) for body in bodies]:
            result.get(timeout=120)


@contextmanager
def _redis(data: Path) -> Iterator[str]:
    """A server that keeps its queue as durably as the others do."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--dir", str(data), "--appendonly", "yes", "--appendfsync", "always"]
    with _running(command):
        time.sleep(0.5)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _workers() -> Iterator[None]:
    worker = ["-A", "tests.benchmarks.celery_task", "worker", "-c", str(_PROCESSES), "-l", "ERROR"]
    with _running([sys.executable, "-m", "celery", *worker]):
        time.sleep(3)
        yield


@contextmanager
def _running(command: Sequence[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
