"""What is planted of people in a running system is found nowhere else: not in events, logs, metrics, errors, nor in the clear."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest

from services.__main__ import NAMES
from shared.clock import utc_now
from shared.identifiers import new_id
from tests.services.registry.builders import POINT, REGION, credit_code
from tests.system.processes import Instance, until

pytestmark = pytest.mark.xdist_group("instances")

LANDLORD, TENANT, NOTED = "13987650123", "13712340987", "13655550001"
NAME, CONTACT = "甘霖树", "钟离山川"
EMAIL = "zhongli.canary@mail.example"
_MASKED = re.compile(r"1\d{2}\*{4}\d{4}")
_PHONE = re.compile(r"/simulator/phones/\w+")
_OURS = 900_001  # no number of the demo ledger
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(body: str) -> str:
    """With its check character."""
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


ID = id_number("32028219850312471")
NUMBERS = (LANDLORD, TENANT, ID, EMAIL)
PLANTED = (*NUMBERS, NOTED, NAME, CONTACT)


@dataclass(slots=True)
class Traces:
    """Where planted words were found."""

    hits: list[str] = field(default_factory=list)
    looked: int = 0

    def look(self, place: str, text: str, words: tuple[str, ...] = PLANTED) -> None:
        """In a text, as it is, as bytes that are printed in hex, and as JSON that escapes what is not ASCII."""
        self.looked += 1
        for word in words:
            escaped = word.encode("unicode_escape").decode()
            if any(form in text for form in (word, word.encode().hex(), escaped)):
                self.hits.append(f"{place}: {word}")


@dataclass(frozen=True, slots=True)
class Town:
    """A landlord who is a natural person, a firm that rents from him, and a locked exit."""

    landlord: dict[str, Any]
    tenant: dict[str, Any]
    site: dict[str, Any]


@pytest.fixture(scope="module")
def bureau(embedded: Instance) -> Iterator[httpx.Client]:
    """The bureau's client."""
    with embedded.client("bureau") as client:
        yield client


@pytest.fixture(scope="module")
def town(bureau: httpx.Client) -> Town:
    """Everything that is planted, and notices on their way to everybody."""

    def created(path: str, **body: Any) -> dict[str, Any]:
        answer = bureau.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def registered(path: str, **body: Any) -> dict[str, Any]:
        return created(f"/api/registry/{path}", **body)

    owner = {"role": "principal", "name": NAME, "mobile": LANDLORD}
    landlord = registered("parties", party_type="natural_person", name=NAME, id_number=ID, contacts=[owner])
    manager = {"role": "principal", "name": CONTACT, "mobile": TENANT, "email": EMAIL}
    firm = {"party_type": "enterprise", "name": "宜兴市静水纸业有限公司", "uscc": credit_code(_OURS)}
    tenant = registered("parties", **firm, contacts=[manager])
    compound = registered(
        "compounds", name="静水院", address="静水路8号", region_code=REGION, point=POINT, landlord_party_id=landlord["id"]
    )
    building = registered(
        "buildings", compound_id=compound["id"], building_no="1号楼", floor_area=3000, fire_resistance="class_2"
    )
    whole = registered("sites", kind="landlord", party_id=landlord["id"], building_id=building["id"])
    site = registered("sites", kind="tenant", party_id=tenant["id"], building_id=building["id"], landlord_site_id=whole["id"])
    until(lambda: bureau.get(f"/api/grading/sites/{site['id']}").status_code == httpx.codes.OK)
    until(lambda: bureau.post("/api/inspection/hazards", json=report(site)).status_code == 201)
    until(lambda: everybody_was_told(bureau, site))
    return Town(landlord, tenant, site)


def report(site: dict[str, Any]) -> dict[str, Any]:
    """A locked exit, told by somebody who writes a number into the note."""
    return {"id": str(new_id()), "site_id": site["id"], "item": "LF-12", "note": f"值班电话 {NOTED}"}


def everybody_was_told(bureau: httpx.Client, site: dict[str, Any]) -> bool:
    """Landlord and tenant have their notice of the hazard."""
    found = bureau.get("/api/notify/notices", params={"site_id": site["id"], "limit": 200}).json()["items"]
    told = {notice["recipient"] for notice in found if notice["kind"] == "hazard_found" and notice["accepted_at"]}
    return told >= {"landlord", "tenant"}


