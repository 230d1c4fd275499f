"""GRIP: prefixes with several origins and more-specifics of others (Georgia Tech).

Rests on the API's public source (InetIntel/grip-api-v2, grip-core), which names these fields of `json/events`: `data`,
`recordsTotal`; of an event id, event_type, view_ts, finished_ts (seconds; none while it goes on), `summary` (prefixes,
ases, attackers, victims, tags, inference_result.primary_inference) and `pfx_events` (prefix, or sub_pfx and super_pfx,
tags). Times are asked in UTC to the minute. Terms of a filter are joined by AND, so each network and prefix is asked
for by itself; a prefix matches exactly. The search behind it reads no further than `DEPTH` events, so a window with
more is asked in halves.

`moas` and `submoas` have kinds of ours. In a `submoas` whose newcomer announces the covering prefix nobody's
more-specific was taken: that has none, nor have `defcon` (a network's own more-specific) and `edges` (a new link).
They are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from typing import Any

from crawler.errors import Permanent, Transient
from crawler.http.service import Service
from crawler.monitors.asking import Asking, NoPlace
from crawler.monitors.model import Question
from crawler.monitors.reading import Row, asn_of, from_unix, listed, mapped, pairs, said, text_of
from crawler.routing.model import EventKind, RoutingEvent, RoutingView

PAGE = 100
DEPTH = 10_000
# Its views are five minutes apart: a shorter window cannot hold fewer events.
SHORTEST = timedelta(minutes=10)
# Public clients of it report events from then on. A view takes minutes to be tagged.
SINCE = datetime(2019, 1, 1, tzinfo=UTC)
LAG = timedelta(minutes=30)
KINDS = {"moas": EventKind.MOAS, "submoas": EventKind.SUBPREFIX_ORIGIN_CHANGE}
WITHOUT_KIND = ("defcon", "edges")


class Grip:
    """Asked by network and prefix."""

    id: str = "grip"
    name: str = "GRIP"
    licence: str = "Copyright Georgia Tech Research Corporation, all rights reserved"
    may_export: bool = False
    base_url: str = "https://api.grip.inetintel.cc.gatech.edu/dev/"
    interval_s: float = 0.5
    needs_token: bool = False

    def __init__(self, service: Service) -> None:
        self._service = service

    def view(self, question: Question) -> RoutingView:
        if question.countries and not (question.asns or question.prefixes):
            raise Permanent("is asked by network or prefix, not by country", subject=self.id, remedy="name a network")
        asking = Asking(self, question)
        asking.cannot("country", question.countries)
        asking.holds(SINCE, LAG)
        if question.everything:
            asking.note(f"{self.name}: of all networks, only what began in the window is asked for")
        events: list[RoutingEvent] = []
        for named in _filters(question):
            for event_type in KINDS:
                asked = {**named, "event_type": event_type}
                if named:  # of all networks, those that go on since years are too many to read
                    earlier = self._events(asking, {**asked, "overlap": "true"}, question.start, question.start)
                    events += asking.read(event_type, earlier, partial(_made_of, asking))
                rows = self._events(asking, asked, question.start, question.end)
                events += asking.read(event_type, rows, partial(_made_of, asking))
            for event_type in WITHOUT_KIND:
                self._count(asking, {**named, "event_type": event_type})
        return asking.view(events)

    def _events(self, asking: Asking, asked: dict[str, str], start: datetime, end: datetime) -> Iterator[Any]:
        """Those that began in the window; in halves where it holds more than the service reads out.

        With `overlap`, and a window of its start alone, those that began before and were not over.
        """
        what = f"{asked['event_type']} of {asked.get('asns') or asked.get('pfxs') or 'all networks'}"
        span = (start, end) if end > start else ()
        first = asking.call(what, partial(self._page, asked, start, end, 0), *span)
        if first is None:
            return
        rows, total = first
        if total >= DEPTH and end - start > SHORTEST:
            middle = start + (end - start) / 2
            yield from self._events(asking, asked, start, middle)
            yield from self._events(asking, asked, middle, end)
            return
        if total >= DEPTH:
            asking.gap(f"{what}: more than the {DEPTH} events that the service reads out", *span)
        yield from rows
        for before in range(PAGE, min(total, DEPTH), PAGE):
            if asking.given_up(what):
                asking.gap(f"{what}: not asked from event {before} on", *span)
                return
            page = asking.call(f"{what}, from event {before}", partial(self._page, asked, start, end, before), *span)
            yield from page[0] if page else ()

    def _count(self, asking: Asking, asked: dict[str, str]) -> None:
        window = asking.question
        found = asking.call(f"{asked['event_type']} events", partial(self._page, asked, window.start, window.end, 0, 1))
        asking.no_place(f"{asked['event_type']} events", found[1] if found else 0)

    def _page(
        self, asked: dict[str, str], start: datetime, end: datetime, before: int, length: int = PAGE
    ) -> tuple[list[Any], int]:
        """The events from `before` on, and how many there are in all (`DEPTH` where there are that many or more)."""
        params = {
            **asked,
            "ts_start": _minute(start),
            "ts_end": _minute(end + timedelta(seconds=59)),
            "start": before,
            "length": length,
        }
        answer = mapped(self._service.json("json/events", params), "envelope")
        if "error" in answer:
            raise Transient(f"refused: {said(answer['error'])}", subject=self.id)
        rows, total = listed(answer.get("data"), "events"), answer.get("recordsTotal")
        if not isinstance(total, int) or total < len(rows):
            raise Transient("the answer does not tell how many events there are", subject=self.id)
        if len(rows) < min(length, total - before, DEPTH - before):
            raise Transient(f"a page has {len(rows)} events where {total} are told of", subject=self.id)
        return rows, total


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _filters(question: Question) -> list[dict[str, str]]:
    if question.everything:
        return [{}]
    return [{"asns": str(asn)} for asn in question.asns] + [{"pfxs": prefix} for prefix in question.prefixes]


def _made_of(asking: Asking, row: Row) -> Iterator[RoutingEvent]:
    """Raises `NoPlace` for an event that takes nobody's more-specific."""
    summary = mapped(row["summary"], "summary")
    tags = [str(tag["name"]) for tag in summary.get("tags") or ()]
    event_type = str(row["event_type"])
    if event_type == "submoas" and "newcomer-less-specific" in tags and "newcomer-more-specific" not in tags:
        raise NoPlace("events whose newcomer announces the covering prefix")
    victims, attackers = ([asn_of(asn) for asn in summary.get(name) or ()] for name in ("victims", "attackers"))
    primary = (summary.get("inference_result") or {}).get("primary_inference") or {}
    end = row.get("finished_ts")
    text = text_of(
        f"GRIP {row['id']}",
        suspicion_level=primary.get("suspicion_level"),
        confidence=primary.get("confidence"),
        inference=primary.get("inference_id"),
        explanation=primary.get("explanation"),
        labels=primary.get("labels"),
        attackers=attackers,
        victims=victims,
        ases=summary.get("ases"),
        tags=tags,
    )
    for victim, attacker in pairs(victims, attackers):
        yield asking.event(
            KINDS[event_type],
            str(row["id"]),
            from_unix(row["view_ts"]),
            from_unix(end) if end else None,
            text=text,
            prefixes=_prefixes(event_type, row, summary),
            origin=victim,
            offender=attacker,
            countries=(_country(row, victim) or _country(row, attacker),),
        )


def _prefixes(event_type: str, row: Row, summary: Row) -> list[str]:
    """What was announced anew: of a more-specific and its covering prefix the former. Raises `ValueError`."""
    parts = [part for part in row.get("pfx_events") or () if isinstance(part, dict)]
    name = "sub_pfx" if event_type == "submoas" else "prefix"
    told = [part[name] for part in parts if part.get(name)]
    networks = [ip_network(prefix) for prefix in told or summary.get("prefixes") or ()]
    if not told and event_type == "submoas":
        networks = [n for n in networks if any(n.version == o.version and n != o and n.subnet_of(o) for o in networks)]  # type: ignore[arg-type]
    return [str(network) for network in networks]


def _country(row: Row, asn: int | None) -> str | None:
    known = (row.get("asinfo") or {}).get(str(asn)) or {}
    organisation = (known.get("asrank") or {}).get("organization") or {}
    return (organisation.get("country") or {}).get("iso") or None
