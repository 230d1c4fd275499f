"""What all tests share: which real parts are there, and that nobody overlooks a suite that did not run."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from hypothesis import HealthCheck, settings

from ops.settings import PREFIX, TEST_PREFIX
from tests import demo
from tests.mailbox import Mailbox

# A shared machine is slow at times: that is no fault of the code. CI repeats itself, so that a failure there is of its
# change; at home each run looks elsewhere.
settings.register_profile(
    "routewire", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("routewire")

CHECKOUT = Path(__file__).parent.parent
SHARED = CHECKOUT.parent / "shared"
NO_SHARED = "no evaluation data: ../shared is not there"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NO_CHROMIUM = "no Chromium: run `ops/deploy/services install`"
POSTGRES_URL = os.environ.get("ROUTEWIRE_TEST_POSTGRES_URL")
NO_POSTGRES = "no PostgreSQL: ROUTEWIRE_TEST_POSTGRES_URL is not set; run `make backends`"


def pytest_configure() -> None:
    """A shell without job control has its background jobs ignore SIGINT, and their children inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = {"shared": None if SHARED.is_dir() else NO_SHARED, "browser": None if CHROMIUM else NO_CHROMIUM}
    for item in items:
        for marker, reason in missing.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names what was skipped, and why, in one line a reason."""
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"skipped {count} tests: {reason.removeprefix('Skipped: ')}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With ROUTEWIRE_TEST_ALL, a suite that was skipped for want of a service fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("ROUTEWIRE_TEST_ALL") or reporter is None or exitstatus != pytest.ExitCode.OK:
        return
    skipped = [r for r in reporter.stats.get("skipped", []) if NO_SHARED not in str(r.longrepr)]
    if skipped:
        reporter.write_line(f"{len(skipped)} tests were skipped, and every suite should run", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo loaded, shared by all workers: read it, `demo.copy` it, do not write to it."""
    base = tmp_path_factory.getbasetemp()
    return demo.load_once(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session")
def house(demo_folder: Path) -> Iterator[demo.House]:
    """The loaded demo, opened for reading."""
    with demo.opened(demo_folder) as found:
        yield found


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[str]:
    """The address of a mail server whose mail lands in `mailbox`."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
