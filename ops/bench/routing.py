"""How fast MRT files become elements, beside ftlbgp alone on the same file in the same run."""

from __future__ import annotations

import gzip
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ftlbgp import MrtParser

from crawler.routing.mrt import read_elems
from ops.demo import mrt

ROUNDS = 3
MESSAGES = 20_000
PREFIXES = 3  # in a message; real update files have two to four


def figures() -> list[dict[str, Any]]:
    """Elements a second of `read_elems` and of ftlbgp with its default record, and the one by the other.

    The best of three rounds each, one after the other, so that a busy machine slows both.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "updates.20200101.0000.gz"
        path.write_bytes(gzip.compress(_updates(), 6, mtime=0))
        ours = raw = 0.0
        for _ in range(ROUNDS):
            raw = max(raw, _rate(lambda: _raw(path)))
            ours = max(ours, _rate(lambda: read_elems(path)))
    n = MESSAGES * PREFIXES
    return [
        {"name": "routing.read_elems", "value": round(ours), "unit": "elements/s", "n": n},
        {"name": "routing.ftlbgp", "value": round(raw), "unit": "elements/s", "n": n},
        {"name": "routing.read_to_ftlbgp", "value": round(ours / raw, 3), "unit": "ratio", "n": n},
    ]


def _rate(read: Callable[[], Iterable[object]]) -> float:
    start = time.perf_counter()
    deque(read(), maxlen=0)
    return MESSAGES * PREFIXES / (time.perf_counter() - start)


def _raw(path: Path) -> Iterable[object]:
    with MrtParser() as parse:
        yield from parse(str(path))


def _updates() -> bytes:
    """Announcements and some withdrawals by 40 peers, of prefixes of 10.0.0.0/8, with paths of two to six networks."""
    records = []
    for turn in range(MESSAGES):
        peer = mrt.Neighbour(64512 + turn % 40, f"192.0.2.{turn % 40 + 1}")
        prefixes = [f"10.{turn * 7 % 256}.{(turn + place) * 13 % 256}.0/24" for place in range(PREFIXES)]
        path = () if turn % 20 == 0 else (peer.asn, *(65000 + turn * hop % 499 for hop in range(1, 2 + turn % 5)))
        records.append(mrt.update(1_577_836_800 + turn // 70, peer, prefixes, path))
    return b"".join(records)