def faults(bureau: httpx.Client, town: Town) -> Iterator[httpx.Response]:
    """Requests that fail in every way that is at hand, with something planted in each."""
    parties = "/api/registry/parties"
    known = {"party_type": "enterprise", "name": "x", "uscc": credit_code(_OURS + 1)}
    contact = {"role": "principal", "name": CONTACT}
    yield bureau.post(parties, json=known | {"contacts": [contact | {"mobile": f"{TENANT}77"}]})
    yield bureau.post(parties, json=known | {"contacts": [contact | {"email": f"{EMAIL} {EMAIL}"}]})
    yield bureau.post(parties, json=known | {"id_number": ID})
    yield bureau.post(parties, json={"party_type": "natural_person", "name": NAME, "id_number": f"{ID[:-1]}z"})
    yield bureau.post(parties, json=known | {"employees": LANDLORD, "phone": TENANT})
    yield bureau.post(parties, content=f'{{"name": "{NAME} {LANDLORD}'.encode(), headers={"content-type": "application/json"})
    yield bureau.post(parties, json=[LANDLORD, NAME])
    yield bureau.get(f"{parties}/{LANDLORD}")
    yield bureau.get(f"/api/registry/{LANDLORD}/{NAME}")
    yield bureau.get(parties, params={"limit": LANDLORD})
    yield bureau.get(parties, params={"cursor": ID})
    yield bureau.get(parties, headers={"Authorization": f"Bearer {LANDLORD}.{ID}"})
    yield bureau.patch(f"{parties}/{town.tenant['id']}", json={"name": CONTACT}, headers={"If-Match": LANDLORD})
    yield bureau.post("/api/registry/imports", files={"file": (f"{NAME}{LANDLORD}.xlsx", LANDLORD.encode())})
    yield bureau.post("/api/inspection/hazards", json=report(town.site) | {"level": LANDLORD, "item": NAME})
    yield bureau.post("/api/inspection/files", files={"file": (f"{LANDLORD}.png", ID.encode(), "image/png")})
    yield bureau.get(f"/api/grading/sites/{town.site['id']}", params={"as_of": f"{LANDLORD} {NAME}"})
    yield bureau.post("/api/notify/subscriptions", json={"channel": "sms", "address": LANDLORD, "filter": NAME})
    yield bureau.post("/api/notify/receipts/aliyun", content=LANDLORD.encode())


async def rows(database_url: str) -> list[tuple[str, str]]:
    """Every row of every table as PostgreSQL prints it, by table."""
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetch("SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY($1)", list(NAMES))
        found = []
        for schema, table in tables:
            printed = await connection.fetch(f'SELECT t::text AS line FROM "{schema}"."{table}" AS t')
            found += [(f"{schema}.{table}", row["line"]) for row in printed]
        return found
    finally:
        await connection.close()


def test_the_planted_numbers_are_really_there_and_in_use(embedded: Instance, bureau: httpx.Client, town: Town) -> None:
    revealed = bureau.post(f"/api/registry/parties/{town.landlord['id']}/reveal-id-number")
    assert ID in revealed.text
    listed = bureau.get(f"/api/registry/parties/{town.tenant['id']}/contacts").json()["items"]
    in_full = bureau.get(f"/api/registry/contacts/{listed[0]['id']}/address").json()
    assert (in_full["mobile"], in_full["email"]) == (TENANT, EMAIL)
    assert {"139****0123", "137****0987"} <= set(_MASKED.findall(bureau.get("/simulator/").text))


def test_no_error_repeats_them(bureau: httpx.Client, town: Town) -> None:
    traces = Traces()
    for answer in faults(bureau, town):
        assert answer.status_code >= 400, (answer.request.url, answer.text)
        assert answer.status_code != 500, (answer.request.url, answer.text)
        traces.look(f"{answer.request.method} {answer.request.url.path} {answer.status_code}", answer.text)
    assert traces.hits == []


def test_no_table_holds_a_number_in_the_clear(embedded: Instance, bureau: httpx.Client, town: Town) -> None:
    bureau.post(f"/api/registry/parties/{town.landlord['id']}/reveal-id-number", headers={"Idempotency-Key": str(new_id())})
    traces = Traces()
    for table, line in asyncio.run(rows(embedded.addresses["database_url"])):
        traces.look(table, line, NUMBERS)
    assert traces.looked > 1000
    assert traces.hits == []


def test_no_event_and_no_quarantined_message_names_anybody(embedded: Instance, town: Town) -> None:
    traces = Traces()
    for table, line in asyncio.run(rows(embedded.addresses["database_url"])):
        if table.partition(".")[2] in {"outbox", "inbox", "retries", "quarantine"}:
            traces.look(table, line)
    assert traces.looked > 300
    for path in (embedded.data / "nats").rglob("*"):
        if path.is_file():
            traces.look(str(path.relative_to(embedded.data)), path.read_bytes().decode("utf-8", "replace"))
    assert traces.hits == []


def test_no_log_no_metric_and_no_screen_tells_a_number(embedded: Instance, bureau: httpx.Client, town: Town) -> None:
    tuple(faults(bureau, town))
    traces = Traces()
    traces.look("log", embedded.words())
    assert '"event"' in embedded.words()
    traces.look("postgres/log", (embedded.data / "postgres" / "log").read_text("utf-8", "replace"))
    traces.look("metrics", bureau.get("/metrics").text)
    traces.look("readyz", bureau.get("/readyz").text)
    screens = bureau.get("/simulator/").text
    traces.look("simulator", screens, (*NUMBERS, NOTED))
    for phone in set(_PHONE.findall(screens)):
        traces.look(phone, bureau.get(phone).text, (*NUMBERS, NOTED))
    assert traces.hits == []
    assert utc_now().isoformat()[:4] in embedded.words()
