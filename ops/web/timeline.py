"""A timeline for a page: the entries in a window as a chart and as rows, and the ways to other windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from crawler.routing.model import RoutingEvent
from indexer.claimtime import Grain, claimed
from indexer.model import TimelineEntry
from indexer.titles import Name, event_title
from nlp.model import Claim
from ops.web import words
from ops.web.axis import Window, focus, whole
from ops.web.chart import Chart, Item, draw, touches

WIDE, NARROW = 820, 300
"""The least widths of the two drawings, in pixels; the style sheet changes over above `WIDE`."""

LANES = (("Routing events", 14), ("Articles", 10), ("Claims", 8), ("Revisions", 4))
_LANE_OF = {"event": "Routing events", "document": "Articles", "revision": "Revisions"}
KINDS = {"event": "Routing event", "document": "Article", "claim": "Claim", "verdict": "Claim", "revision": "Revision"}

ROWS = 400
"""Entries of a window that are listed; the rest is said by number."""


Overview = tuple[tuple[float, ...], float, float]


@dataclass(frozen=True, slots=True)
class Row:
    entry: TimelineEntry
    href: str
    kind: str
    title: str
    lasts: str


@dataclass(frozen=True, slots=True)
class Aside:
    """What lies before or after the window: how much, from when to when, and the window that shows it."""

    count: int
    first: datetime
    last: datetime
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """`zoom` names the ways to other windows; `overview` is where the window lies in the whole, with each moment,
    in percent.
    """

    window: Window
    charts: Mapping[str, Chart]
    rows: tuple[Row, ...]
    left_out: int
    total: int
    earlier: Aside | None
    later: Aside | None
    zoom: Mapping[str, str]
    overview: Overview | None

    @property
    def shapes(self) -> frozenset[str]:
        """The shapes and tones that are drawn, and `vague`: a key needs no others."""
        marks = [mark for lane in self.charts["wide"].lanes for mark in lane.marks]
        return frozenset(m.tone or m.shape for m in marks) | {"vague" for m in marks if m.vague}


def timeline(
    entries: Sequence[TimelineEntry],
    events: Mapping[str, RoutingEvent],
    claims: Mapping[str, Claim],
    base: str,
    name: Name,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Timeline | None:
    """None where there is nothing to show. `events` and `claims` hold what the entries of these kinds are of; `base`
    is the page's address. `start` and `end` choose the window; without both, it is where most of the entries lie.
    """
    if not entries:
        return None
    items = [_item(entry, events.get(entry.id), claims.get(entry.id), name) for entry in entries]
    sharp = [m for i in items if not i.vague for m in (i.time, i.end) if m is not None]
    moments = sharp + [i.time for i in items if i.vague]
    all_of_it = whole(moments)
    first = focus(sharp or moments)
    window = _chosen(start, end, first if start is None and end is None else all_of_it)
    rows = [_row(e, i, events.get(e.id), name) for e, i in zip(entries, items, strict=True) if touches(i, window)]
    zoom = base + "?from={start}&to={end}#timeline"
    return Timeline(
        window=window,
        charts={
            name_: draw(items, window, LANES, least, zoom) for name_, least in (("wide", WIDE), ("narrow", NARROW))
        },
        rows=tuple(rows[:ROWS]),
        left_out=max(0, len(rows) - ROWS),
        total=len(entries),
        earlier=_aside([i for i in items if i.time < window.start and not touches(i, window)], base),
        later=_aside([i for i in items if i.time > window.end], base),
        zoom=_zoom(window, first, all_of_it, base),
        overview=_overview(moments, all_of_it, window),
    )


def entry_href(entry: TimelineEntry) -> str:
    """The page, and the place on it, that shows the entry's evidence."""
    if entry.kind in {"claim", "verdict"} and entry.parent_id:
        return words.path("document", entry.parent_id) + "#" + words.anchor("claim", entry.id)
    if entry.kind == "revision" and entry.parent_id:
        return words.path("document", entry.parent_id) + "#revisions"
    return words.path(entry.kind, entry.id)


def _chosen(start: datetime | None, end: datetime | None, default: Window) -> Window:
    first, last = start or default.start, end or default.end
    return Window(first, last) if first < last else default


def _row(entry: TimelineEntry, item: Item, event: RoutingEvent | None, name: Name) -> Row:
    title = event_title(event, name) if event else entry.title
    lasts = "still so" if item.ongoing else ""
    if item.end is not None:
        lasts = f"{'within' if item.vague else 'for'} {words.length(item.end - item.time)}"
    return Row(entry, item.href, KINDS[entry.kind], title, lasts)


def _item(entry: TimelineEntry, event: RoutingEvent | None, claim: Claim | None, name: Name) -> Item:
    """A claim whose words name no moment (a day, a month) is drawn as vague over all that they cover."""
    span = claimed(claim.start_utc, claim.precision) if claim else None
    vague = span is not None and span.grain > Grain.MINUTE
    end = entry.end if entry.kind == "event" else span.end if span and vague else None
    until = " on" if entry.ongoing else f" to {words.utc(end)}" if end else ""
    verdict = f" ({words.VERDICTS[entry.verdict][0]})" if entry.verdict else ""
    shape = entry.verdict.value if entry.verdict else "unjudged" if entry.kind in {"claim", "verdict"} else entry.kind
    title = event_title(event, name) if event else entry.title
    return Item(
        lane=_LANE_OF.get(entry.kind, "Claims"),
        time=span.start if span and vague else entry.time,
        title=f"{KINDS[entry.kind]}{verdict}: {title} – {words.utc(entry.time)}{until}",
        label=words.event_label(event, name) if event else entry.title,
        href=entry_href(entry),
        shape=shape,
        tone=words.EVENTS[event.kind][1] if event else "odd" if entry.kind == "event" else "",
        end=end,
        ongoing=entry.ongoing,
        vague=vague,
        spans=tuple((i.start, i.end) for i in event.intervals) if event else (),
    )


def _aside(items: Sequence[Item], base: str) -> Aside | None:
    if not items:
        return None
    first, last = items[0].time, items[-1].time
    return Aside(len(items), first, last, _href(base, whole([first, last])))


def _zoom(window: Window, first: Window, all_of_it: Window, base: str) -> dict[str, str]:
    ways: dict[str, Callable[[], Window]] = {
        "Earlier": lambda: window.moved(-0.5),
        "Closer": lambda: window.scaled(0.5),
        "Wider": lambda: window.scaled(2),
        "Later": lambda: window.moved(0.5),
    }
    links = {way: _href(base, make()) for way, make in ways.items()}
    if window != all_of_it:
        links["Everything"] = _href(base, all_of_it)
    if window != first:
        links["Where most is"] = f"{base}#timeline"
    return links


def _href(base: str, window: Window) -> str:
    pairs = {"from": _stamp(window.start), "to": _stamp(window.end)}
    return f"{base}?{urlencode(pairs, safe=':')}#timeline"


def _stamp(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _overview(
    moments: Sequence[datetime], all_of_it: Window, window: Window
) -> tuple[tuple[float, ...], float, float] | None:
    """None where the window shows everything."""
    if window.start <= all_of_it.start and window.end >= all_of_it.end:
        return None
    places = sorted({round(all_of_it.part(m) * 100, 1) for m in moments})
    first, last = (min(100.0, max(0.0, all_of_it.part(t) * 100)) for t in (window.start, window.end))
    return tuple(places), round(first, 2), round(max(last - first, 0.0), 2)
