"""What the page behind a code consists of."""

from datetime import date
from enum import StrEnum

from services.registry.views.shape import Answer
from shared.contracts.vocabulary import CodeHolder, ContactRole, Level, OfficerRole


class Part(StrEnum):
    """As what somebody answers for the place."""

    PARTY = "party"
    OCCUPIER = "occupier"
    LESSOR = "lessor"
    OWNER = "owner"
    MANAGER = "manager"


class Person(Answer):
    """Somebody who answers for a party; ``mobile`` only where the bureau has made numbers public."""

    role: ContactRole
    name: str
    mobile: str | None = None


class Responsible(Answer):
    """A party with the people who answer for it."""

    part: Part
    name: str
    people: list[Person]


class Officer(Answer):
    """Who answers for the grid today."""

    role: OfficerRole
    name: str


class Exit(Answer):
    """A way out; ``here`` on the floor of the site."""

    floor: str
    leads_to: str | None
    width: float | None
    locked: bool
    here: bool


class Graded(Answer):
    """安全等级: the level and the day from which it stands."""

    level: Level
    since: date


class Inside(Answer):
    """One firm of a building, or one building of a landlord."""

    name: str
    place: str
    graded: Graded | None = None


class Face(Answer):
    """The page of one code. ``was_replaced``: the label that was scanned is an old one."""

    code: str
    holder: CodeHolder
    was_replaced: bool
    name: str
    place: str
    address: str
    graded: Graded | None = None
    responsible: list[Responsible]
    grid: str | None = None
    officers: list[Officer]
    exits: list[Exit] | None = None
    inside: list[Inside] | None = None
