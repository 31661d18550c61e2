"""Makes the demo ledger of a zone that does not exist: 12 buildings, 8 landlords, 60 tenants, the same from one seed every time.

Run from the top folder: `python -m deploy.demo.make_ledger`. Firms, people and codes are invented: the place 云荡 is on no map,
credit codes are synthetic with right check characters, mobiles begin with 154, which no carrier has been given.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from services.registry.domain.uscc import check_character, subject_check_character
from services.registry.ledger.columns import shipped_columns
from services.registry.ledger.wording import CRS_NAMES
from services.registry.ledger.workbook import LedgerWriter
from services.registry.rulebook import shipped_facts
from shared.contracts.vocabulary import Crs
from shared.geo import Point, from_cgcs2000

FILE = Path(__file__).with_name("ledger.xlsx")
SEED = 20240419
CENTRE = Point(119.8850, 31.3620)
TENANTS_IN_A_BUILDING = 5
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


class Landlord(NamedTuple):
    """Who lets, where, and with how many buildings."""

    name: str
    party_type: str
    compound: str
    buildings: int
    crs: Crs


class Trade(NamedTuple):
    """What a tenant does, and what that makes true of its site."""

    word: str
    industry: str
    supervised: str
    fire_class: str
    use: str
    facts: dict[str, Any]


LANDLORDS = (
    Landlord("云荡恒岭机械有限公司", "enterprise", "恒岭老厂区", 2, Crs.CGCS2000),
    Landlord("云荡经济开发区资产经营有限公司", "state_platform", "云荡标准厂房一期", 2, Crs.CGCS2000),
    Landlord("云荡镇东荡村股份经济合作社", "village_collective", "东荡村工业集中区", 2, Crs.GCJ02),
    Landlord("沈甲子", "natural_person", "西荡桥自建厂房", 1, Crs.GCJ02),
    Landlord("云荡澄石纺织有限公司", "enterprise", "澄石纺织厂区", 2, Crs.WGS84),
    Landlord("云荡砚池包装有限公司", "enterprise", "砚池包装厂区", 1, Crs.BD09),
    Landlord("云荡禾汀置业有限公司", "enterprise", "禾汀小微企业园", 1, Crs.CGCS2000),
    Landlord("云荡鹿鸣家具厂", "individual_business", "鹿鸣家具厂区", 1, Crs.GCJ02),
)
TRADES = (
    Trade("木业", "C2110", "轻工", "c", "production", {"dust": "wood", "dust.qty": 6, "pp_foam_sponge_textile_paper": "wood"}),
    Trade(
        "喷涂", "C3360", "机械", "c", "production", {"spray": "water", "env_treatment": ["carbon_adsorption"], "hazchem": True}
    ),
    Trade("服饰", "C1811", "纺织", "c", "production", {"pp_foam_sponge_textile_paper": "textile"}),
    Trade("纸品", "C2231", "轻工", "c", "production", {"pp_foam_sponge_textile_paper": "paper"}),
    Trade(
        "塑业", "C2929", "轻工", "c", "production", {"pp_foam_sponge_textile_paper": "pp", "env_treatment": ["carbon_adsorption"]}
    ),
    Trade("印务", "C2319", "轻工", "c", "production", {"pp_foam_sponge_textile_paper": "paper", "hazchem": True}),
    Trade("家纺", "C1771", "纺织", "c", "mixed", {"pp_foam_sponge_textile_paper": "sponge"}),
    Trade("储运", "G5990", "仓储物流", "c", "storage", {"lithium": ["charging"]}),
    Trade("新能源", "C3841", "机械", "c", "production", {"lithium": ["packs", "storage"]}),
    Trade("精密机械", "C3484", "机械", "d", "production", {"hot_work": True}),
    Trade("钢构", "C3311", "机械", "d", "production", {"hot_work": True, "gas": ["acetylene", "oxygen"]}),
    Trade("铸造", "C3392", "机械", "d", "production", {"molten_metal": True, "gas": ["natural"], "dust": "metal", "dust.qty": 4}),
    Trade("水处理设备", "C3591", "机械", "d", "production", {"confined_space": True, "confined_space.qty": 2, "hot_work": True}),
    Trade("电子", "C3989", "机械", "e", "production", {}),
    Trade("石材", "C3032", "建材", "e", "production", {}),
)
_FIRST, _SECOND = "晨松竹兰云星雨霁青白", "禾影声渚帆汀"
_NOTHING = {
    "hazchem": False,
    "dust": "none",
    "confined_space": False,
    "spray": "none",
    "molten_metal": False,
    "ammonia": "none",
    "lithium": ["none"],
    "gas": ["none"],
    "hot_work": False,
    "pp_foam_sponge_textile_paper": "none",
    "env_treatment": ["none"],
    "occupancy_sleeping": False,
    "mixed_use": False,
}
_OFTEN_UNKNOWN = ("confined_space", "hot_work", "occupancy_sleeping", "ammonia")
_STRUCTURES = ("concrete_frame", "brick_concrete", "light_steel", "portal_frame")
_ACCEPTANCES = ("accepted", "accepted", "filed", "accepted", "legacy", "accepted")


def credit_code(category: str, number: int) -> str:
    """A synthetic credit code of the region 320282 with both check characters right."""
    subject = f"MA{number:06d}"
    body = f"{category}320282{subject}{subject_check_character(subject)}"
    return body + check_character(body)


def mobile(number: int) -> str:
    """A mobile that nobody has."""
    return f"154{number:08d}"


def ledger_rows() -> Iterator[dict[str, Any]]:
    """The rows of the ledger, by the path of their column."""
    random, tenant = Random(SEED), 0  # noqa: S311 - wanted: the same ledger every time
    for landlord_number, landlord in enumerate(LANDLORDS):
        of_landlord = _landlord(landlord_number, landlord) | _compound(landlord_number, landlord)
        for building_number in range(landlord.buildings):
            of_building = _building(building_number, random)
            for place in range(TENANTS_IN_A_BUILDING):
                trade = _trade(of_building["building.fire_class_design"], random)
                yield of_landlord | of_building | _tenant(tenant, trade, random) | _lease(of_building, place, trade, random)
                tenant += 1


def _landlord(number: int, landlord: Landlord) -> dict[str, Any]:
    category = {"village_collective": "N2", "individual_business": "92"}.get(landlord.party_type, "91")
    is_person = landlord.party_type == "natural_person"
    return {
        "landlord.name": landlord.name,
        "landlord.uscc": None if is_person else credit_code(category, 901 + number),
        "landlord.party_type": landlord.party_type,
        "landlord.principal.name": landlord.name if is_person else f"{_SURNAMES[number]}荡生",
        "landlord.principal.mobile": mobile(10_001 + number),
    }


def _compound(number: int, landlord: Landlord) -> dict[str, Any]:
    place = Point(CENTRE.lon + 0.006 * (number % 4 - 1.5), CENTRE.lat + 0.008 * (number // 4 - 0.5))
    written = from_cgcs2000(place, landlord.crs)
    return {
        "compound.name": landlord.compound,
        "compound.address": f"云荡经济开发区东荡路{number * 20 + 8}号",
        "compound.region_code": f"32028299900{number % 4 + 1}",
        "compound.lon": round(written.lon, 6),
        "compound.lat": round(written.lat, 6),
        "compound.crs": CRS_NAMES[landlord.crs],
        "grid_name": f"云荡第{'一二三四'[number % 4]}网格",
    }


def _building(number: int, random: Random) -> dict[str, Any]:
    floors = random.choice((1, 2, 3))
    return {
        "building.building_no": f"{number + 1}号楼",
        "building.structure": random.choice(_STRUCTURES),
        "building.floors_above": floors,
        "building.floor_area": floors * random.randrange(1200, 2600, 100),
        "building.fire_resistance": random.choice(("class_1", "class_2", "class_2", "class_2", "class_3")),
        "building.fire_class_design": random.choice(("c", "c", "c", "d")),
        "building.fire_acceptance": random.choice(_ACCEPTANCES),
    }


def _trade(fire_class_design: str, random: Random) -> Trade:
    return random.choice([trade for trade in TRADES if trade.fire_class >= fire_class_design])


def _tenant(number: int, trade: Trade, random: Random) -> dict[str, Any]:
    is_company = random.random() > 0.15  # noqa: PLR2004 - one in seven is an individual business
    people = random.randrange(6, 60)
    facts = _NOTHING | trade.facts | {"fire_class_actual": trade.fire_class, "people_on_site": people * 2 // 3}
    if number % 6 == 0:
        facts[random.choice(_OFTEN_UNKNOWN)] = "unknown"
    return {
        "tenant.name": f"云荡{_FIRST[number % 10]}{_SECOND[number // 10]}{trade.word}{'有限公司' if is_company else '加工厂'}",
        "tenant.uscc": credit_code("91" if is_company else "92", 1 + number),
        "tenant.party_type": "enterprise" if is_company else "individual_business",
        "tenant.industry_code": trade.industry,
        "tenant.supervision_industry": trade.supervised,
        "tenant.employees": people,
        "tenant.principal.name": f"{_SURNAMES[number % 16]}{_STEMS[number % 10]}{_BRANCHES[number % 12]}",
        "tenant.principal.mobile": mobile(1 + number),
        "tenant.safety_officer.name": f"{_SURNAMES[(number + 5) % 16]}安{_BRANCHES[number % 12]}",
        "tenant.safety_officer.mobile": mobile(20_001 + number),
        **{f"facts.{key}": value for key, value in facts.items()},
    }


def _lease(building: dict[str, Any], place: int, trade: Trade, random: Random) -> dict[str, Any]:
    floor, floors = place % building["building.floors_above"] + 1, building["building.floors_above"]
    start = date(2023, 1, 1) + timedelta(days=30 * random.randrange(40))
    years = random.choice((4, 5, 6))
    return {
        "lease.floor": f"{floor}F",
        "lease.room": f"{floor}{place // floors + 1:02d}",
        "lease.area": building["building.floor_area"] // TENANTS_IN_A_BUILDING,
        "lease.start": start,
        "lease.end": date(2026, 12, 31) if place == TENANTS_IN_A_BUILDING - 1 else start.replace(year=start.year + years, day=1),
        "lease.use": trade.use,
        "lease.agreement_signed_on": None if random.random() < 0.1 else start - timedelta(days=random.randrange(1, 20)),  # noqa: PLR2004
        "lease.fire_class_declared": trade.fire_class,
    }


def make_ledger() -> bytes:
    """The workbook."""
    return LedgerWriter(shipped_columns(), shipped_facts(), created=datetime(2024, 4, 19, tzinfo=UTC)).write(ledger_rows())


if __name__ == "__main__":
    print(f"{FILE.name}: {FILE.write_bytes(make_ledger())} bytes")
