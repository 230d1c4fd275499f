"""RIPEstat's histories: who was a network's neighbour, and who announced a prefix, at each 8-hourly table of RIS.

Rests on these documented fields. Of `asn-neighbours-history`: neighbours (neighbour, timelines of starttime and
endtime), query_starttime, query_endtime, earliest_time, latest_time. Of `asn-neighbours`, which tells on what side one
stands: neighbours (asn, type). `left` is before the network in paths, so it carries the network's routes, for money or
as a peer; `uncertain` is a left one that itself alone told RIS; `right` is behind the network. Of `routing-history`:
by_origin (origin, prefixes of prefix and timelines with full_peers_seeing), query_starttime, query_endtime. It is asked
with `min_peers=1`: its default of 10 hides networks that few peers see.

All is told at the tables' times, so a change lay up to 8 hours before; the words say so. A timeline's end may be the
last table that had it or the first that had not: what is 8 hours apart or less is taken for no break.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from crawler.monitors.asking import Asking
from crawler.monitors.reading import Row, asn_of, from_iso, listed, text_of
from crawler.routing.model import EventKind, RoutingEvent

STEP = timedelta(hours=8)
MOST_NEIGHBOURS = 1800
MOST_ROUTES = 3000
# So many times at most are neighbours asked for their side; beyond it the side is not told.
MOST_TIMES = 12
RESOLUTION = "8 hours: one table of RIS to the next"


@dataclass(frozen=True, slots=True)
class Calls:
    """RIPEstat's calls: `data` takes a call's name and its parameters, and gives data that are known to be no error.

    `country` is that of a network, where it is known; so many full-feed peers must have seen a thing (`min_peers`).
    """

    data: Callable[[str, dict[str, Any]], dict[str, Any]]
    country: Callable[[int], str | None]
    min_peers: int


class Span(NamedTuple):
    start: datetime
    end: datetime
    peers: float = 0.0


def histories(asking: Asking, calls: Calls) -> list[RoutingEvent]:
    question = asking.question
    jobs = [partial(_neighbours, asking, calls, asn) for asn in question.asns]
    jobs += [partial(_origins, asking, calls, f"AS{asn}", asn) for asn in question.asns]
    jobs += [partial(_origins, asking, calls, prefix, None) for prefix in question.prefixes]
    return asking.each(jobs)


# -- neighbours ------------------------------------------------------------------------------------------------------
def _neighbours(asking: Asking, calls: Calls, asn: int) -> Iterator[RoutingEvent]:
    """Upstreams that came and went. A neighbour on the far side is none, and is counted."""
    what = f"asn-neighbours-history of AS{asn}"

    def ask() -> tuple[Span, list[Any]]:
        data = calls.data("asn-neighbours-history", {"resource": f"AS{asn}", **_window(asking, MOST_NEIGHBOURS)})
        return _answered(data), listed(data.get("neighbours"), "neighbours")

    found = _asked(asking, what, ask)
    if found is None:
        return
    answered, rows = found
    if len(rows) >= MOST_NEIGHBOURS:
        asking.gap(f"{what}: {len(rows)} neighbours came, and there may be more")
    sides = _Sides(asking, calls, asn)
    for neighbour, spans in asking.read(what, rows, _timelines):
        for kind, start, end, seen_at in _steps(spans, answered):
            if not asking.question.start <= start < asking.question.end:
                continue
            side = sides.of(neighbour, seen_at)
            if side == "right":
                asking.no_place(f"neighbours of AS{asn} that come or go behind it (its customers)", 1)
                continue
            yield asking.event(
                kind,
                f"{kind}/{start:%Y%m%d%H%M}",
                start,
                end,
                text=text_of(
                    "RIPEstat asn-neighbours-history",
                    resource=f"AS{asn}",
                    neighbour=neighbour,
                    timelines=[f"{_text(span.start)}/{_text(span.end)}" for span in spans],
                    type=side or "not told: it may be a customer or a peer",
                    resolution=RESOLUTION,
                ),
                origin=asn,
                upstream=neighbour,
                countries=(calls.country(asn),),
                thresholds={"granularity_s": STEP.total_seconds()},
            )


def _timelines(row: Row) -> Iterator[tuple[int, list[Span]]]:
    yield asn_of(row["neighbour"]), _joined(_spans(row["timelines"]))


def _steps(spans: Sequence[Span], answered: Span) -> Iterator[tuple[EventKind, datetime, datetime | None, datetime]]:
    """Each coming and going: its kind, from when to when it stood, and a time at which the neighbour was there."""
    for index, span in enumerate(spans):
        gone = span.end + STEP <= answered.end
        if span.start > answered.start:
            yield EventKind.UPSTREAM_ADDED, span.start, span.end if gone else None, span.start
        if gone:
            back = spans[index + 1].start if index + 1 < len(spans) else None
            yield EventKind.UPSTREAM_REMOVED, span.end, back, span.start


class _Sides:
    """On which side of a network its neighbours were, asked once a time."""

    def __init__(self, asking: Asking, calls: Calls, asn: int) -> None:
        self._asking, self._calls, self._asn = asking, calls, asn
        self._known: dict[datetime, dict[int, set[str]]] = {}

    def of(self, neighbour: int, at: datetime) -> str | None:
        """`left`, `right` or `uncertain`; None where it is not told."""
        if at not in self._known:
            self._known[at] = self._ask(at) if len(self._known) < MOST_TIMES else {}
        types = self._known[at].get(neighbour, set())
        return next((side for side in ("left", "uncertain", "right") if side in types), None)

    def _ask(self, at: datetime) -> dict[int, set[str]]:
        def ask() -> list[Any]:
            data = self._calls.data("asn-neighbours", {"resource": f"AS{self._asn}", "query_time": _text(at)})
            return listed(data.get("neighbours"), "neighbours")

        rows = self._asking.call(f"asn-neighbours of AS{self._asn}", ask, at, at + STEP) or []
        found: dict[int, set[str]] = {}
        for asn, side in self._asking.read(
            "asn-neighbours", rows, lambda row: [(asn_of(row["asn"]), str(row["type"]))]
        ):
            found.setdefault(asn, set()).add(side)
        return found


# -- origins ---------------------------------------------------------------------------------------------------------
def _origins(asking: Asking, calls: Calls, resource: str, network: int | None) -> Iterator[RoutingEvent]:
    """Changes of origin and several origins at once; of a network also the time in which nothing of it was seen."""
    what = f"routing-history of {resource}"

    def ask() -> tuple[Span, list[Any]]:
        data = calls.data("routing-history", {"resource": resource, "min_peers": 1, **_window(asking, MOST_ROUTES)})
        return _answered(data), listed(data.get("by_origin"), "origins")

    found = _asked(asking, what, ask)
    if found is None:
        return
    answered, rows = found
    routes = asking.read(what, rows, _routes)
    if len(routes) >= MOST_ROUTES:
        asking.gap(f"{what}: {len(routes)} routes came, and there may be more")
    by_prefix: dict[str, dict[int, list[Span]]] = {}
    for prefix, origin, spans in routes:
        by_prefix.setdefault(prefix, {})[origin] = spans
    for prefix, origins in sorted(by_prefix.items()):
        yield from _changes(asking, calls, resource, prefix, origins, answered)
    if network is not None:
        own = [(prefix, spans) for prefix, origin, spans in routes if origin == network]
        yield from _absences(asking, calls, network, own, answered)


def _routes(row: Row) -> Iterator[tuple[str, int, list[Span]]]:
    origin = asn_of(row["origin"])
    for one in row["prefixes"]:
        yield str(one["prefix"]), origin, _joined(_spans(one["timelines"]))


def _changes(
    asking: Asking, calls: Calls, resource: str, prefix: str, origins: dict[int, list[Span]], answered: Span
) -> Iterator[RoutingEvent]:
    least = float(calls.min_peers)
    first = min((spans[0].start for spans in origins.values() if spans), default=answered.start)
    for origin, spans in sorted(origins.items()):
        if not spans or spans[0].start <= first:
            continue  # who held it first takes it from nobody when it comes back
        for span in spans:
            begins = asking.question.start <= span.start < asking.question.end and span.start > answered.start
            if not begins or span.peers < least:
                continue
            others = [(one, other) for other, held in origins.items() for one in held if other != origin]
            holder = max((item for item in others if item[0].start < span.start), key=_last, default=None)
            if holder is None:
                continue  # nobody was seen before it
            before, held_by = holder
            both = before.end > span.start
            ends = min(span.end, before.end) if both else span.end
            yield asking.event(
                EventKind.MOAS if both else EventKind.ORIGIN_CHANGE,
                f"{prefix}/{span.start:%Y%m%d%H%M}",
                span.start,
                ends if ends + STEP <= answered.end else None,
                text=text_of(
                    "RIPEstat routing-history",
                    resource=resource,
                    prefix=prefix,
                    origin=f"AS{origin}",
                    timeline=f"{_text(span.start)}/{_text(span.end)}",
                    full_peers_seeing=span.peers,
                    before=f"AS{held_by} until {_text(before.end)}",
                    resolution=RESOLUTION,
                ),
                prefixes=(prefix,),
                origin=held_by,
                offender=origin,
                countries=(calls.country(held_by),),
                thresholds={"granularity_s": STEP.total_seconds(), "min_peers": least},
            )


def _last(item: tuple[Span, int]) -> tuple[datetime, float]:
    return item[0].end, item[0].peers


def _absences(
    asking: Asking, calls: Calls, asn: int, own: Sequence[tuple[str, list[Span]]], answered: Span
) -> Iterator[RoutingEvent]:
    whole = _joined(span for _, spans in own for span in spans)
    for index, span in enumerate(whole):
        back = whole[index + 1].start if index + 1 < len(whole) else None
        if span.end + STEP > answered.end or not asking.question.start <= span.end < asking.question.end:
            continue
        yield asking.event(
            EventKind.OUTAGE,
            f"AS{asn}/{span.end:%Y%m%d%H%M}",
            span.end,
            back,
            text=text_of(
                "RIPEstat routing-history",
                resource=f"AS{asn}",
                last_table_with_it=_text(span.end),
                next_table_with_it=_text(back) if back else "none so far",
                resolution=RESOLUTION,
            ),
            prefixes=[prefix for prefix, spans in own if any(one.end == span.end for one in spans)],
            origin=asn,
            countries=(calls.country(asn),),
            thresholds={"granularity_s": STEP.total_seconds()},
        )


# -- what both histories share ---------------------------------------------------------------------------------------
def _window(asking: Asking, most: int) -> dict[str, Any]:
    """From a table before the window on, so that what stood at its start is known."""
    window = asking.question
    return {"starttime": _text(window.start - STEP), "endtime": _text(window.end), "max_rows": most}


def _answered(data: Row) -> Span:
    """The time that the answer is of. Raises `TypeError` or `ValueError`."""
    first, last = from_iso(data.get("query_starttime")), from_iso(data.get("query_endtime"))
    earliest, latest = data.get("earliest_time"), data.get("latest_time")
    return Span(max(first, from_iso(earliest)) if earliest else first, min(last, from_iso(latest)) if latest else last)


def _asked(asking: Asking, what: str, ask: Callable[[], tuple[Span, list[Any]]]) -> tuple[Span, list[Any]] | None:
    """What came, with gaps for the parts of the window that it is not of."""
    found = asking.call(what, ask)
    if found is not None:
        answered = found[0]
        asking.gap(f"{what}: the history begins later", end=answered.start)
        asking.gap(f"{what}: no table of RIS yet", start=answered.end)
    return found


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


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
