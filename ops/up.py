"""`routewire up`: the pages, the API, the poller and the worker as one process tree, on one machine, with no server."""

from __future__ import annotations

import multiprocessing
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from types import FrameType

import structlog
import uvicorn
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crawler.errors import Permanent, RoutewireError
from ops.children import poller, worker
from ops.cli.common import stderr
from ops.leases import free_dead
from ops.settings import Settings
from ops.wiring import System, catalogue, system

STOP_S = 10.0
"""How long a child may take to end what it is at; what is left then is due again at the next start."""

log = structlog.get_logger("up")


def run(settings: Settings, host: str, port: int, poll: bool) -> None:
    """Serves until SIGTERM or Ctrl-C. Raises `Permanent` if the address is taken or the catalogue cannot be read."""
    signal.signal(signal.SIGTERM, _interrupt)
    catalogue(settings)
    with suppress(KeyboardInterrupt), _bind(host, port) as listener, system(settings) as opened:
        free_dead(opened.record)
        if settings.demo:
            _load_demo(opened)
        children = [_start(settings, worker, "worker")]
        if poll:
            children.append(_start(settings, poller, "poller"))
        try:
            _serve(opened, listener, poll)
        finally:
            _end(children)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Makes SIGTERM end things as Ctrl-C does. The server raises the signal again once it has closed."""
    raise KeyboardInterrupt


def _bind(host: str, port: int) -> socket.socket:
    """Takes the address before anything slow is done, so that a taken one is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Permanent(
            error.strerror or "cannot listen", subject=f"{host}:{port}", remedy="stop what listens there or give --port"
        ) from None
    return listener


def _load_demo(opened: System) -> None:
    """What fails of it is told; the rest is served all the same, and the next start goes on from there."""
    from ops.demo.load import is_loaded, load

    if is_loaded(opened):
        return
    columns = (SpinnerColumn(), TextColumn("loading the demo archive: {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task("routes", total=None)
        try:
            for stage in load(opened, lambda what: bar.update(task, description=what)):
                log.info("demo", **stage.row())
        except RoutewireError as error:
            log.warning("failed", what="demo", error=str(error))


def _start(settings: Settings, target: Callable[[Settings], None], name: str) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(target=target, args=(settings,), name=name)
    process.start()
    return process


def _serve(opened: System, listener: socket.socket, poll: bool) -> None:
    from ops.web.app import make_app

    app = make_app(opened)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5)
    host, port = listener.getsockname()[:2]
    stderr.print(
        f"Routewire is at http://{f'[{host}]' if ':' in host else host}:{port}/ (Ctrl-C ends it)", highlight=False
    )
    if poll:
        _say_sources(opened)
    uvicorn.Server(config).run(sockets=[listener])


def _say_sources(opened: System) -> None:
    """One line a source: what the poller does with it."""
    known = opened.record.sources()
    for source in catalogue(opened.settings).values():
        state = known.get(source.id)
        if state is None:
            plan = "polled now, for the first time"
        elif state.last_outcome is None:
            plan = f"next at {state.next_poll_at:%Y-%m-%d %H:%M}Z"
        else:
            plan = f"{state.last_outcome.value}, next at {state.next_poll_at:%Y-%m-%d %H:%M}Z"
        stderr.print(f"  {source.id}: {plan}", highlight=False)


def _end(children: list[BaseProcess]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        child.join(STOP_S)
        if child.is_alive():
            child.kill()
            child.join()
