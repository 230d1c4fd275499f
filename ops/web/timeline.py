"""A timeline for a page: the entries in a window as a chart and as rows, and the ways to other windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import urlencode

from crawler.routing.model import RoutingEvent
from indexer.claimtime import Grain, claimed
from indexer.model import TimelineEntry
from indexer.titles import Name, event_title
from nlp.model import Claim
from ops.web import words
from ops.web.axis import Window, focus, reaching, whole
from ops.web.chart import Chart, Item, draw, touches
from ops.web.standing import Standing

WIDE, NARROW = 820, 300
"""The least widths of the two drawings, in pixels; the style sheet changes over above `WIDE`."""

LANES = (("Standing upstreams", 4), ("Routing events", 14), ("Articles", 10), ("Claims", 8), ("Revisions", 4))
_LANE_OF = {
    "standing": "Standing upstreams",
    "event": "Routing events",
    "document": "Articles",
    "revision": "Revisions",
}
KINDS = {
    "event": "Routing event", "document": "Article", "claim": "Claim", "verdict": "Claim", "revision": "Revision",
    "standing": "Standing upstream",
}  # fmt: skip

ROWS = 400
"""Entries of a window that are listed; the rest is said by number."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Where the window lies in the whole, in percent: each moment, the window, and where a long gap is cut short."""

    moments: tuple[float, ...]
    start: float
    width: float
    breaks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """`of_article`: a claim without a time of its own, which stands at its article's."""

    entry: TimelineEntry
    href: str
    kind: str
    title: str
    lasts: str
    of_article: bool


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
    stood: Sequence[Standing] = (),
    held: Mapping[int, int] | None = None,
) -> Timeline | None:
    """None where there is nothing to show. `events` and `claims` hold what the entries of these kinds are of; `base`
    is the page's address. `stood` are the upstreams to draw besides, `held` how many prefixes an origin has. `start`
    and `end` choose the window; without both, it is where most of the entries lie.
    """
    if not entries:
        return None
    items = [_item(entry, events.get(entry.id), claims.get(entry.id), name, held or {}) for entry in entries]
    sharp = [m for i in items if not i.vague for m in (i.time, i.end) if m is not None]
    moments = sharp + [i.time for i in items if i.vague]
    all_of_it = whole(moments)
    told = [i.time for i in items if i.lane == _LANE_OF["document"]]
    first = reaching(focus(sharp or moments), told)
    window = _chosen(start, end, first if start is None and end is None else all_of_it)
    drawn = [*(_stood(s) for s in stood), *items]
    listed = zip([*(s.entry for s in stood), *entries], drawn, strict=True)
    rows = [_row(e, i, events.get(e.id), claims.get(e.id), name) for e, i in listed if touches(i, window)]
    zoom = base + "?from={start}&to={end}#timeline"
    return Timeline(
        window=window,
        charts={
            name_: draw(drawn, window, LANES, least, zoom) for name_, least in (("wide", WIDE), ("narrow", NARROW))
        },
        rows=tuple(rows[:ROWS]),
        left_out=max(0, len(rows) - ROWS),
        total=len(entries),
        earlier=_aside([i for i in items if i.time < window.start and not touches(i, window)], base),
        later=_aside([i for i in items if i.time > window.end], base),
        zoom=_zoom(window, first, all_of_it, base),
        overview=_overview(moments, all_of_it, window, first.length / 4),
    )


def entry_href(entry: TimelineEntry) -> str:
    """The page, and the place on it, that shows the entry's evidence."""
    if entry.kind == "standing":
        return words.path("entity", entry.id)
    if entry.kind in {"claim", "verdict"} and entry.parent_id:
        return words.path("document", entry.parent_id) + "#" + words.anchor("claim", entry.id)
    if entry.kind == "revision" and entry.parent_id:
        return words.path("document", entry.parent_id) + "#revisions"
    return words.path(entry.kind, entry.id)


def _chosen(start: datetime | None, end: datetime | None, default: Window) -> Window:
    first, last = start or default.start, end or default.end
    return Window(first, last) if first < last else default


def stands_at_article(claim: Claim | None) -> bool:
    """True for a claim that says no time that could be read: it stands at its article's."""
    return claim is not None and claimed(claim.start_utc, claim.precision) is None


def _row(entry: TimelineEntry, item: Item, event: RoutingEvent | None, claim: Claim | None, name: Name) -> Row:
    title = event_title(event, name) if event else entry.title
    lasts = "still so" if item.ongoing else ""
    if item.end is not None:
        lasts = f"{'within' if item.vague else 'for'} {words.length(item.end - item.time)}"
    return Row(entry, item.href, KINDS[entry.kind], title, lasts, stands_at_article(claim))


def _stood(stood: Standing) -> Item:
    entry = stood.entry
    return Item(
        lane=_LANE_OF["standing"],
        time=entry.time,
        title=entry.title,
        label=stood.label,
        href=entry_href(entry),
        shape="standing",
        end=entry.end,
        ongoing=entry.ongoing,
        spans=tuple((i.start, i.end) for i in stood.spells),
    )


def _item(
    entry: TimelineEntry, event: RoutingEvent | None, claim: Claim | None, name: Name, held: Mapping[int, int]
) -> Item:
    """A claim whose words name no moment (a day, a month) is drawn as vague over all that they cover."""
    span = claimed(claim.start_utc, claim.precision) if claim else None
    vague = span is not None and span.grain > Grain.MINUTE
    end = entry.end if entry.kind == "event" else span.end if span and vague else None
    until = " on" if entry.ongoing else f" to {words.utc(end)}" if end else ""
    verdict = f" ({words.VERDICTS[entry.verdict][0]})" if entry.verdict else ""
    shape = entry.verdict.value if entry.verdict else "unjudged" if entry.kind in {"claim", "verdict"} else entry.kind
    title = event_title(event, name) if event else entry.title
    of_article = ", the time of the article" if stands_at_article(claim) else ""
    count = held.get(event.origin_asn) if event and event.origin_asn is not None else None
    return Item(
        lane=_LANE_OF.get(entry.kind, "Claims"),
        time=span.start if span and vague else entry.time,
        title=f"{KINDS[entry.kind]}{verdict}: {title} – {words.utc(entry.time)}{until}{of_article}",
        label=words.event_label(event, name, count) if event else entry.title,
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


def _overview(moments: Sequence[datetime], all_of_it: Window, window: Window, longest: timedelta) -> Overview | None:
    """None where the window shows everything. No gap between two moments is drawn longer than `longest` would be."""
    if window.start <= all_of_it.start and window.end >= all_of_it.end:
        return None
    times = sorted({min(moments) - longest / 8, *moments, max(moments) + longest / 8})
    steps = [(a, b, min(b - a, longest)) for a, b in pairwise(times)]
    total = sum((step for _, _, step in steps), timedelta())

    def place(time: datetime) -> float:
        gone = sum((step * min(1.0, max(0.0, (time - a) / (b - a))) for a, b, step in steps), timedelta())
        return round(gone / total * 100, 2)

    first, last = place(window.start), place(window.end)
    cut = tuple(round((place(a) + place(b)) / 2, 2) for a, b, step in steps if b - a > 2 * step)
    return Overview(tuple(sorted({place(m) for m in moments})), first, round(last - first, 2), cut)
