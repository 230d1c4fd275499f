"""What a table holds and tells is what a plain dictionary of the same elements would."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from crawler.routing.model import ElemType, RouteElem
from crawler.routing.mrt.batch import Batch
from crawler.routing.state.table import Path, Peer, Seen, Table

T0 = 1_577_836_800.0
PREFIXES = ("198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
PATHS: tuple[Path, ...] = ((), (64600, 100, 200), (64600, 300, 200), (64600, (1, 2)))
Told = tuple[int, int, int, int]  # seconds, peer, prefix, path


def elem(told: Told, kind: ElemType = ElemType.ANNOUNCE, file: str = "") -> RouteElem:
    at, peer, prefix, path = told
    collector = f"rrc0{peer % 2}"
    kind = kind if PATHS[path] else ElemType.WITHDRAW
    ip = f"192.0.2.{peer // 2}"
    name = file or f"{collector}/updates"
    return RouteElem(kind, T0 + at, collector, 64600, ip, PREFIXES[prefix], PATHS[path], name, at, peer % 3)


TOLD = st.tuples(st.integers(1, 9), st.integers(0, 5), st.integers(0, 2), st.integers(0, 3))
BASE = st.lists(st.tuples(st.just(0), st.integers(0, 5), st.integers(0, 2), st.integers(1, 3)), max_size=12)
UPDATES = st.lists(TOLD, max_size=40).map(lambda told: sorted(told, key=lambda one: one[0]))


def filled(base: Sequence[Told], updates: Sequence[Told], cut: int = 0) -> Table:
    table = Table()
    table.load([elem(told, ElemType.RIB, "rib") for told in base], T0)
    for collector in (0, 1):
        own = [elem(told) for told in updates if told[1] % 2 == collector]
        table.update(e for e in own if e.observed_at < T0 + cut)
        table.update(e for e in own if e.observed_at >= T0 + cut)
    return table


def held_by(table: Table) -> dict[tuple[Peer, str], Path]:
    return {
        (table.peers[peer], name): seen.path for name in table.prefixes() for peer, seen in table.base(name).items()
    }


@given(BASE, UPDATES, st.integers(0, 10))
def test_base_and_changes_are_what_was_told(base: list[Told], updates: list[Told], cut: int) -> None:
    table = filled(base, updates, cut)
    elems = [elem(told, ElemType.RIB) for told in base]
    held = {(Peer(e.collector, e.peer_asn, e.peer_ip, e.path_id), e.prefix): e.as_path for e in elems}
    assert held_by(table) == held
    assert set(table.prefixes()) == {prefix for _, prefix in held}
    assert len(table.prefixes()) == len(list(table.prefixes()))
    assert set(table.base_paths()) == set(held.values())
    for name in PREFIXES:
        assert (name in table.prefixes()) == (name in {prefix for _, prefix in held})

    now = dict(held)
    for at in range(10):
        words = {}
        for e in (elem(told) for told in updates if told[0] == at):
            words[Peer(e.collector, e.peer_asn, e.peer_ip, e.path_id), e.prefix] = e.as_path
        expected = {key: path for key, path in words.items() if now.get(key, ()) != path}
        now.update(expected)
        told = {
            (table.peers[seen.peer], name): seen.path
            for name in table.changed()
            for seen in table.changes(name)
            if seen.at == T0 + at
        }
        assert told == expected


@given(BASE, UPDATES)
def test_what_is_told_again_is_no_change(base: list[Told], updates: list[Told]) -> None:
    table = filled(base, updates)
    before = {name: list(table.changes(name)) for name in table.changed()}
    now: dict[tuple[int, str], Path] = {}
    for name, changes in before.items():
        now |= {(seen.peer, name): seen.path for seen in changes}
    for (peer, name), path in now.items():
        who = table.peers[peer]
        again = RouteElem(ElemType.ANNOUNCE, T0 + 99, who.collector, who.asn, who.ip, name, path, "f", 0, who.path_id)
        table.update([again])
    assert {name: list(table.changes(name)) for name in table.changed()} == before


def test_evidence_is_kept() -> None:
    table = filled([(0, 0, 0, 1)], [(5, 0, 0, 2)])
    assert table.base(PREFIXES[0]) == {0: Seen(T0, 0, PATHS[1], "rib", 0)}
    assert list(table.changes(PREFIXES[0])) == [Seen(T0 + 5, 0, PATHS[2], "rrc00/updates", 5)]
    assert (dict(table.base(PREFIXES[1])), list(table.changes(PREFIXES[1]))) == ({}, [])
    assert (dict(table.base("192.0.2.0/24")), list(table.changes("192.0.2.0/24"))) == ({}, [])


def test_a_session_of_several_paths_is_measured_as_one() -> None:
    base = [(0, peer, prefix, 1) for peer, prefix in ((0, 0), (1, 0), (1, 1))]
    table = Table()
    elems = [elem(told, ElemType.RIB, "rib") for told in base]
    table.load([*elems, elems[0]._replace(path_id=9, prefix=PREFIXES[1])], T0)
    full = table.full_feed(0.9)
    assert {table.peers[peer].collector for peer in full[4]} == {"rrc00", "rrc01"}
    assert len(full[4]) == 3
    assert full[6] == frozenset()


def rib(*told: Told) -> Batch:
    return Batch.of(elem(one, ElemType.RIB, "later") for one in told)


def test_a_later_rib_tells_what_changed_unseen() -> None:
    table = filled([(0, 0, 0, 1), (0, 0, 1, 1), (0, 2, 0, 1), (0, 4, 0, 1)], [])
    # Peer 0 has another path for one prefix and has lost the other; peer 2 is as it was; peer 4 was not connected.
    table.repair([rib((50, 0, 0, 2), (50, 2, 0, 1))], T0 + 50)
    told = {name: [(table.peers[s.peer].ip, s.at, s.path, s.file) for s in table.changes(name)] for name in PREFIXES}
    assert told[PREFIXES[0]] == [("192.0.2.0", T0 + 50, PATHS[2], "later")]
    assert told[PREFIXES[1]] == [("192.0.2.0", T0 + 50, (), "later")]


def test_a_damaged_rib_takes_no_route_away() -> None:
    table = filled([(0, 0, 0, 1), (0, 0, 1, 1)], [])
    cut = rib((50, 0, 0, 1))
    cut.damage = "cut"
    table.repair([cut], T0 + 50)
    assert list(table.changed()) == []


def test_withdrawals_are_told_of_prefixes_that_are_not_kept_too() -> None:
    table = filled([(0, 0, 0, 1)], [(5, 0, 0, 0)])
    batch = rib((0, 2, 1, 1))
    table.note_withdrawals(batch, batch.at, batch.peer)
    at, peer = table.withdrawals()
    assert [(when - T0, table.peers[who].ip) for when, who in zip(at.tolist(), peer.tolist(), strict=True)] == [
        (5, "192.0.2.0"),
        (0, "192.0.2.1"),
    ]
