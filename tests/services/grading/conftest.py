"""Grading on a database of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.grading import rulings
from services.grading.domain.policy import compile_policy, read_policy
from services.grading.service import service
from tests.support.service import ServiceUnderTest


@pytest.fixture
async def grading(tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    """The service, its database and its HTTP, at a moment that a test may move."""
    async with ServiceUnderTest.of(service, tmp_path) as under_test:
        yield under_test


@pytest.fixture
def second_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped policy, as a bureau has it that asks the second person to sign in."""
    text = rulings.shipped_text().replace("approvals: 2}", "approvals: 2, second_signs_in: true}")
    policy = compile_policy(*read_policy(text))
    assert policy.document.movement.override.second_signs_in
    monkeypatch.setattr(rulings, "shipped_text", lambda _identity=rulings.DEFAULT: text)
    monkeypatch.setattr(rulings, "shipped_policy", lambda _identity=rulings.DEFAULT: policy)
