"""Who someone is in the ledger: the kinds of party, their states, and what a record of one must hold."""

from enum import StrEnum

from shared.errors import Refused


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


class PartyKind(StrEnum):
    """The parts that a party plays in some building; one party may play several."""

    LANDLORD = "landlord"
    SECOND_LANDLORD = "second_landlord"
    TENANT = "tenant"
    UNIFIED_MANAGER = "unified_manager"


class ContactRole(StrEnum):
    """For what a person at a party may be called."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    PRINCIPAL = "principal"
    SAFETY_OFFICER = "safety_officer"
    DUTY = "duty"
    ELECTRICIAN = "electrician"
    OTHER = "other"


class Scale(StrEnum):
    """规上, 规下, 小微."""

    ABOVE = "above"
    BELOW = "below"
    MICRO = "micro"


class Standardisation(StrEnum):
    """安全生产标准化 level."""

    FIRST = "1"
    SECOND = "2"
    THIRD = "3"
    MICRO = "micro"
    NONE = "none"


WITHOUT_CREDIT_CODE = frozenset({PartyType.NATURAL_PERSON, PartyType.UNLICENSED})


class CreditCodeNeeded(Refused):
    """Only a natural person and an unlicensed workshop may be without a credit code."""

    code = "credit_code_needed"
    zh = "该类型主体必须填写统一社会信用代码"
    en = "A party of this type must have a unified social credit code"


class CreditCodeNotExpected(Refused):
    """A natural person has an ID number, never a credit code."""

    code = "credit_code_not_expected"
    zh = "自然人不应填写统一社会信用代码"
    en = "A natural person has no unified social credit code"


class IdentityNumberNotExpected(Refused):
    """An ID number is asked of natural persons and unlicensed workshops only: no more personal data than is needed."""

    code = "identity_number_not_expected"
    zh = "仅自然人或无证主体可登记身份证号码"
    en = "An ID number is recorded for natural persons and unlicensed workshops only"


def require_fitting_numbers(party_type: PartyType, *, has_credit_code: bool, has_identity_number: bool) -> None:
    """Refuse a record whose numbers do not fit what the party is."""
    if not has_credit_code and party_type not in WITHOUT_CREDIT_CODE:
        raise CreditCodeNeeded(pointer="/uscc")
    if has_credit_code and party_type is PartyType.NATURAL_PERSON:
        raise CreditCodeNotExpected(pointer="/uscc")
    if has_identity_number and party_type not in WITHOUT_CREDIT_CODE:
        raise IdentityNumberNotExpected(pointer="/id_number")


def shown_name(party_type: PartyType, name: str) -> str:
    """The name as others may read it: an enterprise's in full, of a natural person only the first character."""
    return f"{name[:1]}**" if party_type is PartyType.NATURAL_PERSON else name
