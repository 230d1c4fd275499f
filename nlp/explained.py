"""Which of what a text tells each of its causes explains, and which causes a sentence tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlp.causes import is_violence
from nlp.frames import Match
from nlp.model import TYPES, Claim, Polarity

EVENTS = TYPES - {
    "cause", "measurement", "infrastructure_state", "capacity_state", "prediction", "correction", "transit_state",
    "peering_state", "ownership_state",
}  # fmt: skip
"""Types that tell a happening, which a cause can be the cause of."""
EXPLAINED = {
    "cable_cut", "outage_start", "outage_state", "origin_hijack", "route_leak", "transit_removed", "peering_removed",
    "registry_change", "shutdown_ordered", "service_block", "sanction_disconnect",
}  # fmt: skip
"""Happenings that the press tells causes of, where the text tells one."""
UNTRUE = {Polarity.NEGATED, Polarity.DENIED}
"""What did not happen has no cause."""
_EFFECTS = {
    "cable_cut": re.compile(
        r"\b(?:anchor|ship|trawler|fish|iceberg|quake|earthquake|seismic|landslide|volcan|seabed|dredg|excavator|digger)",
        re.IGNORECASE,
    ),
    "outage": re.compile(
        r"\b(?:outage|blackout|disruption|interruption|downtime|shutdown|disconnect|offline|loss|failure)",
        re.IGNORECASE,
    ),
    "route_leak": re.compile(r"\bleak", re.IGNORECASE),
    "origin_hijack": re.compile(r"\bhijack", re.IGNORECASE),
}
"""What the words of a cause say that it explains, by the beginning of the claim's type."""


class Reasons:
    """The causes that a sentence tells: those that it gives as such, else what a mishap did in passing."""

    def __init__(self) -> None:
        self._given: list[tuple[Claim, Match]] = []
        self._passing: list[Claim] = []
        self._denied: list[Claim] = []

    def passing(self, why: Claim | None, stated: list[Claim]) -> list[Claim]:
        """Takes what a mishap did and gives back its word's claims: that it was not so denies the cause alone."""
        if why is None:
            return stated
        if why.polarity not in UNTRUE:
            self._passing.append(why)
        elif stated:
            self._denied.append(why)
            return []
        return stated

    def given(self, why: Claim | None, match: Match) -> None:
        violence = any(is_violence(head) for head in match.slots["subj"])
        if why is not None and not (violence and why.polarity in UNTRUE):  # an attack that was none is told as such
            self._given.append((why, match))

    def told(self, claims: Sequence[Claim]) -> list[Claim]:
        """The causes, in a sentence that tells `claims`."""
        events = [claim for claim in claims if claim.type in EVENTS]
        given = [why for why, match in self._given if match.slots["alone"] or _is_effect_told(why, match, events)]
        return [*self._denied, *given] or (self._passing[:1] if events else [])


def _is_effect_told(why: Claim, match: Match, events: Sequence[Claim]) -> bool:
    """True where what happened stands in the sentence; not inside the reason itself, behind a "because"."""
    if match.trigger.dep_ != "mark":
        return bool(events)
    low, high = why.quote_span
    return any(not (low <= claim.quote_span[0] and claim.quote_span[1] <= high) for claim in events)


def explained(cause: Claim, events: Sequence[Claim]) -> Claim | None:
    """The happening that a cause explains: of the kind that it names in its own words, else the last one told."""
    kinds = tuple(kind for kind, words in _EFFECTS.items() if words.search(cause.quote))
    events = [c for c in events if c.type in EXPLAINED and c.polarity not in UNTRUE] or events
    around = [c for c in events if overlap(c.quote_span, cause.quote_span)]
    before = [c for c in events if c.quote_span[0] < cause.quote_span[0]]
    named = [c for pool in (before, around) for c in pool if c.type.startswith(kinds)] if kinds else []
    return next(reversed(named or before or around), None) or next(iter(events), None)


def overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]
