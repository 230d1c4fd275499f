"""A timeline for a page: the entries in a window as a chart and as rows, and the ways to other windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from crawler.routing.model import RoutingEvent
from indexer.model import TimelineEntry
from indexer.titles import Name, event_title
from ops.web import words
from ops.web.axis import Window, focus, whole
from ops.web.chart import Chart, Item, draw

WIDE, NARROW = 820, 300
"""The least widths of the two drawings, in pixels; the style sheet changes over above `WIDE`."""

LANES = (("Routing events", 14), ("Articles", 6), ("Claims", 8), ("Revisions", 4))
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
    chosen: bool


def timeline(
    entries: Sequence[TimelineEntry],
    events: Mapping[str, RoutingEvent],
    base: str,
    name: Name,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Timeline | None:
    """None where there is nothing to show. `events` gives the spells inside the entries that are events; `base` is the
    page's address. `start` and `end` choose the window; without both, it is where most of the entries lie.
    """
    if not entries:
        return None
    moments = [m for e in entries for m in (e.time, e.end if e.kind == "event" else None) if m is not None]
    all_of_it = whole(moments)
    first = focus(moments)
    window = _chosen(start, end, first if start is None and end is None else all_of_it)
    items = [_item(entry, events.get(entry.id), name) for entry in entries]
    rows = [Row(e, i.href, KINDS[e.kind], i.label) for e, i in zip(entries, items, strict=True) if _within(e, window)]
    zoom = base + "?from={start}&to={end}#timeline"
    return Timeline(
        window=window,
        charts={
            name_: draw(items, window, LANES, least, zoom) for name_, least in (("wide", WIDE), ("narrow", NARROW))
        },
        rows=tuple(rows[:ROWS]),
        left_out=max(0, len(rows) - ROWS),
        total=len(entries),
        earlier=_aside([e for e in entries if _last(e, window) < window.start], base),
        later=_aside([e for e in entries if e.time > window.end], base),
        zoom=_zoom(window, first, all_of_it, base),
        overview=_overview(moments, all_of_it, window),
        chosen=window != first,
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


def _last(entry: TimelineEntry, window: Window) -> datetime:
    return window.end if entry.ongoing else max(entry.time, entry.end or entry.time)


def _within(entry: TimelineEntry, window: Window) -> bool:
    return entry.time <= window.end and _last(entry, window) >= window.start


def _item(entry: TimelineEntry, event: RoutingEvent | None, name: Name) -> Item:
    label = event_title(event, name) if event else entry.title
    when = words.utc(entry.time)
    if entry.kind == "event":
        when += f" to {words.utc(entry.end)}, {words.length(entry.end - entry.time)}" if entry.end else " on"
    verdict = f" ({words.VERDICTS[entry.verdict][0]})" if entry.verdict else ""
    shape = entry.verdict.value if entry.verdict else "unjudged" if entry.kind in {"claim", "verdict"} else entry.kind
    return Item(
        lane=_LANE_OF.get(entry.kind, "Claims"),
        time=entry.time,
        title=f"{KINDS[entry.kind]}{verdict}: {label} – {when}",
        label=label,
        href=entry_href(entry),
        shape=shape,
        tone=words.EVENTS[event.kind][1] if event else "odd" if entry.kind == "event" else "",
        end=entry.end if entry.kind == "event" else None,
        ongoing=entry.ongoing,
        spans=tuple((i.start, i.end) for i in event.intervals) if event else (),
    )


def _aside(entries: Sequence[TimelineEntry], base: str) -> Aside | None:
    if not entries:
        return None
    first, last = entries[0].time, entries[-1].time
    return Aside(len(entries), first, last, _href(base, whole([first, last])))


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
