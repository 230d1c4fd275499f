"""IODA's events and alerts as outages of countries and networks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.errors import Permanent
from crawler.monitors.model import Question
from crawler.routing.model import EventKind
from tests.crawler.monitors.serving import (
    ASKED,
    END,
    START,
    asking,
    at,
    ioda,
    ioda_alert,
    ioda_envelope,
    ioda_event,
    one,
    unix,
)
from tests.misbehaving import Reply, Request

COUNTRY = Question(start=START, end=END, countries=("ZZ",))


def test_a_network_whose_signal_is_gone_is_an_outage_in_the_sources_words() -> None:
    alerts = [ioda_alert("asn", "64500", at(6.25), 3, 400), ioda_alert("asn", "64500", at(8), 400, 400, level="normal")]
    with asking("ioda", ioda([ioda_event("asn/64500", at(6), 2)], alerts)) as opened:
        (event,) = opened.view(ASKED).events
    assert (event.kind, event.origin_asn, event.countries) == (EventKind.OUTAGE, 64500, ())
    assert (event.first_seen, event.last_seen) == (at(6), at(8))
    assert event.source_text == (
        "IODA event: location=asn/64500 location_name=Zedland datasource=bgp method=median score=676.98; "
        "lowest alert: level=critical condition=< 0.99 value=3 historyValue=400"
    )


def test_a_smaller_drop_is_a_partial_outage() -> None:
    alerts = [ioda_alert("country", "ZZ", at(6), 300, 400)]
    with asking("ioda", ioda([ioda_event("country/ZZ", at(6), 2)], alerts)) as opened:
        (event,) = opened.view(COUNTRY).events
    assert (event.kind, event.origin_asn, event.countries) == (EventKind.PARTIAL_OUTAGE, None, ("ZZ",))


def test_an_alert_of_another_time_source_or_place_says_nothing_of_an_event() -> None:
    alerts = [
        ioda_alert("asn", "64500", at(9), 0, 400),
        ioda_alert("asn", "64500", at(7), 0, 400, datasource="ping-slash24"),
        ioda_alert("asn", "64501", at(7), 0, 400),
    ]
    with asking("ioda", ioda([ioda_event("asn/64500", at(6), 2)], alerts)) as opened:
        (event,) = opened.view(ASKED).events
    assert event.kind is EventKind.PARTIAL_OUTAGE
    assert event.source_text is not None
    assert event.source_text.endswith("no alert tells how far")


def test_without_its_alerts_an_event_is_partial_and_they_are_a_gap() -> None:
    answer = ioda([ioda_event("asn/64500", at(6), 2)])

    def no_alerts(request: Request) -> object:
        return Reply(status=503) if request.path.endswith("alerts") else answer(request)

    with asking("ioda", no_alerts) as opened:
        view = opened.view(ASKED)
    assert [event.kind for event in view.events] == [EventKind.PARTIAL_OUTAGE]
    assert any("alerts of" in gap.reason for gap in view.coverage.gaps)
    assert view.events[0].gaps == view.coverage.gaps


def test_a_region_is_told_of_its_country_with_its_name() -> None:
    event = ioda_event("region/4412", at(6), 2, location_name="Upper Zedland")
    with asking("ioda", ioda([event])) as opened:
        (event_,) = opened.view(COUNTRY).events
        asked = [request.params for request in opened.requests]
    assert event_.countries == ("ZZ",)
    assert "location_name=Upper Zedland" in (event_.source_text or "")
    assert any(params.get("relatedTo") == ["country/ZZ"] for params in asked)


def test_what_goes_on_at_the_end_of_the_window_has_no_end() -> None:
    with asking("ioda", ioda([ioda_event("asn/64500", at(20), 4)])) as opened:
        (event,) = opened.view(ASKED).events
    assert event.last_seen is None


def test_what_ended_after_the_window_keeps_its_end() -> None:
    with asking("ioda", ioda([ioda_event("asn/64500", at(20), 9)])) as opened:
        (event,) = opened.view(ASKED).events
    assert event.last_seen == at(29)


def test_an_event_that_began_before_the_window_and_reaches_into_it_is_told() -> None:
    with asking("ioda", ioda([ioda_event("asn/64500", at(-30), 40)])) as opened:
        (event,) = opened.view(ASKED).events
    assert (event.first_seen, event.last_seen) == (at(-30), at(10))


def test_an_event_without_its_place_is_of_what_was_asked_for() -> None:
    """The service leaves the place out where it builds events without their alerts."""
    row = ioda_event("/", at(6), 2, location_name=None, datasource="unknown", method="unknown")
    with asking("ioda", lambda r: ioda_envelope([] if r.path.endswith("alerts") else [row])) as opened:
        (event,) = opened.view(ASKED).events
    assert event.origin_asn == 64500


def test_all_pages_are_read_and_the_window_is_asked_in_seconds() -> None:
    events = [ioda_event("asn/64500", at(index / 60), 0.01) for index in range(1200)]
    with asking("ioda", ioda(events)) as opened:
        view = opened.view(ASKED)
        pages = [one(r, "page") for r in opened.requests if r.path == "/outages/events"]
        first = opened.requests[0]
    assert len(view.events) == 1200
    assert pages == ["0", "1", "2"]
    assert (one(first, "from"), one(first, "until")) == (str(unix(START)), str(unix(END)))


def test_a_page_that_does_not_come_is_a_gap_and_the_next_one_is_read() -> None:
    events = [ioda_event("asn/64500", at(index / 60), 0.01) for index in range(1200)]
    answer = ioda(events)

    def second_is_out(request: Request) -> object:
        out = request.path == "/outages/events" and one(request, "page") == "1"
        return Reply(status=500) if out else answer(request)

    with asking("ioda", second_is_out) as opened:
        view = opened.view(ASKED)
    assert len(view.events) == 700
    assert [gap.reason for gap in view.coverage.gaps] == [
        "events of asn/64500, page 2: answered 500 Internal Server Error, 4 times"
    ]


def test_a_listing_without_end_comes_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.monitors.asking.MOST_PAGES", 5)
    full = [ioda_event("asn/64500", at(6), 1)] * 500
    with asking("ioda", lambda r: ioda_envelope([] if r.path.endswith("alerts") else full)) as opened:
        view = opened.view(ASKED)
    assert len(view.events) == 1
    assert any("more than 5 pages" in gap.reason for gap in view.coverage.gaps)


def test_what_cannot_be_put_to_it_is_told() -> None:
    with asking("ioda", ioda([])) as opened:
        view = opened.view(replace(ASKED, prefixes=("192.0.2.0/24",)))
        with pytest.raises(Permanent, match="by country or network"):
            opened.view(Question(start=START, end=END, prefixes=("192.0.2.0/24",)))
    assert [gap.reason for gap in view.coverage.gaps] == ["cannot be asked by prefix: 192.0.2.0/24"]
