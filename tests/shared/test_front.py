"""The first page that a person sees."""

import httpx
from fastapi import FastAPI

from shared.web.health import Health, health_routes


async def test_the_front_page_says_in_both_languages_what_runs_and_loads_nothing_from_elsewhere() -> None:
    app = FastAPI()
    app.include_router(health_routes(Health(about={"services": ["grading", "notify"]})))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        page = await client.get("/")
    assert page.status_code == 200
    assert 'lang="zh-CN"' in page.text
    assert "厂中厂安全监管系统正在运行" in page.text
    assert "Safety supervision" in page.text
    assert "/api/grading/openapi.json" in page.text
    assert "/api/registry/" not in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
