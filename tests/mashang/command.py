"""Give a command in this process, as a shell would, and keep what it said."""

import contextlib
import io
import json
import os
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from mashang.__main__ import main


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer as a program reads it."""
        assert self.out, self
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one line that says why it failed."""
        assert self.code == 1, self
        (line,) = self.err.splitlines()
        assert line.startswith("mashang: "), line
        return line


def mashang(*words: str, **settings: object) -> Said:
    """One command; ``data=…`` stands for MASHANG_DATA, and the environment of the machine has no say."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith("MASHANG_")]:
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(f"MASHANG_{name.upper()}", str(value))
        patch.setattr(sys, "argv", ["mashang", *words])
        try:
            main()
        except SystemExit as end:
            code = end.code
        else:
            code = 0
    return Said(code if isinstance(code, int) else int(code is not None), out.getvalue(), err.getvalue())
