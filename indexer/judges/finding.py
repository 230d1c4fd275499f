"""What the judges share: how a finding is made, and what is said where there is nothing to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from crawler.routing.model import RouteSpell, RoutingEvent
from indexer.claimtime import END_SLACK, claimed, stamp
from indexer.correlate import Case, Party, country_of
from indexer.model import Correction, Verdict, VerdictKind
from indexer.prefixes import covers, prefix_of, touches
from indexer.sight import blind, onlookers
from indexer.telling import as_id, some, tell_event

Judge = Callable[[Case], Verdict]

# Ids of things that have no routes of their own: a city, a sea, a cable, a landing station.
NO_ROUTES = ("place:", "region:", "sea:", "cable:", "facility:", "ixp:", "person:", "attack:")


def finding(
    case: Case,
    kind: VerdictKind,
    *reasons: str | None,
    correction: Correction | None = None,
    delta_s: int | None = None,
    matched: tuple[int, int] | None = None,
    peers: tuple[int, int] | None = None,
    events: Iterable[RoutingEvent] = (),
) -> Verdict:
    """A verdict of this case. `matched` is prefixes of total, `peers` full-feed peers of total; None is left out.

    What is contradicted without a peer that saw otherwise was seen by none of those who looked on: 0 of them.
    """
    if kind is VerdictKind.CONTRADICTED and peers is None:
        peers = (0, onlookers(case))
    return Verdict(
        claim_id=case.claim_id,
        verdict=kind,
        reasons=tuple(r for r in reasons if r),
        correction=correction,
        delta_s=delta_s,
        prefixes_matched=matched[0] if matched else None,
        prefixes_total=matched[1] if matched else None,
        peers_seen=peers[0] if peers else None,
        peers_total=peers[1] if peers else onlookers(case),
        events=tuple(dict.fromkeys(e.id for e in events)),
        coverage=case.view.coverage,
    )


def unseen(case: Case, what: str, *support: str | None) -> Verdict:
    """Nothing in the view bears the claim out: contradicted where it would have been seen, else no data."""
    if (why := blind(case)) is not None:
        return finding(case, VerdictKind.NO_DATA, f"{what} was not seen {case.when()}, but {why}", *support)
    if (number := _stateless(case)) is not None:
        reason = f"{what} was not seen {case.when()}, but the country of {as_id(number)}, which was, is not known."
        return finding(case, VerdictKind.NO_DATA, reason, *support)
    coverage = case.view.coverage
    watch = f"{onlookers(case)} full-feed peers at {some(coverage.collectors)} looked on without a gap"
    return finding(case, VerdictKind.CONTRADICTED, f"{what} was not seen {case.when()}, while {watch}.", *support)


def _stateless(case: Case) -> int | None:
    """A network that something happened to in the claimed time, and whose country is not known to be another one."""
    if not any(country_of(p.stated) for p in (case.actor, case.target)):
        return None
    low, high = case.window
    turned = [s for s in case.view.spells if low <= s.start < high or (s.end is not None and low <= s.end < high)]
    asns = {a for s in turned for a in (s.origin_asn, s.upstream_asn)}
    for event in case.view.events:
        if event.first_seen < high and (event.last_seen is None or event.last_seen >= low):
            asns |= {event.origin_asn, event.upstream_asn, event.offender_asn}
    return min((a for a in asns if a is not None and a not in case.view.countries), default=None)


def unknown(case: Case, party: Party, role: str) -> Verdict | None:
    """A finding where the party cannot be looked up at all; None where it can."""
    if party.asns:
        return None
    if party.stated is None:
        return finding(case, VerdictKind.NO_DATA, f"The claim names no network as {role}, so nothing can be looked up.")
    if party.stated.startswith(NO_ROUTES):
        reason = f"{party.stated} has no routes of its own: routing data know networks and prefixes."
        return finding(case, VerdictKind.NOT_OBSERVABLE, reason, *seen_then(case))
    if len(party.stated) == 2 or prefix_of(party.stated):
        reason = f"This archive holds no route of {party.stated}, so nothing can be said of it."
        return finding(case, VerdictKind.NO_DATA, reason)
    reason = f"{party.stated} is not linked to an AS number, so its routes cannot be looked up."
    return finding(case, VerdictKind.NO_DATA, reason, *seen_then(case))


def routeless(case: Case) -> Verdict | None:
    """No data where the target has no route at all in the view: a network nobody saw cannot be missed."""
    if case.view.routes_of(case.target.asns) or case.view.touching(case.prefixes):
        return None
    reason = f"{case.target.name} has no route at all in this archive, so its absence says nothing."
    return finding(case, VerdictKind.NO_DATA, reason)


def seen_then(case: Case) -> tuple[str, ...]:
    """What routing shows of the claim's networks and place at its time, as supporting reasons; at most three."""
    low, high = case.window
    names = {*case.actor.asns, *case.target.asns, case.claim.place, case.target.stated}
    found = [
        e
        for e in (*case.view.events_of(names), *case.view.told_of(names, ()))
        if e.first_seen < high and (e.last_seen is None or e.last_seen >= low)
    ]
    found.sort(key=lambda e: (e.first_seen, e.id))
    if not found:
        return ()
    more = (f"{len(found) - 3} more routing events fall into that time.",) if len(found) > 3 else ()
    return tuple(f"Seen then: {tell_event(e)}." for e in found[:3]) + more


def watched(spells: Iterable[RouteSpell], events: Iterable[RoutingEvent], case: Case) -> tuple[tuple[int, int], str]:
    """The most peers that held the spells or saw the events, of their total, and how to tell it with the collectors."""
    spells, events = tuple(spells), tuple(events)
    counts = [(s.peers_seen, s.peers_total) for s in spells] + [(e.peers_seen, e.peers_total) for e in events]
    peers = max(counts, default=(0, onlookers(case)))
    names = {c for e in events for c in e.collectors}
    first = min(spells, key=lambda s: s.evidence.observed_at, default=None)
    where = f" at {some(names)}" if names else f", first at {first.evidence.collector}" if first else ""
    return peers, f"{peers[0]} of {peers[1]} peers{where}"


def match_prefixes(case: Case, seen: Iterable[str]) -> tuple[int, int]:
    """How many of the named prefixes lie wholly in what was seen, and how many only in part."""
    seen = tuple(seen)
    whole = sum(any(covers(s, p) for s in seen) for p in case.prefixes)
    touched = sum(any(touches(p, s) for s in seen) for p in case.prefixes)
    return whole, touched - whole


def not_over(case: Case, ended: datetime | None) -> str | None:
    """What is said of a stated end that the data reach and at which it was not over; None where there is none."""
    span, last = claimed(case.claim.end_utc, None), case.view.coverage.end
    if span is None or ended is not None or span.end + max(span.slack, END_SLACK) > last:
        return None
    return f"It was not over at the claimed end ({span.text}): it was still so at the end of the data, {stamp(last)}."


def wrong_end(case: Case, ended: datetime | None) -> Correction | None:
    """The correction of a stated end that is clearly off; None where there is none, it fits or no end was seen."""
    span = claimed(case.claim.end_utc, None)
    if span is None or ended is None:
        return None
    slack = max(span.slack, END_SLACK)
    if span.start - slack <= ended < span.end + slack:
        return None
    return Correction("time", span.text, stamp(ended))
