"""Small routing archives for the stories: six peers of two collectors, told by a story's `[routes]`.

`held` rows give the routes of the first RIB, `turns` what changes: `via` is the AS path behind the peer, origin last;
an empty one withdraws. `peers` says how many of the six follow, all unless said, half a second apart.
"""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ops.demo import mrt
from ops.demo.mrt import Neighbour

PEERS = (
    ("route-views4", Neighbour(2914, "192.0.2.1")),
    ("route-views4", Neighbour(3257, "192.0.2.2")),
    ("route-views4", Neighbour(5511, "192.0.2.3")),
    ("rrc03", Neighbour(9002, "198.51.100.1")),
    ("rrc03", Neighbour(13030, "198.51.100.2")),
    ("rrc03", Neighbour(7018, "198.51.100.3")),
)
Message = tuple[datetime, str, Neighbour, list[str], list[int]]
STEP = timedelta(minutes=15)
BYSTANDERS = tuple(f"198.18.{third}.0/24" for third in range(40))
"""Prefixes of nobody, each over AS65550, so that a peer's table is more than the story."""


def write(folder: Path, routes: Mapping[str, Any], *, turned: bool = True, missing: bool = False) -> Path:
    """The archive of a story under `folder`; nothing happens in it unless `turned`.

    With `missing` the update files of the hour before and after the first turn are not there.
    """
    start, end = moment(routes["from"]), moment(routes["to"])
    first = moment(routes["turns"][0]["at"])
    for collector in dict.fromkeys(name for name, _ in PEERS):
        _put(folder / _name(collector, "rib", start), _rib(collector, start, routes))
        stamp = start
        while stamp < end:
            if not (missing and abs(stamp - first) < timedelta(hours=1)):
                told = [*_hums(stamp), *_messages(routes, turned=turned)]
                _put(folder / _name(collector, "updates", stamp), _updates(collector, stamp, told))
            stamp += STEP
    return folder


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _rib(collector: str, at: datetime, routes: Mapping[str, Any]) -> bytes:
    stamp = int(at.timestamp())
    peers = [peer for name, peer in PEERS if name == collector]
    held = {prefix: [65550] for prefix in BYSTANDERS}
    held |= {prefix: row["via"] for row in routes["held"] for prefix in row["prefixes"]}
    records = [mrt.peer_index(stamp, "", peers)]
    for number, (prefix, via) in enumerate(held.items()):
        entries = [(position, peer.ip, (peer.asn, *via)) for position, peer in enumerate(peers)]
        records.append(mrt.rib_entry(stamp, number, prefix, entries))
    return b"".join(records)


def _updates(collector: str, stamp: datetime, told: list[Message]) -> bytes:
    return b"".join(
        mrt.update(int(at.timestamp()), peer, prefixes, (peer.asn, *via) if via else ())
        for at, name, peer, prefixes, via in sorted(told)
        if name == collector and stamp <= at < stamp + STEP
    )


def _hums(stamp: datetime) -> Iterator[Message]:
    """Each peer tells one bystander anew, as no collector is ever silent for a quarter of an hour."""
    for place, (name, peer) in enumerate(PEERS):
        yield stamp + timedelta(seconds=90 + place), name, peer, [BYSTANDERS[place]], [65550]


def _messages(routes: Mapping[str, Any], *, turned: bool) -> Iterator[Message]:
    for turn in routes["turns"] if turned else ():
        for place, (name, peer) in enumerate(PEERS[: turn.get("peers", len(PEERS))]):
            yield moment(turn["at"]) + timedelta(seconds=place // 2), name, peer, turn["prefixes"], turn["via"]


def _name(collector: str, kind: str, stamp: datetime) -> str:
    month, minute = f"{stamp:%Y.%m}", f"{stamp:%Y%m%d.%H%M}"
    if collector.startswith("rrc"):
        return f"{collector}/{month}/{'bview' if kind == 'rib' else kind}.{minute}.gz"
    return f"{collector}/bgpdata/{month}/{'RIBS' if kind == 'rib' else 'UPDATES'}/{kind}.{minute}.bz2"


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, 1, mtime=0) if path.suffix == ".gz" else bz2.compress(content))
