"""The demo's routes must tell the published story, to the second, and nothing else."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from crawler.routing.model import EventKind, RoutingEvent, RoutingView
from crawler.routing.mrt.file import MrtFile
from crawler.routing.observe import observe
from ops.demo.routes import COLLECTORS, END, START, write_archive

ALARMS = {EventKind.MOAS, EventKind.ORIGIN_CHANGE, EventKind.SUBPREFIX_ORIGIN_CHANGE, EventKind.ROUTE_LEAK}


def at(text: str, day: int = 1) -> datetime:
    return datetime.fromisoformat(f"2017-10-{day:02}T{text}").replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("routes")
    write_archive(folder)
    return folder


@pytest.fixture(scope="module")
def view(archive: Path) -> RoutingView:
    return observe(archive, START, END)


def of_kind(view: RoutingView, kind: EventKind) -> list[RoutingEvent]:
    return [event for event in view.events if event.kind is kind]


def test_the_archive_is_whole(archive: Path, view: RoutingView) -> None:
    assert view.coverage.gaps == ()
    assert view.coverage.collectors == tuple(sorted(COLLECTORS))
    assert view.coverage.peers_total == 13


def test_the_second_upstream_comes_goes_and_comes_back(view: RoutingView) -> None:
    (event,) = of_kind(view, EventKind.UPSTREAM_ADDED)
    assert (event.origin_asn, event.upstream_asn, event.countries) == (131279, 20485, ("KP",))
    assert event.prefixes == ("175.45.176.0/24", "175.45.178.0/24", "175.45.179.0/24")
    assert event.first_seen == at("09:07:51")
    assert event.last_seen is None
    assert event.intervals == ((at("09:07:51"), at("10:14:45")), (at("12:21:55"), None))
    assert (event.peers_seen, event.peers_total) == (9, 13)
    assert event.collectors == tuple(sorted(COLLECTORS))


def test_each_loss_of_it_is_told_with_its_prefixes(view: RoutingView) -> None:
    removed = [(e.first_seen, e.last_seen, e.prefixes) for e in of_kind(view, EventKind.UPSTREAM_REMOVED)]
    assert removed == [
        (at("10:14:45"), at("12:21:55"), ("175.45.176.0/24", "175.45.178.0/24", "175.45.179.0/24")),
        (at("07:56:39", 2), None, ("175.45.176.0/24",)),
        (at("09:10:29", 2), None, ("175.45.179.0/24",)),
    ]


def test_four_short_total_outages_lie_in_the_unstable_hours(view: RoutingView) -> None:
    outages = of_kind(view, EventKind.OUTAGE)
    assert len(outages) == 4
    for event in outages:
        assert event.origin_asn == 131279
        assert len(event.prefixes) == 4
        assert at("10:47:00") <= event.first_seen
        assert event.last_seen is not None
        assert event.last_seen <= at("12:26:00")


def test_the_background_moves_without_an_alarm(view: RoutingView) -> None:
    assert not [event for event in view.events if event.kind in ALARMS]
    assert {event.origin_asn for event in view.events} == {131279}


def test_before_it_there_was_one_upstream_alone(view: RoutingView) -> None:
    before = {s.upstream_asn for s in view.spells if s.origin_asn == 131279 and s.since_before}
    assert before == {4837}


def test_evidence_leads_to_the_record_that_says_so(archive: Path, view: RoutingView) -> None:
    @cache
    def elems(file: str) -> list[tuple[int, str, int, str, tuple[object, ...]]]:
        found = MrtFile(archive / file)
        return [(e.record, e.collector, e.peer_asn, e.prefix, e.as_path) for e in found]

    for event in view.events:
        assert event.evidence
        for one in event.evidence:
            told = (one.record, one.collector, one.peer_asn, one.prefix, one.as_path)
            assert told in elems(one.file)


def test_only_what_is_asked_for_is_told(archive: Path, view: RoutingView) -> None:
    by_asn = observe(archive, START, END, asns=[20485])
    assert {event.kind for event in by_asn.events} == {EventKind.UPSTREAM_ADDED, EventKind.UPSTREAM_REMOVED}
    by_prefix = observe(archive, START, END, prefixes=["175.45.177.0/24"])
    assert {event.kind for event in by_prefix.events} == {EventKind.OUTAGE}
    by_country = observe(archive, START, END, countries=["kp"])
    assert by_country.events == view.events
    assert {spell.origin_asn for spell in by_country.spells} == {131279}


def test_a_copy_without_the_network_never_shows_it(tmp_path: Path) -> None:
    write_archive(tmp_path, without_asn=20485)
    view = observe(tmp_path, START, END, countries=["KP"])
    assert {event.kind for event in view.events} == {EventKind.OUTAGE}
    assert {spell.upstream_asn for spell in view.spells} == {4837}
    assert view.coverage.gaps == ()


def test_missing_files_are_a_gap_that_travels_with_the_events(tmp_path: Path) -> None:
    write_archive(tmp_path, without_files=["rrc12/2017.10/updates.20171001.09*"])
    view = observe(tmp_path, START, END)
    (gap,) = view.coverage.gaps
    assert (gap.collector, gap.start, gap.end) == ("rrc12", at("09:00:00"), at("10:00:00"))
    (event,) = of_kind(view, EventKind.UPSTREAM_ADDED)
    assert event.first_seen == at("09:07:51")
    assert event.gaps == (gap,)


def test_the_same_bytes_each_time(archive: Path, tmp_path: Path) -> None:
    write_archive(tmp_path)
    for path in archive.rglob("*.*"):
        if path.is_file():
            assert (tmp_path / path.relative_to(archive)).read_bytes() == path.read_bytes()
