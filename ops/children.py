"""The children of `routewire up`: a worker and a poller, each in a loop of its own until SIGTERM."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crawler.errors import RoutewireError
from ops import logs
from ops.processes import IDLE_S, die_with_parent, stopped_by_signals
from ops.settings import Settings

log = structlog.get_logger("up")


def _repeat(settings: Settings, once: Callable[[threading.Event], None], name: str) -> None:
    """Does `once` until a signal comes; what fails as expected is told and tried again at the next turn."""
    stopped = stopped_by_signals()
    while not stopped.is_set():
        try:
            once(stopped)
        except RoutewireError as error:
            log.warning("failed", process=name, error=str(error))
        except Exception:  # a defect of ours, or a store that went away: the next turn may do better
            log.exception("defect", process=name)
        stopped.wait(IDLE_S)


def worker(settings: Settings) -> None:
    """Works off what is due, keeps the index in step and sends the digests that are due, until SIGTERM."""
    from ops.leases import owner_name
    from ops.mail import send_due
    from ops.scheduler import utc_now, work_off
    from ops.stages import Stages
    from ops.wiring import every_source, follow, system

    die_with_parent()
    logs.configure(settings.log_level)
    with system(settings) as opened:
        stages = Stages(opened.record, settings, every_source(settings))

        def once(stopped: threading.Event) -> None:
            work_off(opened.record, stages, owner_name(), stop=stopped.is_set)
            follow(opened)
            send_due(opened, utc_now())

        _repeat(settings, once, "worker")


def poller(settings: Settings) -> None:
    """Fetches what is due, pass after pass, until SIGTERM."""
    from ops.crawling import crawl_pass, is_due
    from ops.leases import free_dead
    from ops.wiring import catalogue, open_record

    die_with_parent()
    logs.configure(settings.log_level)
    sources = catalogue(settings)
    record = open_record(settings)

    def once(stopped: threading.Event) -> None:
        free_dead(record)  # what a pass held that was killed
        if is_due(record, sources):
            crawl_pass(settings, sources, stop=stopped.is_set)

    try:
        _repeat(settings, once, "poller")
    finally:
        record.close()


def load_demo(settings: Settings) -> None:
    """Loads the demo archive and ends; a bar tells a person how far it is."""
    from ops.cli.common import stderr
    from ops.demo.load import load
    from ops.wiring import system

    die_with_parent()
    logs.configure(settings.log_level)
    columns = (SpinnerColumn(), TextColumn("loading the demo archive: {task.description}"), TimeElapsedColumn())
    with (
        system(settings) as opened,
        Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar,
    ):
        task = bar.add_task("routes", total=None)
        try:
            for stage in load(opened, lambda what: bar.update(task, description=what)):
                log.info("demo", **stage.row())
        except RoutewireError as error:
            log.warning("failed", what="demo", error=str(error))
