"""Runs the command line inside the test's process, as quickly as a function."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ops.cli import main


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON Lines; fails on any other line."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


def runner(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*args: object, stdin: str = "") -> Ran:
        root = logging.getLogger()
        before = root.handlers[:], root.level
        monkeypatch.setattr(sys, "argv", ["routewire", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capfd.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        finally:
            root.handlers[:], level = before
            root.setLevel(level)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        assert isinstance(code, int)
        return Ran(code, out, err)

    return run
