"""An archive's answer does not depend on how its files are cut, named, repeated and read, nor on what is kept of it."""

import gzip
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.routing import observe as observation
from crawler.routing.knowledge import Knowledge
from crawler.routing.model import EventKind, Gap, RoutingView
from crawler.routing.observe import observe
from crawler.routing.reference.known import Reference
from crawler.routing.state import filling
from crawler.routing.state.pool import Pool
from crawler.routing.thresholds import DetectSettings
from ops.demo import mrt

T0 = 1_577_836_800  # 2020-01-01T00:00:00Z
DAY = datetime(2020, 1, 1, tzinfo=UTC)
WINDOW = DAY, DAY + timedelta(minutes=30)
PEERS = {
    name: [mrt.Neighbour(64601 + i + 10 * n, f"192.0.2.{1 + i + 10 * n}") for i in range(3)]
    for n, name in enumerate(("rrc00", "rrc01"))
}
PREFIXES = ("198.51.100.0/24", "198.51.100.0/25", "203.0.113.0/24", "192.0.2.0/24", "198.51.101.0/24")
IN_RIB = {0: (100, 200), 2: (100, 201), 3: (300, 202), 4: (100, 200)}  # the /25 comes later, if at all
PATHS: tuple[tuple[int, ...], ...] = ((), (100, 200), (300, 200), (100, 666), (300, 201), (100, 200, 202), (400, 202))
SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# BGP4MP_MESSAGE_AS4 of two networks, IPv4, with the 19 bytes of a keepalive: a file in which nothing happened.
KEEPALIVE = mrt.record(
    T0, 16, 4, struct.pack(">IIHH", 64601, 6447, 0, 1) + bytes(8) + b"\xff" * 16 + struct.pack(">HB", 19, 4)
)

Change = tuple[int, str, int, int, int]  # seconds, collector, peer, prefix, path
CHANGE = st.tuples(
    st.integers(0, 39).map(lambda step: step * 45),
    st.sampled_from(sorted(PEERS)),
    st.integers(0, 2),
    st.integers(0, len(PREFIXES) - 1),
    st.integers(0, len(PATHS) - 1),
)
CHANGES = st.lists(CHANGE, max_size=60, unique_by=lambda c: c[:4]).map(lambda found: sorted(found, key=lambda c: c[0]))


def packed(changes: Iterable[Change]) -> bytes:
    records = []
    for at, collector, peer, prefix, path in changes:
        who = PEERS[collector][peer]
        way = (who.asn, *PATHS[path]) if PATHS[path] else ()
        records.append(mrt.update(T0 + at, who, [PREFIXES[prefix]], way))
    return gzip.compress(b"".join(records) or KEEPALIVE, mtime=0)


def rib(collector: str, held: dict[int, tuple[int, ...]] | None = None, peers: Sequence[int] = (0, 1, 2)) -> bytes:
    who = PEERS[collector]
    content = mrt.peer_index(T0, "", who)
    for number, (prefix, path) in enumerate((IN_RIB if held is None else held).items()):
        routes = [(i, who[i].ip, (who[i].asn, *path)) for i in peers]
        content += mrt.rib_entry(T0, number, PREFIXES[prefix], routes)
    return gzip.compress(content, mtime=0)


