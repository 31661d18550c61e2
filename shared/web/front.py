"""The front door of a process: one small page that says what runs here and where everything is, in Chinese and English."""

from collections.abc import Sequence
from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

_STYLE = (
    "body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "margin:0;color:#12343b;background:#f4f8f7}"
    "main{max-width:44rem;margin:0 auto;padding:1.5rem 1rem}h1{font-size:1.6rem;margin:.5rem 0}"
    "ul{list-style:none;padding:0;margin:0 0 1rem}li{background:#fff;border:1px solid #d7e3e1;border-radius:8px;margin:.5rem 0}"
    "a{display:block;padding:.7rem 1rem;color:#0b5f5b;text-decoration:none;min-height:44px;box-sizing:border-box}"
    "small{color:#4d6a70;display:block}@media(prefers-color-scheme:dark){body{background:#10201f;color:#e6f0ef}"
    "li{background:#16302e;border-color:#28504c}a{color:#8fd6d0}small{color:#9fbab7}}"
)
_WORDS = {
    "registry": ("台账", "who is where"),
    "inspection": ("排查与隐患", "what was seen"),
    "grading": ("定级", "what it means"),
    "notify": ("通知", "who must know"),
}
_PLACES = (
    ("/readyz", "运行状况", "health, check by check"),
    ("/openapi.json", "接口说明", "OpenAPI 3.1 of every service here"),
    ("/asyncapi.json", "事件说明", "AsyncAPI 3 of every event here"),
    ("/metrics", "运行指标", "Prometheus metrics"),
)


def front_routes(services: Sequence[str]) -> APIRouter:
    """``/`` of one process; the desk takes its place where it runs."""
    router = APIRouter(include_in_schema=False)
    page = HTMLResponse(_page(services), headers={"Cache-Control": "no-cache"})

    @router.get("/")
    async def front(_request: Request) -> HTMLResponse:
        return page

    return router


def _page(services: Sequence[str]) -> str:
    named = [(f"/api/{name}/openapi.json", *_WORDS.get(name, (name, ""))) for name in services]
    items = "".join(_item(*place) for place in (*named, *_PLACES))
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>码上安全 Mashang</title><style>{_STYLE}</style><main><h1>码上安全 Mashang</h1>"
        "<p>厂中厂安全监管系统正在运行。<br>Safety supervision for factories within factories is running here.</p>"
        f"<ul>{items}</ul><p><small>mashang story 演示主流程 · mashang token --role bureau 生成令牌</small></p></main></html>"
    )


def _item(address: str, zh: str, en: str) -> str:
    return f'<li><a href="{escape(address)}">{escape(zh)}<small>{escape(en)} · {escape(address)}</small></a></li>'
