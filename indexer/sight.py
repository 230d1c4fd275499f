"""What could have been seen: why something unseen may still have happened, after the view's coverage and its gaps."""

from __future__ import annotations

from datetime import datetime

from crawler.routing.model import Gap
from indexer.claimtime import stamp
from indexer.correlate import Case

# Absence speaks only where several peers could have spoken: one or two may share a filter or a best path.
MIN_PEERS = 3


def blind(case: Case, low: datetime | None = None, high: datetime | None = None) -> str | None:
    """Why something unseen between the two times may still have happened; None where it would have been seen.

    Without the times the claimed span counts, at its own precision ("around" takes its slack along). The whole span
    must lie in the coverage; no collector may have a gap in it, since any one may be the only one that saw a change;
    and `MIN_PEERS` full-feed peers must be there.
    """
    coverage = case.view.coverage
    span = case.span
    told = span or case.until
    start = low or (span.start if span and not span.open_start else coverage.start)
    end = high or (span.end if span else min(case.until.end, coverage.end) if case.until else coverage.end)
    if not coverage.collectors or coverage.peers_total == 0:
        return "the archive has no collector with a full-feed peer."
    if start < coverage.start or not coverage.start < end <= coverage.end:
        return (
            f"the archive reaches from {stamp(coverage.start)} to {stamp(coverage.end)} "
            f"and does not hold all of the claimed time ({told.text if told else 'none given'})."
        )
    if (few := _few(case)) is not None:
        return few
    watched = span.watched if span else (start, end)
    if gap := gap_in(case, min(start, watched[0]), max(end, watched[1])):
        return f"{tell_gap(gap)}, which could hide it."
    return None


def _few(case: Case) -> str | None:
    total = onlookers(case)
    if total >= MIN_PEERS:
        return None
    if total == 0 and case.family:
        return (
            f"no IPv{case.family} route of what is asked for is in the archive, so that its peers may give none at all."
        )
    of = f" of IPv{case.family}" if case.family else ""
    return f"only {total} full-feed peers{of} look on, fewer than the {MIN_PEERS} that absence needs."


def onlookers(case: Case) -> int:
    """The full-feed peers that could have seen what the claim tells: for prefixes of one family, the peers of it.

    The coverage counts the peers of both families; what a family has is told by its spells.
    """
    total, family = case.view.coverage.peers_total, case.family
    if family is None:
        return total
    counts = case.view.once(("family", family), lambda: [s.peers_total for s in case.view.spells_of(family)])
    return max(counts) if counts else 0 if case.view.spells else total


def gap_in(case: Case, low: datetime, high: datetime) -> Gap | None:
    """The longest gap of the claim's address family that overlaps the span, from its low to its high end."""
    found = [g for g in case.view.coverage.gaps if g.start < high and g.end > low and _hides(g, case)]
    return max(found, key=lambda g: (g.end - g.start, g.collector), default=None)


def _hides(gap: Gap, case: Case) -> bool:
    return case.family is None or gap.family in (None, case.family)


def tell_gap(gap: Gap) -> str:
    return f"{gap.collector} has no data from {stamp(gap.start)} to {stamp(gap.end)} ({gap.reason})"


def all_blind(case: Case) -> Gap | None:
    """A gap of the claimed span where every collector has one that covers all of it; None where one could look."""
    if case.span is None:
        return None
    low, high = case.span.start, case.span.end
    covering = (g for g in case.view.coverage.gaps if g.start <= low and g.end >= high and _hides(g, case))
    gaps = {g.collector: g for g in covering}
    missing = [gaps[c] for c in case.view.coverage.collectors if c in gaps]
    return missing[0] if missing and len(missing) == len(case.view.coverage.collectors) else None
