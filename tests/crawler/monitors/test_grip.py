"""GRIP's events as prefixes with several origins and as more-specifics of others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.errors import Permanent
from crawler.monitors.grip import DEPTH
from crawler.monitors.model import Question
from crawler.routing.model import EventKind
from tests.crawler.monitors.serving import ASKED, END, START, asking, at, grip, grip_event, one
from tests.misbehaving import Reply, Request

LESS_SPECIFIC = "submoas events whose newcomer announces the covering prefix"


def test_a_prefix_of_two_origins_is_told_with_who_held_it_and_the_suspicion() -> None:
    with asking("grip", grip([grip_event("moas", at(6), at(7))])) as opened:
        (event,) = opened.view(ASKED).events
    assert (event.kind, event.origin_asn, event.offender_asn) == (EventKind.MOAS, 64500, 64501)
    assert (event.first_seen, event.last_seen, event.prefixes) == (at(6), at(7), ("192.0.2.0/24",))
    assert event.countries == ("ZZ",)
    assert event.source_text is not None
    assert "suspicion_level=80" in event.source_text
    assert "explanation=signs of incident, but no explanation" in event.source_text


def test_of_a_more_specific_only_itself_was_taken() -> None:
    bare = grip_event("submoas", at(9), pfx_events=[])
    bare["summary"]["prefixes"] = ["198.51.100.0/24", "198.51.100.128/25"]
    with asking("grip", grip([grip_event("submoas", at(6)), bare])) as opened:
        first, second = opened.view(ASKED).events
    assert (first.kind, first.prefixes) == (EventKind.SUBPREFIX_ORIGIN_CHANGE, ("192.0.2.128/25",))
    assert first.last_seen is None
    assert second.prefixes == ("198.51.100.128/25",)


def test_events_without_a_kind_of_ours_are_counted_and_told() -> None:
    covering = grip_event("submoas", at(3))
    covering["summary"]["tags"] = [{"name": "newcomer-less-specific"}]
    others = [grip_event("defcon", at(hour)) for hour in (1, 2, 4)] + [grip_event("edges", at(5))]
    with asking("grip", grip([covering, *others])) as opened:
        view = opened.view(ASKED)
    assert view.events == ()
    assert view.coverage.gaps == ()
    assert sorted(view.notes) == [
        "GRIP tells of 1 x edges events: no kind of ours fits, not shown",
        f"GRIP tells of 1 x {LESS_SPECIFIC}: no kind of ours fits, not shown",
        "GRIP tells of 3 x defcon events: no kind of ours fits, not shown",
    ]


def test_each_victim_is_told_with_each_newcomer_and_many_are_not_paired() -> None:
    several, crowd = grip_event("moas", at(6)), grip_event("moas", at(7))
    several["summary"]["victims"], several["summary"]["attackers"] = ["64500", "64502"], ["64501"]
    crowd["summary"]["victims"], crowd["summary"]["attackers"] = ["64500"], [str(64501 + n) for n in range(10)]
    nobody = grip_event("moas", at(8))
    nobody["summary"]["victims"] = []
    with asking("grip", grip([several, crowd, nobody])) as opened:
        events = opened.view(ASKED).events
    assert {(event.origin_asn, event.offender_asn) for event in events} == {
        (64500, 64501), (64502, 64501), (64500, None), (None, 64501),
    }  # fmt: skip
    assert "64510" in (events[2].source_text or "")


def test_all_pages_are_read() -> None:
    events = [grip_event("moas", at(0) + timedelta(minutes=5 * index)) for index in range(250)]
    with asking("grip", grip(events)) as opened:
        view = opened.view(ASKED)
        starts = [one(r, "start") for r in opened.requests if one(r, "event_type") == "moas"]
    assert len(view.events) == 250
    assert starts == ["0", "0", "100", "200"]


def test_a_window_with_more_than_the_service_reads_out_is_asked_in_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.monitors.grip.DEPTH", 200)
    events = [grip_event("moas", at(0) + timedelta(minutes=2 * index)) for index in range(700)]
    with asking("grip", grip(events, most=200)) as opened:
        view = opened.view(ASKED)
    assert len(view.events) == 700
    assert view.coverage.gaps == ()


def test_more_at_once_than_can_be_read_out_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.monitors.grip.DEPTH", 200)
    crowd = [grip_event("moas", at(6), at(6.01), id=f"moas-{index:04}") for index in range(300)]
    with asking("grip", grip(crowd, most=200)) as opened:
        view = opened.view(ASKED)
    assert len(view.events) == 200
    assert any("more than the 200 events" in gap.reason for gap in view.coverage.gaps)
    assert DEPTH == 10_000


def test_a_page_that_does_not_come_is_a_gap_and_the_others_are_read() -> None:
    events = [grip_event("moas", at(0) + timedelta(minutes=5 * index)) for index in range(250)]
    answer = grip(events)
    with asking("grip", lambda r: Reply(status=502) if one(r, "start") == "100" else answer(r)) as opened:
        view = opened.view(ASKED)
    assert len(view.events) == 150
    assert [gap.reason.partition(":")[0] for gap in view.coverage.gaps] == ["moas of 64500, from event 100"]


def test_a_page_with_fewer_events_than_are_told_of_is_no_whole_answer() -> None:
    answer = grip([grip_event("moas", at(hour)) for hour in range(1, 11)])

    def short(request: Request) -> object:
        made = answer(request)
        assert isinstance(made, dict)
        return made | {"data": made["data"][:3]} if one(request, "event_type") == "moas" else made

    with asking("grip", short) as opened:
        view = opened.view(ASKED)
    assert view.events == ()
    assert any("3 events where 10 are told of" in gap.reason for gap in view.coverage.gaps)


def test_each_network_and_prefix_is_asked_for_by_itself_and_events_under_way_too() -> None:
    question = Question(start=START, end=END, asns=(64500, 64502), prefixes=("192.0.2.0/24",))
    with asking("grip", grip([grip_event("moas", at(-50))])) as opened:
        view = opened.view(question)
        asked = {(one(r, "asns"), one(r, "pfxs")) for r in opened.requests}
        windows = {(one(r, "ts_start"), one(r, "ts_end"), one(r, "overlap")) for r in opened.requests}
    assert asked == {("64500", ""), ("64502", ""), ("", "192.0.2.0/24")}
    assert windows == {
        ("2024-05-01T00:00", "2024-05-02T00:00", ""),
        ("2024-05-01T00:00", "2024-05-01T00:00", "true"),
    }
    assert [event.first_seen for event in view.events] == [at(-50)]


def test_what_cannot_be_put_to_it_is_told() -> None:
    with asking("grip", grip([])) as opened:
        view = opened.view(replace(ASKED, countries=("ZZ",)))
        with pytest.raises(Permanent, match="by network or prefix"):
            opened.view(Question(start=START, end=END, countries=("ZZ",)))
    assert [gap.reason for gap in view.coverage.gaps] == ["cannot be asked by country: ZZ"]


def test_of_all_networks_only_what_began_in_the_window_is_asked_for_and_that_is_said() -> None:
    with asking("grip", grip([grip_event("moas", at(6)), grip_event("moas", at(-50))])) as opened:
        view = opened.view(Question(start=START, end=END))
    assert [event.first_seen for event in view.events] == [at(6)]
    assert view.notes == ("GRIP: of all networks, only what began in the window is asked for",)
