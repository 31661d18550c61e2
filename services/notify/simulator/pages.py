"""The pages: the phones that were written to, each phone's screen, and the switches for what goes wrong."""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup, escape
from pydantic import ValidationError

from services.notify.channels.numbers import is_mainland_mobile, masked
from services.notify.simulator.control import shown_of
from services.notify.simulator.exchange import Exchange
from services.notify.simulator.faults import EVERY, Fault, Kind
from services.notify.simulator.ledger import address_id
from services.notify.simulator.messages import State
from services.notify.simulator.phones import numbers_on, tag_of
from services.notify.simulator.phones import phones as recent
from shared.clock import SHANGHAI

_HERE = Path(__file__).with_name("pages")
_PHONES, _SCREEN = 60, 80
_SHOWN = 12
_SIGNATURE = re.compile(r"^【[^】]*】")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
APPS = {
    "aliyun": ("短信", "阿里云", "sms"),
    "tencent": ("短信", "腾讯云", "sms"),
    "wechat_official": ("微信服务号", "模板消息", "wechat"),
    "wechat_mini": ("微信小程序", "订阅消息", "wechat"),
    "wecom_app": ("企业微信", "应用消息", "wecom"),
    "wecom_group": ("企业微信群", "群机器人", "wecom"),
    "smtp": ("邮件", "SMTP", "mail"),
}


def routes(exchange: Exchange) -> APIRouter:
    """Everything that a person looks at."""
    router = APIRouter(default_response_class=HTMLResponse)
    _phone_pages(router, exchange)
    _fault_pages(router, exchange)
    return router


def _phone_pages(router: APIRouter, exchange: Exchange) -> None:
    @router.get("/")
    async def phones(request: Request) -> HTMLResponse:
        return _page("phones.html", request, exchange, phones=recent(exchange, _PHONES), habits=exchange.courier.habits)

    @router.post("/find")
    async def find(request: Request, to: Annotated[str, Form(max_length=120)]) -> Response:
        names = [address_id(name, to.strip()) for name in exchange.providers]
        known = [name for name in names if exchange.ledger.of_id(name)]
        return _onwards(request, f"/phones/{known[0]}" if known else "/?nobody=1")

    @router.get("/phones/{address}")
    async def screen(request: Request, address: str) -> HTMLResponse:
        numbers = numbers_on(exchange, address)
        if not numbers:
            raise HTTPException(404)
        shown = [shown_of(exchange, number) for number in numbers[-_SCREEN:]]
        more = len(numbers) - len(shown)
        app, tag = APPS[shown[-1].provider], tag_of(shown[-1])
        return _page("screen.html", request, exchange, address=address, shown=shown, app=app, tag=tag, more=more)

    @router.get("/style.css")
    async def style() -> Response:
        return Response((_HERE / "style.css").read_text(encoding="utf-8"), media_type="text/css")


def _fault_pages(router: APIRouter, exchange: Exchange) -> None:
    def switches(request: Request, wrong: str | None = None) -> HTMLResponse:
        shown = {"faults": exchange.book.faults, "rules": exchange.book.rules, "kinds": list(Kind)}
        return _page("faults.html", request, exchange, wrong=wrong, **shown)

    @router.get("/faults")
    async def faults(request: Request) -> HTMLResponse:
        return switches(request)

    @router.post("/faults")
    async def switch_on(request: Request) -> Response:
        form = {name: value for name, value in (await request.form()).items() if value}
        try:
            exchange.book.add(Fault.model_validate(form))
        except ValidationError:
            return switches(request, "没有设置成功：请检查错误码、秒数、次数和比例。")
        return _onwards(request, "/faults")

    @router.post("/faults/off")
    async def switch_off(request: Request, fault_id: Annotated[str, Form()] = "") -> Response:
        exchange.book.remove(fault_id or None)
        return _onwards(request, "/faults")


def _page(name: str, request: Request, exchange: Exchange, **more: Any) -> HTMLResponse:
    template, root = _environment().get_template(name), request.scope.get("root_path", "")
    nobody = "nobody" in request.query_params
    return HTMLResponse(template.render(root=root, counts=exchange.ledger.counts(), nobody=nobody, **more))


def _onwards(request: Request, path: str) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", status_code=303)


def display(to: str) -> str:
    """An address as the page shows it: enough to tell it from the next, not enough to write to."""
    if is_mainland_mobile(to):
        return masked(to)
    if "@" in to:
        return f"{to[0]}***@{to.rpartition('@')[2]}"
    return to if len(to) <= _SHOWN else f"{to[:6]}…{to[-4:]}"


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=select_autoescape(("html",)), trim_blocks=True)
    environment.filters["display"] = display
    environment.filters["clock"] = lambda at: at.astimezone(SHANGHAI).strftime("%H:%M")
    environment.filters["moment"] = lambda at: at.astimezone(SHANGHAI).strftime("%m月%d日 %H:%M:%S")
    environment.filters["markdown"] = lambda text: Markup(_BOLD.sub(r"<b>\1</b>", str(escape(text))))  # noqa: S704 (escaped)
    environment.filters["unsigned"] = lambda text: _SIGNATURE.sub("", text)
    environment.filters["state"] = lambda name: State[name.upper()].zh
    environment.globals.update(apps=APPS, every=EVERY)
    return environment
