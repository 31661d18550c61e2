"""Reads a policy file: YAML with line numbers, so that every complaint names the line and the rule that it is about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from services.grading.domain.policy.document import PolicyDocument
from shared.errors import Refused

Path = tuple[str | int, ...]
_LONGEST = 500_000
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a policy: where, in which rule, and what."""

    line: int
    path: str
    rule: str | None
    text: str

    def __str__(self) -> str:
        return f"line {self.line}, {f'rule {self.rule}' if self.rule else self.path or 'file'}: {self.text}"


class PolicyInvalid(Refused):
    """A policy that cannot grade; ``problems`` tells everything that is wrong with it."""

    code = "policy_invalid"
    zh = "分级规则有误：{problems}"
    en = "The policy is not valid: {problems}"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems="; ".join(map(str, problems[:_MOST_TOLD])))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Lines:
    """Where each part of the file stands, and which rule it belongs to."""

    lines: dict[Path, int]
    rules: dict[Path, str]

    def problem(self, path: Path, text: str) -> Problem:
        """A complaint about the part at ``path``, or about the nearest part around it."""
        near = next(known for end in range(len(path), -1, -1) if (known := path[:end]) in self.lines)
        rule = next((self.rules[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.rules), None)
        return Problem(self.lines[near], ".".join(map(str, path)), rule, text)


def read_policy(text: str) -> tuple[PolicyDocument, Lines]:
    """The document and its lines; PolicyInvalid with every problem. JSON is YAML, so it may come as JSON too."""
    tree, lines = _parsed(text)
    try:
        return PolicyDocument.model_validate(tree), lines
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise PolicyInvalid([lines.problem(_written(item["loc"]), item["msg"]) for item in found]) from None


def _parsed(text: str) -> tuple[Any, Lines]:
    if len(text) > _LONGEST:
        raise PolicyInvalid([Problem(1, "", None, "the file is too long")])
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or "not YAML"
        raise PolicyInvalid([Problem(mark.line + 1 if mark else 1, "", None, message)]) from None
    if not isinstance(tree, dict):
        raise PolicyInvalid([Problem(1, "", None, "a policy is a mapping with an id")])
    lines = Lines({(): 1}, {})
    for path, line, rule in _walk(node, (), set()):
        lines.lines[path] = line
        if rule:
            lines.rules[path] = rule
    return tree, lines


def _walk(node: Any, path: Path, seen: set[int]) -> Iterator[tuple[Path, int, str | None]]:
    yield path, node.start_mark.line + 1, _rule_of(node) if path else None
    if id(node) in seen:  # an alias: walking into it again and again is how a small file becomes endless
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _walk(value, (*path, key.value), seen)
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield from _walk(value, (*path, place), seen)


def _rule_of(node: Any) -> str | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value.value for key, value in node.value if key.value == "id"), None)


def _written(loc: Sequence[str | int]) -> Path:
    """Pydantic names keys of mappings and its own markers; what stands in the file is what counts."""
    return tuple(part for part in loc if part != "[key]")
