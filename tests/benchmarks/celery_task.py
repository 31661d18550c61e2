"""The task of the Celery peer, in a module of its own because Celery's workers import it by name."""

import os
from functools import cache

from celery import Celery
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from services.grading.domain.course import Rules
from shared.contracts.event import decode
from tests.benchmarks.by_hand import shipped_rules
from tests.benchmarks.by_orm import grade_one

_BROKER = os.environ.get("BENCH_BROKER_URL", "")
app = Celery("bench", broker=_BROKER, backend=_BROKER)
app.conf.task_acks_late = True


def graded(body: str) -> None:
    """One message, one transaction."""
    with Session(_engine()) as session:
        grade_one(session, decode(body.encode()), _rules())


@cache
def _engine() -> Engine:
    """Of this process: workers fork before their first task."""
    return create_engine(os.environ["BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1))


@cache
def _rules() -> Rules:
    return shipped_rules()


grade = app.task(name="grade")(graded)
