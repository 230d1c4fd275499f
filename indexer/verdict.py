"""The verdict on a claim: the judge of its type, turned by what the text does with the claim.

A denial is judged as it is said; a plan is no error because it did not come true; a thought is never contradicted.
Not seen is not false: `contradicted` needs peers that would have seen it, and no gap (`indexer.correlate.blind`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crawler.routing.model import RoutingView
from indexer.correlate import Case, Scope, lay, scope
from indexer.judges import adjacency, origin, outage, state, transit
from indexer.judges.finding import Judge, finding
from indexer.judges.mitigation import mitigation
from indexer.judges.monitored import gainsay, support
from indexer.judges.unobservable import TRAFFIC, measurement, of_traffic, sanction, unobservable
from indexer.lookup import Lookup
from indexer.model import Verdict, VerdictKind
from indexer.sight import all_blind, blind, tell_gap
from nlp.model import Claim, Modality, Polarity

__all__ = ["JUDGE_VERSION", "Scope", "judge", "scope"]

JUDGE_VERSION = "2"

JUDGES: Mapping[str, Judge] = {
    "transit_added": transit.added,
    "transit_removed": transit.removed,
    "transit_state": state.state,
    "peering_added": adjacency.peering_added,
    "peering_removed": adjacency.peering_removed,
    "peering_state": adjacency.peering_state,
    "rerouting": adjacency.rerouting,
    "origin_hijack": origin.hijack,
    "route_leak": origin.leak,
    "mitigation": mitigation,
    "outage_start": outage.start,
    "outage_end": outage.end,
    "outage_state": outage.state,
    "measurement": measurement,
    "sanction_disconnect": sanction,
}
# "X did not begin to carry Y" is false where X carries Y, whenever it began; likewise what X does to Y.
DENIED_AS: Mapping[str, Judge] = {
    "transit_added": state.state,
    "rerouting": state.state,
    "origin_hijack": origin.hijacking,
    "route_leak": origin.leaking,
}

DENIALS = frozenset({Polarity.NEGATED, Polarity.DENIED})
FUTURE = frozenset({Modality.PLANNED, Modality.ANNOUNCED})
SEEN = frozenset({VerdictKind.CONFIRMED, VerdictKind.PARTLY})
SILENT = frozenset({VerdictKind.NOT_OBSERVABLE, VerdictKind.NO_DATA})


def judge(claim_id: str, claim: Claim, view: Lookup | RoutingView) -> Verdict:
    """What the view says of the claim; one `Lookup` of it serves many claims.

    Never raises: what cannot be looked up is `no_data` or `not_observable`.
    """
    case = lay(claim_id, claim, view)
    denied = claim.polarity in DENIALS
    verdict = _guard(case, _ask(case, denied=denied))
    if not denied:
        verdict = support(case, verdict)
    if claim.first_ever and not denied:
        verdict = _guard(case, state.first_ever(case, verdict))
    if denied:
        verdict = gainsay(case, _deny(case, verdict))
    return _asked(claim, _soften(claim, verdict, denied=denied))


def _ask(case: Case, *, denied: bool) -> Verdict:
    """The finding on the statement itself, as if it were asserted as a fact."""
    kind = case.claim.type
    chosen = JUDGES.get(kind, unobservable)
    if denied and case.actor.asns:
        chosen = DENIED_AS.get(kind, chosen)
    if chosen is unobservable:
        return unobservable(case)
    if kind == "rerouting" and of_traffic(case):
        return replace(chosen(case), verdict=VerdictKind.NOT_OBSERVABLE, correction=None,
                       reasons=(TRAFFIC, *chosen(case).reasons))  # fmt: skip
    verdict = chosen(case)
    elsewhere = verdict.correction is not None and verdict.correction.field == "time"
    blindly = verdict.verdict is not VerdictKind.NOT_OBSERVABLE and not elsewhere
    if blindly and (gap := all_blind(case)) is not None:
        reason = f"No collector has data for the claimed time ({case.claim.start_utc}): {tell_gap(gap)}."
        around = (f"Around it: {r}" for r in verdict.reasons if verdict.verdict in SEEN)
        return finding(case, VerdictKind.NO_DATA, reason, *around)
    if verdict.verdict in SEEN and of_traffic(case):
        return replace(verdict, reasons=(*verdict.reasons, TRAFFIC))
    return verdict


def _guard(case: Case, verdict: Verdict) -> Verdict:
    """The last word on contradiction, whatever a judge says: only where nothing could hide the claim."""
    if verdict.verdict is not VerdictKind.CONTRADICTED or (why := blind(case)) is None:
        return verdict
    reason = f"What is seen speaks against it, but it cannot be ruled out: {why}"
    return replace(verdict, verdict=VerdictKind.NO_DATA, reasons=(reason, *verdict.reasons))


def _deny(case: Case, verdict: Verdict) -> Verdict:
    """Turns the finding on a statement into one on its denial.

    What was seen contradicts a denial even with a gap elsewhere: seen is seen. What was seen otherwise (another time,
    network or prefix) bears the denial out, where nothing could hide the denied thing itself.
    """
    if verdict.verdict in SILENT:
        return verdict
    why = blind(case)
    if verdict.verdict in SEEN:
        turned, word = VerdictKind.CONTRADICTED, "The denial does not hold"
    elif why is None:
        turned, word = VerdictKind.CONFIRMED, "The denial holds"
    else:
        turned, word = VerdictKind.NO_DATA, f"The denial cannot be tested, as {why} Seen otherwise"
    reasons = (f"{word}: {verdict.reasons[0]}", *verdict.reasons[1:])
    return replace(verdict, verdict=turned, reasons=reasons, correction=None)


def _soften(claim: Claim, verdict: Verdict, *, denied: bool) -> Verdict:
    """What is planned or thought is not false for not being seen, and a thought not true for being seen."""
    if claim.modality is Modality.HYPOTHETICAL:
        reason = "The text supposes this and does not say that it happened."
    elif claim.modality in FUTURE:
        if verdict.verdict is VerdictKind.NO_DATA or (verdict.verdict in SEEN and not denied):
            return verdict
        reason = "The text tells a plan or an announcement, which routing data cannot show before it comes true."
    else:
        return verdict
    if verdict.verdict is VerdictKind.NOT_OBSERVABLE:
        return verdict
    reasons = (reason, *(f"Seen: {r}" for r in verdict.reasons))
    return replace(verdict, verdict=VerdictKind.NOT_OBSERVABLE, reasons=reasons, correction=None)


def _asked(claim: Claim, verdict: Verdict) -> Verdict:
    """A question is answered, and the answer says that it was one."""
    if claim.polarity is not Polarity.QUESTIONED:
        return verdict
    return replace(verdict, reasons=(*verdict.reasons, "The text asks this and does not assert it."))
