"""The demo ledger: a fictional zone of 12 buildings, 8 landlords and 60 tenants, loaded through the public HTTP API."""

from importlib.resources import files
from pathlib import Path

import httpx

LEDGER = Path(str(files("mashang"))).parent / "deploy" / "demo" / "ledger.xlsx"


async def load_demo(http: httpx.AsyncClient) -> str:
    """Import the demo ledger where the registry is empty; one line that says what there is now."""
    sites = (await http.get("/api/registry/sites", params={"limit": 1})).raise_for_status().json()
    if sites["items"]:
        return "已有数据，未再装入 / kept as it was"
    upload = {"file": (LEDGER.name, LEDGER.read_bytes(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")}
    answer = (await http.post("/api/registry/imports", files=upload)).raise_for_status().json()
    return f"{answer['rows']} 行已装入 / {answer['rows']} rows loaded ({LEDGER.name}), 错误 errors: {len(answer['errors'])}"
