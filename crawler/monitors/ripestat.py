"""RIPEstat: what RIS saw of a network or a prefix, update by update and by its 8-hourly history (RIPE NCC).

Rests on the fields that its documentation names. Of every answer: status, status_code, data_call_status, messages (each
a kind and a text) and data. Of `bgp-state`: timestamp and bgp_state (target_prefix, path, source_id). Of `bgp-updates`:
updates (seq, timestamp, type A or W, attrs with target_prefix, path, source_id), nr_updates, query_starttime and
query_endtime. A source_id is a collector's number and a peer's address; the path begins with the peer, so a peer is
known by the first path seen of it. Times are UTC without a zone. The histories are in `ripestat_history`.

The state at the window's start and the updates in it go through our own detection. Only routes of what was asked for
are there, so a peer counts as full-feed by its share of those and not of a whole table. For a network its prefixes are
asked for too, as their routes by others are not the network's. `bgp-updates` has nothing before January 2024 and no
pages: a window is asked in pieces, and a piece that is refused, or that holds fewer updates than it counts, in halves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from crawler.errors import Permanent, RoutewireError, Transient
from crawler.monitors.asking import Asking
from crawler.monitors.model import Question
from crawler.monitors.reading import event_id, from_iso, listed, mapped, said, text_of
from crawler.monitors.ripestat_history import STEP, Calls, histories
from crawler.monitors.ripestat_routes import State, Told, resumed, updates
from crawler.monitors.ripestat_routes import state as make_state
from crawler.routing.detect import Detector
from crawler.routing.model import EventKind, RouteElem, RoutingEvent, RoutingView
from crawler.routing.reference import Reference
from crawler.routing.state import Table
from crawler.routing.thresholds import DetectSettings
from crawler.service import Service

UPDATES_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
PIECE = timedelta(days=1)
SHORTEST = timedelta(hours=1)
# Longer windows are left to the histories: a year of updates is never answered.
LONGEST = timedelta(days=14)
# More prefixes than this do not fit an address.
MOST_PREFIXES = 100
SOURCE_APP = "routewire"
FULL_FEED = "full-feed peers by the routes of what was asked for (RIPEstat), not by whole tables"


class Ripestat:
    """Asked by network and prefix. `reference` is what our detection may know, `thresholds` what it calls an event by;
    the bundled snapshot and the defaults unless given.
    """

    id: str = "ripestat"
    name: str = "RIPEstat"
    licence: str = "RIPEstat Service Terms and Conditions, RIPE NCC"
    may_export: bool = False
    base_url: str = "https://stat.ripe.net/data/"
    interval_s: float = 0.1
    needs_token: bool = False

    def __init__(
        self, service: Service, reference: Reference | None = None, thresholds: DetectSettings | None = None
    ) -> None:
        self._service = service
        self._reference = reference or Reference.load()
        self._thresholds = thresholds or DetectSettings()

    def view(self, question: Question) -> RoutingView:
        if not (question.asns or question.prefixes):
            raise Permanent("is asked by network or prefix", subject=self.name, remedy="name a network or a prefix")
        asking = Asking(self, question)
        asking.cannot("country", question.countries)
        asking.gap("not there yet", start=datetime.now(UTC))
        calls = Calls(partial(self._data, asking), self._reference.country, self._thresholds.min_peers)
        fine = self._seen(asking, calls)
        coarse = [event for event in histories(asking, calls) if not any(_same(event, other) for other in fine)]
        return asking.view([*fine, *coarse])

    def _data(self, asking: Asking, call: str, params: dict[str, Any]) -> dict[str, Any]:
        """A call's data. Raises `Permanent` for a refusal, `Transient` for any other error, whatever HTTP says."""
        answer = mapped(self._service.json(f"{call}/data.json", {**params, "sourceapp": SOURCE_APP}), "envelope")
        messages = [(str(kind), said(text)) for kind, text in answer.get("messages") or ()]
        errors = "; ".join(text for kind, text in messages if kind == "error")
        code, state = answer.get("status_code"), str(answer.get("data_call_status", ""))
        if answer.get("status") != "ok" or errors or state.startswith("maintenance"):
            what = f"answered with status {said(answer.get('status'))}, {said(state)}: {errors or 'no word why'}"
            refused = isinstance(code, int) and 400 <= code < 500 and code != 429
            raise (Permanent if refused else Transient)(what, subject=self.name, remedy="look at what is asked for")
        for kind, text in messages:
            if kind == "warning":
                asking.note(f"{self.name}, {call}: {text}")
        return mapped(answer.get("data"), "data")

    def _address(self, call: str, params: dict[str, Any]) -> str:
        return f"{self.base_url}{call}/data.json?{urlencode(params, safe='/:,')}"

    # -- update by update --------------------------------------------------------------------------------------------
    def _seen(self, asking: Asking, calls: Calls) -> list[RoutingEvent]:
        question = asking.question
        asking.gap("bgp-updates: nothing before 2024 is indexed, only the history tells of it", end=UPDATES_SINCE)
        start, end = max(question.start, UPDATES_SINCE), min(question.end, datetime.now(UTC))
        if end - start > LONGEST:
            asking.gap(f"bgp-updates: not asked for more than {LONGEST.days} days, only the history tells of it", start)
            return []
        resources = [*(f"AS{asn}" for asn in question.asns), *question.prefixes]
        state = self._state(asking, calls, resources, start, end, {}) if start < end else None
        if state is None:
            return []
        own = sorted({elem.prefix for elem in state.elems} - set(question.prefixes))
        if question.asns and own:
            if len(own) > MOST_PREFIXES:
                asking.gap(f"bgp-updates: {len(own) - MOST_PREFIXES} prefixes not asked for by themselves", start)
            resources += own[:MOST_PREFIXES]
            state = self._state(asking, calls, resources, start, end, state.peers) or state
        missing: list[datetime] = []
        pieces = [
            partial(self._piece, asking, calls, ",".join(resources), missing, *span) for span in _pieces(start, end)
        ]
        told = updates(asking, asking.each(pieces), state.peers)
        if told and not state.elems:
            asking.gap("bgp-state: no route at the start, so that no update can be told for a change", start)
        for upto in sorted(set(missing)):
            told = self._resumed(asking, calls, resources, state, told, upto, end) if upto < end else told
        found = self._detected(state, told, end) if told and state.elems else []
        return [self._told(event) for event in found if _whole(asking, event)]

    def _state(
        self,
        asking: Asking,
        calls: Calls,
        resources: Sequence[str],
        at: datetime,
        end: datetime,
        peers: dict[str, int],
    ) -> State | None:
        """What RIS's peers held at `at`; None where it did not come, and nothing can be told until `end`."""
        params = {"resource": ",".join(resources), "timestamp": _iso(at)}

        def ask() -> tuple[datetime, list[Any]]:
            data = calls.data("bgp-state", params)
            return from_iso(data.get("timestamp") or params["timestamp"]), listed(data.get("bgp_state"), "routes")

        found = asking.call("bgp-state", ask, at, end)
        if found is None:
            return None
        address = self._address("bgp-state", params)
        rows = (Told(entry, address, place) for place, entry in enumerate(found[1]))
        return make_state(asking, found[0], rows, peers)

    def _resumed(
        self,
        asking: Asking,
        calls: Calls,
        resources: Sequence[str],
        first: State,
        told: list[RouteElem],
        upto: datetime,
        end: datetime,
    ) -> list[RouteElem]:
        """The updates with what stood after a span of which none came, so that nothing is held that went meanwhile."""
        later = self._state(asking, calls, resources, upto, end, first.peers)
        if later is None:
            return told
        if not later.elems:
            asking.gap("bgp-state: empty after a gap, which is not told for an outage", upto, end)
            return told
        before = [elem for elem in told if elem.observed_at < later.at.timestamp()]
        after = [elem for elem in told if elem.observed_at >= later.at.timestamp()]
        return [*before, *resumed(later, [*first.elems, *before]), *after]

    def _piece(
        self,
        asking: Asking,
        calls: Calls,
        resource: str,
        missing: list[datetime],
        start: datetime,
        end: datetime,
    ) -> Iterator[Told]:
        """The updates from `start` to `end`; where some did not come, `missing` gets the time from which on they do."""
        params = {"resource": resource, "starttime": _iso(start), "endtime": _iso(end)}

        def ask() -> tuple[list[Any], int, datetime, datetime]:
            data = calls.data("bgp-updates", params)
            rows, total = listed(data.get("updates"), "updates"), data.get("nr_updates")
            if not isinstance(total, int):
                raise Transient("the answer does not tell how many updates there are", subject=self.name)
            return rows, total, from_iso(data.get("query_starttime")), from_iso(data.get("query_endtime"))

        divisible = end - start > SHORTEST
        why, refused = "", False
        try:
            rows, total, begun, upto = asking.attempt("bgp-updates", ask)
        except RoutewireError as error:
            rows, total, begun, upto, why = [], 0, start, end, error.message
            refused = isinstance(error, Permanent)
        if (refused or total > len(rows)) and divisible and not asking.given_up("bgp-updates"):
            middle = start + (end - start) / 2
            yield from self._piece(asking, calls, resource, missing, start, middle)
            yield from self._piece(asking, calls, resource, missing, middle, end)
            return
        if why:
            asking.gap(f"bgp-updates: {why}", start, end)
        if total > len(rows):
            asking.gap(f"bgp-updates: {len(rows)} of {total} updates came", start, end)
        if begun > start:
            asking.gap("bgp-updates: the answer begins later than asked", start, begun)
        if upto < end:
            asking.gap("bgp-updates: not there yet", max(start, upto), end)
        if why or total > len(rows) or upto < end:
            missing.append(end)
        address = self._address("bgp-updates", params)
        yield from (Told(entry, address, place) for place, entry in enumerate(rows))

    def _detected(self, state: State, told: Iterable[RouteElem], end: datetime) -> list[RoutingEvent]:
        table = Table()
        table.load(sorted(state.elems, key=lambda elem: elem.collector), state.at.timestamp())
        by_collector: dict[str, list[RouteElem]] = {}
        for elem in told:
            by_collector.setdefault(elem.collector, []).append(elem)
        for elems in by_collector.values():
            table.update(elems)
        knowledge = self._reference.knowledge(state.at)
        return Detector(table, knowledge, self._thresholds, until=end.timestamp()).events()

    def _told(self, event: RoutingEvent) -> RoutingEvent:
        """An event of our detection as this source's, with the update that bears it out in the source's words."""
        first = min(event.evidence, key=lambda one: one.observed_at, default=None)
        text = text_of(
            "RIPEstat bgp-updates",
            type=first and ("A" if first.as_path else "W"),
            timestamp=first and f"{first.observed_at:%Y-%m-%dT%H:%M:%S}",
            target_prefix=first and first.prefix,
            path=[str(hop) for hop in first.as_path] if first else (),
            source_id=first and f"{first.collector.removeprefix('rrc')}-{first.peer_ip}",
        )
        return replace(
            event,
            id=event_id(self.id, event.id),
            source=self.id,
            source_text=text,
            licence=self.licence,
            basis=(*event.basis, FULL_FEED),
        )


def _whole(asking: Asking, event: RoutingEvent) -> bool:
    """An outage is told of networks asked for alone: of others, and of countries, only a part of the routes is here."""
    outage = event.kind in {EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE}
    if outage and event.origin_asn not in asking.question.asns:
        asking.no_place("outages that the asked prefixes alone do not bear out", 1)
        return False
    return True


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        upto = min(start + PIECE, end)
        yield start, upto
        start = upto


def _same(coarse: RoutingEvent, fine: RoutingEvent) -> bool:
    """Whether the history tells again what the updates told to the second."""
    near = abs(coarse.first_seen - fine.first_seen) <= STEP
    return near and _parties(coarse) == _parties(fine)


def _parties(event: RoutingEvent) -> tuple[object, ...]:
    return event.kind, event.origin_asn, event.upstream_asn, event.offender_asn


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
