"""When routes of a claim's target were lost: as outage events tell it, else as the spells of its prefixes do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, zip_longest

from crawler.routing.detect.drafts import DetectSettings
from crawler.routing.model import EventKind, Interval, RouteSpell, RoutingEvent
from indexer.correlate import Case, country_of
from indexer.lookup import ended, overlap
from indexer.prefixes import covers, prefix_of, touches

# An outage of a network is the loss of nearly all its prefixes; a stuck route or two does not keep it up.
TOTAL_SHARE = DetectSettings().total_share
# What a loss must reach to be told at all: single prefixes of a large network flap at all times.
PARTIAL_SHARE = DetectSettings().partial_share
# Of a country with fewer of its networks seen nothing can be said as a whole.
SEEN_SHARE = DetectSettings().country_seen_share
# What comes back sooner is no loss, be it read from events or from spells.
MIN_LOSS = timedelta(seconds=DetectSettings().outage_min_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A time in which `lost` of `total` prefixes were reached by no peer, or that an event calls an outage.

    `home` is the country of which it is, where too little of it is seen to tell of the whole.
    """

    start: datetime
    end: datetime | None
    lost: int
    total: int
    whole: bool
    event: RoutingEvent | None = None
    home: Home | None = None


def losses(case: Case) -> tuple[Loss, ...]:
    """The losses of the target's routes, oldest first: as events tell them, else as the spells do."""
    told = tuple(_from_events(case))
    spells = [
        x
        for x in _from_spells(case)
        if x.end is None or x.end - x.start >= MIN_LOSS
        if not any(overlap(x.start, x.end, t.start, t.end or case.view.coverage.end) for t in told)
    ]
    found = sorted((*told, *spells), key=lambda x: (x.start, x.total))
    return tuple(found if (home := unseen_home(case)) is None else (_of_seen(x, home) for x in found))


@dataclass(frozen=True, slots=True)
class Home:
    """The networks of a country that have routes in the view, and how many the delegations give it."""

    country: str
    seen: frozenset[int]
    known: int


def unseen_home(case: Case) -> Home | None:
    """The country that a claim is about, where the view has too few of its networks to tell of the whole."""
    country, delegated = country_of(case.target.stated), case.view.delegated
    if country is None or delegated is None or case.prefixes:
        return None
    seen, known = case.target.asns & case.view.origins, len(delegated(country))
    return Home(country, seen, known) if len(seen) < SEEN_SHARE * known else None


def _of_seen(loss: Loss, home: Home) -> Loss:
    """Of a country little of which is seen a loss is not known to be of the whole, but by an event of the country."""
    by_country = loss.event is not None and loss.event.origin_asn is None
    return loss if by_country else replace(loss, whole=False, home=home)


def networks_lost(case: Case, loss: Loss) -> int:
    """How many of the target's networks had no route at all at some time of the loss."""
    until = loss.end or case.view.coverage.end
    if loss.event is not None and loss.event.origin_asn is not None:
        return 1
    return sum(
        any(loss.start <= away < until for away in _breaks(_up(case.view.routes_of((asn,)))))
        for asn in case.target.asns & case.view.origins
    )


def _breaks(spans: Iterable[Interval]) -> Iterator[datetime]:
    return (span.end for span in spans if span.end is not None)


def _from_events(case: Case) -> Iterator[Loss]:
    total = len({s.prefix for s in spells_of(case)})
    for event in _about(case):
        lost = len(set(event.prefixes)) or total
        for span in _spans(case, event):
            whole = event.kind is EventKind.OUTAGE and _all_of_it(case, event, lost, total)
            yield Loss(start=span.start, end=span.end, lost=lost, total=max(total, lost), whole=whole, event=event)


def _about(case: Case) -> Iterator[RoutingEvent]:
    """The outages of the named prefixes, else of the target's networks or of the country that is the target."""
    view, names = case.view, {*case.target.asns, case.target.stated}
    for event in view.events_touching(case.prefixes) if case.prefixes else view.events_of(names):
        if event.kind not in (EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE):
            continue
        if case.prefixes or event.origin_asn is None or event.origin_asn in case.target.asns:
            yield event


