"""Judges of what stands: an upstream over a time, the only one, the first one ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from crawler.routing.model import EventKind, RoutingEvent
from indexer.claimtime import Span, claimed, stamp
from indexer.correlate import Case
from indexer.judges.edges import Stand, by_edge, distinct, edges_of, edges_with, share, stands, stood, times
from indexer.judges.finding import finding, routeless, unknown, unseen, watched
from indexer.judges.parties import corrected, exchanged
from indexer.lookup import Asked, overlap
from indexer.model import Verdict, VerdictKind
from indexer.sight import blind
from indexer.telling import as_id, some

# A relation that stood for this share of a time stood over it: resets and exchanges of routes do not end it.
STANDS_SHARE = 0.9


def state(case: Case) -> Verdict:
    """An upstream carries the target over a time, perhaps alone."""
    if case.claim.actor is not None and (verdict := unknown(case, case.actor, "the upstream")):
        return verdict
    if verdict := unknown(case, case.target, "the one that is carried"):
        return verdict
    edges = edges_of(case, case.actor.asns, case.target.asns)
    asked = interval(case)
    end = claimed(case.claim.end_utc, None)
    turned = _turn(case, edges, end) if end else None
    verdict = _judge(case, edges, (asked[0], turned or asked[1]))
    if end is None or turned is None or verdict.verdict is VerdictKind.NO_DATA:
        return verdict
    return replace(
        verdict, reasons=(*verdict.reasons, f"The end, {end.text}, is told by the change of {stamp(turned)}.")
    )


def _turn(case: Case, edges: tuple[Stand, ...], end: Span) -> datetime | None:
    """The first change at the claimed end: the relation ends, or, if it is the only one, another one begins.

    "Until 1 October" means up to what happened that day, not to its first or last moment. None where nothing is seen,
    and where the claim is about a time that ends as it starts ("on 1 October").
    """
    if case.span is not None and case.span.end > end.start:
        return None
    turns = [s.end for s in edges if s.end] if case.claim.actor is not None else []
    if case.claim.exclusive:
        everything = stands(case.view.routes_of(case.target.asns))
        turns += [s.start for s in everything if not s.since_before and s.upstream not in _meant(case, everything)]
    begin = interval(case)[0]
    return min((t for t in turns if t > begin and end.holds(t)), default=None)


def _judge(case: Case, edges: tuple[Stand, ...], asked: tuple[datetime, datetime]) -> Verdict:
    coverage = case.view.coverage
    low, high = max(asked[0], coverage.start), min(asked[1], coverage.end)
    if low >= high:
        reason = (
            f"The archive reaches from {stamp(coverage.start)} to {stamp(coverage.end)}; "
            f"the claim is about {_told(case)}, for which another archive is needed."
        )
        return finding(case, VerdictKind.NO_DATA, reason)
    found = stood(edges, low, high)
    if case.claim.actor is None and case.claim.exclusive:
        return _alone(case, found, low, high, asked)
    if not found:
        return _other_party(case, low, high) or routeless(case) or _absent(case, edges, low, high)
    if case.claim.exclusive:
        return _alone(case, found, low, high, asked)
    return _standing(case, found, low, high, asked)


def _other_party(case: Case, low: datetime, high: datetime) -> Verdict | None:
    """The relation stood with another network, which the claim meant by its name, by a slip or by its place."""
    hit = exchanged(case, stood(edges_with(case, case.actor.asns | case.target.asns), low, high), dated=False)
    if hit is None:
        return None
    correction, _ = hit
    seen = state(corrected(case, correction))
    if seen.verdict not in (VerdictKind.CONFIRMED, VerdictKind.PARTLY):
        return None
    reason = f"Not {correction.stated} but {correction.actual}: {seen.reasons[0]}"
    return replace(seen, verdict=VerdictKind.CORRECTED, correction=correction, reasons=(reason, *seen.reasons[1:]))


def interval(case: Case) -> tuple[datetime, datetime]:
    """The time that the claim must hold for, without the edges that its words leave open.

    With a start and an end, what lies between, or, where the archive does not hold that, all that the two cover; with a
    start alone, the time that its words cover, or, where the archive begins later ("since 2010"), all of the archive;
    with an end alone, up to its first moment; without a time, all of the archive.
    """
    coverage, start = case.view.coverage, case.span
    end = claimed(case.claim.end_utc, None)
    if start is None:
        last = coverage.end if end is None else end.low if end.low > coverage.start else end.end
        return coverage.start, last
    if end is None:
        return (start.start, coverage.end) if start.end <= coverage.start else (start.low, start.high)
    if start.end < end.start and overlap(start.end, end.start, coverage.start, coverage.end):
        return start.end, end.start
    return start.start, max(end.end, start.end)


def _told(case: Case) -> str:
    claim = case.claim
    return " to ".join(t for t in (claim.start_utc, claim.end_utc) if t) or "no time that it gives"


def _absent(case: Case, edges: tuple[Stand, ...], low: datetime, high: datetime) -> Verdict:
    what = f"upstream {case.actor.name} of {case.target.name}"
    if (why := blind(case, low, high)) is not None:
        return finding(case, VerdictKind.NO_DATA, f"{what} was not seen from {stamp(low)} to {stamp(high)}, but {why}")
    other = f"It was seen from {stamp(edges[0].start)}." if edges else None
    verdict = unseen(case, what, other)
    if verdict.verdict is VerdictKind.NO_DATA:
        return verdict
    names = distinct(case.view, min(case.target.asns), low, high)
    return replace(verdict, reasons=(*verdict.reasons, f"Seen as upstreams then: {some(map(as_id, names))}."))


def _standing(
    case: Case, found: tuple[Stand, ...], low: datetime, high: datetime, asked: tuple[datetime, datetime]
) -> Verdict:
    peers, told = watched([s for stand in found for s in stand.spells], (), case)
    edge = max(by_edge(found), key=lambda e: share(e, low, high))
    part = share(found, low, high)
    lasting = bool(case.claim.start_utc and case.claim.end_utc)
    reason = f"{edge[0].name} stood {times(edge)}, {told}; judged {_judged(case, low, high)}."
    kind, more = VerdictKind.CONFIRMED, None
    if lasting and part < STANDS_SHARE:
        kind, more = VerdictKind.PARTLY, f"It stood for {part:.0%} of that time."
    elif uncovered := _uncovered(case, asked):
        kind, more = VerdictKind.PARTLY, uncovered
    return finding(case, kind, reason, more, peers=peers, events=_begun(case, found))


def _begun(case: Case, found: Iterable[Stand]) -> list[RoutingEvent]:
    """The events of those stands that began in the data."""
    begun = [s for s in found if not s.since_before]
    return [
        event
        for s in begun
        for event in case.view.events_at(s.start, Asked(EventKind.UPSTREAM_ADDED, s.origin, s.upstream), s.prefixes)
    ]


def _judged(case: Case, low: datetime, high: datetime) -> str:
    untimed = case.span is None and case.until is None
    return f"from {stamp(low)} to {stamp(high)}{' (the claim gives no time)' if untimed else ''}"


def _uncovered(case: Case, asked: tuple[datetime, datetime]) -> str | None:
    """What of the claimed time the archive does not hold; None where it holds it."""
    coverage, span = case.view.coverage, case.span
    if span is not None and span.start < coverage.start and asked[0] < coverage.start and span.low < coverage.start:
        if claimed(case.claim.end_utc, None) is None and span.end > coverage.start:
            return None
        return f"Of the time from {span.text} to {stamp(coverage.start)} there is no archive."
    if case.claim.end_utc and asked[1] > coverage.end:
        return f"Of the time after {stamp(coverage.end)} there is no archive."
    return None


def _alone(
    case: Case, found: tuple[Stand, ...], low: datetime, high: datetime, asked: tuple[datetime, datetime]
) -> Verdict:
    """Whether there was no other upstream from low to high."""
    if verdict := routeless(case):
        return verdict
    everything = stood(stands(case.view.routes_of(case.target.asns)), low, high)
    others = [s for s in everything if s.upstream not in _meant(case, everything)]
    if others:
        return _not_alone(case, found, others, low, high)
    if (why := blind(case, low, high)) is not None:
        return finding(case, VerdictKind.NO_DATA, f"No other upstream of {case.target.name} was seen, but {why}")
    verdict = _standing(case, found or everything, low, high, asked)
    reason = f"{verdict.reasons[0][:-1]}, and no other upstream of {case.target.name} was seen."
    return replace(verdict, reasons=(reason, *verdict.reasons[1:]))


def _meant(case: Case, everything: tuple[Stand, ...]) -> frozenset[int]:
    """The upstreams that the claim means; where it names none ("one single route"), the one that stood first."""
    return case.actor.asns if case.claim.actor is not None else frozenset(s.upstream for s in everything[:1])


def _not_alone(case: Case, found: tuple[Stand, ...], others: list[Stand], low: datetime, high: datetime) -> Verdict:
    first, *further = sorted(by_edge(others), key=lambda edge: -max(s.peers_seen for x in edge for s in x.spells))
    peers, told = watched([s for stand in first for s in stand.spells], (), case)
    alone = share(others, low, high)
    more = f", and {some((as_id(e[0].upstream) for e in further), 3)} too" if further else ""
    reason = (
        f"{first[0].name} stood beside it {times(first)}{more}, {told}: it was not the only one "
        f"for {alone:.0%} of the time judged, {stamp(low)} to {stamp(high)}."
    )
    kind = VerdictKind.PARTLY if found and alone < 1 else VerdictKind.CONTRADICTED
    return finding(case, kind, reason, peers=peers, events=_begun(case, others))


def first_ever(case: Case, verdict: Verdict) -> Verdict:
    """Turns a judged beginning into one that is said to be the first of its kind, ever.

    A second upstream that stood before contradicts; without one no archive that begins later than the network can
    tell, so it is no data. A verdict that does not bear the beginning out is left as it is.
    """
    if verdict.verdict not in (VerdictKind.CONFIRMED, VerdictKind.PARTLY, VerdictKind.NO_DATA):
        return verdict
    coverage = case.view.coverage
    begun = min(case.span.low, coverage.end) if case.span and not case.span.open_start else coverage.end
    for stand in stood(stands(case.view.routes_of(case.target.asns)), coverage.start, max(begun, coverage.start)):
        before = distinct(case.view, stand.origin, stand.start, min(stand.end or begun, begun)) - case.actor.asns
        if len(before) > 1 and stand.start < begun and stand.upstream in before:
            names = some(map(as_id, before))
            reason = f"{as_id(stand.origin)} had more than one upstream before: {names}, {stamp(stand.start)} on."
            return replace(verdict, verdict=VerdictKind.CONTRADICTED, reasons=(reason, *verdict.reasons))
    reason = (
        f"There is no archive before {stamp(coverage.start)}: whether it was the first ever needs the routes of "
        f"{case.target.name} from its beginning on."
    )
    return replace(verdict, verdict=VerdictKind.NO_DATA, reasons=(reason, *verdict.reasons))
