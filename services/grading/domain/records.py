"""The records of a site as conditions see them: hazards, leases, checks, and the site itself; days are ordinals."""

from dataclasses import dataclass


@dataclass(slots=True)
class Site:
    """The site itself; dates are None where nothing of the kind has happened."""

    kind: str
    registered_on: int | None
    last_visit_on: int | None
    last_drill_on: int | None
    last_hazard_on: int | None
    vetoed: bool = False


@dataclass(slots=True)
class Hazard:
    """One hazard. ``own``: the site's party has to put it right; ``late``: it is overdue, or was when it was closed.

    ``overdue_days`` count on while it is ``running``, and stand still while others must act.
    """

    name: str
    event: str
    number: str
    item: str
    level: str
    source: str
    state: str
    major: bool
    own: bool
    shared: bool
    repeat: bool
    due: int
    since: int
    open: bool = True
    late: bool = False
    overdue: bool = False
    running: bool = False
    overdue_days: int = 0
    closed_on: int | None = None

    @property
    def late_since(self) -> int:
        """The first day on which it was overdue: what grows by delay counts since then."""
        return self.due + 1


@dataclass(slots=True)
class Lease:
    """One lease of the site, as tenant or as landlord."""

    name: str
    event: str
    state: str
    active: bool
    agreement: str
    agreement_until: int | None
    depth: int
    end: int
    since: int


@dataclass(slots=True)
class SelfCheck:
    """One period of self-checks; ``made_good`` after enough on-time periods that followed."""

    name: str
    event: str
    result: str
    followed_by: int
    since: int


@dataclass(slots=True)
class Contradiction:
    """A self-check that a visit belied."""

    name: str
    event: str
    since: int


@dataclass(slots=True)
class Training:
    """Until when the training of the principal or the safety officer holds."""

    name: str
    event: str | None
    role: str
    until: int | None
    since: int


@dataclass(slots=True)
class Certificate:
    """A certificate that somebody's work asks for."""

    name: str
    event: str
    role: str
    state: str
    required: bool
    until: int | None
    since: int


@dataclass(slots=True)
class Drill:
    """One drill."""

    name: str
    event: str
    passed: bool
    since: int


@dataclass(slots=True)
class Alarm:
    """The last test of one alarm."""

    name: str
    event: str
    result: str
    since: int


@dataclass(slots=True)
class Complaint:
    """A complaint that was decided."""

    name: str
    event: str
    founded: bool
    since: int


@dataclass(slots=True)
class Refusal:
    """A visit that was refused."""

    name: str
    event: str
    since: int


@dataclass(slots=True)
class Unreached:
    """A contact of the party whom nothing has reached on two days, and nothing since."""

    name: str
    event: str
    role: str
    since: int


@dataclass(slots=True)
class Tenant:
    """What a landlord's site knows of one tenant's site below it; ``overdue`` in hundredths of a point."""

    name: str
    event: str | None
    level: str
    band: str
    overdue: int
    checked_on: int | None
    check_due: int
    check_missed: bool
    since: int
    called: str | None = None
