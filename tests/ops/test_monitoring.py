"""`routewire monitors` on the command line: events on standard output, all else on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from crawler.monitors import registry
from crawler.monitors.registry import MONITORS
from tests.crawler.monitors.serving import (
    TOKEN,
    Answer,
    Api,
    at,
    grip,
    grip_event,
    ioda,
    ioda_event,
    one,
    radar,
    radar_hijack,
)
from tests.misbehaving import Reply
from tests.ops.running import Run

WINDOW = ("--from", "2024-05-01", "--to", "2024-05-02")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], Api]]:
    """Makes an `Api` what every monitor reaches, without waiting between requests."""
    running: list[Api] = []

    def start(answer: Answer) -> Api:
        api = Api(answer)
        api.__enter__()
        running.append(api)
        reached = partial(registry.open_monitor, base_url=api.url, pause=lambda _: None)
        monkeypatch.setattr(registry, "open_monitor", reached)
        return api

    yield start
    for api in running:
        api.__exit__(None, None, None)


def test_the_monitors_are_listed_with_their_licences(run: Run) -> None:
    ran = run("monitors", "list", "--json")
    assert ran.code == 0
    rows = ran.rows()
    assert [row["id"] for row in rows] == list(MONITORS)
    assert all(row["licence"] and row["may_export"] is False for row in rows)
    assert [row["id"] for row in rows if row["needs_token"]] == ["radar"]


def test_events_come_in_the_contracts_form(run: Run, serve: Callable[[Answer], Api]) -> None:
    serve(grip([grip_event("moas", at(6), at(7))]))
    ran = run("monitors", "ask", "grip", *WINDOW, "--asn", "AS64500", "--json")
    assert ran.code == 0
    (row,) = ran.rows()
    assert (row["kind"], row["origin_asn"], row["offender_asn"]) == ("moas", 64500, 64501)
    assert (row["first_seen"], row["last_seen"]) == ("2024-05-01T06:00:00Z", "2024-05-01T07:00:00Z")
    assert (row["source"], row["licence"]) == ("grip", MONITORS["grip"].licence)
    assert MONITORS["grip"].licence in ran.err


def test_people_see_the_sources_words(run: Run, serve: Callable[[Answer], Api]) -> None:
    serve(ioda([ioda_event("country/ZZ", at(6), 2)]))
    ran = run("monitors", "ask", "ioda", *WINDOW, "--country", "zz")
    assert ran.code == 0
    assert "partial_outage" in ran.out
    assert "location_name=Zedland" in ran.out


def test_what_did_not_come_is_told_and_ends_with_1(run: Run, serve: Callable[[Answer], Api]) -> None:
    answer = grip([grip_event("moas", at(6))])
    serve(lambda request: Reply(status=503) if one(request, "event_type") == "submoas" else answer(request))
    ran = run("monitors", "ask", "grip", *WINDOW, "--asn", "64500", "--json")
    assert ran.code == 1
    assert len(ran.rows()) == 1
    assert "gap 2024-05-01T00:00:00Z to 2024-05-02T00:00:00Z: submoas of 64500: answered 503" in ran.err


def test_what_has_no_kind_here_is_told_and_is_no_failure(run: Run, serve: Callable[[Answer], Api]) -> None:
    serve(grip([grip_event("defcon", at(6))]))
    ran = run("monitors", "ask", "grip", *WINDOW, "--asn", "64500", "--json")
    assert (ran.code, ran.out) == (0, "")
    assert "1 x defcon events" in ran.err


def test_a_service_that_is_out_is_one_line_and_ends_with_1(run: Run, serve: Callable[[Answer], Api]) -> None:
    serve(lambda _: Reply(status=503))
    ran = run("monitors", "ask", "ioda", *WINDOW, "--asn", "64500", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "answered 503" in ran.err
    assert "try again later" in ran.err


def test_radar_takes_its_token_from_the_setting_and_never_tells_it(
    run: Run, serve: Callable[[Answer], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUTEWIRE_RADAR_TOKEN", TOKEN)
    monkeypatch.setenv("ROUTEWIRE_LOG_LEVEL", "debug")
    api = serve(radar({"bgp/hijacks/events": [radar_hijack()]}))
    ran = run("monitors", "ask", "radar", *WINDOW, "--prefix", "192.0.2.0/24", "--json")
    assert {request.headers["Authorization"] for request in api.requests} == {f"Bearer {TOKEN}"}
    assert [row["kind"] for row in ran.rows()] == ["origin_change"]
    assert TOKEN not in ran.out + ran.err


def test_without_the_token_the_setting_is_named(run: Run) -> None:
    ran = run("monitors", "ask", "radar", *WINDOW, "--asn", "64500")
    assert ran.code == 1
    assert "ROUTEWIRE_RADAR_TOKEN" in ran.err


@pytest.mark.parametrize(
    "args",
    [
        ("bgpmon", *WINDOW),
        ("ioda", "--from", "2024-05-02", "--to", "2024-05-01"),
        ("ioda", "--from", "2024-05-02"),
        ("ioda", *WINDOW, "--asn", "AS0"),
        ("ioda", *WINDOW, "--country", "Zedland"),
        ("grip", *WINDOW, "--prefix", "192.0.2.1/24"),
    ],
)
def test_a_wrong_call_ends_with_2(run: Run, args: tuple[str, ...]) -> None:
    ran = run("monitors", "ask", *args)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_a_strangers_words_are_shown_and_not_obeyed(run: Run, serve: Callable[[Answer], Api]) -> None:
    event = ioda_event("country/ZZ", at(6), 2) | {"location_name": "[/red]\x1b[31mZed\ud800"}
    serve(ioda([event]))
    ask = ("monitors", "ask", "ioda", *WINDOW, "--country", "zz")
    shown = run(*ask)
    assert shown.code == 0, shown.err
    assert "[/red]\ufffd[31mZed" in shown.out
    (row,) = run(*ask, "--json").rows()
    assert "[/red]\x1b[31mZed\ud800" in row["source_text"]


def test_a_service_that_refuses_is_told_in_words_that_no_terminal_obeys(
    run: Run, serve: Callable[[Answer], Api]
) -> None:
    words = {"Content-Type": "text/plain"}
    serve(lambda _: Reply(status=400, body=b"[/red]\x1b[31mno", headers=words))
    told = run("monitors", "ask", "ioda", *WINDOW, "--country", "zz")
    assert told.code == 1
    assert "[/red]\ufffd[31mno" in told.err
