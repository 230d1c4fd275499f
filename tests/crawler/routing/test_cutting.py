"""Detection does not depend on how its input is cut, ordered or repeated."""

import gzip
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby, pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.routing.detect.detector import Detector
from crawler.routing.detect.drafts import DetectSettings
from crawler.routing.detect.sessions import Down
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import RoutingEvent
from crawler.routing.mrt.batch import Batch
from crawler.routing.observe import observe
from crawler.routing.state.table import Table
from ops.demo import mrt
from tests.crawler.routing.elements import OTHER, PEERS, PREFIX, T0, by_collector, elem, held

WINDOW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, 1, tzinfo=UTC)
KNOWLEDGE = Knowledge(frozenset({10, 20}), {200: "XA", 300: "XA"}.get)
PASSED = "192.0.2.0/24"
PATHS: tuple[tuple[int, ...], ...] = ((), (100, 200), (300, 200), (100, 666), (300, 100, 200), (10, 77, 20, 300))
CHANGE = st.tuples(
    st.integers(0, 40).map(lambda step: step * 45),
    st.sampled_from(PEERS),
    st.sampled_from([PREFIX, OTHER, "198.51.100.0/25", PASSED]),
    st.sampled_from(PATHS),
)
CHANGES = st.lists(CHANGE, max_size=60).map(lambda found: sorted(found, key=lambda change: change[0]))


def facts(events: Iterable[RoutingEvent]) -> list[RoutingEvent]:
    """Without the file and record, which a file cut in two changes."""
    return [replace(event, evidence=tuple(replace(e, file="", record=0) for e in event.evidence)) for event in events]


BASE = [*held([100, 200]), *held([10, 20, 300], [PASSED])]
DOWN = st.builds(
    lambda peer, start, steps: Down(
        peer[0], f"192.0.2.{peer[1] - 64600}", T0 + start * 45.0, None if steps is None else T0 + (start + steps) * 45.0
    ),
    st.sampled_from(PEERS),
    st.integers(0, 40),
    st.none() | st.integers(1, 20),
)
DOWNS = st.lists(DOWN, max_size=3)


@given(CHANGES, DOWNS, st.data())
def test_cuts_copies_and_the_order_of_collectors_mean_nothing(
    changes: list[tuple[int, tuple[str, int], str, tuple[int, ...]]], downs: list[Down], data: st.DataObject
) -> None:
    elems = by_collector(elem(*change) for change in changes)
    bases = by_collector(BASE)

    def run(collectors: Sequence[str], cuts: int, copies: int, told: Sequence[Down]) -> list[RoutingEvent]:
        table = Table()
        for collector in collectors:
            table.load(bases[collector], T0)
            own = elems.get(collector, [])
            places = sorted(data.draw(st.lists(st.integers(0, len(own)), min_size=cuts, max_size=cuts)))
            for start, end in pairwise([0, *places, len(own)]):
                table.update_batches([Batch.of(own[start:end])] * copies if start < end else [])
        return Detector(table, KNOWLEDGE, DetectSettings(), downs=told).events()

    events = run(["rrc00", "rrc01"], 0, 1, downs)
    assert run(["rrc01", "rrc00"], 3, 2, [*reversed(downs), *downs]) == events
    assert len({event.id for event in events}) == len(events)
    assert all(event.evidence and event.peers_seen <= event.peers_total for event in events)
    assert all({e.collector for e in event.evidence} == set(event.collectors) for event in events)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CHANGES, st.data())
def test_cut_and_repeated_files_mean_nothing(
    changes: list[tuple[int, tuple[str, int], str, tuple[int, ...]]], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(changes)))
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as other:
        write_archive(Path(plain), changes, len(changes))
        write_archive(Path(other), changes, cut, repeated=True)
        assert facts(observe(Path(plain), *WINDOW).events) == facts(observe(Path(other), *WINDOW).events)


def write_archive(
    folder: Path,
    changes: Sequence[tuple[int, tuple[str, int], str, tuple[int, ...]]],
    cut: int,
    *,
    repeated: bool = False,
) -> None:
    """RIS files of five minutes; change number `cut` begins a second piece of its file."""
    for collector in ("rrc00", "rrc01"):
        home = folder / collector / "2020.01"
        home.mkdir(parents=True)
        peers = [mrt.Neighbour(asn, f"192.0.2.{asn - 64600}") for name, asn in PEERS if name == collector]
        rib = mrt.peer_index(T0, "", peers)
        for number, prefix in enumerate((PREFIX, OTHER)):
            rib += mrt.rib_entry(T0, number, prefix, [(i, p.ip, [p.asn, 100, 200]) for i, p in enumerate(peers)])
        (home / "bview.20200101.0000.gz").write_bytes(gzip.compress(rib))
        own = [(place >= cut, change) for place, change in enumerate(changes) if change[1][0] == collector]
        for (slot, later), part in groupby(own, key=lambda item: (item[1][0] // 300, item[0])):
            content = b"".join(
                mrt.update(
                    T0 + at, mrt.Neighbour(asn, f"192.0.2.{asn - 64600}"), [prefix], (asn, *path) if path else ()
                )
                for _, (at, (_, asn), prefix, path) in part
            )
            stamp = f"20200101.{slot // 12:02}{slot % 12 * 5:02}"
            (home / f"updates.{stamp}.{'z-second.' if later else ''}gz").write_bytes(gzip.compress(content))
            if repeated:
                again = f"updates.{stamp}.{'z-second.' if later else ''}{'zz' if later else 'h'}-again.bz2"
                (home / again).write_bytes(content)
