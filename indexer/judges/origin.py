"""Judges of origins: address space announced by another network, routes passed on against policy, and the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.routing.model import EventKind, RouteSpell, RoutingEvent
from indexer.claimtime import length, stamp
from indexer.correlate import SAME_MOMENT, Case, Network, as_id, blind, foreign, prefix_of, routes_of, some, touches
from indexer.judges.finding import finding, match_prefixes, routeless, unknown, unseen, watched, wrong_end
from indexer.judges.transit import several
from indexer.model import Correction, Verdict, VerdictKind

HIJACKS = frozenset({
    EventKind.MOAS, EventKind.ORIGIN_CHANGE, EventKind.SUBPREFIX_ORIGIN_CHANGE, EventKind.RPKI_INVALID,
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One network's routes taken or leaked by another. `victims` are those whose prefixes they are, where known."""

    offender: int
    victims: frozenset[int]
    prefixes: tuple[str, ...]
    start: datetime
    end: datetime | None
    event: RoutingEvent | None = None
    spells: tuple[RouteSpell, ...] = ()


def hijack(case: Case) -> Verdict:
    """A network originates address space of another."""
    incidents = [*_from_events(case, HIJACKS), *_from_spells(case)]
    return _judge(case, incidents, "originated", "originating routes of")


def leak(case: Case) -> Verdict:
    """A network passes routes on against policy; the origin stays."""
    return _judge(case, [*_from_events(case, frozenset({EventKind.ROUTE_LEAK}))], "leaked", "leaking routes of")


def _from_events(case: Case, kinds: frozenset[EventKind]) -> Iterable[Incident]:
    for event in case.view.events:
        offender = event.offender_asn
        if event.kind not in kinds or offender is None:
            continue
        spells = (s for s in case.view.spells if s.prefix in event.prefixes and s.origin_asn == offender)
        owners = {event.origin_asn} if event.origin_asn is not None else _owners(case, event.prefixes, offender)
        whole = Incident(
            offender=offender,
            victims=frozenset(v for v in owners if v is not None and v != offender),
            prefixes=event.prefixes,
            start=event.first_seen,
            end=event.last_seen,
            event=event,
            spells=tuple(spells),
        )
        yield whole
        for later in event.intervals[1:]:
            yield replace(whole, start=later.start, end=later.end)


def _owners(case: Case, prefixes: Iterable[str], offender: int) -> set[int | None]:
    """Those who originate the prefixes besides the offender, else those of the space around or inside them."""
    listed = frozenset(prefixes)
    exact: set[int | None] = {s.origin_asn for s in case.view.spells if s.prefix in listed}
    if others := exact - {offender}:
        return others
    nets = [p for prefix in listed if (p := prefix_of(prefix))]
    near: set[int | None] = {s.origin_asn for s in case.view.spells if any(touches(n, s.prefix) for n in nets)}
    return near - {offender}


def _from_spells(case: Case) -> Iterable[Incident]:
    """Spells of a newcomer on space that another network held before. Spells that begin together are one incident."""
    told = {p for e in case.view.events if e.kind in HIJACKS for p in e.prefixes}
    holders: dict[Network, list[RouteSpell]] = defaultdict(list)
    for spell in case.view.spells:
        if (net := prefix_of(spell.prefix)) is not None:
            holders[net].append(spell)
    groups: dict[tuple[int, frozenset[int]], list[RouteSpell]] = defaultdict(list)
    for spell in sorted(case.view.spells, key=lambda s: (s.start, s.prefix, s.origin_asn)):
        if spell.since_before or spell.prefix in told or not (_named(case, spell) or case.in_time(spell.start)):
            continue
        before = {s.origin_asn for s in _around(spell, holders) if s.start < spell.start}
        if before and spell.origin_asn not in before:
            groups[spell.origin_asn, frozenset(before)].append(spell)
    for (offender, victims), group in groups.items():
        together = [s for s in group if s.start - group[0].start <= SAME_MOMENT]
        ends = [s.end for s in together]
        yield Incident(
            offender=offender,
            victims=victims,
            prefixes=tuple(sorted({s.prefix for s in together})),
            start=group[0].start,
            end=None if None in ends else max(e for e in ends if e),
            spells=tuple(together),
        )


def _named(case: Case, spell: RouteSpell) -> bool:
    return spell.origin_asn in case.actor.asns | case.target.asns


def _around(spell: RouteSpell, holders: Mapping[Network, list[RouteSpell]]) -> Iterable[RouteSpell]:
    """The spells of the same prefix and of those that cover it."""
    net = prefix_of(spell.prefix)
    for bits in range(net.prefixlen + 1) if net is not None else ():
        yield from holders.get(net.supernet(new_prefix=bits), ()) if net is not None else ()


def _judge(case: Case, incidents: list[Incident], verb: str, doing: str) -> Verdict:
    if case.claim.actor is not None and not case.actor.asns and (verdict := unknown(case, case.actor, "the offender")):
        return verdict
    named = case.target.stated is not None or case.claim.actor is None
    if named and not case.prefixes and (verdict := unknown(case, case.target, "the victim")):
        return verdict
    timely = [i for i in incidents if case.in_time(i.start)]
    for pool, judge in ((timely, _right), (timely, _wrong_party), (timely, _wrong_prefix), (incidents, _wrong_time)):
        for incident in sorted(pool, key=lambda i: _nearness(case, i)):
            if (verdict := judge(case, incident, verb)) is not None:
                fits = (i for i in pool if _fits(case, i) == (True, True, True))
                return several(case, verdict, ((i.start, (i.offender, i.victims)) for i in fits))
    if verdict := _other_kind(case):
        return verdict
    if not case.prefixes and (verdict := unknown(case, case.target, "the victim")):
        return verdict
    if verdict := routeless(case):
        return verdict
    verdict = unseen(case, f"{case.actor.name} {doing} {case.target.name}")
    return replace(verdict, verdict=VerdictKind.NO_DATA) if case.span is None else verdict


