"""Modules have names that say their job, open with one sentence, and stay short enough to read."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.architecture.committed import ROOT, files

_NAMES_WITHOUT_A_JOB = {"utils", "util", "helpers", "helper", "common", "base", "core", "misc", "types"}
_OPENING_LINES = 5
_LONGEST = 250
_LONGEST_TEST = 400
_LONGER_FOR_A_REASON: dict[str, str] = {  # path → why splitting it would make it harder to read
    "services/registry/views/leases.py": "one answer, a lease with all its parts, read from top to bottom",
    "services/registry/views/places.py": "the same for compounds and buildings",
}


def without_a_job(paths: Iterable[Path]) -> list[Path]:
    """Paths of which any part is a name that could hold anything."""
    return [path for path in paths if {part.removesuffix(".py") for part in path.parts} & _NAMES_WITHOUT_A_JOB]


def opening_fault(source: str) -> str | None:
    """What is wrong with the way a module opens, or None."""
    sentence = ast.get_docstring(ast.parse(source))
    if sentence is None:
        return "opens without a docstring"
    first = sentence.split("\n\n")[0].rstrip()
    if first.count("\n") >= _OPENING_LINES:
        return "opens with more than five lines"
    if not first.endswith((".", "。", "?", ":", "`", ")")):
        return "opens with something that is no sentence"
    return None


def test_no_module_has_a_name_that_could_hold_anything() -> None:
    assert without_a_job(path.relative_to(ROOT) for path in files("*.py")) == []


@pytest.mark.parametrize("name", ["shared/utils.py", "services/grading/common/rules.py", "tests/helpers/__init__.py"])
def test_a_name_that_could_hold_anything_is_found(name: str) -> None:
    assert without_a_job([Path(name), Path("shared/clock.py")]) == [Path(name)]


def test_every_module_opens_with_a_sentence() -> None:
    modules = files("*.py")
    assert len(modules) > 10
    faults = {str(path.relative_to(ROOT)): fault for path in modules if (fault := opening_fault(path.read_text("utf-8")))}
    assert faults == {}


@pytest.mark.parametrize("source", ["", "import os\n", '"""No sentence"""\n', f'"""{chr(10).join("abcdef")}."""\n'])
def test_a_module_that_opens_badly_is_found(source: str) -> None:
    assert opening_fault(source)


def too_long(path: Path, lines: int) -> bool:
    """Whether a module should be split by idea; a migration tells one change and is never edited again."""
    return "migrations" not in path.parts and lines > (_LONGEST_TEST if path.parts[0] == "tests" else _LONGEST)


def test_no_module_is_longer_than_one_can_read() -> None:
    lengths = {path.relative_to(ROOT): path.read_text("utf-8").count("\n") for path in files("*.py")}
    long = {str(path): lines for path, lines in lengths.items() if too_long(path, lines)}
    assert {path: lines for path, lines in long.items() if path not in _LONGER_FOR_A_REASON} == {}
    assert set(_LONGER_FOR_A_REASON) <= set(long), "this one is short again"


def test_a_module_that_grew_too_long_is_found() -> None:
    assert too_long(Path("services/grading/store.py"), 251)
    assert too_long(Path("tests/services/grading/test_store.py"), 401)
    assert not too_long(Path("tests/services/grading/test_store.py"), 400)


def imports_from_conftest(source: str) -> bool:
    """Whether a module imports what only pytest should find."""
    modules = [node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    return any(module.split(".")[-1] == "conftest" for module in modules)


def test_nothing_is_imported_from_conftest() -> None:
    assert [path for path in files("*.py") if imports_from_conftest(path.read_text("utf-8"))] == []
    assert imports_from_conftest("from tests.conftest import server")