def _all_of_it(case: Case, event: RoutingEvent, lost: int, total: int) -> bool:
    """Whether the outage took all that the claim is about: one network's is none of its country."""
    if case.prefixes:
        return all(any(touches(p, s) for s in event.prefixes) for p in case.prefixes)
    return case.target.sole or event.origin_asn is None or lost >= TOTAL_SHARE * total


def _spans(case: Case, event: RoutingEvent) -> Iterator[Interval]:
    """The event's intervals, up to the end that it had for the named prefixes."""
    end = ended(event, case.prefixes)
    for span in event.intervals or (Interval(event.first_seen, event.last_seen),):
        if end is None or span.start < end:
            yield Interval(span.start, end if span.end is None else min(span.end, end or span.end))


def spells_of(case: Case) -> tuple[RouteSpell, ...]:
    """The spells of the named prefixes, else of the target's networks."""
    return case.view.touching(case.prefixes) if case.prefixes else case.view.routes_of(case.target.asns)


def _from_spells(case: Case) -> Iterator[Loss]:
    """Walks the times at which a prefix comes or goes, and tells each run of times with prefixes missing.

    Left out are prefixes that lie in another one of the target: without them its addresses are still reached.
    """
    coverage = case.view.coverage
    by_prefix = _reached(case)
    total = len(by_prefix)
    turns: Counter[datetime] = Counter()
    for spans in by_prefix.values():
        for span, following in zip_longest(spans, spans[1:]):
            if span.end is not None and span.end < coverage.end:
                turns[span.end] += 1
                if following is not None:
                    turns[following.start] -= 1
    run: Loss | None = None
    lost = 0
    for begin in sorted(turns):
        lost += turns[begin]
        whole = lost >= TOTAL_SHARE * total
        if run and (lost == 0 or whole != run.whole):
            yield replace(run, end=begin)
            run = None
        if lost and (whole or lost >= PARTIAL_SHARE * total):
            known = run or Loss(start=begin, end=None, lost=0, total=total, whole=whole)
            run = replace(known, lost=max(known.lost, lost))
        elif run:
            yield replace(run, end=begin)
            run = None
    if run:
        yield run


def stayed(case: Case, low: datetime, high: datetime) -> tuple[int, int]:
    """How many of the target's prefixes were reached all the time from low to high, as far as the data go, and of how
    many; what was away for a moment only was not lost.
    """
    coverage = case.view.coverage
    low, high = max(low, coverage.start), min(high, coverage.end)
    by_prefix = _reached(case)
    whole = sum(
        any(span.start <= low and (span.end is None or span.end >= high) for span in _bridged(spans))
        for spans in by_prefix.values()
    )
    return whole, len(by_prefix)


def _bridged(spans: Iterable[Interval]) -> list[Interval]:
    """The spans, those joined between which it was away for less than `MIN_LOSS`."""
    joined: list[Interval] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and last.end is not None and span.start - last.end < MIN_LOSS:
            joined[-1] = Interval(last.start, span.end)
        else:
            joined.append(span)
    return joined


def _reached(case: Case) -> dict[str, list[Interval]]:
    """When each prefix of the target was reached; those that lie in another one of its prefixes are left out."""
    spells = sorted(spells_of(case), key=lambda s: s.prefix)
    outer = _outermost({s.prefix for s in spells})
    return {prefix: _up(group) for prefix, group in groupby(spells, lambda s: s.prefix) if prefix in outer}


def _outermost(prefixes: set[str]) -> set[str]:
    nets = {prefix: net for prefix in prefixes if (net := prefix_of(prefix))}
    ordered = sorted(nets, key=lambda p: (nets[p].version, int(nets[p].network_address), nets[p].prefixlen))
    found: list[str] = []
    for prefix in ordered:
        if not found or not covers(found[-1], nets[prefix]):
            found.append(prefix)
    return set(found)


def _up(spells: Iterable[RouteSpell]) -> list[Interval]:
    """The unbroken times in which a prefix was reached over any origin and upstream, in order."""
    spans: list[Interval] = []
    for spell in sorted(spells, key=lambda s: s.start):
        last = spans[-1] if spans else None
        if last and (last.end is None or spell.start <= last.end):
            end = None if last.end is None or spell.end is None else max(last.end, spell.end)
            spans[-1] = Interval(last.start, end)
        else:
            spans.append(Interval(spell.start, spell.end))
    return spans