def _nearness(case: Case, incident: Incident) -> tuple[float, datetime, int]:
    away = abs((incident.start - case.span.start).total_seconds()) if case.span else 0.0
    return away, incident.start, incident.offender


def _fits(case: Case, incident: Incident) -> tuple[bool, bool, bool]:
    """Whether offender, victim and prefixes of the claim are the incident's; what the claim leaves open fits."""
    offender = case.claim.actor is None or incident.offender in case.actor.asns
    on_named = any(touches(p, s) for p in case.prefixes for s in incident.prefixes)
    victim = not case.target.asns or bool(case.target.asns & incident.victims)
    if case.target.stated is None and case.prefixes:
        victim = on_named
    return offender, victim, on_named or not case.prefixes


def _right(case: Case, incident: Incident, verb: str) -> Verdict | None:
    if _fits(case, incident) != (True, True, True):
        return None
    whole, part = match_prefixes(case, incident.prefixes)
    total = len(case.prefixes) or len(incident.prefixes)
    matched = (whole if case.prefixes else total, total)
    partly = bool(case.prefixes) and whole < total
    end = wrong_end(case, incident.end)
    kind = VerdictKind.PARTLY if partly else VerdictKind.CORRECTED if end else VerdictKind.CONFIRMED
    more = f"Of the named prefixes {whole} were hit as a whole and {part} in part." if partly else None
    ended = f"It ended {end.actual}, not {end.stated}." if end else None
    return replace(
        _tell(case, incident, verb, kind, more, ended),
        correction=end if kind is VerdictKind.CORRECTED else None, prefixes_matched=matched[0], prefixes_total=total,
    )  # fmt: skip


def _tell(case: Case, incident: Incident, verb: str, kind: VerdictKind, *more: str | None) -> Verdict:
    events = (incident.event,) if incident.event else ()
    peers, told = watched(incident.spells if not events else (), events, case)
    owners = some(map(as_id, incident.victims)) or "a network that the archive does not show"
    lasted = (
        f"until {stamp(incident.end)} ({length(incident.end - incident.start)})"
        if incident.end
        else "to the end of the data"
    )
    reason = (
        f"{as_id(incident.offender)} {verb} {some(incident.prefixes)} of {owners} from {stamp(incident.start)}, "
        f"{case.tell(incident.start)}, {lasted}, {told}."
    )
    delta = case.delta(incident.start)
    return finding(case, kind, reason, *more, delta_s=delta, peers=peers, events=events)


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
    if on_named or not offender or not victim or not case.target.asns or case.span is None:
        return None
    stated, actual = some((str(p) for p in case.prefixes), 20), some(incident.prefixes, 20)
    found = _tell(case, incident, verb, VerdictKind.CORRECTED)
    correction, reason = Correction("prefix", stated, actual), f"Not {stated} but {actual}: {found.reasons[0]}"
    total = len(case.prefixes)
    return replace(found, correction=correction, prefixes_matched=0, prefixes_total=total, reasons=(reason,))


def _wrong_time(case: Case, incident: Incident, verb: str) -> Verdict | None:
    if _fits(case, incident) != (True, True, True) or case.span is None or case.in_time(incident.start):
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
    kinds = HIJACKS if leaked else frozenset({EventKind.ROUTE_LEAK})
    pool = [*_from_events(case, kinds), *(_from_spells(case) if leaked else ())]
    for incident in sorted((i for i in pool if case.in_time(i.start)), key=lambda i: _nearness(case, i)):
        if case.span and _fits(case, incident) == (True, True, True):
            found = _tell(case, incident, "originated" if leaked else "leaked", VerdictKind.PARTLY)
            what = "the origin changed" if leaked else "the origin stayed and the path changed"
            return replace(found, reasons=(f"It happened, but {what}: {found.reasons[0]}",))
    return None


def mitigation(case: Case) -> Verdict:
    """A step against an event; what shows of it is that the actor announces the named prefixes."""
    if not case.prefixes or not case.actor.asns or case.claim.target is not None:
        reason = "A step against an event shows in routes only where prefixes are named that somebody announces."
        return finding(case, VerdictKind.NOT_OBSERVABLE, reason)
    spells = [s for s in routes_of(case.view, case.actor.asns) if match_prefixes(case, [s.prefix]) != (0, 0)]
    exact = [s for s in spells if any(prefix_of(s.prefix) == p for p in case.prefixes)]
    begun = [s for s in exact if not s.since_before and case.in_time(s.start)]
    if not begun:
        other = f"{some(s.prefix for s in exact)} was announced from {stamp(exact[0].start)}." if exact else None
        return unseen(case, f"{case.actor.name} announcing {some(str(p) for p in case.prefixes)}", other)
    first = min(begun, key=lambda s: s.start)
    whole, _ = match_prefixes(case, [s.prefix for s in begun])
    kind = VerdictKind.CONFIRMED if whole == len(case.prefixes) else VerdictKind.PARTLY
    peers, told = watched(begun, (), case)
    reason = (
        f"{case.actor.name} announced {some(s.prefix for s in begun)} from {stamp(first.start)}, "
        f"{case.tell(first.start)}, {told}."
    )
    return finding(
        case, kind, reason, delta_s=case.delta(first.start), matched=(whole, len(case.prefixes)), peers=peers
    )
