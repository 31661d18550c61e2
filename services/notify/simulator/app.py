"""The simulator as an application: pretended providers, their faults, and the pages, from one folder of state."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI

from services.notify.simulator import aliyun, control, letters, pages, tencent, wechat, wecom
from services.notify.simulator.courier import Courier, Habits
from services.notify.simulator.exchange import Exchange
from services.notify.simulator.faults import FaultBook
from services.notify.simulator.ledger import Ledger
from shared.clock import utc_now


def simulator_app(
    state_dir: Path, *, callback_url: str | None = None, habits: Habits | None = None, clock: Callable[[], datetime] = utc_now
) -> FastAPI:
    """An application that may run alone or be mounted; receipts go to ``callback_url`` and the provider's name after it."""
    exchange = make_exchange(state_dir, habits or Habits(callback_url), clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        exchange.courier.resume()
        exchange.courier.start()
        yield
        await exchange.courier.stop()
        exchange.ledger.close()

    app = FastAPI(title="码上安全 服务商模拟器", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(aliyun.routes(exchange), prefix="/aliyun")
    app.include_router(tencent.routes(exchange), prefix="/tencent")
    app.include_router(wechat.routes(exchange), prefix="/wechat")
    app.include_router(wecom.routes(exchange), prefix="/wecom")
    app.include_router(letters.routes(exchange), prefix="/smtp")
    app.include_router(control.routes(exchange))
    app.include_router(pages.routes(exchange), include_in_schema=False)
    app.state.exchange = exchange
    return app


def make_exchange(state_dir: Path, habits: Habits, clock: Callable[[], datetime]) -> Exchange:
    """The inside, without the HTTP around it."""
    ledger, book = Ledger(state_dir), FaultBook(state_dir / "faults.yaml")
    courier = Courier(ledger, book, habits, clock)
    courier.writers |= {aliyun.NAME: aliyun.report, tencent.NAME: tencent.report}
    courier.writers |= {wechat.OFFICIAL: wechat.report, wechat.MINI: wechat.report}
    return Exchange(ledger, book, courier, clock, providers=tuple(pages.APPS))
