"""How a building is made and what the fire authority accepted it for; "unknown" is an answer, and a finding."""

from collections.abc import Sequence
from enum import StrEnum

from shared.contracts.vocabulary import AlarmResult, FireClass


class Structure(StrEnum):
    """What carries the roof; dust rules ask whether it is a frame."""

    CONCRETE_FRAME = "concrete_frame"
    BRICK_CONCRETE = "brick_concrete"
    BRICK_TIMBER = "brick_timber"
    LIGHT_STEEL = "light_steel"
    PORTAL_FRAME = "portal_frame"
    COLOUR_STEEL_PANEL = "colour_steel_panel"
    TIMBER = "timber"
    OTHER = "other"
    UNKNOWN = "unknown"


class Answer(StrEnum):
    """A three-valued answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class SandwichPanel(StrEnum):
    """夹芯板 by its core."""

    NONE = "none"
    CLASS_A = "class_a"
    B1 = "b1"
    B2_B3 = "b2_b3"
    UNKNOWN = "unknown"


class SystemState(StrEnum):
    """消防设施: there and sound, faulty, missing though required, not required, unknown."""

    SOUND = "sound"
    FAULTY = "faulty"
    ABSENT = "absent"
    NOT_REQUIRED = "not_required"
    UNKNOWN = "unknown"


class FireSystem(StrEnum):
    """The fire systems that a building is asked about, each with a state and the date of its last test."""

    HYDRANT_INDOOR = "hydrant_indoor"
    HYDRANT_OUTDOOR = "hydrant_outdoor"
    SPRINKLER = "sprinkler"
    ALARM = "alarm"
    SMOKE_EXHAUST = "smoke_exhaust"
    EMERGENCY_LIGHT = "emergency_light"
    EXTINGUISHERS = "extinguishers"
    CONTROL_ROOM = "control_room"


def fits(tenant: FireClass, building: FireClass) -> Answer:
    """Whether the tenant's class is within what the building was accepted for (消防〔2023〕72号 art. 15)."""
    if FireClass.UNKNOWN in (tenant, building):
        return Answer.UNKNOWN
    return Answer.YES if tenant.value >= building.value else Answer.NO


def worst(*classes: FireClass) -> FireClass:
    """The most dangerous of the known classes."""
    return min((fire_class for fire_class in classes if fire_class is not FireClass.UNKNOWN), default=FireClass.UNKNOWN)


def alarm_answer(ticked: str, tested: Sequence[str | None]) -> str:
    """Whether the building has a one-key alarm: devices and their last tests decide, the ticked box only where there are none."""
    if not tested:
        return ticked
    if AlarmResult.WORKING in tested:
        return Answer.YES
    return Answer.UNKNOWN if None in tested else Answer.NO
