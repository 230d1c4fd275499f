"""Claims that routing data cannot settle: what is said of them, with what routing shows of their effect."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf

from indexer.correlate import Case
from indexer.judges.finding import finding, seen_then, unknown
from indexer.judges.transit import removed
from indexer.lookup import overlap
from indexer.model import Verdict, VerdictKind
from indexer.sight import blind

# Why each type cannot be seen; after the taxonomy of claim types.
WHY = {
    "shutdown_ordered": "Routing data show the effect of an order at most, never the order.",
    "service_block": "A block of a service leaves the routes of the network as they are.",
    "agreement": "A contract does not show in routes; what it leads to may, later.",
    "ownership_change": "Routes do not tell who owns a network; registries do.",
    "ownership_state": "Routes do not tell who owns a network; registries do.",
    "sanction_disconnect": "Routes show that a network is left, not why.",
    "registry_change": "Changes of a registry are not in the routing table; archives of registries and ROAs hold them.",
    "attack": "Routing data show the effect of an attack on reachability at most, never who did it.",
    "cause": "Routing data show when and what, not why.",
    "infrastructure_state": "Lines, sites and sizes are not in the routing table.",
    "capacity_state": "Capacity is not in the routing table.",
    "prediction": "What somebody expects cannot be seen; what comes of it may, later.",
    "correction": "That one source corrects another is not in the routing table.",
    "peering_dispute": "A dispute is not in the routing table; its outcome may be.",
}
CABLE = "A cable is not in the routing table: where there is spare capacity its loss or start changes no route."
TRAFFIC = "Routing data hold routes, not traffic: how much of it takes which way cannot be seen."
UNKNOWN = "Routing data say nothing of claims of this type."

TRAFFIC_WORDS = re.compile(
    r"traffic|bandwidth|trafi[ck]|tráfico|трафик|%|per ?cent|[gmt]b(?:it)?/?p?s\b", re.IGNORECASE
)
# A count of what stands, read as a whole: a bound, a figure, what is counted, and whose. All else is not compared.
PREFIX_COUNT = re.compile(
    r"(?:(?:announc\w+|originat\w+|ha[sd]|have|holds?|with|all)\s+)?(?:(?P<bound>[^\W\d][^\d]{0,20}|~|≥|≤|>|<)\s*)??"
    r"(?P<number>\d{1,9}(?:[.,'\u2019\u00a0\u202f ]\d{1,3}){0,3})\s*(?P<unit>thousand|million|k|m)?"
    r"\s+(?:(?:bgp|ip|network|routed|announced|distinct|separate)\s+)*"
    r"(?:prefix(?:es)?|routes?|netblocks?|address\s+(?:blocks?|ranges?))"
    r"(?:\s+(?:of|from|announced|originated|in|are|were|visible)\b[^\d%]*)?[.]?",
    re.IGNORECASE,
)
COUNTED = re.compile(r"prefix|\broutes?\b|netblock|address (?:block|range)", re.IGNORECASE)
# Words of a change or a part: "withdrew 2 prefixes" says nothing of how many there are.
CHANGED = re.compile(
    r"withdr[ae]w|\blos[et]|\blosing|\bdropp|\bgone\b|\badd(?:s|ed|ing)\b|\bnew\b|\bmoved?\b|\bremov|\bhijack|\bleak|\baffect"
    r"|\bdisappear|\bunreachable|\bvanish|\breturn|\brestor|\b(?:more|fewer) (?:prefix|route)|\bno longer\b"
    r"|\bnot\b|отозва|потеря|исчез|retir|perd",
    re.IGNORECASE,
)
UNITS = {"thousand": 1_000, "k": 1_000, "million": 1_000_000, "m": 1_000_000}
BOUNDS = {
    **dict.fromkeys(("at least", "no fewer than", "no less than", "not fewer than", "a minimum of", "≥"), "least"),
    **dict.fromkeys(("more than", "over", "above", "upwards of", ">"), "over"),
    **dict.fromkeys(("up to", "at most", "no more than", "not more than", "a maximum of", "≤"), "most"),
    **dict.fromkeys(("fewer than", "less than", "under", "below", "<"), "under"),
    **dict.fromkeys(("about", "around", "some", "roughly", "approximately", "nearly", "almost", "circa", "~"), "about"),
    **dict.fromkeys(("", "exactly", "the", "its", "only", "just", "a total of", "in all"), "exact"),
}
# "About 50" is a rounded figure: it may be off by a tenth, and by one.
ABOUT = 0.1
PLAIN = re.compile(r"\d{1,9}|\d{1,3}(?:(?P<mark>[,'\u2019\u00a0\u202f ])\d{3})(?:(?P=mark)\d{3})*")
DECIMAL = re.compile(r"(?P<whole>\d{1,6})(?:[.,](?P<part>\d{1,2}))?")
NOT_A_COUNT = "Routes can be counted, but the figure is no plain count of those that stand."


def unobservable(case: Case) -> Verdict:
    """Not observable, with the reason of the claim's type and what was seen at its time."""
    kind = case.claim.type
    why = CABLE if kind.startswith("cable_") else WHY.get(kind, UNKNOWN)
    return finding(case, VerdictKind.NOT_OBSERVABLE, why, *seen_then(case))


