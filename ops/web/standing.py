"""Upstreams that a network had before the data begin: what an added or a lost one is measured against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawler.routing.model import Interval, RouteSpell, RoutingView
from indexer.model import TimelineEntry
from indexer.record.protocol import Record
from indexer.titles import Name, network
from ops.web.words import utc

MOST = 8
"""Pairs of a network and its upstream that are shown, those with most prefixes first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A bar of a chart: its entry, its label, and the spells in which the upstream carried any of the prefixes."""

    entry: TimelineEntry
    label: str
    spells: tuple[Interval, ...]


def routes_of(record: Record, entity_id: str) -> RoutingView | None:
    """What is held of a network, or of a country's networks; None for other entities."""
    if entity_id.startswith("AS") and entity_id[2:].isdigit():
        return record.view([int(entity_id[2:])], [], [])
    return record.view([], [], [entity_id]) if len(entity_id) == 2 else None


def prefixes_held(view: RoutingView) -> dict[int, int]:
    """How many prefixes each origin announced while the data last."""
    held: dict[int, set[str]] = {}
    for spell in view.spells:
        held.setdefault(spell.origin_asn, set()).add(spell.prefix)
    return {asn: len(prefixes) for asn, prefixes in held.items()}


def standing(view: RoutingView, entity_id: str, name: Name) -> list[Standing]:
    """The upstreams that stood in the first RIB, each with the network that it served."""
    pairs: dict[tuple[int, int], list[RouteSpell]] = {}
    for spell in view.spells:
        if spell.upstream_asn is not None:
            pairs.setdefault((spell.origin_asn, spell.upstream_asn), []).append(spell)
    found = [(pair, made) for pair, made in pairs.items() if any(s.since_before for s in made)]
    found.sort(key=lambda item: (-len({s.prefix for s in item[1]}), item[0]))
    return [_standing(*pair, made, entity_id, name) for pair, made in found[:MOST]]


def _standing(origin: int, upstream: int, made: list[RouteSpell], entity_id: str, name: Name) -> Standing:
    spells = merged(Interval(s.start, s.end) for s in made)
    start, end = spells[0].start, spells[-1].end
    until = "throughout" if end is None else f"until {utc(end)}"
    other = origin if entity_id == f"AS{upstream}" else upstream
    entry = TimelineEntry(
        time=start,
        kind="standing",
        id=f"AS{other}",
        title=f"{network(upstream, name)} was an upstream of {network(origin, name)} before the data begin and {until}",
        end=end,
        ongoing=end is None,
    )
    manner = "upstream of " if other == origin else ""
    return Standing(entry, f"{manner}{name(f'AS{other}')}, before and {until}", spells)


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The spans that any of them covers, in order; an end of None is open."""
    found: list[Interval] = []
    for start, end in sorted(intervals, key=lambda i: i.start):
        if found and _reaches(found[-1].end, start):
            last = found[-1]
            open_ended = last.end is None or end is None
            found[-1] = Interval(last.start, None if open_ended else max(e for e in (last.end, end) if e is not None))
        else:
            found.append(Interval(start, end))
    return tuple(found)


def _reaches(end: datetime | None, start: datetime) -> bool:
    return end is None or start <= end
