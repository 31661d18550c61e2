"""The fields of a site's records that a condition may name, and of what kind each is."""

from typing import Final

from services.grading.domain.language.tree import DATE, DAYS, NUMBER, TEXT, TRUTH, Kind, Type
from shared.contracts.vocabulary import (
    AgreementState,
    AlarmResult,
    CertificateState,
    ContactRole,
    HazardLevel,
    HazardSource,
    HazardState,
    LeaseState,
    Level,
    SiteKind,
    TrainedRole,
    Word,
)


def _choice(words: type[Word]) -> Type:
    return Type(Kind.CHOICE, tuple(word.value for word in words))


FIELDS: Final = {
    "site": {
        "kind": _choice(SiteKind),
        "registered_on": DATE,
        "last_visit_on": DATE,
        "last_drill_on": DATE,
        "last_hazard_on": DATE,
        "vetoed": TRUTH,
    },
    "hazard": {
        "number": TEXT,
        "item": TEXT,
        "level": _choice(HazardLevel),
        "source": _choice(HazardSource),
        "state": _choice(HazardState),
        "open": TRUTH,
        "major": TRUTH,
        "own": TRUTH,
        "shared": TRUTH,
        "repeat": TRUTH,
        "late": TRUTH,
        "overdue": TRUTH,
        "overdue_days": DAYS,
        "due": DATE,
        "since": DATE,
        "closed_on": DATE,
    },
    "lease": {
        "state": _choice(LeaseState),
        "active": TRUTH,
        "agreement": _choice(AgreementState),
        "agreement_until": DATE,
        "depth": NUMBER,
        "end": DATE,
        "since": DATE,
    },
    "self_check": {"result": Type(Kind.CHOICE, ("on_time", "late", "missed")), "followed_by": NUMBER, "since": DATE},
    "contradiction": {"since": DATE},
    "training": {"role": _choice(TrainedRole), "until": DATE, "since": DATE},
    "certificate": {
        "role": _choice(TrainedRole),
        "state": _choice(CertificateState),
        "required": TRUTH,
        "until": DATE,
        "since": DATE,
    },
    "drill": {"passed": TRUTH, "since": DATE},
    "alarm": {"result": _choice(AlarmResult), "since": DATE},
    "complaint": {"founded": TRUTH, "since": DATE},
    "refusal": {"since": DATE},
    "unreached": {"role": _choice(ContactRole), "since": DATE},
    "tenant": {
        "level": _choice(Level),
        "band": Type(Kind.CHOICE, ("r1", "r2", "r3", "r4")),
        "overdue": NUMBER,
        "checked_on": DATE,
        "check_due": DATE,
        "check_missed": TRUTH,
        "since": DATE,
    },
}
"""The fields that a condition may name, by kind of record."""
