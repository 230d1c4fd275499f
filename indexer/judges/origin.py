"""Judges of origins: address space announced by another network, and routes passed on against policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from indexer.claimtime import Grain, length, stamp
from indexer.correlate import Case, Party, country_of, foreign
from indexer.judges.finding import (
    NO_ROUTES,
    finding,
    match_prefixes,
    not_over,
    routeless,
    unknown,
    unseen,
    watched,
    wrong_end,
)  # fmt: skip
from indexer.judges.incidents import HIJACKS, LEAKS, Incident, newcomers, told
from indexer.judges.transit import several
from indexer.lookup import overlap
from indexer.model import Correction, Verdict, VerdictKind
from indexer.prefixes import Network, covers, prefix_of, touches
from indexer.sight import blind
from indexer.telling import as_id, basis, some, tell_event


class Fit(NamedTuple):
    """Which parts of a claim are the incident's; what the claim leaves open fits."""

    offender: bool
    victim: bool
    prefix: bool


def hijack(case: Case) -> Verdict:
    """A network originates address space of another."""
    return _judge(case, [*told(case, HIJACKS), *newcomers(case)], "originated", "originating routes of")


def leak(case: Case) -> Verdict:
    """A network passes routes on against policy; the origin stays."""
    return _judge(case, told(case, LEAKS), "leaked", "leaking routes of")


def hijacking(case: Case) -> Verdict:
    """A hijack goes on at the claimed time, whenever it began."""
    return _judge(case, [*told(case, HIJACKS), *newcomers(case)], "originated", "originating routes of", lasting=True)


def leaking(case: Case) -> Verdict:
    """A leak goes on at the claimed time, whenever it began."""
    return _judge(case, told(case, LEAKS), "leaked", "leaking routes of", lasting=True)


def _judge(case: Case, incidents: list[Incident], verb: str, doing: str, *, lasting: bool = False) -> Verdict:
    if verdict := _nameless(case):
        return verdict
    timely = [i for i in incidents if case.in_time(i.start) or (lasting and overlap(i.start, i.end, *case.window))]
    passes = ((timely, _right), (timely, _wrong_party), (timely, _wrong_prefix), (incidents, _wrong_time))
    for pool, judge in passes:
        for incident in sorted(pool, key=lambda i: _nearness(case, i)):
            if (verdict := judge(case, incident, verb)) is not None:
                fits = (i for i in pool if all(_fits(case, i)))
                return several(case, verdict, ((i.start, (i.offender, i.victims)) for i in fits))
    return _other_kind(case) or _nothing(case, doing)


def _nothing(case: Case, doing: str) -> Verdict:
    """No incident that could be the claim's."""
    if case.claim.actor is not None and (verdict := unknown(case, case.actor, "the offender")):
        return verdict
    if not case.prefixes and (verdict := unknown(case, case.target, "the victim")):
        return verdict
    if verdict := routeless(case):
        return verdict
    verdict = unseen(case, f"{case.actor.name} {doing} {case.target.name}", _held_then(case), _otherwise(case))
    return replace(verdict, verdict=VerdictKind.NO_DATA) if case.span is None else verdict


def _held_then(case: Case) -> str | None:
    """Who announced the space that the claim is about at its time, the rest as a count."""
    spells = case.view.touching(case.prefixes) if case.prefixes else case.view.routes_of(case.target.asns)
    then = {(s.prefix, as_id(s.origin_asn)) for s in spells if overlap(s.start, s.end, *case.window)}
    return f"Announced then: {some(f'{prefix} by {origin}' for prefix, origin in then)}." if then else None


def _otherwise(case: Case) -> str | None:
    """What happened to the space that the claim is about, at any time and by anybody; the first of it."""
    found = case.view.events_touching(case.prefixes) if case.prefixes else case.view.events_of(case.target.asns)
    first = next((event for event in found if event.kind in HIJACKS | LEAKS), None)
    return f"Seen otherwise: {tell_event(first)}." if first else None


def _nameless(case: Case) -> Verdict | None:
    """A finding where the claim names nobody and nothing by which an incident could be found; None where it does."""
    if case.claim.actor is not None and (case.claim.actor.startswith(NO_ROUTES) or not _findable(case)):
        return unknown(case, case.actor, "the offender")
    named = case.target.stated is not None or case.claim.actor is None
    return unknown(case, case.target, "the victim") if named and not _findable(case) else None


def _findable(case: Case) -> bool:
    return bool(case.prefixes or case.actor.asns or case.target.asns)


