"""A registry that knows only addresses, in a process of its own: ``python -m tests.faults.notify.directory PORT``."""

import sys
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.faults.notify.town import addresses

TOKEN = "directory"

app = FastAPI()


@app.post("/api/registry/contacts/addresses")
async def find(request: Request) -> JSONResponse:
    """Everybody has an address; who comes with another token is of another trial and has lost his way."""
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return JSONResponse({}, 401)
    wanted = (await request.json())["ids"]
    return JSONResponse({"items": [{"contact_id": identity, **addresses(UUID(identity))} for identity in wanted]})


@app.get("/livez")
async def livez() -> dict[str, str]:
    """Here."""
    return {"status": "alive"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="critical", access_log=False)
