"""``mashang story``: the main job, played against a running instance through the public HTTP API only.

A visit finds a locked exit, two officers determine it as major, the level drops to red by itself, landlord and tenant
are told, the exit is opened, two people verify it, and the level begins to recover.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

import httpx
import typer

from mashang.demo import load_demo
from mashang.people import People, asked
from mashang.timeline import Timeline
from shared.clock import utc_now
from shared.errors import MashangError
from shared.identifiers import new_id
from shared.settings import Settings

_ITEM = "LF-12"
_SENT = {"accepted", "delivered", "read", "acknowledged"}
_MUST_KNOW = {"tenant", "landlord"}
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class NoSiteForTheStory(MashangError):
    """Every tenant of the ledger was already used for a story."""

    code = "no_site_for_the_story"
    zh = "台账里没有可用的承租企业（都已是红色）；请用新的数据目录"
    en = "No tenant left for the story (all are red); use a new data folder"


async def tell(url: str, settings: Settings, *, as_json: bool) -> int:
    """Play and print the story; exit code 0 when every effect was seen."""
    async with AsyncExitStack() as stack:
        story = Story(People.at(url, settings, stack), Timeline(quiet=as_json))
        await story.play()
        if as_json:
            typer.echo(story.timeline.as_json(site=story.site, levels=story.levels, code=story.code))
        else:
            typer.echo(f"\n  等级 Levels: {' → '.join(story.levels)}")
            typer.echo(f"  安全码 Code:  {story.code}")
    return 0


@dataclass(slots=True)
class Story:
    """One play: who acts, what was found, what the code on its wall opens, and how the level moved."""

    people: People
    timeline: Timeline
    site: dict[str, Any] = field(default_factory=dict)
    hazard: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    levels: list[str] = field(default_factory=list)
    cast: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def play(self) -> None:
        """From the ledger to the recovered level."""
        self.cast["bureau"] = await self.people.sign_in("story-bureau", "bureau")
        await self._read_the_ledger()
        await self._choose_a_tenant()
        await self._visit()
        await self._determine()
        await self._landlord_acts()
        await self._put_right()
        await self._verify()

    async def _read_the_ledger(self) -> None:
        graded: set[str] = set()

        async def all_graded() -> str | None:
            tenants = {site["id"] for site in await self._tenants()}
            for site in tenants - graded:
                if await self._level(site):
                    graded.add(site)
            return f"{len(graded)} 家承租企业已定级 tenants graded" if tenants and tenants == graded else None

        told = "读入台账 the ledger is read"
        await self.timeline.step(told, "SiteRegistered", lambda: load_demo(self.cast["bureau"]), all_graded)

    async def _choose_a_tenant(self) -> None:
        """A tenant that has a landlord and is not red yet."""
        for site in await self._tenants():
            level = await self._level(site["id"])
            if site.get("landlord_site_id") and level and level["level"] in {"blue", "yellow"} and not level["vetoes"]:
                self.site = site
                break
        else:
            raise NoSiteForTheStory
        landlord = await asked(await self.cast["bureau"].get(f"/api/registry/sites/{self.site['landlord_site_id']}"))
        self.code = (await asked(await self.cast["bureau"].get(f"/api/registry/sites/{self.site['id']}/code")))["address"]
        self.levels.append((await self._level(self.site["id"]) or {})["level"])
        grids = [self.site["grid_id"]] if self.site.get("grid_id") else []
        self.cast["officer"] = await self.people.sign_in("story-officer", "grid_officer", grids=grids)
        for name in ("first", "second"):
            self.cast[name] = await self.people.sign_in(f"story-enforcer-{name}", "enforcer", certificate_no=f"DEMO-{name}")
        self.cast["tenant"] = await self.people.sign_in("story-tenant", "tenant", parties=[self.site["party_id"]])
        self.cast["landlord"] = await self.people.sign_in("story-landlord", "landlord", parties=[landlord["party_id"]])

    async def _visit(self) -> None:
        now = utc_now()
        visit = {
            "id": str(new_id()),
            "site_id": self.site["id"],
            "type": "patrol",
            "checklist_version": await self._checklist(),
            "started_at": (now - timedelta(minutes=20)).isoformat(),
            "finished_at": now.isoformat(),
            "answers": [{"item": _ITEM, "answer": "fail", "file_ids": [await self._photo("officer")]}],
        }

        async def act() -> Any:
            found = await asked(await self.cast["officer"].post("/api/inspection/visits", json=visit))
            self.hazard = found["hazards"][0]
            return found

        found = f"网格巡查发现 {_ITEM} 安全出口上锁 a visit finds a locked exit"
        await self.timeline.step(found, "HazardFound", act, lambda: self._told("隐患", "hazard_found"))

    async def _determine(self) -> None:
        """Two different certified people; the second one's word makes it major."""
        body = {"basis": {"standard": "XF", "article": _ITEM, "version": "demo"}}
        path = f"/api/inspection/hazards/{self.hazard['id']}/confirm-major"
        await self.timeline.step("第一人判定 the first officer determines", "", lambda: self._post("first", path, body))
        await self.timeline.step(
            "第二人判定为重大 the second one: major",
            "MajorHazardConfirmed",
            lambda: self._post("second", path, body),
            lambda: self._becomes("red"),
        )
        told = "告知调级 the level's change is told"
        await self.timeline.step(told, "GradeChanged", _nothing, lambda: self._told("调级", "grade_changed"))

    async def _landlord_acts(self) -> None:
        path, step = f"/api/inspection/hazards/{self.hazard['id']}", self.timeline.step
        acknowledged = "出租方签收 the landlord acknowledges"
        await step(acknowledged, "HazardAcknowledged", lambda: self._post("landlord", f"{path}/acknowledge", {}))
        await step("出租方督促 the landlord urges", "LandlordUrged", lambda: self._post("landlord", f"{path}/urge", {}))

    async def _put_right(self) -> None:
        path = f"/api/inspection/hazards/{self.hazard['id']}/submit"
        body = {"note": "门锁已拆除，出口畅通", "file_ids": [await self._photo("tenant")]}
        what = "承租企业提交整改 the tenant submits"
        await self.timeline.step(what, "RectificationSubmitted", lambda: self._post("tenant", path, body))

    async def _verify(self) -> None:
        path, step = f"/api/inspection/hazards/{self.hazard['id']}/verify", self.timeline.step
        body = {"on_site": True, "file_ids": [await self._photo("first")]}
        await step("第一人复核 the first verifies", "", lambda: self._post("first", path, body))
        closed = "第二人复核，隐患销号 the second verifies: closed"
        await step(closed, "HazardClosed", lambda: self._post("second", path, body), self._recovers)

    async def _becomes(self, level: str) -> str | None:
        found = await self._level(self.site["id"])
        if found is None or found["level"] != level:
            return None
        self.levels.append(level)
        return f"等级 {self.levels[-2]} → {level}"

    async def _recovers(self) -> str | None:
        found = await self._level(self.site["id"])
        if found is None or found["vetoes"] or found["level"] == "red":
            return None
        self.levels.append(found["level"])
        return f"等级 red → {found['level']}"

    async def _told(self, what: str, kind: str) -> str | None:
        """Tenant and landlord both: what is due is on its way, what quiet hours hold has its time."""
        query = {"site_id": self.site["id"], "limit": 200}
        answer = await asked(await self.cast["bureau"].get("/api/notify/notices", params=query))
        notices = [item for item in answer["items"] if item["kind"] == kind]
        sent = [item for item in notices if item["state"] in _SENT]
        held = [item for item in notices if item not in sent and datetime.fromisoformat(item["send_after"]) > utc_now()]
        if not {item["recipient"] for item in notices} >= _MUST_KNOW or len(sent) + len(held) < len(notices):
            return None
        night = f"，{len(held)} 份等免打扰时段结束 held for quiet hours" if held else ""
        return f"{what}通知 {len(sent)} 份已送出 sent{night}"

    async def _tenants(self) -> list[dict[str, Any]]:
        """The first 200 that are still there, in an order that every import of the same ledger gives."""
        answer = await asked(await self.cast["bureau"].get("/api/registry/sites", params={"kind": "tenant", "limit": 200}))
        return sorted((site for site in answer["items"] if site["is_open"]), key=itemgetter("name"))

    async def _level(self, site_id: str) -> dict[str, Any] | None:
        answer = await self.cast["bureau"].get(f"/api/grading/sites/{site_id}")
        return dict(answer.json()) if answer.status_code == httpx.codes.OK else None

    async def _checklist(self) -> str:
        checklists = await asked(await self.cast["officer"].get("/api/inspection/checklists"))
        return str(checklists["items"][0]["version"])

    async def _photo(self, who: str) -> str:
        upload = {"file": ("photo.png", _PIXEL, "image/png")}
        return str((await asked(await self.cast[who].post("/api/inspection/files", files=upload)))["id"])

    async def _post(self, who: str, path: str, body: dict[str, Any]) -> Any:
        return await asked(await self.cast[who].post(path, json=body))


async def _nothing() -> None:
    return
