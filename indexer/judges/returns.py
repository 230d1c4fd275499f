"""Returns: an upstream whose prefixes nobody reached for a while did not leave, and is not new when they are back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from indexer.claimtime import stamp
from indexer.correlate import Case
from indexer.judges.edges import Stand, edges_of, stands
from indexer.judges.losses import TOTAL_SHARE
from indexer.lookup import SAME_MOMENT, overlap
from indexer.prefixes import prefix_of
from indexer.telling import as_id

# Words of a claim about a return: what came back after an outage is then what is claimed, not mistaken for a beginning.
RESUMED = re.compile(
    r"\bresum|\brestor|\breturn|\bre-?connect|\bback\b|\bagain\b|возобнов|восстанов|снова|вновь|вернул"
    r"|rétabli|repris|de nouveau|reanud|restable|de nuevo",
    re.IGNORECASE,
)


def carried(case: Case, upstreams: frozenset[int], origins: frozenset[int]) -> tuple[Stand, ...]:
    """The stands of `edges_of`, those of one edge joined over outages: a network that comes back is no new customer."""
    return joined(case, edges_of(case, upstreams, origins))


def joined(case: Case, found: tuple[Stand, ...]) -> tuple[Stand, ...]:
    """The stands, by edge and time as `stands` gives them, joined over outages; not so for a claim of a return."""
    if RESUMED.search(case.claim.quote):
        return found
    whole: list[Stand] = []
    for stand in found:
        last = whole[-1] if whole else None
        if last and (last.upstream, last.origin) == (stand.upstream, stand.origin) and _back(case, last, stand):
            whole[-1] = replace(last, end=stand.end, spells=(*last.spells, *stand.spells))
        else:
            whole.append(stand)
    return tuple(whole)


def _back(case: Case, before: Stand, after: Stand) -> bool:
    """Whether the edge ended and began again with its prefixes themselves, which nobody reached in between."""
    lost = _last_held(before)
    begun = {s.prefix for s in after.spells if s.start - after.start <= SAME_MOMENT}
    return before.end is not None and not lost.isdisjoint(begun) and _dark(case, lost, before.end, after.start)


def _last_held(stand: Stand) -> frozenset[str]:
    """The prefixes that went as the edge ended."""
    return frozenset(s.prefix for s in stand.spells if s.end and stand.end and stand.end - s.end <= SAME_MOMENT)


def _dark(case: Case, prefixes: frozenset[str], low: datetime, high: datetime) -> bool:
    """Whether the prefixes were reached by no way from low to high, the moments of going and coming left aside."""
    slack = min(SAME_MOMENT, (high - low) / 4)
    nets = [net for prefix in prefixes if (net := prefix_of(prefix))]
    lost = sum(
        not any(overlap(s.start, s.end, low + slack, high - slack) for s in case.view.around(net)) for net in nets
    )
    return bool(nets) and lost >= TOTAL_SHARE * len(nets)


def outages(case: Case, found: Iterable[Stand]) -> str | None:
    """The outages over which the stands were joined, those in the claimed time alone; None where there are none."""
    low, high = case.window
    gaps = [
        (before.end, after.start, stand)
        for stand in found
        for before, after in pairwise(stands(stand.spells))
        if before.end is not None and overlap(before.end, after.start, low, high)
    ]
    if not gaps:
        return None
    begin, end, stand = min(gaps, key=lambda g: (g[0], g[1]))
    more = f" {len(gaps)} such outages fall into the time judged." if len(gaps) > 1 else ""
    return (
        f"It came back at {stamp(end)} with its prefixes, which no peer reached from {stamp(begin)} on: an outage of "
        f"{as_id(stand.origin)}, neither the end nor the beginning of an upstream.{more}"
    )


def gone(case: Case, stand: Stand) -> str | None:
    """What is said of an end after which nobody reached the prefixes: it need not be the upstream that left."""
    if stand.end is None or not _dark(case, _last_held(stand), stand.end, case.view.coverage.end):
        return None
    return (
        f"No peer reached its prefixes from then to the end of the data: {as_id(stand.origin)} itself was cut off, "
        "which is not told from the loss of its upstream."
    )
