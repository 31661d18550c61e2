"""The small typed language in which a policy states its conditions: read, checked, turned into closures; never evaluated as code."""

from services.grading.domain.language.checker import Checker, Schema
from services.grading.domain.language.closures import Condition, Environment, condition_of
from services.grading.domain.language.reader import read
from services.grading.domain.language.tree import ConditionError, Kind, Type

__all__ = ["Checker", "Condition", "ConditionError", "Environment", "Kind", "Schema", "Type", "condition_of", "read"]
