"""A collector whose peers' sessions are down is blind: its silence says nothing, and tells no event."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from crawler.routing.model import RoutingView
from crawler.routing.observe import observe
from ops.demo import mrt

T0 = 1_577_836_800  # 2020-01-01T00:00:00Z
WINDOW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, 0, 10, tzinfo=UTC)
PEERS = [mrt.Neighbour(64601 + i, f"192.0.2.{1 + i}") for i in range(3)]
PARTIAL = mrt.Neighbour(64699, "192.0.2.99")
PREFIXES = ["198.51.100.0/24", "203.0.113.0/24"]
IDLE, ACTIVE, ESTABLISHED = 1, 3, 6


def state(at: float, peer: mrt.Neighbour, old: int, new: int, subtype: int = 5) -> bytes:
    """BGP4MP_STATE_CHANGE_AS4, or without AS4 (subtype 0): RFC 6396, 4.4.1 and 4.4.4."""
    numbers = struct.pack(">II" if subtype else ">HH", peer.asn, 6447)
    addresses = IPv4Address(peer.ip).packed + IPv4Address("192.0.2.254").packed
    body = numbers + struct.pack(">HH", 0, 1) + addresses + struct.pack(">HH", old, new)
    return mrt.record(T0 + int(at), 16, subtype, body)


def down(at: float, *peers: mrt.Neighbour) -> list[bytes]:
    return [state(at, peer, ESTABLISHED, IDLE) for peer in peers]


def up(at: float, *peers: mrt.Neighbour) -> list[bytes]:
    return [state(at, peer, 5, ESTABLISHED) for peer in peers]


def tells(at: float, peer: mrt.Neighbour) -> bytes:
    return mrt.update(T0 + int(at), peer, PREFIXES[:1], [peer.asn, 100, 200])


def seen(folder: Path, records: Sequence[bytes], later: Sequence[bytes] = (), *, copies: int = 1) -> RoutingView:
    """One collector with three full-feed peers and a partial one; `later` is the second file."""
    rib = mrt.peer_index(T0, "", [*PEERS, PARTIAL])
    for number, prefix in enumerate(PREFIXES):
        peers = [*PEERS, PARTIAL] if number == 0 else PEERS
        rib += mrt.rib_entry(T0, number, prefix, [(i, p.ip, [p.asn, 100, 200]) for i, p in enumerate(peers)])
    home = folder / "rrc00" / "2020.01"
    home.mkdir(parents=True)
    (home / "bview.20200101.0000").write_bytes(rib)
    for copy in range(copies):
        (home / f"updates.20200101.0000.{copy}").write_bytes(b"".join(records) or tells(0, PEERS[0]))
    (home / "updates.20200101.0005").write_bytes(b"".join(later) or tells(599, PEERS[0]))
    return observe(folder, *WINDOW)


def gaps(view: RoutingView) -> list[tuple[float, float]]:
    return [(gap.start.timestamp() - T0, gap.end.timestamp() - T0) for gap in view.coverage.gaps]


def test_a_collector_whose_sessions_are_down_is_blind_until_they_are_back(tmp_path: Path) -> None:
    view = seen(tmp_path, down(60, *PEERS), up(400, *PEERS))
    assert gaps(view) == [(60, 400)]
    (gap,) = view.coverage.gaps
    assert gap.collector == "rrc00"
    assert gap.reason == "the sessions of 3 of 3 full-feed peers (IPv4) of this collector were down"
    assert view.events == ()


def test_more_than_half_must_be_down(tmp_path: Path) -> None:
    view = seen(tmp_path, [*down(60, PEERS[0]), *down(100, PEERS[1]), *up(200, PEERS[0]), *up(250, PEERS[1])])
    assert gaps(view) == [(100, 200)]
    assert "2 of 3" in view.coverage.gaps[0].reason


@pytest.mark.parametrize("blind", [PEERS[:1], [PARTIAL, PEERS[0]]], ids=["one of three", "a partial table"])
def test_the_reset_of_a_few_is_no_gap(tmp_path: Path, blind: list[mrt.Neighbour]) -> None:
    assert gaps(seen(tmp_path, down(60, *blind))) == []


def test_updates_tell_that_a_session_is_back(tmp_path: Path) -> None:
    before = [tells(60, peer) for peer in PEERS]  # of the same second, yet before the sessions went
    view = seen(tmp_path, [*before, *down(60, *PEERS), *(tells(90, peer) for peer in PEERS)])
    assert gaps(view) == [(60, 90)]


def test_sessions_that_do_not_come_back_are_down_to_the_end(tmp_path: Path) -> None:
    trying = [state(at, peer, IDLE, ACTIVE) for at in (70, 80) for peer in PEERS]
    assert gaps(seen(tmp_path, [*down(60, *PEERS), *trying], [tells(500, PARTIAL)])) == [(60, 600)]


def test_a_copy_of_a_file_changes_nothing(tmp_path: Path) -> None:
    flapping = [*down(60, *PEERS), *up(60, *PEERS), *down(100, *PEERS), *up(200, *PEERS)]
    assert gaps(seen(tmp_path, flapping, copies=2)) == [(100, 200)]


def test_records_of_two_byte_numbers_count_as_well(tmp_path: Path) -> None:
    records = [state(60, peer, ESTABLISHED, IDLE, 0) for peer in PEERS]
    assert gaps(seen(tmp_path, records, up(300, *PEERS))) == [(60, 300)]
