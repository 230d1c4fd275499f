"""What a monitor tells bears a claim out, and its silence says nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crawler.routing.model import EventKind, RoutingEvent, RoutingView
from indexer.model import Verdict, VerdictKind
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json
from tests.indexer.views import CUSTOMER, FOUR, VIEWS, at, event, view

WORDS = "a drop of the signal, in words of its own"
OUTAGE = {"id": "c", "type": "outage_start", "target": "XA", "start_utc": "2031-05-02T10:00:00Z", "precision": "minute"}
CUT = ("2 10:01:00", "2 12:30:00")


def told(kind: EventKind = EventKind.OUTAGE, **fields: Any) -> RoutingEvent:
    """By a monitor: an outage of the country XA unless said otherwise."""
    bare = event("m1", kind, *CUT, (), countries=("XA",))
    known: dict[str, Any] = {
        "source": "watcher",
        "source_text": WORDS,
        "peers_seen": 0,
        "peers_total": 0,
        "collectors": (),
    }
    return replace(bare, **(known | fields))


def verdict(seen: RoutingView, **fields: Any) -> Verdict:
    return judge(*claim_from_json({**OUTAGE, **fields}), seen)


def beside(seen: RoutingView, *events: RoutingEvent) -> RoutingView:
    return replace(seen, events=(*seen.events, *events))


def test_a_monitor_confirms_what_the_archive_cannot_say_and_is_named() -> None:
    empty = view(())
    assert verdict(empty).verdict is VerdictKind.NO_DATA
    found = verdict(beside(empty, told()))
    assert (found.verdict, found.events, found.delta_s) == (VerdictKind.CONFIRMED, ("m1",), 60)
    assert found.reasons[0].startswith("watcher tells of it: outage XA, from 2031-05-02T10:01:00Z")
    assert found.peers_seen is None
    assert WORDS not in " ".join(found.reasons)


def test_a_part_a_wrong_time_another_country_and_another_kind_do_not_confirm() -> None:
    empty = view(())
    assert verdict(beside(empty, told(EventKind.PARTIAL_OUTAGE))).verdict is VerdictKind.PARTLY
    for other in (told(first_seen=at("1 10:00:00")), told(countries=("XB",)), told(EventKind.MOAS)):
        assert verdict(beside(empty, other)).verdict is VerdictKind.NO_DATA
    one = told(origin_asn=CUSTOMER)  # a network of it is not the country
    assert verdict(beside(empty, one)).verdict is VerdictKind.NO_DATA
    assert verdict(beside(empty, one), target="AS64500").verdict is VerdictKind.CONFIRMED


def test_a_monitor_supports_what_was_seen() -> None:
    seen = VIEWS["outage"]()
    alone = verdict(seen, target="AS64500")
    both = verdict(beside(seen, told(origin_asn=CUSTOMER)), target="AS64500")
    assert both.verdict is alone.verdict is VerdictKind.CONFIRMED
    assert both.reasons[:-1] == alone.reasons
    assert both.events == (*alone.events, "m1")
    assert (both.peers_seen, both.peers_total) == (alone.peers_seen, alone.peers_total)


def test_where_routes_speak_against_it_a_claim_that_a_monitor_tells_holds_in_part() -> None:
    stayed = VIEWS["second_link"]()
    by_routes = {"target": "AS64500", "other": list(FOUR)}
    assert verdict(stayed, **by_routes).verdict is VerdictKind.CONTRADICTED
    found = verdict(beside(stayed, told(origin_asn=CUSTOMER, prefixes=FOUR)), **by_routes)
    assert found.verdict is VerdictKind.PARTLY
    assert "stayed reachable" in found.reasons[1]


def test_a_denial_is_not_borne_out_against_a_monitor_and_not_contradicted_by_one() -> None:
    stayed = VIEWS["second_link"]()
    denial = {"target": "AS64500", "other": list(FOUR), "polarity": "denied"}
    assert verdict(stayed, **denial).verdict is VerdictKind.CONFIRMED
    found = verdict(beside(stayed, told(origin_asn=CUSTOMER, prefixes=FOUR)), **denial)
    assert found.verdict is VerdictKind.NO_DATA
    assert verdict(beside(view(()), told()), polarity="denied").verdict is VerdictKind.NO_DATA


def test_a_monitors_event_is_no_sight_of_ours() -> None:
    """A hijack that a monitor alone tells of does not make the claim of another time wrong."""
    hijack = told(EventKind.MOAS, origin_asn=CUSTOMER, offender_asn=64999, prefixes=(FOUR[0],))
    claim = {"type": "origin_hijack", "actor": "AS64999", "target": "AS64500"}
    assert verdict(beside(VIEWS["second_link"](), hijack), **claim).verdict is VerdictKind.PARTLY
    late = verdict(beside(VIEWS["second_link"](), hijack), **claim, start_utc="2031-05-03T10:00:00Z")
    assert late.verdict is VerdictKind.CONTRADICTED