def _unlinked(party: Party) -> bool:
    """Whether the claim names somebody, but as nothing that has routes here: a company that is not linked, mostly."""
    return bool(party.stated) and not party.asns and country_of(party.stated) is None and not prefix_of(party.stated)


def _nearness(case: Case, incident: Incident) -> tuple[int, float, datetime, int]:
    """Those of exactly the named prefixes first, then by time."""
    away = abs((incident.start - case.span.start).total_seconds()) if case.span else 0.0
    return len(_finer(case, incident)), away, incident.start, incident.offender


def _fits(case: Case, incident: Incident) -> Fit:
    """A company that is not linked to a network fits anybody: `_right` tells it."""
    on_named = any(touches(p, s) for p in case.prefixes for s in incident.prefixes)
    offender = case.claim.actor is None or incident.offender in case.actor.asns or _unlinked(case.actor)
    victim = bool(case.target.asns & incident.undergo) or _unlinked(case.target)
    if case.target.stated is None or prefix_of(case.target.stated):
        victim = on_named or not case.prefixes
    return Fit(offender, victim, on_named or not case.prefixes)


def _finer(case: Case, incident: Incident) -> tuple[Network, ...]:
    """The named prefixes that lie inside an announced one and were not announced themselves; no single addresses."""
    return tuple(
        net
        for net in case.prefixes
        if net.prefixlen < net.max_prefixlen
        and any(covers(p, net) for p in incident.prefixes)
        and not any(prefix_of(p) == net for p in incident.prefixes)
    )


def _right(case: Case, incident: Incident, verb: str) -> Verdict | None:
    if not all(_fits(case, incident)):
        return None
    finer = _finer(case, incident)
    if finer and len(finer) == len(case.prefixes):
        return _other_prefix(case, incident, verb)
    whole, _ = match_prefixes(case, incident.prefixes)
    total = len(case.prefixes) or len(incident.prefixes)
    matched = (whole - len(finer) if case.prefixes else total, total)
    over = incident.ended(case.prefixes)
    end = wrong_end(case, over)
    doubts = [*_doubts(case, incident, verb), not_over(case, over)]
    if matched[0] < total:
        doubts.append(
            f"Of the named prefixes {matched[0]} were hit as a whole and {total - matched[0]} in part or not."
        )
    ended = f"It ended {end.actual}, not {end.stated}." if end else None
    kind = VerdictKind.PARTLY if any(doubts) else VerdictKind.CORRECTED if end else VerdictKind.CONFIRMED
    return replace(
        _tell(case, incident, verb, kind, *doubts, ended),
        correction=end if kind is VerdictKind.CORRECTED else None, prefixes_matched=matched[0], prefixes_total=total,
    )  # fmt: skip


def _doubts(case: Case, incident: Incident, verb: str) -> Iterator[str]:
    """Why the claim is borne out in part alone though all that can be compared fits."""
    if _unlinked(case.actor):
        who = as_id(incident.offender)
        yield f"{case.actor.stated} is not linked to an AS number: whether {who} is meant cannot be said."
    if _unlinked(case.target):
        whose = some(map(as_id, incident.victims))
        yield f"{case.target.stated} is not linked to an AS number: whether {whose} is meant cannot be said."
    if verb == "originated" and incident.event and incident.event.rpki == "valid":
        yield f"The RPKI allowed {as_id(incident.offender)} to originate it, which a hijacker is not."


def _tell(case: Case, incident: Incident, verb: str, kind: VerdictKind, *more: str | None) -> Verdict:
    events = (incident.event,) if incident.event else ()
    peers, seen = watched(incident.spells if not events else (), events, case)
    owners = some(map(as_id, incident.victims)) or "a network that the archive does not show"
    over = incident.ended(case.prefixes)
    lasted = f"until {stamp(over)} ({length(over - incident.start)})" if over else "to the end of the data"
    reason = (
        f"{as_id(incident.offender)} {verb} {some(incident.prefixes)} of {owners}{_way(incident)} from "
        f"{stamp(incident.start)}, {case.tell(incident.start)}, {lasted}, {seen}."
    )
    rests = basis(incident.event) if incident.event else None
    return finding(case, kind, reason, *more, rests, delta_s=case.delta(incident.start), peers=peers, events=events)


def _way(incident: Incident) -> str:
    """From whom a leaker had the routes and whom it passed them to."""
    had = f" had from {some(map(as_id, incident.sources))}" if incident.sources else ""
    passed = f" passed to {some(map(as_id, incident.receivers))}" if incident.receivers else ""
    return f",{had}{' and' if had and passed else ''}{passed}," if had or passed else ""


