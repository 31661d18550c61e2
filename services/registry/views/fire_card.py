"""Who and what is in a building now, on one page for fire crews."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.registry.views.shape import Answer


class CardPerson(Answer):
    """Somebody to call; the number is in full for those who may see it, and the reading is on record."""

    role: str
    name: str
    mobile: str | None = None


class CardGoods(Answer):
    label: str
    detail: str


class CardTenant(Answer):
    site_id: UUID
    name: str
    place: str
    fire_class: str
    people: int | None = None
    sleeping: bool | None = None
    night_production: bool | None = None
    goods: list[CardGoods] = Field(default_factory=list)
    people_to_call: list[CardPerson] = Field(default_factory=list)


class CardSystem(Answer):
    label: str
    state: str
    last_tested_on: date | None = None


class CardExit(Answer):
    floor: str
    width: float | None = None
    leads_to: str | None = None
    locked: str


class FireCard(Answer):
    building_id: UUID
    compound: str
    building_no: str
    address: str
    structure: str
    floors: str
    floor_area: float | None = None
    fire_resistance: str
    fire_class_design: str
    sandwich_panel: str
    one_key_alarm: str
    alarm_last_tested_at: datetime | None = None
    landlord: str
    landlord_people: list[CardPerson] = Field(default_factory=list)
    unified_manager: str | None = None
    tenants: list[CardTenant]
    headcount: int
    headcount_is_complete: bool
    exits: list[CardExit]
    systems: list[CardSystem]
    major_hazards: int
    printed_at: datetime
