"""RIPEstat's histories: who was a network's neighbour, and who announced a prefix, at each 8-hourly table of RIS.

Rests on these documented fields. Of `asn-neighbours-history`: neighbours (neighbour, timelines of starttime and
endtime), query_starttime, query_endtime, earliest_time, latest_time. Of `routing-history`: by_origin (origin, prefixes
of prefix and timelines with full_peers_seeing), query_starttime, query_endtime. The latter is asked for
with `min_peers=1`: its default of 10 hides networks that few peers see.

All is told at the tables' times, so a change lay up to 8 hours before; the words say so. A timeline's end may be the
last table that had it or the first that had not: what is 8 hours apart or less is taken for no break.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from crawler.monitors.asking import Asking
from crawler.monitors.reading import Row, asn_of, from_iso, listed, text_of
from crawler.monitors.ripestat_calls import STEP, Calls, iso
from crawler.monitors.ripestat_sides import Sides
from crawler.routing.model import EventKind, RoutingEvent

MOST_NEIGHBOURS = 1800
MOST_ROUTES = 3000
RESOLUTION = "8 hours: one table of RIS to the next"
UNTOLD = "not told: it may be a customer or a peer"


class Span(NamedTuple):
    """From one table to another, seen by the most of `peers` full-feed peers; 0 where that is not told."""

    start: datetime
    end: datetime
    peers: float = 0.0


Origins = Mapping[int, Sequence[Span]]


@dataclass(frozen=True, slots=True)
class History:
    """Both histories of what was asked for. An origin that fewer than `min_peers` saw takes nothing over."""

    asking: Asking
    calls: Calls
    country: Callable[[int], str | None]
    min_peers: int

    def events(self) -> list[RoutingEvent]:
        question = self.asking.question
        jobs = [partial(self._neighbours, asn) for asn in question.asns]
        jobs += [partial(self._origins, f"AS{asn}", asn) for asn in question.asns]
        jobs += [partial(self._origins, prefix, None) for prefix in question.prefixes]
        return self.asking.each(jobs)

    # -- neighbours --------------------------------------------------------------------------------------------------
    def _neighbours(self, asn: int) -> Iterator[RoutingEvent]:
        """Upstreams that came and went. A neighbour behind the network is none, and is counted."""
        what = f"asn-neighbours-history of AS{asn}"
        found = self._asked(what, {"resource": f"AS{asn}", "max_rows": MOST_NEIGHBOURS}, "neighbours")
        if found is None:
            return
        answered, rows = found
        if len(rows) >= MOST_NEIGHBOURS:
            self.asking.gap(f"{what}: {len(rows)} neighbours came, and there may be more")
        sides = Sides(self.asking, self.calls, asn)
        for neighbour, spans in self.asking.read(what, rows, _timelines):
            for kind, start, end, there in _steps(spans, answered):
                side = sides.of(neighbour, there) if self._in_window(start) else None
                if side == "right":
                    self.asking.no_place(f"neighbours of AS{asn} that come or go behind it (its customers)", 1)
                elif self._in_window(start):
                    yield self._upstream(kind, asn, neighbour, start, end, spans, side)

    def _upstream(
        self,
        kind: EventKind,
        asn: int,
        neighbour: int,
        start: datetime,
        end: datetime | None,
        spans: Sequence[Span],
        side: str | None,
    ) -> RoutingEvent:
        text = text_of(
            "RIPEstat asn-neighbours-history",
            resource=f"AS{asn}",
            neighbour=neighbour,
            timelines=[_text(span) for span in spans],
            type=side or UNTOLD,
            resolution=RESOLUTION,
        )
        return self.asking.event(
            kind,
            f"{kind}/{iso(start)}",
            start,
            end,
            text=text,
            origin=asn,
            upstream=neighbour,
            countries=(self.country(asn),),
            thresholds={"granularity_s": STEP.total_seconds()},
        )

    # -- origins -----------------------------------------------------------------------------------------------------
    def _origins(self, resource: str, network: int | None) -> Iterator[RoutingEvent]:
        """Changes of origin and several origins at once; of a network also the times without any route of it."""
        what = f"routing-history of {resource}"
        found = self._asked(what, {"resource": resource, "min_peers": 1, "max_rows": MOST_ROUTES}, "by_origin")
        if found is None:
            return
        answered, rows = found
        routes = self.asking.read(what, rows, _routes)
        if len(routes) >= MOST_ROUTES:
            self.asking.gap(f"{what}: {len(routes)} routes came, and there may be more")
        by_prefix: dict[str, dict[int, list[Span]]] = {}
        for prefix, origin, spans in routes:
            by_prefix.setdefault(prefix, {})[origin] = spans
        for prefix, origins in sorted(by_prefix.items()):
            for origin, span, holder, held in _taken(origins, answered, self.min_peers):
                if self._in_window(span.start):
                    yield self._change(resource, prefix, origin, span, holder, held, answered)
        if network is not None:
            own = {prefix: spans for prefix, origin, spans in routes if origin == network}
            yield from self._absences(network, own, answered)

    def _change(
        self, resource: str, prefix: str, origin: int, span: Span, holder: int, held: Span, answered: Span
    ) -> RoutingEvent:
        both = held.end > span.start
        end = min(span.end, held.end) if both else span.end
        text = text_of(
            "RIPEstat routing-history",
            resource=resource,
            prefix=prefix,
            origin=f"AS{origin}",
            timeline=_text(span),
            full_peers_seeing=span.peers,
            before=f"AS{holder} until {iso(held.end)}",
            resolution=RESOLUTION,
        )
        return self.asking.event(
            EventKind.MOAS if both else EventKind.ORIGIN_CHANGE,
            f"{prefix}/{iso(span.start)}",
            span.start,
            end if end + STEP <= answered.end else None,
            text=text,
            prefixes=(prefix,),
            origin=holder,
            offender=origin,
            countries=(self.country(holder),),
            thresholds={"granularity_s": STEP.total_seconds(), "min_peers": float(self.min_peers)},
        )

    def _absences(self, asn: int, own: Mapping[str, Sequence[Span]], answered: Span) -> Iterator[RoutingEvent]:
        whole = _joined(span for spans in own.values() for span in spans)
        for span, after in _followed(whole):
            if span.end + STEP > answered.end or not self._in_window(span.end):
                continue
            text = text_of(
                "RIPEstat routing-history",
                resource=f"AS{asn}",
                last_table_with_it=iso(span.end),
                next_table_with_it=iso(after.start) if after else "none so far",
                resolution=RESOLUTION,
            )
            yield self.asking.event(
                EventKind.OUTAGE,
                f"AS{asn}/{iso(span.end)}",
                span.end,
                after.start if after else None,
                text=text,
                prefixes=[prefix for prefix, spans in own.items() if any(one.end == span.end for one in spans)],
                origin=asn,
                countries=(self.country(asn),),
                thresholds={"granularity_s": STEP.total_seconds()},
            )

    # -- what both share ---------------------------------------------------------------------------------------------
    def _asked(self, what: str, params: dict[str, Any], rows: str) -> tuple[Span, list[Any]] | None:
        """The time that the answer is of, and its rows; asked for from a table before the window on, so that what stood
        at its start is known. The parts of the window that it is not of are gaps.
        """
        window = self.asking.question
        whole = {**params, "starttime": iso(window.start - STEP), "endtime": iso(window.end)}

        def ask() -> tuple[Span, list[Any]]:
            data = self.calls.data(what.partition(" ")[0], whole)
            return _answered(data), listed(data.get(rows), rows)

        found = self.asking.call(what, ask)
        if found is not None:
            self.asking.gap(f"{what}: the history begins later", end=found[0].start)
            self.asking.gap(f"{what}: no table of RIS yet", start=found[0].end)
        return found

    def _in_window(self, moment: datetime) -> bool:
        return self.asking.question.start <= moment < self.asking.question.end


def _timelines(row: Row) -> Iterator[tuple[int, list[Span]]]:
    yield asn_of(row["neighbour"]), _joined(_spans(row["timelines"]))


def _routes(row: Row) -> Iterator[tuple[str, int, list[Span]]]:
    origin = asn_of(row["origin"])
    for one in row["prefixes"]:
        yield str(one["prefix"]), origin, _joined(_spans(one["timelines"]))


def _steps(spans: Sequence[Span], answered: Span) -> Iterator[tuple[EventKind, datetime, datetime | None, datetime]]:
    """Each coming and going: its kind, from when to when it stood, and a time at which the neighbour was there."""
    for span, after in _followed(spans):
        gone = span.end + STEP <= answered.end
        if span.start > answered.start:
            yield EventKind.UPSTREAM_ADDED, span.start, span.end if gone else None, span.start
        if gone:
            yield EventKind.UPSTREAM_REMOVED, span.end, after.start if after else None, span.start


def _taken(origins: Origins, answered: Span, least: int) -> Iterator[tuple[int, Span, int, Span]]:
    """Each origin that took a prefix over or shares it, with its span, and the last other one before with its own."""
    first = min((spans[0].start for spans in origins.values() if spans), default=answered.start)
    for origin, spans in sorted(origins.items()):
        if not spans or spans[0].start <= max(first, answered.start):
            continue  # who held it first takes it from nobody when it comes back
        others = [(held, other) for other, known in origins.items() for held in known if other != origin]
        for span in spans:
            before = [item for item in others if item[0].start < span.start]
            if before and span.peers >= least:
                held, holder = max(before, key=lambda item: (item[0].end, item[0].peers, item[1]))
                yield origin, span, holder, held


def _answered(data: Row) -> Span:
    """The time that the answer is of. Raises `TypeError` or `ValueError`."""
    first, last = from_iso(data.get("query_starttime")), from_iso(data.get("query_endtime"))
    earliest, latest = data.get("earliest_time"), data.get("latest_time")
    return Span(max(first, from_iso(earliest)) if earliest else first, min(last, from_iso(latest)) if latest else last)


def _spans(timelines: Iterable[Row]) -> Iterator[Span]:
    for line in timelines:
        yield Span(from_iso(line["starttime"]), from_iso(line["endtime"]), float(line.get("full_peers_seeing") or 0))


def _joined(spans: Iterable[Span]) -> list[Span]:
    """In order; those with no table between them are one, seen by the most peers of either."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start - found[-1].end <= STEP:
            last = found[-1]
            found[-1] = Span(last.start, max(last.end, span.end), max(last.peers, span.peers))
        else:
            found.append(span)
    return found


def _followed(spans: Sequence[Span]) -> Iterator[tuple[Span, Span | None]]:
    """Each with the next one."""
    yield from pairwise(spans)
    if spans:
        yield spans[-1], None


def _text(span: Span) -> str:
    return f"{iso(span.start)}/{iso(span.end)}"
