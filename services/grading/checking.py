"""A policy file looked at without an instance: what it contains, or every line that keeps it from grading."""

from dataclasses import asdict
from typing import Any

from services.grading.actions.policies import checked
from services.grading.domain.policy import PolicyInvalid, compile_policy, read_policy
from services.grading.store.policies import NewPolicy


def check(text: str) -> dict[str, Any]:
    """What a sound policy contains and ``problems: []``; otherwise the problems, each with line, rule and text."""
    try:
        policy = compile_policy(*read_policy(text))
    except PolicyInvalid as error:
        return {"problems": [asdict(problem) | {"message": str(problem)} for problem in error.problems]}
    digest = NewPolicy(policy.id, policy.document.zh, text).digest
    return checked(policy, "file", digest).model_dump(mode="json") | {"problems": []}
