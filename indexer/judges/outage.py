"""Judges of outages: routes withdrawn and back again. A loss of traffic alone does not show in routes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, zip_longest

from crawler.routing.drafts import DetectSettings
from crawler.routing.model import EventKind, Interval, RouteSpell, RoutingEvent
from indexer.claimtime import length, stamp
from indexer.correlate import Case, as_id, blind, covers, overlap, prefix_of, seen_asns, touches
from indexer.judges.finding import finding, routeless, seen_then, unknown, watched, wrong_end
from indexer.judges.parties import corrected, meant
from indexer.judges.state import interval
from indexer.model import Correction, Verdict, VerdictKind

# An outage of a network is the loss of nearly all its prefixes; a stuck route or two does not keep it up.
TOTAL_SHARE = 0.9
# What a loss must reach to be told at all: single prefixes of a large network flap at all times.
PARTIAL_SHARE = DetectSettings().partial_share
# What comes back sooner is no loss, be it read from events or from spells.
MIN_LOSS = timedelta(seconds=DetectSettings().outage_min_s)
# Words by which a claim speaks of routes and not of traffic; only such a claim is contradicted by routes that stayed.
ROUTE_WORDS = re.compile(
    r"\bBGP\b|withdr[ae]w|\brout(?:e|es|ing)\b|prefix|announce|маршрут|анонс|préfixe|annonc|prefijo|anunci",
    re.IGNORECASE,
)
STAYED = "The routes stayed up; a loss of traffic alone would not show in them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A time in which `lost` of `total` prefixes were reached by no peer, or that an event calls an outage."""

    start: datetime
    end: datetime | None
    lost: int
    total: int
    whole: bool
    event: RoutingEvent | None = None


def start(case: Case) -> Verdict:
    """Routes of the target begin to be lost."""
    return _turn(case, "start")


def end(case: Case) -> Verdict:
    """Lost routes of the target come back."""
    return _turn(case, "end")


def state(case: Case) -> Verdict:
    """Routes of the target are lost over a time."""
    if verdict := _nobody(case):
        return verdict
    low, high = interval(case)
    found = [x for x in losses(case) if overlap(x.start, x.end, low, high)]
    if not found:
        return routeless(case) or _stayed(case)
    loss = _worst(found)
    kind = VerdictKind.CONFIRMED if loss.whole else VerdictKind.PARTLY
    return _tell(case, loss, kind, f"{_what(loss)} of {case.target.name} were gone from {_lasted(loss)}")


def _nobody(case: Case) -> Verdict | None:
    return (
        None if case.prefixes and case.target.stated is None else unknown(case, case.target, "the one that is cut off")
    )


def _turn(case: Case, side: str) -> Verdict:
    if verdict := _nobody(case):
        return verdict
    found = losses(case)
    moments = [(m, x) for x in found if (m := _moment(x, side)) is not None]
    timely = [(m, x) for m, x in moments if case.in_time(m)]
    if timely:
        return _seen(case, side, timely)
    if verdict := _other_target(case, side) or routeless(case):
        return verdict
    if (why := blind(case)) is not None:
        near = f" Routes were lost from {_lasted(found[0])}." if found else None
        return finding(case, VerdictKind.NO_DATA, f"No loss of routes was seen {case.when()}, but {why}", near)
    if side == "end" and case.span and (down := [x for x in found if overlap(x.start, x.end, *case.window)]):
        return _still(case, down[0])
    if case.span and (whole := [(m, x) for m, x in moments if x.whole]):
        return _wrong_time(case, side, whole)
    return _stayed(case)


