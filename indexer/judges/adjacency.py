"""Judges of adjacency: peering between two networks, and the move of a network to other upstreams."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from crawler.routing.model import EventKind, RouteSpell
from indexer.claimtime import stamp
from indexer.correlate import Case, country_of
from indexer.judges.edges import Stand, edges_of, pick, stands, stood
from indexer.judges.finding import finding, routeless, seen_then, unknown, unseen, watched
from indexer.judges.incidents import HIJACKS, told
from indexer.judges.origin import hijack
from indexer.judges.returns import carried
from indexer.judges.transit import ADDED, added, several
from indexer.lookup import Asked, overlap
from indexer.model import Verdict, VerdictKind
from indexer.sight import blind
from indexer.telling import as_id

WEAK = "A peering is seen only from the customers of the two, so that it is not seen says little."
REGIONAL = "AS paths do not tell where two networks meet: a change in one region does not show."


def peering_state(case: Case) -> Verdict:
    """Two networks are adjacent."""
    if verdict := _pair(case):
        return verdict
    low, high = case.window
    if found := stood(_between(case), low, high):
        peers, seen_by = watched([s for stand in found for s in stand.spells], (), case)
        reason = (
            f"{case.actor.name} and {case.target.name} stood side by side in AS paths from {stamp(found[0].start)}, "
            f"{seen_by}; the paths do not tell peering from transit."
        )
        return finding(case, VerdictKind.CONFIRMED, reason, peers=peers)
    return _weak(case)


def peering_added(case: Case) -> Verdict:
    """An adjacency begins."""
    return _pair(case) or _turn(case, starts=True)


def peering_removed(case: Case) -> Verdict:
    """An adjacency ends; an end in one region alone does not show."""
    if verdict := _pair(case):
        return verdict
    if case.claim.place:
        return finding(case, VerdictKind.NOT_OBSERVABLE, REGIONAL, *seen_then(case))
    return _turn(case, starts=False)


def _pair(case: Case) -> Verdict | None:
    return unknown(case, case.actor, "the one side") or unknown(case, case.target, "the other side")


def _between(case: Case) -> tuple[Stand, ...]:
    """The stands of the pair, in either order: next to the origin, or anywhere in the path that bears a spell out."""
    direct = (*carried(case, case.actor.asns, case.target.asns), *carried(case, case.target.asns, case.actor.asns))
    known = {id(s) for stand in direct for s in stand.spells}
    a, b = min(case.actor.asns), min(case.target.asns)
    passing = stands(
        RouteSpell(
            prefix=s.prefix, origin_asn=b, upstream_asn=a, start=s.start, end=s.end, since_before=s.since_before,
            peers_seen=s.peers_seen, peers_total=s.peers_total, evidence=s.evidence,
        )
        for s in case.view.passing(case.actor.asns)
        if id(s) not in known and side_by_side(s, case.actor.asns, case.target.asns)
    )  # fmt: skip
    return tuple(sorted((*direct, *passing), key=lambda s: (s.start, s.upstream)))


def side_by_side(spell: RouteSpell, some: frozenset[int], others: frozenset[int]) -> bool:
    """Whether a network of each set are neighbours in the path that bears the spell out."""
    hops = [hop for hop in spell.evidence.as_path if isinstance(hop, int)]
    return any((a in some and b in others) or (a in others and b in some) for a, b in pairwise(hops))


def _turn(case: Case, *, starts: bool) -> Verdict:
    found = _between(case)
    moments: list[tuple[datetime, Stand]] = []
    for stand in found:
        moment = (None if stand.since_before else stand.start) if starts else stand.end
        if moment is not None and case.in_time(moment):
            moments.append((moment, stand))
    if hit := pick(case, moments):
        moment, stand = hit
        peers, seen_by = watched(stand.spells, (), case)
        word = "first" if starts else "last"
        reason = (
            f"{case.actor.name} beside {case.target.name} {word} seen {stamp(moment)}, {case.tell(moment)}, {seen_by}."
        )
        seen = finding(case, VerdictKind.CONFIRMED, reason, WEAK, delta_s=case.delta(moment), peers=peers)
        return several(case, seen, ((m, frozenset({s.upstream, s.origin})) for m, s in moments))
    low, high = case.window
    if case.span and stood(found, low, high) and any(overlap(s.start, s.end, high, high) for s in found):
        reason = f"{case.actor.name} and {case.target.name} stood side by side before and after the claimed time"
        if blind(case) is None and any(s.start <= low and (s.end is None or s.end >= high) for s in found):
            return finding(case, VerdictKind.CONTRADICTED, f"{reason} ({case.span.text}) without a break.")
    return _weak(case)


def _weak(case: Case) -> Verdict:
    what = f"{case.actor.name} beside {case.target.name} was not seen to do so {case.when()}."
    return finding(case, VerdictKind.NOT_OBSERVABLE, f"{WEAK} {what}", *seen_then(case))


def rerouting(case: Case) -> Verdict:
    """The target moves to another upstream; the share of its traffic that does is not in routing data."""
    if case.claim.actor is not None and case.actor.asns and case.target.asns:
        return _through(case) or _taken(case) or added(case)
    if verdict := unknown(case, case.target, "the one that moves"):
        return verdict
    return _moved(case)


def _through(case: Case) -> Verdict | None:
    """The actor came into the target's paths in time, not next to it but further up."""
    low, high = case.window
    spells = [
        s
        for s in case.view.routes_of(case.target.asns)
        if s.upstream_asn not in case.actor.asns
        and not s.since_before
        and low <= s.start < high
        and case.actor.asns & {hop for hop in s.evidence.as_path if isinstance(hop, int)}
    ]
    direct = [s for s in edges_of(case, case.actor.asns, case.target.asns) if case.in_time(s.start)]
    if not spells or direct:
        return None
    first = min(spells, key=lambda s: s.start)
    peers, seen_by = watched([first], (), case)
    reason = (
        f"{case.actor.name} first seen in the paths of {as_id(first.origin_asn)} {stamp(first.start)}, "
        f"{case.tell(first.start)}, by way of {as_id(first.upstream_asn or first.origin_asn)}, {seen_by}."
    )
    return finding(case, VerdictKind.CONFIRMED, reason, delta_s=case.delta(first.start), peers=peers)


