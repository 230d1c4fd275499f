"""What RIPEstat says of a network: to the second where it has updates, by its history where it has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import Permanent, Transient
from crawler.monitors.model import Question
from crawler.monitors.registry import open_monitor
from crawler.monitors.ripestat import FULL_FEED
from crawler.routing.model import EventKind, RoutingEvent, RoutingView
from crawler.routing.thresholds import DetectSettings
from tests.crawler.monitors.serving import (
    ASKED,
    END,
    START,
    Answer,
    Api,
    Ris,
    asking,
    at,
    lines,
    naive,
    one,
    ripestat_envelope,
)
from tests.misbehaving import Reply, Request

PEERS = {"00-198.51.100.1": 64496, "00-198.51.100.2": 64497, "03-2001:db8::9": 64498}
HELD = "192.0.2.0/24"


def steady() -> Ris:
    """AS64500 behind AS64510, seen by three peers of two collectors."""
    ris = Ris()
    ris.routes = [(source, HELD, [peer, 64510, 64500]) for source, peer in PEERS.items()]
    return ris


def move(ris: Ris, moment: datetime, path: list[int]) -> None:
    """All peers tell a new path, a second apart; an empty one withdraws."""
    for second, (source, peer) in enumerate(PEERS.items()):
        told = [peer, *path] if path else []
        ris.updates.append((moment + timedelta(seconds=second), source, HELD, told))


def seen(answer: Answer, question: Question = ASKED) -> RoutingView:
    with asking("ripestat", answer) as opened:
        return opened.view(question)


def kinds(view: RoutingView) -> set[tuple[EventKind, int | None, int | None, int | None]]:
    return {(e.kind, e.origin_asn, e.upstream_asn, e.offender_asn) for e in view.events}


def only(view: RoutingView, kind: EventKind) -> RoutingEvent:
    (event,) = [event for event in view.events if event.kind is kind]
    return event


# -- update by update ------------------------------------------------------------------------------------------------
def test_a_new_upstream_is_found_to_the_second_with_the_update_that_bears_it_out() -> None:
    ris = steady()
    move(ris, at(9.5), [64511, 64500])
    view = seen(ris)
    event = only(view, EventKind.UPSTREAM_ADDED)
    assert (event.origin_asn, event.upstream_asn, event.prefixes) == (64500, 64511, (HELD,))
    assert event.first_seen == at(9.5)
    assert (event.peers_seen, event.peers_total, event.collectors) == (3, 3, ("rrc00", "rrc03"))
    assert event.source_text == (
        "RIPEstat bgp-updates: type=A timestamp=2024-05-01T09:30:00 target_prefix=192.0.2.0/24 "
        "path=64496,64511,64500 source_id=00-198.51.100.1"
    )
    first = event.evidence[0]
    assert (first.peer_asn, first.peer_ip, first.record) == (64496, "198.51.100.1", 0)
    assert first.file.startswith("https://stat.ripe.net/data/bgp-updates/data.json?resource=AS64500,192.0.2.0/24&")
    assert FULL_FEED in event.basis
    assert view.coverage.gaps == ()


def test_another_origin_of_the_networks_prefix_is_found_although_the_network_was_asked_for() -> None:
    ris = steady()
    move(ris, at(14), [64510, 64501])
    event = only(seen(ris), EventKind.ORIGIN_CHANGE)
    assert (event.origin_asn, event.offender_asn, event.first_seen) == (64500, 64501, at(14))


def test_an_outage_of_the_network_and_its_end() -> None:
    ris = steady()
    move(ris, at(14), [])
    move(ris, at(15), [64510, 64500])
    event = only(seen(ris), EventKind.OUTAGE)
    assert event.origin_asn == 64500
    assert (event.first_seen.replace(second=0), event.last_seen) == (at(14), at(15))


def test_a_prefix_alone_does_not_bear_out_an_outage_of_its_network() -> None:
    ris = steady()
    move(ris, at(14), [])
    view = seen(ris, Question(start=START, end=END, prefixes=(HELD,)))
    assert {event.kind for event in view.events}.isdisjoint({EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE})
    assert any("do not bear out" in note for note in view.notes)


def test_updates_in_any_number_of_pieces_give_the_same_events() -> None:
    ris, capped = steady(), steady()
    for one_ in (ris, capped):
        for hour in range(20):
            move(one_, at(hour + 1), [64511 if hour % 2 else 64510, 64500])
    capped.most = 5
    whole, pieces = seen(ris), seen(capped)
    facts = [(e.kind, e.first_seen, e.last_seen, e.intervals, e.prefixes) for e in whole.events]
    assert facts == [(e.kind, e.first_seen, e.last_seen, e.intervals, e.prefixes) for e in pieces.events]
    assert facts
    assert pieces.coverage.gaps == ()


def test_more_updates_than_the_shortest_piece_gives_are_a_gap() -> None:
    ris = steady()
    ris.most = 5
    for minute in range(10):
        move(ris, at(6) + timedelta(minutes=minute), [64511 if minute % 2 else 64510, 64500])
    view = seen(ris)
    (gap,) = view.coverage.gaps
    assert "of 30 updates came" in gap.reason
    assert gap.start <= at(6) < at(6.15) <= gap.end <= at(8)


def test_a_piece_that_is_refused_is_asked_in_halves() -> None:
    ris = steady()
    move(ris, at(9.5), [64511, 64500])

    def picky(request: Request) -> object:
        if "/bgp-updates/" in request.path:
            begin, end = (datetime.fromisoformat(one(request, name)) for name in ("starttime", "endtime"))
            if end - begin > timedelta(hours=6):
                return Reply(status=400, body=b"the window is too wide", headers={"Content-Type": "text/plain"})
        return ris(request)

    view = seen(picky)
    assert only(view, EventKind.UPSTREAM_ADDED).first_seen == at(9.5)
    assert view.coverage.gaps == ()


def test_a_day_that_does_not_come_is_a_gap_and_the_others_are_told() -> None:
    ris = steady()
    move(ris, at(9.5, day=3), [64511, 64500])

    view = seen(second_day_out(ris), replace(ASKED, end=at(0, day=4)))
    assert only(view, EventKind.UPSTREAM_ADDED).first_seen == at(9.5, day=3)
    gaps = [gap for gap in view.coverage.gaps if "answered 503" in gap.reason]
    assert gaps
    assert all(at(0, day=2) <= gap.start < gap.end <= at(0, day=3) for gap in gaps)


def second_day_out(ris: Ris) -> Answer:
    def answer(request: Request) -> object:
        out = "/bgp-updates/" in request.path and one(request, "starttime").startswith("2024-05-02")
        return Reply(status=503) if out else ris(request)

    return answer


def test_what_changed_while_nothing_came_is_told_when_something_comes_again() -> None:
    ris = steady()
    move(ris, at(9, day=2), [64511, 64500])
    view = seen(second_day_out(ris), replace(ASKED, end=at(0, day=4)))
    event = only(view, EventKind.UPSTREAM_ADDED)
    assert (event.first_seen, event.last_seen) == (at(0, day=3), None)
    assert event.gaps
    assert event.evidence[0].file.startswith("https://stat.ripe.net/data/bgp-state/")


def test_what_ended_while_nothing_came_does_not_go_on() -> None:
    ris = steady()
    move(ris, at(9), [64511, 64500])
    move(ris, at(9, day=2), [64510, 64500])
    view = seen(second_day_out(ris), replace(ASKED, end=at(0, day=4)))
    assert only(view, EventKind.UPSTREAM_ADDED).last_seen == at(0, day=3)


def test_a_peer_without_its_route_after_a_gap_has_lost_it_and_an_empty_state_is_not_believed() -> None:
    ris, gone = steady(), steady()
    ris.updates.append((at(9, day=2), "03-2001:db8::9", HELD, []))
    move(gone, at(9, day=2), [])
    asked = replace(ASKED, end=at(0, day=4))
    for source in ("00-198.51.100.1", "00-198.51.100.2"):
        ris.updates.append((at(9, day=3), source, HELD, []))
    assert only(seen(second_day_out(ris), asked), EventKind.OUTAGE).first_seen == at(9, day=3)
    view = seen(second_day_out(gone), asked)
    assert view.events == ()
    assert any("is not told for an outage" in gap.reason for gap in view.coverage.gaps)


def test_data_that_end_before_the_window_does_are_a_gap() -> None:
    ris = steady()
    ris.latest = at(20)
    view = seen(ris)
    assert any((gap.start, gap.end) == (at(20), END) and "bgp-updates" in gap.reason for gap in view.coverage.gaps)


def test_without_the_state_at_the_start_the_window_is_a_gap() -> None:
    ris = steady()
    move(ris, at(9.5), [64511, 64500])
    view = seen(lambda r: Reply(status=502) if "/bgp-state/" in r.path else ris(r))
    assert view.events == ()
    assert any((gap.start, gap.end) == (START, END) and "bgp-state" in gap.reason for gap in view.coverage.gaps)


def test_updates_without_any_route_before_them_are_no_changes_and_a_gap() -> None:
    ris = Ris()
    move(ris, at(9.5), [64511, 64500])
    view = seen(ris)
    assert view.events == ()
    assert any("no route at the start" in gap.reason for gap in view.coverage.gaps)


def test_a_window_before_the_index_and_a_long_one_are_left_to_the_history() -> None:
    old = Question(start=datetime(2020, 3, 1, tzinfo=UTC), end=datetime(2020, 3, 2, tzinfo=UTC), asns=(64500,))
    for question in (old, replace(ASKED, end=END + timedelta(days=100))):
        with asking("ripestat", Ris()) as opened:
            view = opened.view(question)
            calls = {request.path.strip("/").partition("/")[0] for request in opened.requests}
        assert calls == {"asn-neighbours-history", "routing-history"}
        assert any("bgp-updates" in gap.reason for gap in view.coverage.gaps)


def test_an_update_that_cannot_be_read_is_counted_and_the_others_are_told() -> None:
    ris = steady()
    move(ris, at(9.5), [64511, 64500])

    def spoiled(request: Request) -> object:
        made = ris(request)
        if "/bgp-updates/" in request.path and isinstance(made, dict):
            made["data"]["updates"] += [{"seq": 99, "type": "A"}, "what", {"seq": 98, "type": "X", "attrs": {}}]
            made["data"]["nr_updates"] += 3
        return made

    view = seen(spoiled)
    assert only(view, EventKind.UPSTREAM_ADDED).first_seen == at(9.5)
    assert [gap.reason for gap in view.coverage.gaps] == ["bgp-updates: 3 entries of the answer cannot be read"]


def test_no_more_than_four_requests_are_under_way_at_once() -> None:
    with asking("ripestat", steady()) as opened:
        opened.view(replace(ASKED, end=START + timedelta(days=12), asns=tuple(range(64500, 64508))))
        assert opened.api.most_at_once <= 4


def test_detection_goes_by_the_thresholds_that_are_set() -> None:
    ris = steady()
    move(ris, at(9.5), [64511, 64500])
    api = Api(ris)
    set_ = DetectSettings(min_peers=3)
    with api, open_monitor("ripestat", base_url=api.url, pause=lambda _: None, thresholds=set_) as monitor:
        event = only(monitor.view(ASKED), EventKind.UPSTREAM_ADDED)
    assert event.thresholds["min_peers"] == 3.0


# -- by its history --------------------------------------------------------------------------------------------------
def test_neighbours_that_come_and_go_are_upstreams_only_on_the_near_side() -> None:
    ris = Ris()
    ris.neighbours = [
        {"neighbour": 64510, "timelines": lines((at(-8), at(0, day=3)))},
        {"neighbour": 64511, "timelines": lines((at(8), at(0, day=3)))},
        {"neighbour": 64505, "timelines": lines((at(8), at(0, day=3)))},
        {"neighbour": 64509, "timelines": lines((at(-8), at(8)))},
    ]
    ris.sides = {64510: "left", 64511: "left", 64505: "right"}
    view = seen(ris)
    assert kinds(view) == {
        (EventKind.UPSTREAM_ADDED, 64500, 64511, None),
        (EventKind.UPSTREAM_REMOVED, 64500, 64509, None),
    }
    added, removed = only(view, EventKind.UPSTREAM_ADDED), only(view, EventKind.UPSTREAM_REMOVED)
    assert (added.first_seen, added.last_seen) == (at(8), None)
    assert "type=left resolution=8 hours" in (added.source_text or "")
    assert "it may be a customer or a peer" in (removed.source_text or "")
    assert any("its customers" in note for note in view.notes)


def test_the_history_does_not_tell_again_what_the_updates_told() -> None:
    ris = steady()
    move(ris, at(9.5), [64511, 64500])
    ris.neighbours = [{"neighbour": 64511, "timelines": lines((at(16), at(0, day=3)))}]
    ris.sides = {64511: "left"}
    event = only(seen(ris), EventKind.UPSTREAM_ADDED)
    assert event.first_seen == at(9.5)


def test_a_neighbour_seen_in_two_tables_in_a_row_was_there_between_them() -> None:
    ris = Ris()
    ris.neighbours = [{"neighbour": 64511, "timelines": lines((at(-8), at(0)), (at(8), at(0, day=3)))}]
    assert seen(ris).events == ()


def origins(**spans: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{"origin": name[2:], "prefixes": [{"prefix": HELD, "timelines": told}]} for name, told in spans.items()]


@pytest.mark.parametrize(("until", "kind"), [(at(8, day=5), EventKind.ORIGIN_CHANGE), (at(0, day=9), EventKind.MOAS)])
def test_who_takes_a_prefix_over_is_told_from_who_shares_it(until: datetime, kind: EventKind) -> None:
    ris = Ris()
    ris.by_origin = origins(AS64500=lines((at(-8), until)), AS64501=lines((at(16, day=5), at(0, day=9))))
    view = seen(ris, Question(start=START, end=at(0, day=20), prefixes=(HELD,)))
    event = only(view, kind)
    assert (event.origin_asn, event.offender_asn, event.prefixes) == (64500, 64501, (HELD,))
    assert (event.first_seen, event.last_seen) == (at(16, day=5), at(0, day=9))
    assert f"before=AS64500 until {naive(until)}" in (event.source_text or "")
    assert "resolution=8 hours" in (event.source_text or "")


def test_who_held_it_first_takes_it_from_nobody_when_it_comes_back() -> None:
    ris = Ris()
    ris.by_origin = origins(
        AS64500=lines((at(-8), at(0, day=5)), (at(0, day=9), at(0, day=20))),
        AS64501=lines((at(8, day=5), at(16, day=8))),
    )
    view = seen(ris, Question(start=START, end=at(0, day=20), prefixes=(HELD,)))
    assert kinds(view) == {(EventKind.ORIGIN_CHANGE, 64500, None, 64501)}


def test_an_origin_that_one_peer_saw_is_too_little() -> None:
    ris = Ris()
    ris.by_origin = origins(AS64500=lines((at(-8), at(0, day=9))), AS64501=lines((at(8), at(16)), peers=1))
    assert seen(ris, Question(start=START, end=END, prefixes=(HELD,))).events == ()


def test_small_networks_are_asked_for_too_and_their_absence_is_an_outage() -> None:
    ris = Ris()
    ris.by_origin = origins(AS64500=lines((at(-8), at(0, day=3)), (at(16, day=3), at(0, day=9)), peers=3))
    with asking("ripestat", ris) as opened:
        view = opened.view(replace(ASKED, end=at(0, day=8)))
        asked = [one(r, "min_peers") for r in opened.requests if "/routing-history/" in r.path]
    event = only(view, EventKind.OUTAGE)
    assert (event.first_seen, event.last_seen) == (at(0, day=3), at(16, day=3))
    assert asked == ["1"]


def test_a_history_that_begins_later_or_ends_earlier_is_a_gap() -> None:
    ris = Ris()
    ris.earliest, ris.latest = at(8), at(16)
    spans = {(gap.start, gap.end) for gap in seen(ris).coverage.gaps if "asn-neighbours-history" in gap.reason}
    assert spans == {(START, at(8)), (at(16), END)}


def test_a_list_as_long_as_its_limit_may_not_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.monitors.ripestat_history.MOST_NEIGHBOURS", 2)
    ris = Ris()
    ris.neighbours = [{"neighbour": 64510 + n, "timelines": lines((at(-8), at(0, day=3)))} for n in range(2)]
    assert any("there may be more" in gap.reason for gap in seen(ris).coverage.gaps)


def test_where_the_updates_are_out_the_history_is_still_told() -> None:
    ris = steady()
    ris.neighbours = [{"neighbour": 64511, "timelines": lines((at(8), at(0, day=3)))}]
    ris.sides = {64511: "left"}
    view = seen(lambda r: Reply(status=503) if "/bgp-updates/" in r.path else ris(r))
    assert only(view, EventKind.UPSTREAM_ADDED).first_seen == at(8)
    assert any("bgp-updates: answered 503" in gap.reason for gap in view.coverage.gaps)


# -- the envelope ----------------------------------------------------------------------------------------------------
def test_a_warning_of_the_service_is_told() -> None:
    warning = [["warning", "Latest available results are 24 hours old."], ["info", "not for anybody"]]
    ris = Ris()

    def warned(request: Request) -> object:
        made = ris(request)
        assert isinstance(made, dict)
        return made | {"messages": warning}

    notes = seen(warned).notes
    assert "RIPEstat, bgp-state: Latest available results are 24 hours old." in notes
    assert not any("not for anybody" in note for note in notes)


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ({"data_call_status": "maintenance - back at noon"}, Transient),
        ({"messages": [["error", "no such thing"]]}, Transient),
        ({"status": "error", "status_code": 400, "messages": [["error", "AS64500 is reserved"]]}, Permanent),
        ({"status": "error", "status_code": 429}, Transient),
    ],
)
def test_what_an_answer_says_of_itself_counts_for_more_than_its_status(
    inside: dict[str, object], kind: type[Exception]
) -> None:
    with asking("ripestat", lambda _: ripestat_envelope({}, **inside)) as opened, pytest.raises(kind):
        opened.view(ASKED)


def test_it_says_who_asks_and_tells_nobody_else() -> None:
    ris = steady()
    move(ris, at(9.5), [64511, 64500])
    with asking("ripestat", ris) as opened:
        (event, *_) = opened.view(ASKED).events
        names = {one(request, "sourceapp") for request in opened.requests}
    assert names == {"routewire"}
    assert "sourceapp" not in event.evidence[0].file


def test_a_country_alone_cannot_be_asked() -> None:
    with asking("ripestat", Ris()) as opened:
        view = opened.view(replace(ASKED, countries=("ZZ",)))
        with pytest.raises(Permanent, match="by network or prefix"):
            opened.view(Question(start=START, end=END, countries=("ZZ",)))
    assert [gap.reason for gap in view.coverage.gaps] == ["cannot be asked by country: ZZ"]