def _other_target(case: Case, side: str) -> Verdict | None:
    """Another network was lost or back in time, which the claim meant by its name, by a slip or by its place."""
    if not case.target.sole or case.span is None:
        return None
    ranks = {a: rank for a in seen_asns(case.view) - case.target.asns if (rank := meant(case, a)) is not None}
    for number in sorted(ranks, key=lambda a: (ranks[a], a)):
        correction = Correction("target", case.target.name, as_id(number))
        other = corrected(case, correction)
        timely = [(m, x) for x in losses(other) if x.whole and (m := _moment(x, side)) and case.in_time(m)]
        if timely:
            seen = _seen(other, side, timely)
            reason = f"Not {correction.stated} but {correction.actual}: {seen.reasons[0]}"
            return replace(seen, verdict=VerdictKind.CORRECTED, correction=correction, reasons=(reason,))
    return None


def _moment(loss: Loss, side: str) -> datetime | None:
    return loss.start if side == "start" else loss.end


def _seen(case: Case, side: str, timely: list[tuple[datetime, Loss]]) -> Verdict:
    whole = [(m, x) for m, x in timely if x.whole]
    moment, loss = _nearest(case, whole or timely)
    verb = "were lost" if side == "start" else "were back"
    then = f"{_lasted(loss)}" if side == "start" else f"{stamp(moment)}, lost since {stamp(loss.start)}"
    text = f"{_what(loss)} of {case.target.name} {verb} from {then}, {case.tell(moment)}"
    last = _last_end(case, loss) if side == "start" else None
    wrong = wrong_end(case, last)
    kind = VerdictKind.PARTLY if not loss.whole else VerdictKind.CORRECTED if wrong else VerdictKind.CONFIRMED
    more = f"It ended {wrong.actual}, not {wrong.stated}." if wrong else None
    count = _count(case, [x for _, x in timely])
    correction = wrong if kind is VerdictKind.CORRECTED else None
    return replace(_tell(case, loss, kind, text, more, count), correction=correction, delta_s=case.delta(moment))


def _count(case: Case, timely: list[Loss]) -> str | None:
    """How often routes were lost in the time judged, in all and, where some were partial, in part."""
    if len(timely) < 2:
        return None
    part = sum(not x.whole for x in timely)
    partial = "" if part in (0, len(timely)) else f", {part} of them in part"
    return f"{len(timely)} such losses fall into the {'claimed time' if case.span else 'time judged'}{partial}."


def _nearest(case: Case, timely: list[tuple[datetime, Loss]]) -> tuple[datetime, Loss]:
    if case.span is None:
        return min(timely, key=lambda x: x[0])
    anchor = case.span.start
    return min(timely, key=lambda x: (abs(x[0] - anchor), x[0]))


def _last_end(case: Case, loss: Loss) -> datetime | None:
    """The end that the stated one is held against: of several losses in a claimed interval, the nearest to it."""
    stated = case.claim.end_utc
    ends = [x.end for x in losses(case) if x.end and x.start >= loss.start]
    goal = interval(case)[1]
    return min(ends, key=lambda e: abs(e - goal), default=None) if stated else loss.end


def _still(case: Case, loss: Loss) -> Verdict:
    text = f"{_what(loss)} of {case.target.name} were still gone {case.when()}: lost from {_lasted(loss)}"
    if loss.end is None:
        return _tell(case, loss, VerdictKind.CONTRADICTED, text)
    return _wrong_time(case, "end", [(loss.end, loss)])


def _wrong_time(case: Case, side: str, moments: list[tuple[datetime, Loss]]) -> Verdict:
    moment, loss = _nearest(case, moments)
    verb = "were lost" if side == "start" else "were back"
    text = f"{_what(loss)} of {case.target.name} {verb} at {stamp(moment)}, {case.tell(moment)}: the time is wrong"
    correction = Correction("time", case.claim.start_utc or "", stamp(moment))
    found = _tell(case, loss, VerdictKind.CORRECTED, text)
    return replace(found, correction=correction, delta_s=case.delta(moment))


