from __future__ import annotations

import pytest

from tests.ops.running import Run, runner


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`run("search", "words", "--json")` runs the command and gives what it printed and how it ended."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    return runner(monkeypatch, capfd)