def put(folder: Path, collector: str, name: str, content: bytes) -> Path:
    path = folder / collector / "2020.01" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def write(folder: Path, changes: Sequence[Change], names: Callable[[str], str] = str) -> None:
    """Both collectors, RIB and six files of five minutes each; `names` gives a collector's other name."""
    for collector in PEERS:
        put(folder, names(collector), "bview.20200101.0000.gz", rib(collector))
        for slot in range(6):
            own = [c for c in changes if c[1] == collector and c[0] // 300 == slot]
            put(folder, names(collector), f"updates.20200101.00{slot * 5:02}.gz", packed(own))


def facts(view: RoutingView) -> Any:
    """Without files and records, which differ between a file and its pieces."""
    events = [replace(e, evidence=tuple(replace(one, file="", record=0) for one in e.evidence)) for e in view.events]
    spells = [replace(spell, evidence=replace(spell.evidence, file="", record=0)) for spell in view.spells]
    return events, spells, view.coverage


class Known(Reference):
    """Networks of two countries, one of them with a single network."""

    def country(self, asn: int) -> str | None:
        return {200: "KP", 201: "SD", 202: "SD"}.get(asn)

    def networks(self, country: str) -> tuple[int, ...]:
        return {"KP": (200,), "SD": (201, 202)}.get(country, ())


def of(folder: Path, **asked: Any) -> RoutingView:
    return observe(folder, *WINDOW, reference=Known(), **asked)


SCOPES = st.sampled_from(
    [
        {"asns": [666]},
        {"asns": [200]},
        {"asns": [300]},
        {"prefixes": ["198.51.100.0/24"]},
        {"prefixes": ["198.51.100.128/25"]},
        {"countries": ["KP"]},
        {"countries": ["SD"]},
        {"asns": [400], "prefixes": ["192.0.0.0/8"]},
    ]
)


def read_ahead(_pool: Pool, work: Callable[[Any], Any], tasks: Iterable[Any], _name: object) -> Iterator[Any]:
    """All tasks are made before the first is done: no file is read with what another one taught."""
    return iter([(task, work(task)) for task in list(tasks)])


@pytest.mark.parametrize("ahead", [False, True])
@SLOW
@given(CHANGES, SCOPES)
def test_what_is_asked_for_is_told_alike_whether_all_is_kept_or_only_that(
    ahead: bool, changes: list[Change], scope: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        if ahead:
            patch.setattr(Pool, "map", read_ahead)
        folder = Path(name)
        write(folder, changes)
        narrow = of(folder, **scope)
        patch.setattr(observation, "fill", lambda listing, _wanted, progress: filling.fill(listing, None, progress))
        assert of(folder, **scope) == narrow


@pytest.mark.parametrize("scope", [{"asns": [200]}, {"countries": ["KP"]}, {"prefixes": ["198.51.100.0/24"]}])
def test_a_table_that_a_peer_withdraws_is_lost_alike_whether_all_is_kept_or_only_what_is_asked_for(
    tmp_path: Path, scope: dict[str, Any]
) -> None:
    """Each prefix once: what a peer withdraws again and again is counted anew where its prefix is not kept."""
    away = [(45, collector, peer, prefix, 0) for collector in PEERS for peer in (0, 1, 2) for prefix in IN_RIB]
    write(tmp_path, away)
    small = DetectSettings(session_loss_prefixes=3)  # so that these tables, too, can be lost as a whole
    narrow = of(tmp_path, settings=small, **scope)
    assert narrow != of(tmp_path, **scope)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(observation, "fill", lambda listing, _wanted, progress: filling.fill(listing, None, progress))
        assert of(tmp_path, settings=small, **scope) == narrow


@SLOW
@given(CHANGES, st.integers(0, 60), st.booleans())
def test_pieces_copies_and_the_order_of_collectors_mean_nothing(changes: list[Change], cut: int, turned: bool) -> None:
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as other:
        write(Path(plain), changes)
        write(Path(other), changes)
        for collector in PEERS:
            own = [(i >= cut, c) for i, c in enumerate(changes) if c[1] == collector]
            for (slot, later), part in groupby(own, key=lambda item: (item[1][0] // 300, item[0])):
                content = packed(c for _, c in part)
                stamp = f"20200101.00{slot * 5:02}"
                if turned:  # pieces in place of the whole, under other names
                    (Path(other) / collector / "2020.01" / f"updates.{stamp}.gz").unlink(missing_ok=True)
                put(Path(other), collector, f"updates.{stamp}.{'z' if later else 'a'}", gzip.decompress(content))
                put(Path(other), collector, f"updates.{stamp}.{'z' if later else 'a'}-again.bz2", content)
        assert facts(of(Path(plain))) == facts(of(Path(other)))


@SLOW
@given(CHANGES)
def test_collectors_may_come_in_any_order(changes: list[Change]) -> None:
    turned = {"rrc00": "rrc01", "rrc01": "rrc00"}
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as other:
        write(Path(plain), changes)
        write(Path(other), changes, turned.__getitem__)
        told = [
            [
                (e.kind, e.prefixes, e.origin_asn, e.upstream_asn, e.first_seen, e.intervals, e.peers_seen)
                for e in v.events
            ]
            for v in (of(Path(plain)), of(Path(other)))
        ]
        assert sorted(told[0]) == sorted(told[1])


def test_a_country_is_asked_for_as_that_of_who_takes_a_prefix_or_leaks_it(tmp_path: Path) -> None:
    """666 of XC takes over a prefix of 200 (KP), and passes on routes of 202 (SD) between two it buys from."""

    class Offender(Known):
        def country(self, asn: int) -> str | None:
            return "XC" if asn == 666 else super().country(asn)

        def networks(self, country: str) -> tuple[int, ...]:
            return (666,) if country == "XC" else super().networks(country)

        def knowledge(self, moment: datetime) -> Knowledge:
            return replace(super().knowledge(moment), transit_free=frozenset({100, 300}))

    for collector, who in PEERS.items():
        put(tmp_path, collector, "bview.20200101.0000.gz", rib(collector))
        told = [(200, "198.51.100.0/24", (100, 666)), (400, "192.0.2.0/24", (100, 666, 300, 202))]
        records = [mrt.update(T0 + at, one, [prefix], (one.asn, *way)) for at, prefix, way in told for one in who]
        put(tmp_path, collector, "updates.20200101.0000.gz", gzip.compress(b"".join(records), mtime=0))
    hijack, leak = [("origin_change", ("KP", "XC"))], [("route_leak", ("SD", "XC"))]
    for country, wanted in {"KP": hijack, "XC": hijack + leak, "SD": leak, "XD": []}.items():
        events = observe(tmp_path, *WINDOW, reference=Offender(), countries=[country]).events
        assert [(e.kind.value, e.countries) for e in events if e.offender_asn == 666] == wanted, country
        assert wanted or not events


def test_processes_find_what_one_alone_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hijack = [(60 + n, c, p, x, 3) for n, x in enumerate((0, 1)) for c in PEERS for p in range(3)]
    late = [(1300, c, p, 3, 3) for c in PEERS for p in range(3)] + [(400, "rrc00", 0, 3, 1)]
    write(tmp_path, sorted(hijack + late))
    alone = of(tmp_path), of(tmp_path, asns=[666])
    monkeypatch.setattr(filling, "_BYTES_A_WORKER", 1)
    monkeypatch.setattr(filling, "cores", lambda: 2)
    assert (of(tmp_path), of(tmp_path, asns=[666])) == alone
    assert {event.kind for event in alone[1].events} >= {EventKind.ORIGIN_CHANGE, EventKind.SUBPREFIX_ORIGIN_CHANGE}


def test_progress_is_told_in_files(tmp_path: Path) -> None:
    write(tmp_path, [])
    told: list[tuple[int, int]] = []
    of(tmp_path, progress=lambda done, todo: told.append((done, todo)))
    assert told == [(n, 14) for n in range(1, 15)]


# -- gaps ------------------------------------------------------------------------------------------------------------
def minutes(gaps: Iterable[Gap], collector: str = "rrc00") -> list[tuple[float, float]]:
    own = (gap for gap in gaps if gap.collector == collector)
    return [((gap.start - DAY).total_seconds() / 60, (gap.end - DAY).total_seconds() / 60) for gap in own]


def test_cut_empty_and_missing_files_are_gaps(tmp_path: Path) -> None:
    write(tmp_path, [(60 + 300 * n, "rrc00", 0, 0, 1 + n % 2) for n in range(6)])
    month = tmp_path / "rrc00" / "2020.01"
    whole = (month / "updates.20200101.0005.gz").read_bytes()
    (month / "updates.20200101.0005.gz").write_bytes(whole[:-12])
    (month / "updates.20200101.0015.gz").write_bytes(b"")
    (month / "updates.20200101.0025.gz").unlink()
    assert minutes(of(tmp_path).coverage.gaps) == [(5, 10), (15, 20), (25, 30)]


@pytest.mark.parametrize(("nothing", "gaps"), [(2, [(0, 10)]), (3, [(0, 15)]), (4, [])])
def test_a_whole_file_that_holds_nothing_is_a_gap_unless_most_do(
    tmp_path: Path, nothing: int, gaps: list[tuple[float, float]]
) -> None:
    write(tmp_path, [(300 * n + 1, "rrc00", 0, 0, 1 + n % 2) for n in range(6)])
    for slot in range(nothing):
        put(tmp_path, "rrc00", f"updates.20200101.00{slot * 5:02}.gz", gzip.compress(b""))
    assert minutes(of(tmp_path).coverage.gaps) == gaps


def test_a_later_rib_tells_what_happened_in_a_gap_and_the_gap_is_told_with_it(tmp_path: Path) -> None:
    write(tmp_path, [])
    put(tmp_path, "rrc00", "bview.20200101.0020.gz", rib("rrc00", {**IN_RIB, 0: (300, 200)}))
    assert of(tmp_path).events == ()  # nothing was missed: what a RIB says otherwise has another cause
    (tmp_path / "rrc00" / "2020.01" / "updates.20200101.0005.gz").unlink()
    (added, *_) = of(tmp_path).events
    assert (added.kind, added.upstream_asn, added.prefixes) == (EventKind.UPSTREAM_ADDED, 300, (PREFIXES[0],))
    assert added.first_seen == DAY + timedelta(minutes=20)
    assert {seen.file for seen in added.evidence} == {"rrc00/2020.01/bview.20200101.0020.gz"}
    assert minutes(added.gaps) == [(5, 10)]
    # One collector's three peers of six; asked for alone, it is the same.
    assert of(tmp_path, asns=[300]).events == (added,)


def test_a_damaged_file_is_mended_by_a_later_rib_too(tmp_path: Path) -> None:
    write(tmp_path, [(310, "rrc00", 0, 0, 2)])
    path = tmp_path / "rrc00" / "2020.01" / "updates.20200101.0005.gz"
    path.write_bytes(path.read_bytes()[:-12])
    put(tmp_path, "rrc00", "bview.20200101.0010.gz", rib("rrc00", {**IN_RIB, 2: (300, 201)}))
    assert [event.prefixes for event in of(tmp_path).events if event.upstream_asn == 300] == [(PREFIXES[2],)]


def test_a_peer_that_comes_later_and_a_table_told_again_are_no_events(tmp_path: Path) -> None:
    write(tmp_path, [])
    put(tmp_path, "rrc00", "bview.20200101.0000.gz", rib("rrc00", peers=(0, 1)))
    again = [(600, "rrc00", p, x, 1) for p in (0, 1, 2) for x in (0, 4)]
    other = [(700, "rrc00", 2, x, path) for x, path in ((0, 3), (2, 3), (3, 3))]
    put(tmp_path, "rrc00", "updates.20200101.0010.gz", packed([*again, *other]))
    assert of(tmp_path).events == ()


def test_of_a_large_table_only_spells_of_networks_with_an_event_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, [(60 + p, c, p, 0, 3) for c in PEERS for p in range(3)])
    every = of(tmp_path).spells
    assert {spell.origin_asn for spell in every} == {200, 201, 202, 666}
    monkeypatch.setattr(observation, "SPELLS_FOR_ALL", 0)
    assert of(tmp_path).spells == tuple(spell for spell in every if spell.origin_asn in {200, 666})
    assert of(tmp_path, spells=False).spells == ()
