"""The small typed language in which a policy states its conditions: read, checked, made closures; never run as code."""

from services.grading.domain.language.checker import Checker, Schema
from services.grading.domain.language.closures import condition_of
from services.grading.domain.language.environment import Condition, Environment
from services.grading.domain.language.reader import read
from services.grading.domain.language.tree import ConditionError, Kind, Type

__all__ = ["Checker", "Condition", "ConditionError", "Environment", "Kind", "Schema", "Type", "condition_of", "read"]