def _stayed(case: Case) -> Verdict:
    """No loss in the claimed time: contradicted only where the claim is of routes, else not observable."""
    if (why := blind(case)) is not None:
        return finding(case, VerdictKind.NO_DATA, f"No loss of routes was seen {case.when()}, but {why}")
    count = len({s.prefix for s in _spells(case)})
    reason = f"{count} of {count} prefixes of {case.target.name} stayed reachable {case.when()}."
    of_routes = bool(case.prefixes) or ROUTE_WORDS.search(case.claim.quote) is not None
    if of_routes and case.span is not None:
        return finding(case, VerdictKind.CONTRADICTED, reason, matched=(0, count))
    return finding(case, VerdictKind.NOT_OBSERVABLE, f"{STAYED} {reason}", *seen_then(case))


def _tell(case: Case, loss: Loss, kind: VerdictKind, text: str, *more: str | None) -> Verdict:
    events = (loss.event,) if loss.event else ()
    spells = () if events else _spells(case)
    peers, told = watched(spells, events, case)
    where = f", {told}" if events else ", at every full-feed peer"
    matched = (loss.lost, loss.total)
    return finding(case, kind, f"{text}{where}.", *more, events=events, peers=peers, matched=matched)


def _what(loss: Loss) -> str:
    return f"all {loss.total} prefixes" if loss.lost == loss.total else f"{loss.lost} of {loss.total} prefixes"


def _lasted(loss: Loss) -> str:
    if loss.end is None:
        return f"{stamp(loss.start)} to the end of the data"
    return f"{stamp(loss.start)} to {stamp(loss.end)} ({length(loss.end - loss.start)})"


def _worst(found: Iterable[Loss]) -> Loss:
    return max(found, key=lambda x: (x.whole, x.lost, -x.start.timestamp()))


def losses(case: Case) -> tuple[Loss, ...]:
    """The losses of the target's routes, oldest first: as events tell them, else as the spells do."""
    told = tuple(_from_events(case))
    spells = [
        x
        for x in _from_spells(case)
        if x.end is None or x.end - x.start >= MIN_LOSS
        if not any(overlap(x.start, x.end, t.start, t.end or case.view.coverage.end) for t in told)
    ]
    return tuple(sorted((*told, *spells), key=lambda x: (x.start, x.total)))


def _from_events(case: Case) -> Iterator[Loss]:
    total = len({s.prefix for s in _spells(case)})
    for event in case.view.events:
        if event.kind not in (EventKind.OUTAGE, EventKind.PARTIAL_OUTAGE) or not _about(case, event):
            continue
        lost = len(set(event.prefixes)) or total
        for span in event.intervals or (Interval(event.first_seen, event.last_seen),):
            whole = event.kind is EventKind.OUTAGE and (not case.prefixes or _named_lost(case, event))
            yield Loss(start=span.start, end=span.end, lost=lost, total=max(total, lost), whole=whole, event=event)


def _about(case: Case, event: RoutingEvent) -> bool:
    if case.prefixes:
        return any(touches(p, s) for p in case.prefixes for s in event.prefixes)
    if event.origin_asn is not None:
        return event.origin_asn in case.target.asns
    return case.target.stated in event.countries


def _named_lost(case: Case, event: RoutingEvent) -> bool:
    return all(any(touches(p, s) for s in event.prefixes) for p in case.prefixes)


def _spells(case: Case) -> tuple[RouteSpell, ...]:
    if case.prefixes:
        return tuple(s for s in case.view.spells if any(touches(p, s.prefix) for p in case.prefixes))
    return tuple(s for s in case.view.spells if s.origin_asn in case.target.asns)


def _from_spells(case: Case) -> Iterator[Loss]:
    """Walks the times at which a prefix comes or goes, and tells each run of times with prefixes missing.

    Left out are prefixes that lie in another one of the target: without them its addresses are still reached.
    """
    coverage = case.view.coverage
    spells = sorted(_spells(case), key=lambda s: s.prefix)
    outer = _outermost({s.prefix for s in spells})
    by_prefix = {prefix: _up(group) for prefix, group in groupby(spells, lambda s: s.prefix) if prefix in outer}
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
