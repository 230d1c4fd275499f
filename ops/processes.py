"""The processes below `routewire up`: they end when told to, and when their parent is no more."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from types import FrameType

import structlog

from crawler.errors import RoutewireError
from ops import logs
from ops.settings import Settings

IDLE_S = 2.0
"""How long a worker or poller waits before it asks the record again."""

log = structlog.get_logger("up")


def die_with_parent() -> None:
    """Ends this process, at once and wherever it is, when its parent ends: leases and the archive allow for that."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="die-with-parent", daemon=True).start()


def stopped_by_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stopped = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return stopped


def _repeat(settings: Settings, once: Callable[[threading.Event], None], name: str) -> None:
    """Does `once` until a signal comes; what fails as expected is told and tried again at the next turn."""
    stopped = stopped_by_signals()
    while not stopped.is_set():
        try:
            once(stopped)
        except RoutewireError as error:
            log.warning("failed", process=name, error=str(error))
        stopped.wait(IDLE_S)


def worker(settings: Settings) -> None:
    """Works off what is due, keeps the index in step and sends the digests that are due, until SIGTERM."""
    from ops.leases import owner_name
    from ops.mail import send_due
    from ops.scheduler import utc_now, work_off
    from ops.stages import Stages
    from ops.wiring import catalogue, follow, system

    die_with_parent()
    logs.configure(settings.log_level)
    with system(settings) as opened:
        stages = Stages(opened.record, settings, catalogue(settings))

        def once(stopped: threading.Event) -> None:
            work_off(opened.record, stages, owner_name(), stop=stopped.is_set)
            follow(opened)
            send_due(opened, utc_now())

        _repeat(settings, once, "worker")


def poller(settings: Settings) -> None:
    """Fetches what is due, pass after pass, until SIGTERM."""
    from ops.crawling import crawl_pass, is_due
    from ops.wiring import catalogue, open_record

    die_with_parent()
    logs.configure(settings.log_level)
    sources = catalogue(settings)
    record = open_record(settings)

    def once(_stopped: threading.Event) -> None:
        if is_due(record, sources):
            crawl_pass(settings, sources)

    try:
        _repeat(settings, once, "poller")
    finally:
        record.close()