def _taken(case: Case) -> Verdict | None:
    """The way to the target's space changed by another origin: it moved, but to one that is not the target."""
    for incident in told(case, HIJACKS):
        roles = {incident.offender} | incident.carriers
        if case.in_time(incident.start) and roles & case.actor.asns and incident.victims & case.target.asns:
            seen = hijack(replace(case, actor=replace(case.actor, asns=frozenset({incident.offender}))))
            reason = f"It moved, but by a change of origin. {seen.reasons[0]}"
            return replace(seen, verdict=VerdictKind.PARTLY, correction=None, reasons=(reason, *seen.reasons[1:]))
    return None


def _moved(case: Case) -> Verdict:
    """Any change of the set of upstreams, to a country's where the claim names one."""
    wanted = {c for stated in (case.claim.actor, *case.claim.other) if (c := country_of(stated))}
    edges = carried(case, frozenset(), case.target.asns)
    moments = [
        (m, s)
        for s in edges
        for m in ((s.end,) if s.end and not wanted else ()) + (() if s.since_before else (s.start,))
        if case.in_time(m) and (not wanted or case.view.countries.get(s.upstream) in wanted)
    ]
    if hit := pick(case, moments):
        moment, stand = hit
        kind = EventKind.UPSTREAM_ADDED if moment == stand.start else EventKind.UPSTREAM_REMOVED
        events = case.view.events_at(moment, Asked(kind, stand.origin, stand.upstream), stand.prefixes)
        peers, seen_by = watched(stand.spells, events, case)
        word = ADDED.seen if moment == stand.start else "last seen"
        reason = f"{stand.name} {word} {stamp(moment)}, {case.tell(moment)}, {seen_by}."
        delta = case.delta(moment)
        seen = finding(case, VerdictKind.CONFIRMED, reason, delta_s=delta, peers=peers, events=events)
        return several(case, seen, ((m, (s.upstream, s.origin)) for m, s in moments))
    if verdict := routeless(case):
        return verdict
    verdict = unseen(case, f"a change of the upstreams of {case.target.name}")
    return replace(verdict, verdict=VerdictKind.NO_DATA) if case.span is None else verdict
