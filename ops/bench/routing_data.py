"""MRT files to measure with: the real update file where it is there, else one made like it; RIBs made to fit."""

from __future__ import annotations

import gzip
import random
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crawler.routing.mrt.batch import AsPath
from crawler.routing.mrt.file import read_batch

REAL = Path(__file__).parents[3] / "shared" / "data" / "mrt" / "bgprs__updates.20190101.0000.gz"
"""Five minutes of a RIS collector: 162,574 elements in 54,514 records of 63 peers."""

START = datetime(2019, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
RECORDS, PEERS, PREFIXES = 54_500, 40, 18_500  # of a made file; a record has three prefixes
_HEAD = struct.Struct(">IHHI")
Peer = tuple[int, str]  # AS number, address


def updates() -> bytes:
    """The records of five minutes from `START` on."""
    return gzip.decompress(REAL.read_bytes()) if REAL.exists() else _made()


def source() -> str:
    return "a real file" if REAL.exists() else "a made file"


def _made() -> bytes:
    """Like the real one: few prefixes make most of the noise, and most of what is said was said before."""
    draw = random.Random(7)  # noqa: S311  # a fixed seed: the same file each time
    weights = [1 / (i + 1) ** 0.6 for i in range(PREFIXES)]
    prefixes = [f"{10 + i // 65_536}.{i // 256 % 256}.{i % 256}.0/24" for i in range(PREFIXES)]
    told = draw.choices(range(PREFIXES), weights, k=RECORDS)
    return b"".join(_made_record(draw, prefixes, turn, at) for turn, at in enumerate(told))


def _made_record(draw: random.Random, prefixes: Sequence[str], turn: int, prefix: int) -> bytes:
    asn = 64_512 + draw.randrange(PEERS)
    near = [prefixes[(prefix + step) % PREFIXES] for step in range(3)]
    origin, choice = 100_000 + prefix // 8, draw.choice((0, 0, 0, 1, 2))
    path = (asn, 1_000 + asn % 7 + choice, 2_000 + prefix % 499 + choice, origin)
    message = _update(near, path if draw.random() > 0.08 else (), asn)
    head = struct.pack(">IIHH", asn, 6447, 0, 1) + ip_address(_peer_ip(asn)).packed + bytes(4)
    return _HEAD.pack(_at(turn), 16, 4, len(head) + len(message)) + head + message


def _at(turn: int) -> int:
    return int(START.timestamp()) + turn * 300 // RECORDS


def _peer_ip(asn: int) -> str:
    return f"192.0.2.{asn - 64_511}"


def _update(prefixes: Sequence[str], path: AsPath, asn: int) -> bytes:
    routes = b"".join(map(_nlri, prefixes))
    if path:
        attributes = _attributes(path, _peer_ip(asn))
        content = struct.pack(">HH", 0, len(attributes)) + attributes + routes
    else:
        content = struct.pack(">H", len(routes)) + routes + struct.pack(">H", 0)
    return b"\xff" * 16 + struct.pack(">HB", 19 + len(content), 2) + content


def _nlri(prefix: str) -> bytes:
    network = ip_network(prefix)
    return bytes([network.prefixlen]) + network.network_address.packed[: (network.prefixlen + 7) // 8]


def _attributes(path: AsPath, next_hop: str) -> bytes:
    """ORIGIN, AS_PATH and NEXT_HOP, as a RIB of IPv4 has them; a reader of paths asks for no other."""
    segments = b"".join(_segments(path))
    head = struct.pack(">BBH", 0x50, 2, len(segments))
    return b"\x40\x01\x01\x00" + head + segments + b"\x40\x03\x04" + ip_address(next_hop).packed


def _segments(path: AsPath) -> Iterator[bytes]:
    plain = [hop for hop in path if isinstance(hop, int)]
    yield struct.pack(f">BB{len(plain)}I", 2, len(plain), *plain)
    for hop in path:
        if not isinstance(hop, int):
            yield struct.pack(f">BB{len(hop)}I", 1, len(hop), *hop)


def moved(records: bytes, by: timedelta) -> bytes:
    """The same records, all later."""
    out, at = np.frombuffer(bytearray(records), np.uint8), _starts(records)
    when = sum(out[at + byte].astype(np.int64) << 24 - 8 * byte for byte in range(4)) + int(by.total_seconds())
    for byte in range(4):
        out[at + byte] = when >> 24 - 8 * byte & 0xFF
    return out.tobytes()


@lru_cache(1)
def _starts(records: bytes) -> npt.NDArray[np.int64]:
    found, at = [], 0
    while at < len(records):
        found.append(at)
        at += _HEAD.size + int.from_bytes(records[at + 8 : at + 12])
    return np.array(found)


def put(archive: Path, collector: str, name: str, when: datetime, records: Iterable[bytes]) -> Path:
    """`name` is bview or updates."""
    path = archive / collector / f"{when:%Y.%m}" / f"{name}.{when:%Y%m%d.%H%M}.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.writelines(records)
    return path


def archive_of(archive: Path, collectors: Sequence[str], files: int) -> None:
    """A RIB and `files` times the same five minutes, one after the other."""
    records = updates()
    for number in range(files):
        first = put(archive, collectors[0], "updates", START + number * STEP, [moved(records, number * STEP)])
        for collector in collectors[1:]:
            put(archive, collector, "updates", START + number * STEP, [gzip.decompress(first.read_bytes())])
    rib = list(first_table(archive, collectors[0]))
    for collector in collectors:
        put(archive, collector, "bview", START, rib)


def first_table(archive: Path, collector: str) -> Iterator[bytes]:
    """A RIB of what the first update file announces: each peer has each prefix of its family, over its own first path
    or, where it told none, over another peer's behind its own network.
    """
    batch = read_batch(next((archive / collector).rglob("updates.*")))
    own: dict[tuple[int, int], int] = {}
    any_path: dict[int, int] = {}
    for peer, prefix, path in zip(batch.peer.tolist(), batch.prefix.tolist(), batch.path.tolist(), strict=True):
        if path:
            own.setdefault((prefix, peer), path)
            any_path.setdefault(prefix, path)
    families = {(":" in batch.prefixes[prefix], peer) for prefix, peer in own}
    peers: list[Peer] = [(peer.asn, peer.ip) for peer in batch.peers]
    table = (
        (
            batch.prefixes[prefix],
            [
                (peer, batch.paths[own[prefix, peer]] if (prefix, peer) in own else _behind(asn, batch.paths[path]))
                for peer, (asn, _) in enumerate(peers)
                if (":" in batch.prefixes[prefix], peer) in families
            ],
        )
        for prefix, path in any_path.items()
    )
    yield from rib(peers, table)


def _behind(asn: int, path: AsPath) -> AsPath:
    return path if path and path[0] == asn else (asn, *path)


def made_table(prefixes: int, peers: int = 10) -> Iterator[bytes]:
    """A RIB of `prefixes` from full-feed peers. Eight prefixes in a row have one origin and one path a peer, so that
    there are a tenth as many paths as routes, as in real tables.
    """
    known: list[Peer] = [(64_512 + peer, f"192.0.2.{peer + 1}") for peer in range(peers)]
    table = (
        (_name(number), [(i, _path(peer[0], number // 8)) for i, peer in enumerate(known)])
        for number in range(prefixes)
    )
    yield from rib(known, table)


def made_updates(prefixes: int, count: int, peers: int = 10, seed: int = 0) -> bytes:
    """`count` announcements, three in a record, of random prefixes of that table: of two, one over another path."""
    draw = random.Random(seed)  # noqa: S311  # the same file each time
    found = []
    for turn in range(count // 3):
        asn, first = 64_512 + draw.randrange(peers), draw.randrange(max(1, prefixes // 8)) * 8
        names = [_name((first + step) % prefixes) for step in range(3)]
        path = _path(asn, first // 8)
        message = _update(names, (path[0], 3_000 + (turn + seed) % 7, *path[2:]) if turn % 2 else path, asn)
        head = struct.pack(">IIHH", asn, 6447, 0, 1) + ip_address(_peer_ip(asn)).packed + bytes(4)
        when = int(START.timestamp()) + turn * 300 * 3 // count
        found.append(_HEAD.pack(when, 16, 4, len(head) + len(message)) + head + message)
    return b"".join(found)


def _name(number: int) -> str:
    return f"{1 + number // 65_536}.{number // 256 % 256}.{number % 256}.0/24"


def _path(asn: int, origin: int) -> AsPath:
    return (asn, 1_000 + (origin * 7 + asn) % 61, 2_000 + origin % 997, 100_000 + origin)


def rib(peers: Sequence[Peer], table: Iterable[tuple[str, Sequence[tuple[int, AsPath]]]]) -> Iterator[bytes]:
    """TABLE_DUMP_V2 (RFC 6396, 4.3): the peers, then a record a prefix with (peer, path) for each route."""
    at = int(START.timestamp())
    body = bytes(4) + struct.pack(">HH", 0, len(peers))
    body += b"".join(
        bytes([2 | (":" in ip)]) + bytes(4) + ip_address(ip).packed + struct.pack(">I", asn) for asn, ip in peers
    )
    yield _HEAD.pack(at, 13, 1, len(body)) + body

    @cache
    def entry(peer: int, path: AsPath) -> bytes:
        attributes = _attributes(path, "192.0.2.254")
        return struct.pack(">HIH", peer, at, len(attributes)) + attributes

    for number, (prefix, routes) in enumerate(table):
        head = struct.pack(">I", number) + _nlri(prefix) + struct.pack(">H", len(routes))
        body = head + b"".join([entry(peer, path) for peer, path in routes])
        yield _HEAD.pack(at, 13, 4 if ":" in prefix else 2, len(body)) + body
        if entry.cache_info().currsize > 1 << 17:
            entry.cache_clear()
