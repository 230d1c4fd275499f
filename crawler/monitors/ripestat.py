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
from ipaddress import ip_network
from typing import Any, NamedTuple
from urllib.parse import urlencode

from crawler.errors import Permanent, RoutewireError, Transient
from crawler.monitors.asking import Asking
from crawler.monitors.model import Question
from crawler.monitors.reading import event_id, from_iso, listed, mapped, said, text_of
from crawler.monitors.ripestat_history import STEP, Calls, histories
from crawler.routing.detect import Detector
from crawler.routing.model import ElemType, EventKind, RouteElem, RoutingEvent, RoutingView
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
    """Asked by network and prefix."""

    id: str = "ripestat"
    name: str = "RIPEstat"
    licence: str = "RIPEstat Service Terms and Conditions, RIPE NCC"
    may_export: bool = False
    base_url: str = "https://stat.ripe.net/data/"
    interval_s: float = 0.1
    needs_token: bool = False

    def __init__(self, service: Service) -> None:
        self._service = service

    def view(self, question: Question) -> RoutingView:
        if not (question.asns or question.prefixes):
            raise Permanent("is asked by network or prefix", subject=self.name, remedy="name a network or a prefix")
        asking = Asking(self, question)
        asking.cannot("country", question.countries)
        asking.gap("not there yet", start=datetime.now(UTC))
        calls = Calls(partial(self._data, asking))
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
        state = self._state(asking, calls, resources, start, end) if start < end else None
        if state is None:
            return []
        own = sorted({elem.prefix for elem in state.elems} - set(question.prefixes))
        if question.asns and own:
            if len(own) > MOST_PREFIXES:
                asking.gap(f"bgp-updates: {len(own) - MOST_PREFIXES} prefixes not asked for by themselves", start)
            resources += own[:MOST_PREFIXES]
            state = self._state(asking, calls, resources, start, end) or state
        pieces = [partial(self._piece, asking, calls, ",".join(resources), *span) for span in _pieces(start, end)]
        updates = _elements(asking, asking.each(pieces), state.peers)
        if updates and not state.elems:
            asking.gap("bgp-state: no route at the start, so that no update can be told for a change", start)
        found = _detected(state, updates, start, end) if updates else []
        return [self._told(event) for event in found if _whole(asking, event)]

    def _state(
        self, asking: Asking, calls: Calls, resources: Sequence[str], start: datetime, end: datetime
    ) -> _State | None:
        """What RIS's peers held at `start`; None where it did not come."""
        params = {"resource": ",".join(resources), "timestamp": _iso(start)}

        def ask() -> tuple[datetime, list[Any]]:
            data = calls.data("bgp-state", params)
            return from_iso(data.get("timestamp") or params["timestamp"]), listed(data.get("bgp_state"), "routes")

        found = asking.call("bgp-state", ask, start, end)
        if found is None:
            return None
        address, peers = self._address("bgp-state", params), dict[str, int]()
        rows = ((row, address, index) for index, row in enumerate(found[1]))
        made_of = partial(_rib_elem, found[0].timestamp(), peers)
        return _State(found[0].timestamp(), asking.read("bgp-state", rows, made_of), peers)

    def _piece(
        self, asking: Asking, calls: Calls, resource: str, start: datetime, end: datetime
    ) -> Iterator[tuple[Any, str, int]]:
        """The updates from `start` to `end`, each with its call's address and its index there."""
        params = {"resource": resource, "starttime": _iso(start), "endtime": _iso(end)}

        def ask() -> tuple[list[Any], int, datetime, datetime]:
            data = calls.data("bgp-updates", params)
            rows, total = listed(data.get("updates"), "updates"), data.get("nr_updates")
            if not isinstance(total, int):
                raise Transient("the answer does not tell how many updates there are", subject=self.name)
            return rows, total, from_iso(data.get("query_starttime")), from_iso(data.get("query_endtime"))

        divisible = end - start > SHORTEST
        why = ""
        try:
            rows, total, begun, upto = asking.attempt("bgp-updates", ask)
        except RoutewireError as error:
            rows, total, begun, upto, why = [], 0, start, end, error.message
        if (why or total > len(rows)) and divisible and not asking.given_up("bgp-updates"):
            middle = start + (end - start) / 2
            yield from self._piece(asking, calls, resource, start, middle)
            yield from self._piece(asking, calls, resource, middle, end)
            return
        if why:
            asking.gap(f"bgp-updates: {why}", start, end)
        if total > len(rows):
            asking.gap(f"bgp-updates: {len(rows)} of {total} updates came", start, end)
        if begun > start:
            asking.gap("bgp-updates: the answer begins later than asked", start, begun)
        if upto < end:
            asking.gap("bgp-updates: not there yet", max(start, upto), end)
        address = self._address("bgp-updates", params)
        yield from ((row, address, index) for index, row in enumerate(rows))

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


