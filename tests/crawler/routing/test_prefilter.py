"""The prefixes that are left out are those in which an exact look finds nothing."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.routing.detect import detector as detect
from crawler.routing.detect.detector import Detector
from crawler.routing.detect.drafts import DetectSettings
from crawler.routing.detect.sessions import Down
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import ElemType, RouteElem
from crawler.routing.state.prefilter import candidates
from crawler.routing.state.table import Table

T0 = 1_577_836_800
PREFIXES = ("198.51.100.0/24", "198.51.100.0/25", "203.0.113.0/24", "2001:db8::/32")
PATHS: tuple[tuple[int, ...], ...] = ((), (100, 200), (300, 200), (100, 666), (10, 77, 20, 200), (10, 20, 200))
KNOWLEDGE = Knowledge(frozenset({10, 20}), lambda asn: None)
SETTINGS = DetectSettings()


def elem(at: float, peer: int, prefix: str, path: Sequence[int], kind: ElemType = ElemType.ANNOUNCE) -> RouteElem:
    collector = f"rrc0{peer % 2}"
    whole = (64600 + peer, *path) if path else ()
    kind = kind if path else ElemType.WITHDRAW
    return RouteElem(kind, T0 + at, collector, 64600 + peer, f"192.0.2.{peer}", prefix, whole, collector, 0)


def found(table: Table) -> set[str]:
    detector = Detector(table, KNOWLEDGE, SETTINGS)
    need = {family: min(SETTINGS.min_peers, max(1, len(full))) for family, full in detector.full_feed.items()}
    return candidates(table, detector.full_feed, need, detector.facts, SETTINGS.outage_share)


def table_of(base: Sequence[tuple[int, int, int]], changes: Sequence[tuple[int, int, int, int]]) -> Table:
    table = Table()
    table.load([elem(0, p, PREFIXES[x], PATHS[w], ElemType.RIB) for p, x, w in base if PATHS[w]], T0)
    for collector in (0, 1):
        table.update([elem(t * 45, p, PREFIXES[x], PATHS[w]) for t, p, x, w in sorted(changes) if p % 2 == collector])
    return table


BASE = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=20)
CHANGES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 4), st.integers(0, 3), st.integers(0, 5)), max_size=50)


DOWNS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 30), st.none() | st.integers(1, 10)).map(
        lambda told: Down(
            f"rrc0{told[0] % 2}",
            f"192.0.2.{told[0]}",
            T0 + told[1] * 45,
            None if told[2] is None else T0 + (told[1] + told[2]) * 45,
        )
    ),
    max_size=4,
)


@given(BASE, CHANGES, DOWNS)
def test_events_are_the_same_as_of_an_exact_look_at_every_prefix(
    base: list[tuple[int, int, int]], changes: list[tuple[int, int, int, int]], downs: list[Down]
) -> None:
    table = table_of(base, changes)
    few = Detector(table, KNOWLEDGE, SETTINGS, downs=downs).events()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detect, "candidates", lambda table, *_: set(table.changed()))
        assert Detector(table, KNOWLEDGE, SETTINGS, downs=downs).events() == few


def test_one_peers_flaps_are_not_looked_at() -> None:
    base = [(peer, prefix, 1) for peer in range(5) for prefix in range(3)]
    assert found(table_of(base, [])) == set()
    assert found(table_of(base, [(1, 0, 0, 2), (2, 0, 0, 1), (3, 0, 1, 0)])) == set()
    assert found(table_of(base, [(1, 0, 0, 2), (2, 0, 0, 1), (30, 1, 0, 2)])) == {PREFIXES[0]}
    assert found(table_of(base, [(1, peer, 2, 0) for peer in range(5)])) == {PREFIXES[2]}


def test_a_session_with_several_paths_is_one_that_lost_a_prefix_when_all_are_gone() -> None:
    table = Table()
    held = [elem(0, peer, PREFIXES[0], PATHS[1], ElemType.RIB) for peer in range(2)]
    table.load([*held, held[0]._replace(path_id=7)], T0)
    gone = [elem(60, 0, PREFIXES[0], ()), elem(60, 1, PREFIXES[0], ())]
    table.update(gone)
    assert table.sessions() == [0, 1, 0]
    assert found(table) == set()
    table.update([elem(70, 0, PREFIXES[0], ())._replace(path_id=7)])
    assert found(table) == {PREFIXES[0]}
