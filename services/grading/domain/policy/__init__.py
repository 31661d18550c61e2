"""A policy: the document that a bureau writes, how it is read, and the compiled form that grades."""

from services.grading.domain.policy.compiled import Policy
from services.grading.domain.policy.compiler import compile_policy
from services.grading.domain.policy.document import PolicyDocument
from services.grading.domain.policy.text import PolicyInvalid, Problem, read_policy

__all__ = ["Policy", "PolicyDocument", "PolicyInvalid", "Problem", "compile_policy", "read_policy"]
