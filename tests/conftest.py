"""What all tests share: which real parts are there, and that nobody overlooks a suite that did not run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
SHARED = CHECKOUT.parent / "shared"
NO_SHARED = "no evaluation data: ../shared is not there"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NO_CHROMIUM = "no Chromium: run `ops/deploy/services install`"
POSTGRES_URL = os.environ.get("ROUTEWIRE_TEST_POSTGRES_URL")
NO_POSTGRES = "no PostgreSQL: ROUTEWIRE_TEST_POSTGRES_URL is not set; run `make backends`"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = {"shared": None if SHARED.is_dir() else NO_SHARED, "browser": None if CHROMIUM else NO_CHROMIUM}
    for item in items:
        for marker, reason in missing.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With ROUTEWIRE_TEST_ALL, a suite that was skipped for want of a service fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("ROUTEWIRE_TEST_ALL") or reporter is None or exitstatus != pytest.ExitCode.OK:
        return
    skipped = [r for r in reporter.stats.get("skipped", []) if NO_SHARED not in str(r.longrepr)]
    if skipped:
        reporter.write_line(f"{len(skipped)} tests were skipped, and every suite should run", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
