"""Judge of mitigation: a step against an event shows as an announcement, or as the end of the routes it was against."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crawler.routing.model import RouteSpell
from indexer.claimtime import stamp
from indexer.correlate import Case
from indexer.judges.finding import finding, match_prefixes, unseen, watched
from indexer.judges.incidents import HIJACKS, LEAKS, Incident, newcomers, told
from indexer.model import Correction, Verdict, VerdictKind
from indexer.prefixes import prefix_of, touches
from indexer.sight import blind
from indexer.telling import as_id, some

STEP = "A step against an event shows in routes only where prefixes or networks are named whose routes change."
WHO = "The routes tell that it ended, not who ended it."


def mitigation(case: Case) -> Verdict:
    """The actor announces the named prefixes itself, or the routes of another on them end."""
    return _announced(case) or _ended(case) or _not_announced(case)


def _announced(case: Case) -> Verdict | None:
    """The actor came to announce the named prefixes in time; against another it is no step to take that one's."""
    begun = [s for s in _exact(case) if not s.since_before and case.in_time(s.start)]
    taken = case.claim.target is not None and any(i.offender in case.actor.asns for i in _incidents(case))
    if not begun or taken:
        return None
    first = min(begun, key=lambda s: s.start)
    whole, _ = match_prefixes(case, [s.prefix for s in begun])
    kind = VerdictKind.CONFIRMED if whole == len(case.prefixes) else VerdictKind.PARTLY
    peers, seen = watched(begun, (), case)
    reason = (
        f"{case.actor.name} announced {some(s.prefix for s in begun)} from {stamp(first.start)}, "
        f"{case.tell(first.start)}, {seen}."
    )
    matched = (whole, len(case.prefixes))
    return finding(case, kind, reason, delta_s=case.delta(first.start), matched=matched, peers=peers)


def _exact(case: Case) -> list[RouteSpell]:
    return [s for s in case.view.routes_of(case.actor.asns) if any(prefix_of(s.prefix) == p for p in case.prefixes)]


def _incidents(case: Case) -> list[Incident]:
    """Those that the step may be against: of the named prefixes and of the networks of the claim, in any role."""
    parties = case.actor.asns | case.target.asns
    found = []
    for incident in (*told(case, HIJACKS | LEAKS), *newcomers(case)):
        roles = {incident.offender} | incident.undergo | incident.carriers
        on_named = not case.prefixes or any(touches(p, s) for p in case.prefixes for s in incident.prefixes)
        if on_named and (roles & parties or not parties):
            found.append(incident)
    return found


def _ended(case: Case) -> Verdict | None:
    """The end of such an incident: at the claimed time, at another, or not in the data.

    At another time or never only for who can end it: the victim's own step is what it announces.
    """
    found = _incidents(case)
    ends = [(end, i) for i in found if (end := i.ended(case.prefixes)) is not None]
    if timely := [(end, i) for end, i in ends if case.in_time(end)]:
        return _seen(case, *min(timely, key=lambda x: x[0]))
    if case.span is None or not (case.claim.actor is None or any(_by(case, i) for i in found)):
        return None
    if going := [i for i in found if i.ended(case.prefixes) is None and i.start < case.span.high]:
        return _goes_on(case, going[0])
    if not ends:
        return None
    claimed = case.span.start
    end, incident = min(ends, key=lambda x: (abs(x[0] - claimed), x[0]))
    stood = incident.start <= claimed < end
    seen = _seen(case, end, incident)
    if not stood and (why := blind(case)) is not None:
        reason = f"Whether it ended {case.when()} cannot be said: {why}"
        return replace(seen, verdict=VerdictKind.NO_DATA, reasons=(reason, *seen.reasons), delta_s=None, events=())
    reasons = (f"The time is wrong: {seen.reasons[0]}", *seen.reasons[1:])
    correction = Correction("time", case.claim.start_utc or "", stamp(end))
    return replace(seen, verdict=VerdictKind.CORRECTED, correction=correction, reasons=reasons)


def _seen(case: Case, end: datetime, incident: Incident) -> Verdict:
    """Confirmed for the one whose routes ended, and for an upstream of it; of another it is the effect that is seen."""
    own = _by(case, incident)
    kind = VerdictKind.CONFIRMED if own else VerdictKind.PARTLY
    what = f"{_routes(incident)} ended {stamp(end)}, {case.tell(end)}"
    return _told(case, incident, kind, what, None if incident.offender in own else WHO, delta_s=case.delta(end))


def _by(case: Case, incident: Incident) -> frozenset[int]:
    """The actor, where the routes are its own or reached over it."""
    return case.actor.asns & (incident.carriers | {incident.offender})


def _goes_on(case: Case, incident: Incident) -> Verdict:
    last = case.view.coverage.end
    what = f"{_routes(incident)} did not end {case.when()}: still so at the end of the data, {stamp(last)}"
    return _told(case, incident, VerdictKind.CONTRADICTED, what)


def _routes(incident: Incident) -> str:
    whose = some(map(as_id, incident.victims))
    return f"The routes of {as_id(incident.offender)} to {some(incident.prefixes)}{f' of {whose}' if whose else ''}"


def _told(
    case: Case, incident: Incident, kind: VerdictKind, what: str, more: str | None = None, delta_s: int | None = None
) -> Verdict:
    events = (incident.event,) if incident.event else ()
    peers, seen = watched(() if events else incident.spells, events, case)
    return finding(case, kind, f"{what}, {seen}.", more, delta_s=delta_s, peers=peers, events=events)


def _not_announced(case: Case) -> Verdict:
    if not case.prefixes or not case.actor.asns or case.claim.target is not None:
        return finding(case, VerdictKind.NOT_OBSERVABLE, STEP)
    exact = _exact(case)
    other = f"{some(s.prefix for s in exact)} was announced from {stamp(exact[0].start)}." if exact else None
    return unseen(case, f"{case.actor.name} announcing {some(str(p) for p in case.prefixes)}", other)
