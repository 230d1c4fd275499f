"""Cloudflare Radar's outages, anomalies, hijacks and leaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.monitors.model import Question
from crawler.routing.model import EventKind
from tests.crawler.monitors.serving import (
    ASKED,
    END,
    START,
    asking,
    at,
    one,
    radar,
    radar_anomaly,
    radar_hijack,
    radar_leak,
    radar_outage,
)
from tests.misbehaving import Reply

COUNTRY = Question(start=START, end=END, countries=("ZZ",))


def test_an_outage_of_a_network_keeps_its_description_and_cause() -> None:
    with asking("radar", radar({"annotations/outages": [radar_outage()]})) as opened:
        (event,) = opened.view(ASKED).events
    assert (event.kind, event.origin_asn, event.countries) == (EventKind.OUTAGE, 64500, ("ZZ",))
    assert (event.first_seen, event.last_seen) == (at(6), at(9.5))
    assert event.source_text is not None
    assert "description=A made-up outage outageCause=CABLE_CUT outageType=NETWORK" in event.source_text


def test_an_outage_of_a_country_and_of_a_part_of_it() -> None:
    whole = radar_outage(id="1", asns=[], endDate=None, outage={"outageType": "NATIONWIDE", "outageCause": "UNKNOWN"})
    part = radar_outage(id="2", outage={"outageType": "REGIONAL", "outageCause": "POWER_OUTAGE"})
    with asking("radar", radar({"annotations/outages": [whole, part]})) as opened:
        events = opened.view(COUNTRY).events
    assert {(e.kind, e.origin_asn, e.countries, e.last_seen) for e in events} == {
        (EventKind.OUTAGE, None, ("ZZ",), None),
        (EventKind.PARTIAL_OUTAGE, None, ("ZZ",), at(9.5)),
        (EventKind.PARTIAL_OUTAGE, 64500, ("ZZ",), at(9.5)),
    }


def test_an_anomaly_is_a_drop_and_says_whether_it_was_verified() -> None:
    place = radar_anomaly(
        uuid="u2",
        type="LOCATION",
        asnDetails=None,
        locationDetails={"code": "ZZ", "name": "Zedland"},
        status="UNVERIFIED",
    )
    with asking("radar", radar({"traffic_anomalies": [radar_anomaly(), place]})) as opened:
        events = opened.view(ASKED).events
    assert {(e.kind, e.origin_asn, e.countries) for e in events} == {
        (EventKind.PARTIAL_OUTAGE, 64500, ("ZZ",)),
        (EventKind.PARTIAL_OUTAGE, None, ("ZZ",)),
    }
    assert any("status=UNVERIFIED" in (e.source_text or "") for e in events)


def test_a_hijack_is_a_change_of_origin_with_its_confidence() -> None:
    with asking("radar", radar({"bgp/hijacks/events": [radar_hijack()]})) as opened:
        (event,) = opened.view(ASKED).events
    assert (event.kind, event.origin_asn, event.offender_asn) == (EventKind.ORIGIN_CHANGE, 64500, 64501)
    assert event.prefixes == ("192.0.2.0/24",)
    assert event.first_seen == datetime(2024, 5, 1, 14, 1, 55, 952000, tzinfo=UTC)
    assert event.last_seen == event.first_seen + timedelta(seconds=600)
    assert event.source_text is not None
    assert "confidence_score=8 event_type=0" in event.source_text
    assert "tags=rpki_new_origin_invalid:4" in event.source_text


def test_a_hijack_that_goes_on_has_no_end_and_a_stale_one_has() -> None:
    going, stale = radar_hijack(on_going_count=2), radar_hijack(id=2, on_going_count=2, is_stale=True)
    with asking("radar", radar({"bgp/hijacks/events": [going, stale]})) as opened:
        events = opened.view(ASKED).events
    assert sorted(event.last_seen is None for event in events) == [False, True]


def test_a_leak_names_who_leaked_and_counts_the_prefixes() -> None:
    with asking("radar", radar({"bgp/leaks/events": [radar_leak()]})) as opened:
        (event,) = opened.view(ASKED).events
    assert (event.kind, event.offender_asn, event.origin_asn, event.prefixes) == (EventKind.ROUTE_LEAK, 64500, None, ())
    assert (event.first_seen, event.last_seen) == (at(18), at(18) + timedelta(minutes=40))
    assert event.source_text is not None
    assert "leak_seg=64510,64500,64511" in event.source_text
    assert "prefix_count=120" in event.source_text


def test_what_has_no_kind_of_ours_is_counted() -> None:
    platform = radar_outage(asns=[], locations=[], outage={"outageType": "PLATFORM", "outageCause": "SOFTWARE"})
    cloud = radar_anomaly(type="ORIGIN", asnDetails=None, originDetails={"origin": "made-up-cloud-1", "name": None})
    with asking("radar", radar({"annotations/outages": [platform], "traffic_anomalies": [cloud]})) as opened:
        view = opened.view(ASKED)
    assert view.events == ()
    assert len(view.notes) == 2
    assert any("type PLATFORM" in note for note in view.notes)
    assert any("type ORIGIN" in note for note in view.notes)


def test_pages_are_read_to_the_end_even_where_they_are_shorter_than_asked() -> None:
    outages = [radar_outage(id=str(index)) for index in range(70)]
    hijacks = [radar_hijack(id=index) for index in range(70)]
    with asking("radar", radar({"annotations/outages": outages, "bgp/hijacks/events": hijacks}, cap=30)) as opened:
        view = opened.view(ASKED)
    assert len(view.events) == 140
    assert view.coverage.gaps == ()


def test_a_page_that_does_not_come_is_a_gap_and_the_others_are_read() -> None:
    answer = radar({"bgp/hijacks/events": [radar_hijack(id=index) for index in range(120)]})
    with asking("radar", lambda r: Reply(status=500) if one(r, "page") == "2" else answer(r)) as opened:
        view = opened.view(ASKED)
    assert len(view.events) == 70
    assert [gap.reason.partition(":")[0] for gap in view.coverage.gaps] == ["radar/bgp/hijacks/events 64500, page 2"]


def test_what_began_in_the_week_before_and_reaches_into_the_window_is_told() -> None:
    early = radar_outage(startDate="2024-04-27T00:00:00Z", endDate=None)
    over = radar_outage(id="551", startDate="2024-04-27T00:00:00Z", endDate="2024-04-28T00:00:00Z")
    with asking("radar", radar({"annotations/outages": [early, over]})) as opened:
        (event,) = opened.view(ASKED).events
        asked = opened.requests[0].params
    assert event.first_seen == at(-96)
    assert (asked["dateStart"], asked["dateEnd"]) == (["2024-04-24T00:00:00Z"], ["2024-05-02T00:00:00Z"])


def test_networks_countries_and_prefixes_are_asked_for_where_the_api_can() -> None:
    question = Question(start=START, end=END, asns=(64500,), countries=("ZZ",), prefixes=("192.0.2.0/24",))
    with asking("radar", radar({})) as opened:
        view = opened.view(question)
        asked = {
            (r.path.removeprefix("/radar/"), name, one(r, name))
            for r in opened.requests
            for name in ("asn", "location", "involvedAsn", "involvedCountry", "prefix")
            if name in r.params
        }
    assert ("annotations/outages", "asn", "64500") in asked
    assert ("traffic_anomalies", "location", "ZZ") in asked
    assert ("bgp/leaks/events", "involvedCountry", "ZZ") in asked
    assert ("bgp/hijacks/events", "prefix", "192.0.2.0/24") in asked
    assert sum(name == "prefix" for _, name, _ in asked) == 1
    assert len([gap for gap in view.coverage.gaps if "cannot be asked by prefix" in gap.reason]) == 3


def test_requests_keep_to_the_services_pace() -> None:
    """1,200 in five minutes are four a second."""
    with asking("radar", radar({})) as opened:
        opened.view(ASKED)
        waits = len(opened.requests) - 1
    assert len(opened.pauses) >= waits - 1
    assert all(pause <= 0.25 * waits for pause in opened.pauses)
