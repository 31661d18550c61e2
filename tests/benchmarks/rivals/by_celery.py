"""The chain as Celery on Redis with SQLAlchemy's sessions: commit, then ``delay``; a crash in between loses what ours keeps."""

from typing import Any

import uvicorn
from celery import Celery
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from tests.benchmarks.rivals import ground, models

_told = ground.Told.by_environment()
_sessions = sessionmaker(create_engine(_told.database.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=20))

celery = Celery("chain", broker=_told.redis)
celery.conf.update(task_acks_late=True, task_ignore_result=True, worker_prefetch_multiplier=4)


@celery.task(name="decide")
def decide(event: dict[str, Any]) -> None:
    """The level."""
    with _sessions() as session:
        models.decide(session, event)


@celery.task(name="tell")
def tell(event: dict[str, Any]) -> None:
    """The notices."""
    with _sessions() as session:
        notices = models.plan(session, event)
        if notices:
            _told.hand_over([{"to": notice["to"], "body": notice["body"]} for notice in notices])
            models.handed(session, notices)


class Report(BaseModel):
    """What is posted."""

    id: str
    site_id: str
    item: str


app = FastAPI()


@app.get("/readyz")
def ready() -> dict[str, str]:
    """It answers."""
    return {}


@app.post(ground.PATH, status_code=201)
def report(asked: Report) -> dict[str, str]:
    """Commit, then send two tasks."""
    event = asked.model_dump()
    with _sessions.begin() as session:
        session.add(models.report(event)[0])
    decide.delay(event)
    tell.delay(event)
    return {"id": asked.id}


if __name__ == "__main__":
    uvicorn.run(app, port=_told.port, log_level="error", access_log=False)
