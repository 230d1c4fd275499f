"""What a child process needs: it ends when told to, and when its parent is no more."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from types import FrameType

IDLE_S = 2.0
"""How long a worker or poller waits before it asks the record again."""


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
