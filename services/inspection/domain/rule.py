"""What all rule data have in common: frozen, strict about unknown fields, in two languages, and honest about their source."""

from pydantic import BaseModel, ConfigDict

from shared.contracts.vocabulary import Word


class RuleData(BaseModel):
    """A row that a bureau may change; an unknown field is a typing error, so it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Mark(Word):
    """How sure the text is; what is not ``S`` is confirmed by a lawyer before users see it as law."""

    PUBLIC = "S", "公开来源"
    MEMORY = "M", "待核实"
    RECONSTRUCTED = "R", "复原文本"
    DEFAULT = "D", "系统默认"


class Wording(RuleData):
    """A text for people, Chinese first."""

    zh: str
    en: str
