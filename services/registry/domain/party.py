"""Who someone is in the ledger: the kinds of party, their states, and the parts they play."""

from enum import StrEnum


class PartyType(StrEnum):
    """What a party is before the law; the last two have no credit code."""

    COMPANY = "company"
    INDIVIDUAL_BUSINESS = "individual_business"
    VILLAGE_COLLECTIVE = "village_collective"
    STATE_PLATFORM = "state_platform"
    INSTITUTION = "institution"
    NATURAL_PERSON = "natural_person"
    UNLICENSED = "unlicensed"


class PartyStatus(StrEnum):
    """Whether a party is there and at work."""

    PREPARING = "preparing"
    OPERATING = "operating"
    SUSPENDED = "suspended"
    MOVED_AWAY = "moved_away"
    DEREGISTERED = "deregistered"
    LOST = "lost"


class ContactRole(StrEnum):
    """For what a person at a party may be called."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    PRINCIPAL = "principal"
    SAFETY_OFFICER = "safety_officer"
    DUTY = "duty"
    ELECTRICIAN = "electrician"
    OTHER = "other"


WITHOUT_CREDIT_CODE = frozenset({PartyType.NATURAL_PERSON, PartyType.UNLICENSED})
