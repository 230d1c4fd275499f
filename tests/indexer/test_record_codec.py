"""What is put into a column comes out as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from crawler.model import Change, Revision, RevisionKind
from crawler.routing.model import Interval, RoutingEvent
from indexer.record.codec import Utc, dumps, loads
from tests.indexer import making

MOMENT = st.datetimes(timezones=st.just(UTC))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(MOMENT, st.builds(Change, st.sampled_from(["equal", "replace"]), TEXT, TEXT))
def test_a_value_survives_with_its_times(at: datetime, change: Change) -> None:
    value = Revision(
        document_id="d",
        kind=RevisionKind.EDITED,
        from_version=1,
        to_version=2,
        capture_id="c",
        at=at,
        changes=(change,),
    )
    assert loads(Revision, dumps(value)) == value


def test_nested_tuples_mappings_and_intervals_keep_their_types() -> None:
    event = making.event(intervals=(Interval(making.NOW, None),), thresholds={"share": 0.5})
    again = loads(type(event), dumps(event))
    assert again == event
    assert isinstance(again.intervals[0], Interval)
    assert again.evidence[0].as_path == (64510, 64501, (64500, 64502))


def test_an_event_and_a_gap_of_an_older_record_still_load() -> None:
    """As they were stored before an event told its basis and licence and a gap its address family."""
    event = loads(
        RoutingEvent,
        """{"id": "e1", "kind": "outage", "prefixes": ["192.0.2.0/24"], "origin_asn": 64500, "upstream_asn": null,
        "offender_asn": null, "countries": ["KE"], "first_seen": "2026-03-01T10:00:00Z", "last_seen": null,
        "peers_seen": 3, "peers_total": 4, "collectors": ["rrc00"], "rpki": "unknown", "gaps": [{"collector": "rrc00",
        "start": "2026-03-01T10:00:00Z", "end": "2026-03-01T11:00:00Z", "reason": "u.gz is missing"}], "evidence": [],
        "intervals": [["2026-03-01T10:00:00Z", null]], "prefix_ends": [], "thresholds": {"min_peers": 2.0},
        "source": "bgp", "source_text": null}""",
    )
    assert (event.basis, event.licence, event.rpki) == ((), None, "unknown")
    assert event.gaps[0].family is None


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="prefixes"):
        loads(type(making.event()), '{"id": "x"}')


def test_sqlite_is_given_utc_and_gives_back_utc() -> None:
    dialect = sqlite.dialect()
    local = datetime(2017, 10, 1, 17, 38, tzinfo=timezone(timedelta(hours=8, minutes=30)))
    stored = Utc().process_bind_param(local, dialect)
    assert stored == datetime(2017, 10, 1, 9, 8)
    assert Utc().process_result_value(stored, dialect) == local
    back = Utc().process_result_value(stored, dialect)
    assert back is not None
    assert back.tzinfo is UTC
