"""What customers of the house do: a landlord's yard comes into the ledger, is visited, and its hazards are put right."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.registry.domain.uscc import check_character, subject_check_character
from tests.faults.casts import Tokens
from tests.faults.desk import Desk, fresh_id
from tests.faults.ledger import Operation

Json = dict[str, Any]

REGION = "320282"
_TENANTS = 2
_ITEMS = ("LF-04", "LF-19", "LF-21", "LF-22", "LF-23", "LF-26", "LF-35", "LF-36", "LF-37", "LF-01", "LF-17", "LF-18")
_LOCKED_EXIT, _GRAVE = "LF-12", "major_candidate"
_BASIS = {"standard": "XF", "article": _LOCKED_EXIT, "version": "1"}
_ON_THE_WAY = frozenset({"site_unknown", "missing"})
_numbers = itertools.count(1)


def credit_code() -> str:
    """A synthetic, valid credit code; never the same twice in one trial."""
    body = f"MA{next(_numbers):06d}"
    start = f"91{REGION}{body}"
    whole = start + subject_check_character(body)
    return whole + check_character(whole)


@dataclass(slots=True)
class Yard:
    """One customer's errands, in the order in which they must be done."""

    desk: Desk
    tokens: Tokens
    chance: Random
    now: datetime
    landlord: str = field(default_factory=fresh_id)
    building: str = field(default_factory=fresh_id)

    async def settle(self) -> list[tuple[str, str]]:
        """Landlord, compound, building, sites; the tenants' sites and parties."""
        compound, names = fresh_id(), self.chance.randrange(10**9)
        await self._party(self.landlord, f"宜兴{names}置业有限公司")
        place = {"lon": 119.8 + self.chance.random() / 100, "lat": 31.3 + self.chance.random() / 100, "crs": "cgcs2000"}
        body: Json = {
            "id": compound,
            "name": f"第{names}厂区",
            "region_code": REGION,
            "point": place,
            "landlord_party_id": self.landlord,
        }
        await self._create("registry.compounds", "/api/registry/compounds", body)
        body = {
            "id": self.building,
            "compound_id": compound,
            "building_no": "1号楼",
            "fire_acceptance": "accepted",
            "floor_area": 3000,
        }
        await self._create("registry.buildings", "/api/registry/buildings", body)
        await self._site(fresh_id(), self.landlord, kind="landlord")
        tenants = [(fresh_id(), fresh_id()) for _ in range(_TENANTS)]
        for number, (site, party) in enumerate(tenants):
            await self._party(party, f"宜兴{names}第{number}五金有限公司")
            await self._site(site, party, kind="tenant", floor=f"{number + 1}F")
        return tenants

    async def work(self, site: str, tenant: str) -> None:
        """Facts, a visit, its hazards, one more hazard without a visit, and sometimes the end."""
        fact = {"spray": {"value": self.chance.choice(("solvent", "none")), "source": "patrol"}}
        said = {"registry.site_facts_changed.v1": 1}
        await self._ask("registry", "put_facts", f"/api/registry/sites/{site}/facts", fact, said, method="PUT")
        failed = self.chance.sample(_ITEMS, self.chance.randint(1, 3)) + ([_LOCKED_EXIT] if self.chance.random() < 0.2 else [])
        for hazard in await self._visit(site, failed):
            await self._put_right(hazard, tenant)
        await self._report(site, tenant)
        body = {"name": f"第{self.chance.randrange(1000)}车间"}
        path, said = f"/api/registry/sites/{site}", {"registry.site_changed.v1": 1}
        await self._ask("registry", "change_site", path, body, said, method="PATCH")
        if self.chance.random() < 0.1:
            said = {"registry.site_closed.v1": 1}
            await self._ask("registry", "close_site", f"{path}/close", {"reason": "moved_out"}, said)

    async def _party(self, identity: str, name: str) -> None:
        number = next(_numbers)
        contact = {"role": "principal", "name": "某", "mobile": f"139{number:08d}", "wechat_openid": f"openid-{number:08d}"}
        body = {"id": identity, "party_type": "enterprise", "name": name, "uscc": credit_code(), "contacts": [contact]}
        said = {"registry.party_registered.v1": 1, "registry.contact_changed.v1": 1}
        await self._create("registry.parties", "/api/registry/parties", body, said)

    async def _site(self, identity: str, party: str, **more: Any) -> None:
        body = {"id": identity, "party_id": party, "building_id": self.building, **more}
        await self._create("registry.sites", "/api/registry/sites", body, {"registry.site_registered.v1": 1})

    async def _visit(self, site: str, failed: Sequence[str]) -> list[Json]:
        body = {
            "id": fresh_id(),
            "site_id": site,
            "type": "patrol",
            "checklist_version": "LF-2026.1",
            "started_at": (self.now - timedelta(minutes=20)).isoformat(),
            "finished_at": self.now.isoformat(),
            "answers": [{"item": "LF-43", "answer": "ok"}, *({"item": item, "answer": "fail"} for item in failed)],
        }
        said = {"inspection.visit_recorded.v1": 1, "inspection.hazard_found.v1": len(failed)}
        answer = await self._create("inspection.visits", "/api/inspection/visits", body, said)
        return list(answer["hazards"])

    async def _put_right(self, hazard: Json, tenant: str) -> None:
        parties = {party["role"]: party["party_id"] for party in hazard["responsible"]}
        owner = parties["responsible"]
        signed = self.tokens("tenant" if owner == tenant else "landlord", subject=f"of-{owner}", parties=[owner])
        if hazard["level"] == _GRAVE:
            await self._determine(hazard["id"])
        await self._step(hazard, "acknowledge", "hazard_acknowledged", token=signed)
        if "urging" in parties and self.chance.random() < 0.5:
            urging = self.tokens("landlord", subject=f"of-{parties['urging']}", parties=[parties["urging"]])
            await self._step(hazard, "urge", "landlord_urged", token=urging)
        if self.chance.random() < 0.85:
            await self._step(hazard, "submit", "rectification_submitted", token=signed)
            await self._verify(hazard)

    async def _determine(self, hazard: str) -> None:
        path = f"/api/inspection/hazards/{hazard}/confirm-major"
        for number, said in ((1, {}), (2, {"inspection.major_hazard_confirmed.v1": 1})):
            token = self.tokens("enforcer", subject=f"enforcer-{number}", certificate_no=f"E-{number}")
            await self._ask("inspection", "confirm_major", path, {"basis": _BASIS}, said, token=token)

    async def _verify(self, hazard: Json) -> None:
        body, closed = {"on_site": True}, "hazard_closed"
        if hazard["level"] != _GRAVE:
            await self._step(hazard, "verify", closed, body=body)
            return
        for number, said in ((1, ""), (2, closed)):
            token = self.tokens("enforcer", subject=f"enforcer-{number}", certificate_no=f"E-{number}")
            await self._step(hazard, "verify", said, body=body, token=token)

    async def _report(self, site: str, tenant: str) -> None:
        identity = fresh_id()
        body = {"id": identity, "site_id": site, "item": self.chance.choice(_ITEMS), "note": "自查发现"}
        token = self.tokens("tenant", subject=f"of-{tenant}", parties=[tenant])
        said = {"inspection.hazard_found.v1": 1}
        await self._create("inspection.hazards", "/api/inspection/hazards", body, said, token=token)
        if self.chance.random() < 0.5:
            path = f"/api/inspection/hazards/{identity}/reject"
            said = {"inspection.hazard_rejected.v1": 1}
            await self._ask("inspection", "reject", path, {"reason": "other"}, said)

    async def _step(self, hazard: Json, step: str, event: str, *, body: Json | None = None, token: str = "") -> None:
        path = f"/api/inspection/hazards/{hazard['id']}/{step}"
        said = {f"inspection.{event}.v1": 1} if event else {}
        await self._ask("inspection", step, path, body or {}, said, token=token)

    async def _create(self, table: str, path: str, body: Json, said: Mapping[str, int] | None = None, *, token: str = "") -> Json:
        service = table.partition(".")[0]
        return await self._ask(service, f"create {table}", path, body, said or {}, thing=(table, body["id"]), token=token)

    async def _ask(  # noqa: PLR0913 - an operation has so many parts
        self,
        service: str,
        kind: str,
        path: str,
        body: Json,
        said: Mapping[str, int],
        *,
        method: str = "POST",
        thing: tuple[str, str] | None = None,
        token: str = "",
    ) -> Json:
        signed = token or self.tokens("bureau", subject="bureau")
        keyed = thing is None or self.chance.random() < 0.5
        operation = Operation(
            fresh_id(), service, kind, path, body, said, thing, method, keyed=keyed, token=signed, patience=_ON_THE_WAY
        )
        answer = await self.desk.ask(operation)
        if answer is None:
            raise RefusedError
        return answer


class RefusedError(Exception):
    """A customer was refused; the ledger says what and why, and he goes home."""
