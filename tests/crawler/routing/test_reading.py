"""What a worker keeps of a file."""

from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.routing.archive.tree import ArchiveFile
from crawler.routing.state.reading import Part, Task, Wanted, overlapping, read_part
from ops.demo import mrt

T0 = 1_577_836_800
ONE, OTHER = mrt.Neighbour(64601, "192.0.2.1"), mrt.Neighbour(64602, "192.0.2.2")
A, B, C = "198.51.100.0/24", "203.0.113.0/24", "198.51.100.0/25"


def read(folder: Path, *records: bytes, wanted: Wanted | None = None) -> Part:
    (folder / "updates.20200101.0000").write_bytes(b"".join(records))
    file = ArchiveFile("rrc00", datetime(2020, 1, 1, tzinfo=UTC), False, "updates.20200101.0000", folder)
    return read_part(Task(file, T0, T0 + 300, wanted))


def rows(part: Part) -> list[tuple[float, str, str, tuple[int | tuple[int, ...], ...]]]:
    batch = part.batch
    return [
        (at - T0, batch.peers[peer].ip, batch.prefixes[prefix], batch.paths[path])
        for at, peer, prefix, path in zip(
            *(column.tolist() for column in (batch.at, batch.peer, batch.prefix, batch.path)), strict=True
        )
    ]


def told(at: int, who: mrt.Neighbour, prefix: str, *path: int) -> bytes:
    return mrt.update(T0 + at, who, [prefix], (who.asn, *path) if path else ())


def test_repetitions_and_what_is_outside_the_window_are_left_out(tmp_path: Path) -> None:
    part = read(
        tmp_path,
        told(-1, ONE, A, 100),
        told(1, ONE, A, 100),
        told(1, ONE, A, 200),
        told(2, ONE, A, 200),
        told(3, OTHER, A, 100),
        told(300, ONE, A, 100),
    )
    assert rows(part) == [(1, "192.0.2.1", A, (64601, 200)), (3, "192.0.2.2", A, (64602, 100))]
    assert [(sign.observed_at - T0, sign.peer_ip) for sign in part.signs] == [(1, "192.0.2.1"), (3, "192.0.2.2")]


@pytest.mark.parametrize(
    ("wanted", "kept", "found"),
    [
        (Wanted(names=frozenset([B])), {B}, set()),
        (Wanted(inside=("198.51.100.0/24",)), {A, C}, set()),
        (Wanted(asns=frozenset([100])), {A}, {A}),
        (Wanted(origins=frozenset([300])), {B}, {B}),
        (Wanted(asns=frozenset([999])), set(), set()),
    ],
)
def test_all_rows_of_a_wanted_prefix_are_kept(tmp_path: Path, wanted: Wanted, kept: set[str], found: set[str]) -> None:
    part = read(
        tmp_path,
        told(1, ONE, A, 200),
        told(2, ONE, A, 100, 200),
        told(3, ONE, A),
        told(4, ONE, B, 200, 300),
        told(5, ONE, C, 200),
        told(6, OTHER, B),
        wanted=wanted,
    )
    assert {prefix for _, _, prefix, _ in rows(part)} == kept == set(part.batch.prefixes)
    assert part.found == found
    assert len(rows(part)) == sum({A: 3, B: 2, C: 1}[prefix] for prefix in kept)


def test_many_withdrawals_of_a_peer_are_noted_though_not_kept(tmp_path: Path) -> None:
    gone = [told(at, ONE, prefix) for at, prefix in ((1, A), (2, B))]
    part = read(tmp_path, *gone, told(3, OTHER, A), told(4, ONE, C), wanted=Wanted(names=frozenset([C]), burst=2))
    noted = zip(part.burst_at.tolist(), part.burst_peer.tolist(), strict=True)
    assert [(at - T0, part.batch.peers[peer].ip) for at, peer in noted] == [(1, "192.0.2.1"), (2, "192.0.2.1")]


ADDRESS = st.sampled_from([0xC6336400, 0xC6336480, 0xC6000000, 0x0A000000, 0xCB007100])
FOUR = st.builds(lambda number, length: str(ip_network((number, length), strict=False)), ADDRESS, st.integers(0, 32))
SIX = st.builds(
    lambda number, length: str(ip_network((number << 96, length), strict=False)),
    st.sampled_from([0x20010DB8, 0x20010DB9, 0x2A000000, 1]),
    st.integers(0, 64),
)


@given(st.lists(FOUR | SIX, max_size=3), FOUR | SIX)
def test_overlap_is_that_of_the_addresses(asked: list[str], prefix: str) -> None:
    net = ip_network(prefix)
    others = [ip_network(one) for one in asked]
    assert overlapping(asked)(prefix) == any(net.version == one.version and net.overlaps(one) for one in others)
