"""Coverage of several archives, and events in a line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.errors import Permanent
from crawler.routing.model import Coverage, EventKind, Gap
from indexer.record.routing import NOTHING_SEEN, merged, network
from indexer.titles import event_title
from tests.indexer.making import NOW, event, later


def window(start: float, end: float, *collectors: str, gaps: tuple[Gap, ...] = ()) -> Coverage:
    return Coverage(
        start=later(hours=start), end=later(hours=end), collectors=collectors, peers_total=len(collectors), gaps=gaps
    )


def test_no_archive_could_have_seen_nothing() -> None:
    assert merged([]) == NOTHING_SEEN
    assert NOTHING_SEEN.start == NOTHING_SEEN.end


def test_windows_that_touch_or_overlap_leave_no_hole() -> None:
    gap = Gap(collector="a", start=NOW, end=later(hours=1), reason="u.gz is missing")
    found = merged([window(2, 5, "b"), window(0, 2, "a", gaps=(gap,)), window(1, 3, "a", "c", gaps=(gap,))])
    assert (found.start, found.end, found.collectors, found.peers_total) == (NOW, later(hours=5), ("a", "b", "c"), 2)
    assert found.gaps == (gap,)


def test_each_hole_is_a_gap_of_every_collector() -> None:
    found = merged([window(6, 7, "a"), window(0, 4, "a"), window(1, 2, "a")])
    assert [(gap.collector, gap.start, gap.end) for gap in found.gaps] == [("*", later(hours=4), later(hours=6))]


def test_a_prefix_is_read_or_told() -> None:
    assert str(network("192.0.2.9/24")) == "192.0.2.0/24"
    with pytest.raises(Permanent, match="not a prefix"):
        network("192.0.2/24")


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_has_a_title_without_holes(kind: EventKind) -> None:
    bare = replace(event(), kind=kind, upstream_asn=None, origin_asn=None, countries=("KE",), prefixes=())
    for title in (event_title(replace(event(), kind=kind)), event_title(bare)):
        assert title
        assert "None" not in title
        assert "  " not in title


def test_a_change_of_origin_names_who_announces_and_whose_it_was() -> None:
    taken = replace(event(), kind=EventKind.SUBPREFIX_ORIGIN_CHANGE, upstream_asn=None, offender_asn=64700)
    assert event_title(taken) == "AS64700 announced a part of a prefix of AS64500: 192.0.2.0/24"
    nobody = replace(taken, kind=EventKind.MOAS, offender_asn=None, source="grip")
    assert event_title(nobody) == "Several origins, AS64500 among them: 192.0.2.0/24 (told by grip)"


def test_a_leak_of_many_origins_is_not_one_of_a_country() -> None:
    leak = replace(event(), kind=EventKind.ROUTE_LEAK, origin_asn=None, offender_asn=64700, countries=("KE",))
    assert event_title(leak) == "Routes of several networks leaked by AS64700: 192.0.2.0/24"


def test_a_title_names_three_prefixes_and_counts_the_rest() -> None:
    title = event_title(event(prefixes=("1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8")))
    assert title == "AS64501 became an upstream of AS64500: 1.0.0.0/8, 2.0.0.0/8, 3.0.0.0/8 and 2 more"
