"""Detection does not depend on how its input is cut, ordered or repeated."""

import gzip
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.routing.detect import Detector
from crawler.routing.drafts import DetectSettings
from crawler.routing.model import RoutingEvent
from crawler.routing.observe import observe
from crawler.routing.state import Table
from ops.demo import mrt
from tests.crawler.routing.elements import NOTHING_KNOWN, OTHER, PEERS, PREFIX, T0, elem, held

WINDOW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, 1, tzinfo=UTC)
PATHS: tuple[tuple[int, ...], ...] = ((), (100, 200), (300, 200), (100, 666), (300, 100, 200))
CHANGE = st.tuples(
    st.integers(0, 40).map(lambda step: step * 45),
    st.sampled_from(PEERS),
    st.sampled_from([PREFIX, OTHER, "198.51.100.0/25"]),
    st.sampled_from(PATHS),
)
CHANGES = st.lists(CHANGE, max_size=60).map(lambda found: sorted(found, key=lambda change: change[0]))


def facts(events: Iterable[RoutingEvent]) -> list[RoutingEvent]:
    """Without the file and record, which a file cut in two changes."""
    return [replace(event, evidence=tuple(replace(e, file="", record=0) for e in event.evidence)) for event in events]


@given(CHANGES)
def test_the_order_of_collectors_means_nothing(
    changes: list[tuple[int, tuple[str, int], str, tuple[int, ...]]],
) -> None:
    def run(collectors: Sequence[str]) -> list[RoutingEvent]:
        table = Table()
        for collector in collectors:
            table.load([e for e in held([100, 200]) if e.collector == collector], T0)
            table.update([elem(*change) for change in changes if change[1][0] == collector])
        return Detector(table, NOTHING_KNOWN, DetectSettings()).events()

    assert run(["rrc00", "rrc01"]) == run(["rrc01", "rrc00"])


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
