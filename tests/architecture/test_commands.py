"""Every make target that a document, CI or a hook names is there, and explains itself."""

import re

from tests.architecture.committed import ROOT, files

_TARGET = re.compile(r"^([a-z]+):[^=\n]*## (.+)$", re.MULTILINE)
_CALL = re.compile(r"(?:^|`|entry: )make ([a-z]+)", re.MULTILINE)


def _targets() -> dict[str, str]:
    return dict(_TARGET.findall((ROOT / "Makefile").read_text("utf-8")))


def calls(text: str) -> set[str]:
    """The make targets that a text calls by name."""
    return set(_CALL.findall(text))


def test_every_target_that_is_named_exists() -> None:
    readers = [*files("*.md"), ROOT / ".ci" / "run", ROOT / ".pre-commit-config.yaml"]
    missing = {
        str(path.relative_to(ROOT)): names for path in readers if (names := calls(path.read_text("utf-8")) - set(_targets()))
    }
    assert missing == {}
    assert calls("run `make nothing` or\nmake check\n    entry: make test\nto make sure") == {"nothing", "check", "test"}


def test_every_target_explains_itself() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    declared = set(next(line for line in text.splitlines() if line.startswith(".PHONY:")).split()[1:])
    assert declared == set(_targets())


def test_continuous_integration_and_hooks_run_the_same_checks() -> None:
    assert calls((ROOT / ".ci" / "run").read_text("utf-8")) == {"check", "test"}
    assert calls((ROOT / ".pre-commit-config.yaml").read_text("utf-8")) == {"check", "test"}
