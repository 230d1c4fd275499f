"""RIPEstat: what RIS saw of a network or a prefix, update by update and by its 8-hourly history (RIPE NCC).

Rests on the fields that its documentation names. Of every answer: status, status_code, data_call_status, messages (each
a kind and a text) and data. Of `bgp-state`: timestamp and bgp_state (target_prefix, path, source_id). Of `bgp-updates`:
updates (seq, timestamp, type A or W, attrs with target_prefix, path, source_id), nr_updates, query_starttime and
query_endtime. A source_id is a collector's number and a peer's address; the path begins with the
peer, so a peer is known by the first path seen of it. Times are UTC without a zone. The histories are in
`ripestat_history`.

The state at the window's start and the updates in it go through our own detection. Only routes of what was asked for
are there, so a peer counts as full-feed by its share of those and not of a whole table. For a network its prefixes are
asked for too, as their routes by others are not the network's. `bgp-updates` has nothing before January 2024 and no
pages: a window is asked in pieces, and a piece that is refused, or that holds fewer updates than it counts, in halves.
After a piece that did not come the state is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.errors import Permanent
from crawler.http.service import Service
from crawler.monitors.asking import Asking
from crawler.monitors.model import Question
from crawler.monitors.reading import event_id, text_of
from crawler.monitors.ripestat_calls import STEP, Calls
from crawler.monitors.ripestat_history import History
from crawler.monitors.ripestat_routes import State
from crawler.monitors.ripestat_updates import Replay
from crawler.routing.detect.detector import Detector
from crawler.routing.model import EventKind, RouteElem, RouteEvidence, RoutingEvent, RoutingView
from crawler.routing.reference.known import Reference
from crawler.routing.state.table import Table
from crawler.routing.thresholds import DetectSettings

UPDATES_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
# Longer windows are left to the histories: a year of updates is never answered.
LONGEST = timedelta(days=14)
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
        calls = Calls(self._service, self.base_url, asking.note)
        fine = self._seen(asking, calls)
        history = History(asking, calls, self._reference.country, self._thresholds.min_peers)
        coarse = [event for event in history.events() if not any(_same(event, other) for other in fine)]
        return asking.view([*fine, *coarse])

    def _seen(self, asking: Asking, calls: Calls) -> list[RoutingEvent]:
        """What the updates tell, to the second."""
        window = asking.question
        asking.gap("bgp-updates: nothing before 2024 is indexed, only the history tells of it", end=UPDATES_SINCE)
        start, end = max(window.start, UPDATES_SINCE), min(window.end, datetime.now(UTC))
        if end - start > LONGEST:
            asking.gap(f"bgp-updates: not asked for more than {LONGEST.days} days, only the history tells of it", start)
        if not timedelta() < end - start <= LONGEST:
            return []
        played = Replay(asking, calls, start, end).play()
        found = self._detected(*played, end) if played else []
        return [self._told(event) for event in found if _whole(asking, event)]

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
        """An event of our detection as this source's, with what bears it out in the source's words."""
        return replace(
            event,
            id=event_id(self.id, event.id),
            source=self.id,
            source_text=_words(min(event.evidence, key=lambda one: one.observed_at, default=None)),
            licence=self.licence,
            basis=(*event.basis, FULL_FEED),
        )


def _words(first: RouteEvidence | None) -> str:
    if first is None:
        return "RIPEstat bgp-updates"
    of_state = "/bgp-state/" in first.file
    return text_of(
        "RIPEstat bgp-state" if of_state else "RIPEstat bgp-updates",
        type=None if of_state else "A" if first.as_path else "W",
        timestamp=f"{first.observed_at:%Y-%m-%dT%H:%M:%S}",
        target_prefix=first.prefix,
        path=[str(hop) for hop in first.as_path],
        source_id=f"{first.collector.removeprefix('rrc')}-{first.peer_ip}",
    )


def _whole(asking: Asking, event: RoutingEvent) -> bool:
    """An outage is told of networks asked for alone: of others, and of countries, only a part of the routes is here."""
    outage = event.kind in {EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE}
    if outage and event.origin_asn not in asking.question.asns:
        asking.no_place("outages that the asked prefixes alone do not bear out", 1)
        return False
    return True


def _same(coarse: RoutingEvent, fine: RoutingEvent) -> bool:
    """Whether the history tells again what the updates told to the second."""
    near = abs(coarse.first_seen - fine.first_seen) <= STEP
    return near and _parties(coarse) == _parties(fine)


def _parties(event: RoutingEvent) -> tuple[object, ...]:
    return event.kind, event.origin_asn, event.upstream_asn, event.offender_asn
