"""How a building is made and what the fire authority accepted it for; "unknown" is an answer, and a finding."""

from enum import StrEnum


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


class FireResistance(StrEnum):
    """耐火等级, the first being the best."""

    FIRST = "1"
    SECOND = "2"
    THIRD = "3"
    FOURTH = "4"
    UNKNOWN = "unknown"


class FireClass(StrEnum):
    """火灾危险性类别 甲乙丙丁戊, written a to e; a is the most dangerous."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"
    E = "e"
    UNKNOWN = "unknown"


class FireAcceptance(StrEnum):
    """消防验收/备案 of the building."""

    ACCEPTED = "accepted"
    FILED = "filed"
    MISSING = "missing"
    LEGACY = "legacy"
    NOT_REQUIRED = "not_required"
    UNKNOWN = "unknown"


class Answer(StrEnum):
    """A three-valued answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
