"""Who holds a lease: a name that tells whether its process still lives, so that a crash here costs no wait."""

from __future__ import annotations

import os
import socket

import psutil

from indexer.record.protocol import Record

CLOCK_S = 5.0
"""By how much two processes may differ on when a third one started: the kernel's boot time moves with the clock."""


def owner_name() -> str:
    """`host:pid:start`; the start tells a process from a later one with the same number."""
    process = psutil.Process(os.getpid())
    return f"{socket.gethostname()}:{process.pid}:{process.create_time():.2f}"


def is_dead(owner: str) -> bool:
    """True only for a process of this machine that is certainly gone."""
    host, pid, start = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(pid))
        is_zombie = process.status() == psutil.STATUS_ZOMBIE  # killed, and nobody has asked how it ended
        return is_zombie or abs(process.create_time() - float(start)) > CLOCK_S
    except psutil.NoSuchProcess:
        return True


def free_dead(record: Record) -> int:
    """Gives back what processes of this machine held when they died. Returns how many there were."""
    dead = [owner for owner in record.lease_owners() if is_dead(owner)]
    for owner in dead:
        record.release_all(owner)
    return len(dead)
