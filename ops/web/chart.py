"""The timeline as geometry: marks in lanes on one axis. Pure.

Places along the axis are percentages of the chart's width, so that one drawing fits every screen; what must not
overlap (marks, labels) is packed for the least width that the drawing is shown at, in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ops.web.axis import Tick, Window, ticks

ROW = 26
"""Height of a row in pixels: a target of 24 (WCAG 2.2, 2.5.8) and a gap."""

HEAD = 22
HALF = 12  # a mark is 24 pixels wide
LETTER = 6.4  # mean width of a letter of a label
AXIS = 40
BOLD = 7.4  # and of one that is set bold inside a bar
_WORTH = 18  # letters of a label that is worth its place
TICK = 92  # least room for a tick's label


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to draw. `end` None and not `ongoing`: a moment. `spans` are the spells inside a long item.

    `shape` names the mark (a verdict, `document`, `event`, ...), `tone` how an event is coloured. `vague`: a moment
    somewhere between `time` and `end`.
    """

    lane: str
    time: datetime
    title: str
    label: str
    href: str
    shape: str
    tone: str = ""
    end: datetime | None = None
    ongoing: bool = False
    vague: bool = False
    spans: tuple[tuple[datetime, datetime | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Percentages of the width."""

    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """`x` is the percentage where it starts; `bar` its length, with `bars` the spells inside it. `y` is the middle of
    its row in pixels. `count` above 1 is a cluster. `flip`: the label stands to the left; `inside`: in this bar.
    """

    x: float
    y: int
    title: str
    label: str
    href: str
    shape: str
    tone: str
    bar: Bar | None = None
    bars: tuple[Bar, ...] = ()
    before: bool = False
    after: bool = False
    vague: bool = False
    flip: bool = False
    inside: Bar | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    name: str
    top: int
    height: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`height` in pixels; `least` is the width that it was packed for."""

    least: int
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    item: Item
    left: float
    right: float
    label: str
    flip: bool
    inside: bool = False


def draw(items: Iterable[Item], window: Window, lanes: Sequence[tuple[str, int]], least: int, zoom: str) -> Chart:
    """The items that touch the window, in the order of `lanes` (name and most rows each); empty lanes are left out.

    What does not fit into a lane's rows is gathered in clusters. `zoom` is the address of a cluster's own window,
    with `{start}` and `{end}` to fill in.
    """
    shown = [item for item in items if touches(item, window)]
    drawn, top = [], 0
    for name, rows in lanes:
        inside = sorted((i for i in shown if i.lane == name), key=lambda i: (i.time, i.title, i.href))
        if inside:
            lane = _lane(name, inside, window, top, rows, least, zoom)
            drawn.append(lane)
            top += lane.height
    return Chart(least=least, height=top + AXIS, lanes=tuple(drawn), ticks=ticks(window, max(2, least // TICK)))


def touches(item: Item, window: Window) -> bool:
    last = window.end if item.ongoing else item.end or item.time
    return item.time <= window.end and last >= window.start


def _lane(name: str, items: list[Item], window: Window, top: int, rows: int, least: int, zoom: str) -> Lane:
    packed, rest = list[tuple[int, _Placed]](), list[Item]()
    for letters in (64, 40, 24, 0):
        packed, rest = _pack([_place(i, window, least, min(letters, least // 11)) for i in items], rows)
        if not rest:
            break
    if letters == 0:
        packed = _labelled_where_free(packed, least)
    used = 1 + max((row for row, _ in packed), default=-1)
    marks = [_mark(p, window, top + HEAD + row * ROW + ROW // 2, least) for row, p in packed]
    if rest:
        y = top + HEAD + used * ROW + ROW // 2
        for group in _groups(rest, window, least):
            alone = _mark(_place(group[0], window, least, 0), window, y, least)
            lone = replace(alone, bar=None, bars=())  # its bar could run over the next one in this row
            marks.append(_cluster(group, window, y, zoom) if len(group) > 1 else lone)
        used += 1
    marks.sort(key=lambda m: (m.x, m.y))
    return Lane(name=name, top=top, height=HEAD + used * ROW + 6, marks=tuple(marks))


def _labelled_where_free(packed: list[tuple[int, _Placed]], least: int) -> list[tuple[int, _Placed]]:
    """Labels for those with room before the next mark of their row; a few letters alone would say nothing."""
    found = []
    for row, placed in packed:
        following = min((p.left for r, p in packed if r == row and p.left > placed.left), default=float(least))
        letters = int((following - placed.right - 4) / LETTER)
        label = _short(placed.item.label, min(letters, 40)) if letters >= _WORTH else ""
        found.append((row, replace(placed, label=label)))
    return found


def _ends(item: Item, window: Window) -> tuple[float, float]:
    first = max(0.0, window.part(item.time))
    last = 1.0 if item.ongoing else min(1.0, window.part(item.end or item.time))
    return min(first, 1.0), max(first, last)


def _place(item: Item, window: Window, least: int, letters: int) -> _Placed:
    """The room that the item takes in pixels, its label to the right, or to the left where the right is short."""
    first, last = (part * least for part in _ends(item, window))
    last = first if item.vague else last
    left, right = first - HALF, max(last, first) + HALF
    label = _short(item.label, letters) if letters else ""
    room = len(label) * LETTER + 4 if label else 0
    flip = bool(label) and right + room > least
    if flip and left - room < 0:
        if not item.vague and last - first > max(left, least - right):
            return _Placed(item, left, right, item.label, flip=False, inside=True)
        label = _short(item.label, int(max(least - right, left) / LETTER) - 1)
        flip = left > least - right
        room = len(label) * LETTER + 4 if label else 0
    return _Placed(item, left - room if flip else left, right if flip else right + room, label, flip)


def _short(text: str, letters: int) -> str:
    if letters < 8:
        return ""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _pack(placed: list[_Placed], rows: int) -> tuple[list[tuple[int, _Placed]], list[Item]]:
    """Each into the first row with room, from left to right; what finds none is given back."""
    ends: list[float] = []
    packed, rest = [], []
    for item in sorted(placed, key=lambda p: p.left):
        row = next((r for r, end in enumerate(ends) if end <= item.left), len(ends))
        if row == rows:
            rest.append(item.item)
            continue
        ends[row:] = [item.right, *ends[row + 1 :]]
        packed.append((row, item))
    return packed, rest


def _mark(placed: _Placed, window: Window, y: int, least: int) -> Mark:
    item = placed.item
    first, last = _ends(item, window)
    long = item.ongoing or (item.end is not None and item.end > item.time)
    bar = Bar(x=_percent(first), width=_percent(last - first)) if long else None
    bars = tuple(_bar(span, window) for span in item.spans if _inside(span, window))
    inside = max(bars if len(bars) > 1 else (bar,), key=lambda b: b.width) if bar and placed.inside else None
    label = _short(placed.label, int(inside.width / 100 * least / BOLD) - 2) if inside else placed.label
    return Mark(
        x=_percent(first),
        y=y,
        title=item.title,
        label=label,
        href=item.href,
        shape=item.shape,
        tone=item.tone,
        bar=bar,
        bars=bars,
        before=item.time < window.start,
        after=item.ongoing or (item.end is not None and item.end > window.end),
        vague=item.vague,
        flip=placed.flip,
        inside=inside,
    )


def _inside(span: tuple[datetime, datetime | None], window: Window) -> bool:
    return span[0] <= window.end and (span[1] is None or span[1] >= window.start)


def _bar(span: tuple[datetime, datetime | None], window: Window) -> Bar:
    first = max(0.0, window.part(span[0]))
    last = 1.0 if span[1] is None else min(1.0, window.part(span[1]))
    return Bar(x=_percent(first), width=_percent(last - first))


def _groups(items: Sequence[Item], window: Window, least: int) -> list[list[Item]]:
    """Neighbours that one mark must stand for."""
    groups: list[list[Item]] = []
    begun = 0.0
    for item in sorted(items, key=lambda i: i.time):
        at = _ends(item, window)[0] * least
        if groups and at - begun < 4 * HALF:
            groups[-1].append(item)
        else:
            groups.append([item])
            begun = at
    return groups


def _cluster(group: Sequence[Item], window: Window, y: int, zoom: str) -> Mark:
    """A mark for many: it leads to their own window, or to the list where a closer look would not part them."""
    start, end = group[0].time, group[-1].time
    margin = max((end - start) / 10, timedelta(minutes=1))
    near = Window(start - margin, end + margin)
    parts = near.length < window.length / 2
    href = zoom.format(start=f"{near.start:%Y-%m-%dT%H:%M:%SZ}", end=f"{near.end:%Y-%m-%dT%H:%M:%SZ}")
    first, last = max(0.0, window.part(start)), min(1.0, window.part(end))
    return Mark(
        x=_percent((first + last) / 2),
        y=y,
        title=f"{len(group)} more between {start:%Y-%m-%d %H:%M:%S}Z and {end:%Y-%m-%d %H:%M:%S}Z",
        label="",
        href=href if parts else "#list",
        shape="cluster",
        tone="",
        count=len(group),
    )


def _percent(part: float) -> float:
    return round(min(1.0, max(0.0, part)) * 100, 3)