def of_traffic(case: Case) -> bool:
    """Whether the claim's figure is of traffic or a share."""
    return case.claim.quantity is not None and TRAFFIC_WORDS.search(case.claim.quantity) is not None


def measurement(case: Case) -> Verdict:
    """A figure: a count of prefixes that stand can be counted; a share of traffic, a change or a part cannot."""
    quantity = case.claim.quantity or ""
    if of_traffic(case) or not COUNTED.search(quantity):
        return finding(case, VerdictKind.NOT_OBSERVABLE, TRAFFIC, *seen_then(case))
    if (bounds := counted(quantity)) is None or CHANGED.search(case.claim.quote):
        return finding(case, VerdictKind.NOT_OBSERVABLE, NOT_A_COUNT, *seen_then(case))
    party = case.target if case.claim.target else case.actor
    if verdict := unknown(case, party, "the one that is counted"):
        return verdict
    low, high = case.window
    seen = {s.prefix for s in case.view.routes_of(party.asns) if overlap(s.start, s.end, low, high)}
    reason = f"{party.name} announced {len(seen)} prefixes {case.when()}; the claim says: {quantity}."
    if bounds[0] <= len(seen) <= bounds[1]:
        return finding(case, VerdictKind.CONFIRMED, reason)
    if (why := blind(case)) is not None or case.span is None:
        return finding(
            case, VerdictKind.NO_DATA, f"{reason} It may have been another number: {why or 'no time is given.'}"
        )
    return finding(case, VerdictKind.CONTRADICTED, reason)


def counted(quantity: str) -> tuple[float, float] | None:
    """The fewest and the most prefixes that a count allows; None where it is no count of prefixes that stand.

    `about 50 routes` is (45, 55), `at least 3 prefixes` (3, infinity), `1.5 million routes` what rounds to it. A
    figure that can be read in two ways (`1.500`) is none.
    """
    found = PREFIX_COUNT.fullmatch(quantity.strip())
    if found is None or CHANGED.search(quantity):
        return None
    bound = BOUNDS.get(" ".join((found["bound"] or "").lower().split()))
    figure = _figure(found["number"], found["unit"])
    if bound is None or figure is None:
        return None
    value, off = figure
    if bound == "about":
        off = max(off, 1, value * ABOUT)
    return {
        "least": (value - off, inf),
        "over": (value - off + (not off), inf),
        "most": (0, value + off),
        "under": (0, value + off - (not off)),
    }.get(bound, (value - off, value + off))


def _figure(number: str, unit: str | None) -> tuple[float, float] | None:
    """The value and how far its last digit leaves it open; None where the figure can be read in two ways."""
    if unit is None:
        return (int(re.sub(r"\D", "", number)), 0) if PLAIN.fullmatch(number) else None
    found = DECIMAL.fullmatch(number)
    if found is None:
        return None
    part = found["part"] or ""
    scale = UNITS[unit.lower()]
    return int(found["whole"] + part) * scale / 10 ** len(part), scale / 10 ** len(part) / 2


def sanction(case: Case) -> Verdict:
    """Service ended for a law's sake: that it ended can be seen, customer by customer, if late; why cannot."""
    if not case.actor.asns or not case.target.asns or case.span is None:
        return unobservable(case)
    found = removed(case)
    if found.verdict not in (VerdictKind.CONFIRMED, VerdictKind.PARTLY, VerdictKind.CORRECTED):
        return unobservable(case)
    return replace(found, reasons=(*found.reasons, WHY["sanction_disconnect"]))
