"""Claims that routing data cannot settle: what is said of them, with what routing shows of their effect."""

from __future__ import annotations

import re
from dataclasses import replace

from indexer.correlate import Case, blind, overlap, routes_of
from indexer.judges.finding import finding, seen_then, unknown
from indexer.judges.transit import removed
from indexer.model import Verdict, VerdictKind

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
PREFIX_COUNT = re.compile(
    r"(\d[\d,.]*)\s+(?:\w+\s+)?(?:prefix|route|netblock|address (?:block|range)|/\d\d)", re.IGNORECASE
)


def unobservable(case: Case) -> Verdict:
    """Not observable, with the reason of the claim's type and what was seen at its time."""
    kind = case.claim.type
    why = CABLE if kind.startswith("cable_") else WHY.get(kind, UNKNOWN)
    return finding(case, VerdictKind.NOT_OBSERVABLE, why, *seen_then(case))


def of_traffic(case: Case) -> bool:
    """Whether the claim's figure is of traffic or a share."""
    return case.claim.quantity is not None and TRAFFIC_WORDS.search(case.claim.quantity) is not None


def measurement(case: Case) -> Verdict:
    """A figure: a count of prefixes can be counted; a share of traffic cannot."""
    found = PREFIX_COUNT.search(case.claim.quantity or "")
    if found is None or of_traffic(case):
        return finding(case, VerdictKind.NOT_OBSERVABLE, TRAFFIC, *seen_then(case))
    if verdict := unknown(case, case.target if case.claim.target else case.actor, "the one that is counted"):
        return verdict
    claimed = int(re.sub(r"\D", "", found[1]) or 0)
    party = case.target if case.claim.target else case.actor
    low, high = case.window
    seen = {s.prefix for s in routes_of(case.view, party.asns) if overlap(s.start, s.end, low, high)}
    reason = f"{party.name} announced {len(seen)} prefixes {case.when()}; the claim says {claimed}."
    if len(seen) == claimed:
        return finding(case, VerdictKind.CONFIRMED, reason)
    if (why := blind(case)) is not None or case.span is None:
        return finding(
            case, VerdictKind.NO_DATA, f"{reason} It may have been another number: {why or 'no time is given.'}"
        )
    return finding(case, VerdictKind.CONTRADICTED, reason)


def sanction(case: Case) -> Verdict:
    """Service ended for a law's sake: that it ended can be seen, customer by customer, if late; why cannot."""
    if not case.actor.asns or not case.target.asns or case.span is None:
        return unobservable(case)
    found = removed(case)
    if found.verdict not in (VerdictKind.CONFIRMED, VerdictKind.PARTLY, VerdictKind.CORRECTED):
        return unobservable(case)
    return replace(found, reasons=(*found.reasons, WHY["sanction_disconnect"]))