class _State(NamedTuple):
    """Routes at `at` (seconds since the epoch); `peers` are the AS numbers by source_id."""

    at: float
    elems: list[RouteElem]
    peers: dict[str, int]


def _detected(state: _State, updates: Iterable[RouteElem], start: datetime, end: datetime) -> list[RoutingEvent]:
    table = Table()
    table.load(sorted(state.elems, key=lambda elem: elem.collector), state.at)
    by_collector: dict[str, list[RouteElem]] = {}
    for elem in updates:
        by_collector.setdefault(elem.collector, []).append(elem)
    for elems in by_collector.values():
        table.update(elems)
    detector = Detector(table, Reference.load().knowledge(start), DetectSettings(), until=end.timestamp())
    return detector.events()


def _whole(asking: Asking, event: RoutingEvent) -> bool:
    """An outage is told of networks asked for alone: of others, and of countries, only a part of the routes is here."""
    outage = event.kind in {EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE}
    if outage and event.origin_asn not in asking.question.asns:
        asking.no_place("outages that the asked prefixes alone do not bear out", 1)
        return False
    return True


def _elements(asking: Asking, rows: Iterable[tuple[Any, str, int]], peers: dict[str, int]) -> list[RouteElem]:
    """In order of time; an update that two pieces hold is one."""
    told: dict[tuple[object, ...], tuple[Any, str, int]] = {}
    for row in rows:
        update, address, index = row
        attrs = update.get("attrs") if isinstance(update, dict) else None
        names = (attrs.get("source_id"), attrs.get("target_prefix")) if isinstance(attrs, dict) else (address, index)
        told.setdefault((update.get("seq") if isinstance(update, dict) else index, *names), row)
    elems = asking.read("bgp-updates", told.values(), partial(_update_elem, peers))
    return [elem for _, elem in sorted(elems, key=lambda item: (item[1].observed_at, item[0]))]


def _rib_elem(at: float, peers: dict[str, int], item: tuple[Any, str, int]) -> Iterator[RouteElem]:
    row, address, index = item
    yield _elem(ElemType.RIB, at, peers, row, _path(row["path"]), address, index)


def _update_elem(peers: dict[str, int], item: tuple[Any, str, int]) -> Iterator[tuple[int, RouteElem]]:
    """With its place in the order of the service. Raises `KeyError`, `TypeError` or `ValueError`."""
    row, address, index = item
    kind = {"A": ElemType.ANNOUNCE, "W": ElemType.WITHDRAW}[row["type"]]
    attrs = row["attrs"]
    path = _path(attrs["path"]) if kind is ElemType.ANNOUNCE else ()
    yield int(row["seq"]), _elem(kind, from_iso(row["timestamp"]).timestamp(), peers, attrs, path, address, index)


def _elem(
    kind: ElemType, at: float, peers: dict[str, int], attrs: Any, path: _Path, address: str, index: int
) -> RouteElem:
    source = str(attrs["source_id"])
    collector, _, ip = source.partition("-")
    if path and isinstance(path[0], int):
        peers.setdefault(source, path[0])
    return RouteElem(
        type=kind,
        observed_at=at,
        collector=f"rrc{int(collector):02d}",
        peer_asn=peers.get(source, 0),
        peer_ip=ip,
        prefix=str(ip_network(attrs["target_prefix"])),
        as_path=path,
        file=address,
        record=index,
    )


_Path = tuple[int | tuple[int, ...], ...]


def _path(hops: Any) -> _Path:
    """Raises `TypeError` or `ValueError`; an empty one is no announcement."""
    path = tuple(tuple(int(asn) for asn in hop) if isinstance(hop, list) else int(hop) for hop in hops)
    if not path:
        raise ValueError("no path")
    return path


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
