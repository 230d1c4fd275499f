"""`routewire up`: the pages, the API, the poller and the worker as one process tree, on one machine, with no server."""

from __future__ import annotations

import multiprocessing
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from multiprocessing.process import BaseProcess
from types import FrameType

import structlog
import uvicorn

from crawler.errors import Permanent
from ops.children import load_demo, poller, worker
from ops.cli.common import stderr
from ops.leases import free_dead
from ops.processes import IDLE_S
from ops.settings import Settings
from ops.wiring import System, catalogue, system

STOP_S = 10.0
"""How long a child may take to end what it is at; what is left then is due again at the next start."""

log = structlog.get_logger("up")


def run(settings: Settings, host: str, port: int, poll: bool) -> None:
    """Serves until SIGTERM or Ctrl-C. Raises `Permanent` if the address is taken or the catalogue cannot be read."""
    signal.signal(signal.SIGTERM, _interrupt)
    catalogue(settings)
    try:
        with _bind(host, port) as listener, system(settings) as opened:
            free_dead(opened.record)
            if settings.demo:
                _load_demo(opened)
            with _children(settings, poll):
                _serve(opened, listener, poll)
    except KeyboardInterrupt as signalled:
        log.info("stopped", by=str(signalled) or "SIGINT")


@contextmanager
def _children(settings: Settings, poll: bool) -> Iterator[None]:
    """The worker and the poller, each started again if it dies, ended at the end."""
    targets = {"worker": worker, **({"poller": poller} if poll else {})}
    children = {name: _start(settings, target, name) for name, target in targets.items()}
    ending = threading.Event()

    def supervise() -> None:
        while not ending.wait(IDLE_S):
            for name, child in children.items():
                if not child.is_alive() and not ending.is_set():
                    log.error("died", process=name, exitcode=child.exitcode, remedy="it is started again")
                    children[name] = _start(settings, targets[name], name)

    watcher = threading.Thread(target=supervise, name="supervise")
    watcher.start()
    try:
        yield
    finally:
        ending.set()
        watcher.join()
        _end(list(children.values()))


def _interrupt(number: int, _frame: FrameType | None) -> None:
    """Makes SIGTERM end things as Ctrl-C does. The server raises the signal again once it has closed."""
    raise KeyboardInterrupt(signal.Signals(number).name)


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
    """In a process of its own: the server needs none of its models. What fails is told; the next start goes on."""
    from ops.demo.load import is_loaded

    if is_loaded(opened):
        return
    loader = _start(opened.settings, load_demo, "demo")
    try:
        loader.join()
    finally:
        _end([loader])
    if loader.exitcode:
        log.warning("failed", what="demo", exitcode=loader.exitcode)


def _start(settings: Settings, target: Callable[[Settings], None], name: str) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(target=target, args=(settings,), name=name)
    process.start()
    return process


def _serve(opened: System, listener: socket.socket, poll: bool) -> None:
    from ops.web.app import make_app

    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    app = make_app(opened, None if ip_address(host).is_unspecified else address)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5)
    if poll:
        _say_sources(opened)
    listener.listen()  # who reads the next line may connect at once
    stderr.print(f"Routewire is at {address}/ (Ctrl-C ends it)", highlight=False)
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