def _wrong_party(case: Case, incident: Incident, verb: str) -> Verdict | None:
    """In time and all else fits but one network, or the two are the other way round."""
    if case.span is None:
        return None
    offender, victim, on_named = _fits(case, incident)
    if not (victim or all(foreign(case.target, v, case.view) for v in incident.victims)):
        return None
    if not (offender or foreign(case.actor, incident.offender, case.view)):
        return None
    owner = some(map(as_id, incident.victims), 20)
    if incident.offender in case.target.asns and incident.victims & case.actor.asns:
        correction, why = (
            Correction("actor", case.actor.name, as_id(incident.offender)),
            "The roles are the other way round: ",
        )
    elif offender and case.claim.actor and on_named and not victim and (case.prefixes or _slip(case, incident)):
        correction, why = Correction("target", case.target.name, owner), f"Not of {case.target.name} but of {owner}: "
    elif victim and on_named and not offender and (case.target.asns or case.prefixes):
        correction = Correction("actor", case.actor.name, as_id(incident.offender))
        why = f"Not {case.actor.name} but {as_id(incident.offender)}: "
    else:
        return None
    found = _tell(case, incident, verb, VerdictKind.CORRECTED)
    return replace(found, correction=correction, reasons=(why + found.reasons[0], *found.reasons[1:]))


def _slip(case: Case, incident: Incident) -> bool:
    """Without a prefix, another victim of the same offender in time is meant where there is one victim alone."""
    return bool(case.target.asns) and len(incident.victims) == 1


def _wrong_prefix(case: Case, incident: Incident, verb: str) -> Verdict | None:
    offender, victim, on_named = _fits(case, incident)
    if on_named or not offender or case.span is None or _unlinked(case.actor):
        return None
    if case.claim.target is None:  # whose prefix it was is then told by the prefix alone
        return _other_prefix(case, incident, verb) if case.actor.sole and case.span.grain <= Grain.HOUR else None
    if not victim or not case.target.asns:
        return None
    return _other_prefix(case, incident, verb)


def _other_prefix(case: Case, incident: Incident, verb: str) -> Verdict:
    stated, actual = some((str(p) for p in case.prefixes), 20), some(incident.prefixes, 20)
    found = _tell(case, incident, verb, VerdictKind.CORRECTED)
    reason = f"Not {stated} but {actual}: {found.reasons[0]}"
    return replace(
        found, correction=Correction("prefix", stated, actual), prefixes_matched=0, prefixes_total=len(case.prefixes),
        reasons=(reason, *found.reasons[1:]),
    )  # fmt: skip


def _wrong_time(case: Case, incident: Incident, verb: str) -> Verdict | None:
    if not all(_fits(case, incident)) or case.span is None or case.in_time(incident.start):
        return None
    if _unlinked(case.actor) or _unlinked(case.target):
        return None
    stood = incident.start <= case.span.start < (incident.end or case.view.coverage.end)
    # What stood at the claimed time had begun before it, whatever a gap hides.
    if not stood and (why := blind(case)) is not None:
        found = _tell(case, incident, verb, VerdictKind.NO_DATA)
        reason = f"Whether it happened {case.when()} cannot be said: {why}"
        return replace(found, reasons=(reason, *found.reasons), delta_s=None, events=())
    correction = Correction("time", case.claim.start_utc or "", stamp(incident.start))
    found = _tell(case, incident, verb, VerdictKind.CORRECTED)
    return replace(found, correction=correction, reasons=(f"The time is wrong: {found.reasons[0]}", *found.reasons[1:]))


def _other_kind(case: Case) -> Verdict | None:
    """Parties and time fit an event of the other family: a leak told as a hijack, or a hijack told as a leak."""
    leaked = case.claim.type == "route_leak"
    pool = [*told(case, HIJACKS), *newcomers(case)] if leaked else told(case, LEAKS)
    for incident in sorted((i for i in pool if case.in_time(i.start)), key=lambda i: _nearness(case, i)):
        if case.span and all(_fits(case, incident)):
            found = _tell(case, incident, "originated" if leaked else "leaked", VerdictKind.PARTLY)
            what = (
                "the origin changed: no leak, a hijack" if leaked else "the origin stayed and the path changed: a leak"
            )
            return replace(found, reasons=(f"It happened, but {what}. {found.reasons[0]}", *found.reasons[1:]))
    return None
