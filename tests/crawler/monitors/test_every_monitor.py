"""What holds of each monitor: an answer that did not come is never an answer that holds nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import Permanent, RoutewireError, Transient, WrongCall
from crawler.http.service import Service
from crawler.monitors.model import Question
from crawler.monitors.registry import MONITORS, open_monitor
from tests.crawler.monitors.serving import (
    ASKED,
    END,
    HEALTHY,
    START,
    TOKEN,
    Ris,
    as_json,
    asking,
    at,
    grip,
    grip_event,
    ioda,
    ioda_alert,
    ioda_event,
    lines,
    radar,
    radar_anomaly,
    radar_hijack,
    radar_leak,
    radar_outage,
)
from tests.misbehaving import Reply, Request

EACH = pytest.mark.parametrize("monitor_id", MONITORS)
ERRORS_INSIDE: dict[str, object] = {
    "ripestat": {
        "status": "error", "status_code": 500, "data_call_status": "supported", "data": {},
        "messages": [["error", "the archive is being repaired"]],
    },
    "ioda": {"type": "outages.events", "error": "the archive is being repaired", "data": None},
    "grip": {"error": "the archive is being repaired"},
    "radar": {"success": False, "errors": [{"message": "the archive is being repaired"}], "result": None},
}  # fmt: skip


def busy(monitor_id: str) -> Callable[[Request], object]:
    """A service that tells of something in every list that it has."""
    if monitor_id == "ioda":
        return ioda([ioda_event("asn/64500", at(6), 2)], [ioda_alert("asn", "64500", at(6), 1, 100)])
    if monitor_id == "grip":
        return grip([grip_event(kind, at(hour)) for hour, kind in enumerate(("moas", "submoas"))])
    if monitor_id == "radar":
        return radar(
            {
                "annotations/outages": [radar_outage()],
                "traffic_anomalies": [radar_anomaly()],
                "bgp/hijacks/events": [radar_hijack()],
                "bgp/leaks/events": [radar_leak()],
            }
        )
    ris = Ris()
    ris.neighbours = [{"neighbour": 64510, "timelines": lines((at(8), at(0, 3)))}]
    ris.sides = {64510: "left"}
    return ris


@EACH
def test_a_healthy_service_with_nothing_to_tell_has_neither_events_nor_gaps(monitor_id: str) -> None:
    with asking(monitor_id, HEALTHY[monitor_id]()) as opened:
        view = opened.view(ASKED)
    assert view.events == ()
    assert view.coverage.gaps == ()
    assert (view.coverage.start, view.coverage.end) == (START, END)
    assert (view.coverage.collectors, view.coverage.peers_total) == ((), 0)


@EACH
def test_events_carry_the_source_its_words_and_licence_and_keep_their_ids(monitor_id: str) -> None:
    with asking(monitor_id, busy(monitor_id)) as opened:
        first, again = opened.view(ASKED), opened.view(ASKED)
    assert first.events
    assert first == again
    assert len({event.id for event in first.events}) == len(first.events)
    for event in first.events:
        assert event.source == monitor_id
        assert event.licence == MONITORS[monitor_id].licence
        assert event.source_text
        assert event.first_seen.tzinfo is UTC


@EACH
def test_a_service_that_is_out_is_a_failure_and_is_not_asked_on_and_on(monitor_id: str) -> None:
    wide = Question(start=START, end=START + timedelta(days=10), asns=tuple(range(64496, 64506)))
    with asking(monitor_id, lambda _: Reply(status=503)) as opened, pytest.raises(Transient) as failure:
        opened.view(wide)
    assert "answered 503" in str(failure.value)
    assert len(opened.requests) <= 4 * 8


@EACH
@pytest.mark.parametrize(("status", "most"), [(403, 12), (400, 40)])
def test_a_service_that_refuses_us_is_not_asked_on_and_on(monitor_id: str, status: int, most: int) -> None:
    wide = Question(start=START, end=START + timedelta(days=10), asns=tuple(range(64496, 64506)))
    with asking(monitor_id, lambda _: Reply(status=status)) as opened, pytest.raises(Permanent) as failure:
        opened.view(wide)
    assert f"answered {status}" in str(failure.value)
    assert len(opened.requests) <= most


@EACH
def test_a_service_that_limits_is_asked_again_when_it_says(monitor_id: str) -> None:
    limited = iter([Reply(status=429, headers={"Retry-After": "17"})])
    healthy = HEALTHY[monitor_id]()
    with asking(monitor_id, lambda request: next(limited, None) or healthy(request)) as opened:
        view = opened.view(ASKED)
    assert view.coverage.gaps == ()
    assert 17.0 in opened.pauses


@EACH
def test_an_error_inside_a_good_status_is_a_failure_with_its_words(monitor_id: str) -> None:
    with asking(monitor_id, lambda _: ERRORS_INSIDE[monitor_id]) as opened, pytest.raises(Transient) as failure:
        opened.view(ASKED)
    assert "the archive is being repaired" in str(failure.value)


@EACH
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'"ok"', b'{"data": {"bgp_st', b"<html>Come back later</html>"]
)
def test_an_answer_of_another_form_is_never_taken_for_nothing(monitor_id: str, body: bytes) -> None:
    reply = Reply(body=body, headers={"Content-Type": "application/json"})
    with asking(monitor_id, lambda _: reply) as opened, pytest.raises(Transient):
        opened.view(ASKED)


@EACH
def test_where_some_calls_fail_what_came_is_kept_and_the_rest_is_a_gap(monitor_id: str) -> None:
    """Every second address is out, each time that it is asked for."""
    answers, seen = busy(monitor_id), list[str]()

    def halves(request: Request) -> object:
        named = f"{request.path} {sorted(request.params.items())}"
        if named not in seen:
            seen.append(named)
        return Reply(status=503) if seen.index(named) % 2 else answers(request)

    with asking(monitor_id, answers) as opened:
        whole = opened.view(ASKED)
    with asking(monitor_id, halves) as opened:
        view = opened.view(ASKED)
    assert {event.id for event in view.events} <= {event.id for event in whole.events}
    assert any("answered 503" in gap.reason for gap in view.coverage.gaps)
    assert {gap.collector for gap in view.coverage.gaps} == {monitor_id}


@EACH
def test_what_has_not_happened_yet_is_a_gap(monitor_id: str) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    question = Question(start=START, end=later, asns=(64500,))
    with asking(monitor_id, HEALTHY[monitor_id]()) as opened:
        view = opened.view(question)
    assert any(gap.end == later and "not there yet" in gap.reason for gap in view.coverage.gaps)


@EACH
def test_what_is_older_than_the_service_is_a_gap(monitor_id: str) -> None:
    question = Question(start=datetime(2004, 3, 1, tzinfo=UTC), end=datetime(2004, 3, 2, tzinfo=UTC), asns=(64500,))
    with asking(monitor_id, HEALTHY[monitor_id]()) as opened:
        view = opened.view(question)
    assert any((gap.start, gap.end) == (question.start, question.end) for gap in view.coverage.gaps)


@EACH
def test_entries_that_cannot_be_read_are_counted(monitor_id: str) -> None:
    answers = busy(monitor_id)

    def broken(request: Request) -> object:
        made = json.dumps(answers(request))
        for good, bad in (('"view_ts": ', '"view_ts": "x", "was": '), ('"start": ', '"start": null, "was": ')):
            made = made.replace(good, bad)
        for name in ("startDate", "min_hijack_ts", "min_ts", "starttime"):
            made = made.replace(f'"{name}": "2024', f'"{name}": "the year 2024')
        return json.loads(made)

    with asking(monitor_id, broken) as opened:
        view = opened.view(ASKED)
    assert view.events == ()
    assert any("cannot be read" in gap.reason for gap in view.coverage.gaps)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.text(max_size=8) | st.just("2024-05-01T00:00:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _bent(value: Any, draw: Callable[[], Any], spare: Callable[[], bool]) -> Any:
    """`value` with some of its parts replaced by something else."""
    if not spare():
        return draw()
    if isinstance(value, dict):
        return {key: _bent(item, draw, spare) for key, item in value.items()}
    if isinstance(value, list):
        return [_bent(item, draw, spare) for item in value]
    return value


@EACH
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_answer_whatever_breaks_more_than_itself(monitor_id: str, data: st.DataObject) -> None:
    answers = busy(monitor_id)
    spare = st.integers(0, 19).map(bool)

    class Bent:
        def json(self, path: str, params: dict[str, object]) -> object:
            query = "&".join(f"{name}={value}" for name, value in params.items())
            made = answers(Request(f"/{path}?{query}".replace("+", "%2B"), {}))
            return _bent(made, lambda: data.draw(_JSON), lambda: data.draw(spare))

    try:
        view = MONITORS[monitor_id](cast("Service", Bent())).view(ASKED)
    except RoutewireError:
        return
    assert all(event.source == monitor_id for event in view.events)


# -- how one is opened -----------------------------------------------------------------------------------------------
def test_an_unknown_monitor_is_a_wrong_call_that_names_those_there_are() -> None:
    with pytest.raises(WrongCall, match="ripestat, ioda, grip, radar"), open_monitor("bgpmon"):
        pass


def test_without_its_token_radar_says_which_setting_to_set() -> None:
    with pytest.raises(Permanent, match="ROUTEWIRE_RADAR_TOKEN"), open_monitor("radar"):
        pass


def test_a_refused_token_is_told_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refused = as_json(
        {"success": False, "errors": [{"message": f"Invalid API Token: Bearer {TOKEN}"}], "result": None}, status=403
    )
    with asking("radar", lambda _: refused) as opened, pytest.raises(Permanent) as failure:
        opened.view(ASKED)
    assert "403" in str(failure.value)
    assert opened.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in str(failure.value) + repr(failure.value) + repr(opened.monitor) + caplog.text


def test_a_token_that_an_error_repeats_inside_a_good_status_is_not_told() -> None:
    inside = {"success": False, "errors": [{"message": f"no such token: {TOKEN}"}], "result": None}
    with asking("radar", lambda _: inside) as opened, pytest.raises(Transient) as failure:
        opened.view(ASKED)
    assert TOKEN not in str(failure.value)
