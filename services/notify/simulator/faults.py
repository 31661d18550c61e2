"""What goes wrong on purpose: for everybody, for one provider or for one number, always or so many times."""

import random
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.identifiers import new_id

EVERY = "*"


class Kind(StrEnum):
    """What goes wrong; the first group befalls calls, the second clocks, the third receipts."""

    CODE = "code"
    HANG = "hang"
    HANG_AFTER_ACCEPTANCE = "hang_after_acceptance"
    SLOW = "slow"
    SERVER_ERROR = "server_error"
    SERVER_ERROR_AFTER_ACCEPTANCE = "server_error_after_acceptance"
    GARBAGE = "garbage"
    GARBAGE_AFTER_ACCEPTANCE = "garbage_after_acceptance"
    WRONG_CLOCK = "wrong_clock"
    NO_RECEIPT = "no_receipt"
    LATE_RECEIPT = "late_receipt"
    DUPLICATE_RECEIPT = "duplicate_receipt"
    FAILED_RECEIPT = "failed_receipt"
    FORGED_RECEIPT = "forged_receipt"
    OUT_OF_ORDER_RECEIPT = "out_of_order_receipt"

    @property
    def zh(self) -> str:
        """For the page."""
        return _WORDS[self]

    @property
    def befalls(self) -> str:
        """``call``, ``clock`` or ``receipt``."""
        if self is Kind.WRONG_CLOCK:
            return "clock"
        return "receipt" if self.value.endswith("_receipt") else "call"


_WORDS = {
    Kind.CODE: "返回错误码",
    Kind.HANG: "不受理，也不答复",
    Kind.HANG_AFTER_ACCEPTANCE: "已受理，但不答复（超时）",
    Kind.SLOW: "受理，但答复很慢",
    Kind.SERVER_ERROR: "5xx，未受理",
    Kind.SERVER_ERROR_AFTER_ACCEPTANCE: "5xx，其实已受理",
    Kind.GARBAGE: "答复乱码，未受理",
    Kind.GARBAGE_AFTER_ACCEPTANCE: "答复乱码，其实已受理",
    Kind.WRONG_CLOCK: "服务商时钟相差",
    Kind.NO_RECEIPT: "没有回执",
    Kind.LATE_RECEIPT: "回执迟到",
    Kind.DUPLICATE_RECEIPT: "回执重复",
    Kind.FAILED_RECEIPT: "回执：未送达",
    Kind.FORGED_RECEIPT: "先来一份伪造的回执",
    Kind.OUT_OF_ORDER_RECEIPT: "回执乱序",
}


class Fault(BaseModel):
    """One fault. ``to`` is an address, ``*`` or ``*`` and an ending; ``share`` of the calls it befalls, ``times`` in all.

    ``code`` and ``message`` are the provider's for ``code``, the carrier's for ``failed_receipt``; ``seconds`` is how long it
    hangs, how late a receipt is, how far the clock is off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(default_factory=lambda: str(new_id()))
    kind: Kind
    provider: str = Field(default=EVERY, max_length=40)
    to: str = Field(default=EVERY, min_length=1, max_length=120, repr=False)
    code: str = Field(default="", max_length=80)
    message: str = Field(default="", max_length=200)
    seconds: float = Field(default=30.0, ge=-86_400, le=86_400)
    share: float = Field(default=1.0, gt=0, le=1)
    times: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _has_its_code(self) -> Self:
        if self.kind is Kind.CODE and not self.code:
            message = "code: the provider's code is needed"
            raise ValueError(message)
        return self

    def befalls(self, provider: str, to: str) -> bool:
        """Whether it is meant for this provider and address."""
        if self.provider not in {EVERY, provider}:
            return False
        return to.endswith(self.to[1:]) if self.to.startswith(EVERY) else to == self.to


class FaultBook:
    """The faults that are switched on, newest first, and behind them the numbers that always go wrong (``rules.yaml``)."""

    def __init__(self, file: Path | None = None, seed: int | None = None) -> None:
        self._file = file
        self._chance = random.Random(seed)  # noqa: S311 (a fault needs no secret dice)
        self._faults: list[Fault] = _read(file) if file and file.exists() else []
        self.rules: Sequence[Fault] = _read(Path(__file__).with_name("rules.yaml"))

    @property
    def faults(self) -> Sequence[Fault]:
        """Those that were switched on by hand."""
        return tuple(self._faults)

    def add(self, fault: Fault) -> None:
        """Switch one on."""
        self._keep([fault, *self._faults])

    def remove(self, fault_id: str | None = None) -> None:
        """Switch one off, or all of them."""
        self._keep([fault for fault in self._faults if fault_id is not None and fault.id != fault_id])

    def take(self, befalls: str, provider: str, to: str) -> Fault | None:
        """The fault that befalls this call, clock or receipt now; one that was to happen so many times has happened once more."""
        for fault in (*self._faults, *self.rules):
            hit = fault.kind.befalls == befalls and fault.befalls(provider, to)
            if hit and (fault.share >= 1 or self._chance.random() < fault.share):
                self._used(fault)
                return fault
        return None

    def _used(self, fault: Fault) -> None:
        if fault.times is None or fault not in self._faults:
            return
        left = [fault.model_copy(update={"times": fault.times - 1})] if fault.times > 1 else []
        at = self._faults.index(fault)
        self._keep([*self._faults[:at], *left, *self._faults[at + 1 :]])

    def _keep(self, faults: list[Fault]) -> None:
        self._faults = faults
        if self._file:
            text = yaml.safe_dump([fault.model_dump(mode="json") for fault in faults], allow_unicode=True)
            self._file.write_text(text, encoding="utf-8")


def _read(file: Path) -> list[Fault]:
    return [Fault.model_validate(row) for row in yaml.safe_load(file.read_text(encoding="utf-8")) or []]
