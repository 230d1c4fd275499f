"""What one fresh process does while it is measured: `python -m ops.bench.routing_run TASK ARGUMENT…`, one JSON line."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import psutil
from ftlbgp import MrtParser

from crawler.routing.archive.collectors import list_archive
from crawler.routing.mrt.file import read_batch, read_elems
from crawler.routing.observe import observe
from crawler.routing.state.filling import fill
from crawler.routing.state.table import Table
from ops.bench import routing_data as data

Measured = dict[str, float]


def ftlbgp(folder: str) -> Measured:
    """ftlbgp's default record of every file of a mirror, one after the other."""
    count, begun = 0, time.perf_counter()
    for path in sorted(Path(folder).rglob("*.gz")):
        with MrtParser() as parse:
            count += sum(1 for _ in parse(str(path)))
    return {"s": time.perf_counter() - begun, "elements": count}


def elems(folder: str) -> Measured:
    """Our own elements of the same."""
    begun = time.perf_counter()
    count = sum(1 for path in sorted(Path(folder).rglob("*.gz")) for _ in read_elems(path))
    return {"s": time.perf_counter() - begun, "elements": count}


def command(*args: str) -> Measured:
    """The command line itself."""
    from ops.cli import app

    app(args, standalone_mode=False)
    return {}


def filling(folder: str, files: str) -> Measured:
    """A table of a mirror of `files` update files, by as many processes as this one may use cores."""
    begun = time.perf_counter()
    filled = fill(list_archive(Path(folder), data.START, data.START + int(files) * data.STEP))
    return {"s": time.perf_counter() - begun, "gaps": len(filled.gaps)}


def events_of(folder: str, files: str, asn: str) -> Measured:
    """`routes events --asn` over a mirror; `base_mb` is the memory of all its processes after the first tenth."""
    seen: list[float] = []

    def progress(done: int, todo: int) -> None:
        if done == todo or (not seen and done >= todo / 10):
            seen.append(_memory())

    begun = time.perf_counter()
    end = data.START + timedelta(minutes=5) * int(files)
    view = observe(Path(folder), data.START, end, asns=[int(asn)], progress=progress, spells=False)
    took = time.perf_counter() - begun
    return {"s": took, "base_mb": seen[0], "end_mb": seen[-1], "events": len(view.events)}


def _memory() -> float:
    """MB of this process and its children."""
    me = psutil.Process()
    return sum(one.memory_info().rss for one in (me, *me.children(recursive=True))) / 1e6


def table(folder: str, updates: str) -> Measured:
    """A RIB into a table, then the elements of update files, in turns of one file; reading these is not counted."""
    before = psutil.Process().memory_info().rss
    begun = time.perf_counter()
    made = fill(list_archive(Path(folder), data.START, data.START + timedelta(seconds=1))).table
    routes = len(made.base_rows().key)
    loaded = time.perf_counter() - begun
    held = psutil.Process().memory_info().rss - before
    rates = [_rate(made, path) for path in sorted(Path(updates).rglob("updates.*"))]
    return {"routes": routes, "s": loaded, "bytes": held / routes, "updates": sorted(rates)[len(rates) // 2]}


def _rate(made: Table, path: Path) -> float:
    batch = read_batch(path, "rrc00")
    begun = time.perf_counter()
    made.update_batches([batch])
    return len(batch) / (time.perf_counter() - begun)


TASKS: dict[str, Callable[..., Measured]] = {
    "command": command,
    "ftlbgp": ftlbgp,
    "elems": elems,
    "filling": filling,
    "events_of": events_of,
    "table": table,
}


def main(args: Sequence[str]) -> None:
    """`CORES TASK ARGUMENT…`"""
    cores, task, *rest = args
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    print(json.dumps(TASKS[task](*rest)))


if __name__ == "__main__":
    main(sys.argv[1:])
