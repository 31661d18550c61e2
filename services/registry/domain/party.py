"""What a record of a party must hold, given what the party is before the law."""

from enum import StrEnum

from shared.contracts.vocabulary import PartyType
from shared.errors import Refused


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


class IdNumberNotExpected(Refused):
    """An ID number is asked of natural persons and unlicensed workshops only: no more personal data than is needed."""

    code = "id_number_not_expected"
    zh = "仅自然人或无证主体可登记身份证号码"
    en = "An ID number is recorded for natural persons and unlicensed workshops only"


def require_fitting_numbers(party_type: PartyType, *, has_credit_code: bool, has_id_number: bool) -> None:
    """Refuse a record whose numbers do not fit what the party is."""
    if not has_credit_code and party_type not in WITHOUT_CREDIT_CODE:
        raise CreditCodeNeeded(pointer="/uscc")
    if has_credit_code and party_type is PartyType.NATURAL_PERSON:
        raise CreditCodeNotExpected(pointer="/uscc")
    if has_id_number and party_type not in WITHOUT_CREDIT_CODE:
        raise IdNumberNotExpected(pointer="/id_number")


def may_keep_id_number(party_type: PartyType) -> bool:
    """Whether a person stands behind the record himself; a workshop that got its licence is known by its credit code."""
    return party_type in WITHOUT_CREDIT_CODE


def shown_name(party_type: PartyType, name: str) -> str:
    """The name as others may read it: an enterprise's in full, of a natural person only the first character."""
    return f"{name[:1]}**" if party_type is PartyType.NATURAL_PERSON else name
