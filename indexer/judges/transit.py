"""Judges of transit: an upstream begins to carry a network, stops, or carries it over a time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.routing.model import EventKind, RouteSpell
from indexer.claimtime import length, stamp
from indexer.correlate import Case
from indexer.judges.edges import Stand, edges_with, held, pick, stands, stood
from indexer.judges.finding import finding, not_over, routeless, unknown, unseen, watched, wrong_end
from indexer.judges.parties import exchanged, told_otherwise
from indexer.judges.returns import carried, gone, joined, outages
from indexer.lookup import SAME_MOMENT, Asked
from indexer.model import Correction, Verdict, VerdictKind
from indexer.sight import blind, gap_in
from indexer.telling import as_id, some


@dataclass(frozen=True, slots=True)
class Change:
    """Which end of a stand a claim is about, and its words."""

    starts: bool
    seen: str
    event: EventKind

    def moment(self, stand: Stand) -> datetime | None:
        """When the change was; None where the stand's own start or end lies outside the data."""
        if self.starts:
            return None if stand.since_before else stand.start
        return stand.end

    def spell_moment(self, spell: RouteSpell) -> datetime | None:
        if self.starts:
            return None if spell.since_before else spell.start
        return spell.end


ADDED = Change(True, "first seen", EventKind.UPSTREAM_ADDED)
REMOVED = Change(False, "last seen", EventKind.UPSTREAM_REMOVED)


def added(case: Case) -> Verdict:
    """An upstream begins to carry the target."""
    return _change(case, ADDED)


def removed(case: Case) -> Verdict:
    """An upstream stops carrying the target."""
    return _change(case, REMOVED)


def _change(case: Case, change: Change) -> Verdict:
    case = _target_by_prefix(case)
    if case.claim.actor is not None and (verdict := unknown(case, case.actor, "the upstream")):
        return verdict
    if verdict := unknown(case, case.target, "the one that is carried"):
        return verdict
    edges = carried(case, case.actor.asns, case.target.asns)
    if verdict := _in_time(case, change, edges) or _of_some(case, change, edges):
        return verdict
    if verdict := _other_party(case, change) or _other_prefix(case, change) or routeless(case):
        return verdict
    return _other_time(case, change, edges)


def _target_by_prefix(case: Case) -> Case:
    """With prefixes but no network named, those who originate the prefixes are meant."""
    if case.target.stated is not None or not case.prefixes:
        return case
    origins = frozenset(s.origin_asn for s in case.view.touching(case.prefixes))
    return replace(case, target=replace(case.target, stated=some(str(p) for p in case.prefixes), asns=origins))


def _in_time(case: Case, change: Change, edges: Iterable[Stand]) -> Verdict | None:
    moments = [(m, s) for s in edges if (m := change.moment(s)) is not None and case.in_time(m)]
    if case.claim.actor is None:
        moments = [(m, s) for m, s in moments if _new(case, s, change)]
    if (found := pick(case, moments)) is None:
        return None
    return several(case, _seen(case, change, *found), ((m, (s.upstream, s.origin)) for m, s in moments))


def several(case: Case, verdict: Verdict, found: Iterable[tuple[datetime, Hashable]]) -> Verdict:
    """What was seen for a claim that gives no time, of all that it may mean: a moment and whose change it was, each.

    How often one relation changed does not matter to whether it did; of several relations the claim tells not which.
    """
    changes = set(found)
    if case.span is not None or len(changes) < 2:
        return verdict
    first = stamp(min(moment for moment, _ in changes))
    count = f"The claim gives no time: {len(changes)} such changes are in the data, the first {first}"
    whose = len({who for _, who in changes})
    if whose < 2 or verdict.verdict is not VerdictKind.CONFIRMED:
        return _told(verdict, f"{count}.")
    which = f"{count}, and they are of {whose} relations; it does not tell which one it means."
    return replace(verdict, verdict=VerdictKind.PARTLY, reasons=(*verdict.reasons, which))


def _seen(case: Case, change: Change, moment: datetime, stand: Stand) -> Verdict:
    """The change was seen in time: confirmed, or partly where only some of the named prefixes took part."""
    spells = [
        s for s in stand.spells if (m := change.spell_moment(s)) and (case.in_time(m) or m - moment < SAME_MOMENT)
    ]
    matched = held(case, stand, spells)
    prefixes = {s.prefix for s in spells}
    events = case.view.events_at(moment, Asked(change.event, stand.origin, stand.upstream), prefixes)
    peers, told = watched(spells, events, case)
    end = _wrong_end(case, stand) if change.starts else None
    still = not_over(case, stand.end) if change.starts else None
    cut = None if change.starts else gone(case, stand)
    partly = (cut or still) is not None or (bool(case.prefixes) and matched[0] < matched[1])
    kind = VerdictKind.PARTLY if partly else VerdictKind.CORRECTED if end else VerdictKind.CONFIRMED
    part = f" ({some(prefixes)})" if matched[0] < matched[1] else ""
    which = "of the named prefixes" if case.prefixes else f"of the prefixes of {as_id(stand.origin)}"
    reason = (
        f"{stand.name} {change.seen} {stamp(moment)}, {case.tell(moment)}, "
        f"for {matched[0]} of {matched[1]} {which}{part}, {told}."
    )
    return finding(
        case, kind, reason, f"It ended {end.actual}, not {end.stated}." if end else still, cut,
        _after(case, change, stand), correction=end if kind is VerdictKind.CORRECTED else None,
        delta_s=case.delta(moment), matched=matched, peers=peers, events=events,
    )  # fmt: skip


def _wrong_end(case: Case, stand: Stand) -> Correction | None:
    """The correction of a stated end that fits neither the end of the stand nor an outage that interrupted it."""
    pauses = (s.end for s in stands(stand.spells) if s.end)
    return None if any(wrong_end(case, end) is None for end in pauses) else wrong_end(case, stand.end)


def _after(case: Case, change: Change, stand: Stand) -> str | None:
    """What became of the edge afterwards, where the data tell it."""
    if change.starts:
        return f"It was last seen {stamp(stand.end)}, {length(stand.end - stand.start)} later." if stand.end else None
    back = [s for s in carried(case, frozenset({stand.upstream}), frozenset({stand.origin})) if s.start > stand.start]
    return f"It came back at {stamp(back[0].start)}." if back else None


def _of_some(case: Case, change: Change, edges: Iterable[Stand]) -> Verdict | None:
    """The edge stood on for other prefixes, but some began or ended with it in time: that much of the claim holds."""
    if case.span is None:
        return None
    for stand in edges:
        spells = [s for s in stand.spells if (m := change.spell_moment(s)) and case.in_time(m)]
        if change.starts:
            known = {
                s.prefix
                for s in stand.spells
                if s not in spells and s.start < min((x.start for x in spells), default=s.start)
            }
        else:
            known = {s.prefix for s in stand.spells if s not in spells and (s.end is None or s.end > case.span.high)}
        if not (fresh := [s for s in spells if s.prefix not in known]):
            continue
        moment = min(m for s in fresh if (m := change.spell_moment(s)))
        prefixes = {s.prefix for s in fresh}
        events = case.view.events_at(moment, Asked(change.event, stand.origin, stand.upstream), prefixes)
        peers, told = watched(fresh, events, case)
        matched = held(case, stand, fresh)
        whole = bool(case.prefixes) and matched[0] == matched[1]
        rest = "before" if change.starts else "on"
        reason = (
            f"{stand.name} {change.seen} {stamp(moment)}, {case.tell(moment)}, "
            f"for {some(s.prefix for s in fresh)} alone ({told}); for other prefixes it stood {rest}."
        )
        kind = VerdictKind.CONFIRMED if whole else VerdictKind.PARTLY
        delta = case.delta(moment)
        return finding(case, kind, reason, delta_s=delta, matched=matched, peers=peers, events=events)
    return None


def _new(case: Case, stand: Stand, change: Change) -> bool:
    """Whether the edge never stood before (added) or never came back (removed): not a route that flaps."""
    others = carried(case, frozenset({stand.upstream}), frozenset({stand.origin}))
    return stand == (others[0] if change.starts else others[-1])


def _other_party(case: Case, change: Change) -> Verdict | None:
    """The same change in time, with another customer, another upstream, or the two the other way round."""
    found = joined(case, edges_with(case, case.actor.asns | case.target.asns))
    timely = {
        id(s): m for s in found if (m := change.moment(s)) is not None and case.in_time(m) and _new(case, s, change)
    }
    hit = exchanged(case, [s for s in found if id(s) in timely], dated=case.span is not None)
    if hit is None:
        return None
    correction, stand = hit
    seen = _seen(case, change, timely[id(stand)], stand)
    reason = told_otherwise(case, correction, stand) + seen.reasons[0]
    return replace(seen, verdict=VerdictKind.CORRECTED, correction=correction, reasons=(reason, *seen.reasons[1:]))


def _other_prefix(case: Case, change: Change) -> Verdict | None:
    """The same parties in time, but for other prefixes than the named ones."""
    if not case.prefixes or case.span is None:
        return None
    bare = replace(case, prefixes=())
    found = _in_time(bare, change, carried(bare, case.actor.asns, case.target.asns))
    if found is None:
        return None
    lo, hi = case.window
    spells = (s for s in case.view.routes_of(case.target.asns) if s.upstream_asn in case.actor.asns)
    actual = {s.prefix for s in spells if (m := change.spell_moment(s)) and lo <= m < hi}
    correction = Correction("prefix", some((str(p) for p in case.prefixes), 20), some(actual, 20))
    reason = f"Not for {correction.stated} but for {correction.actual}: {found.reasons[0]}"
    return replace(found, verdict=VerdictKind.CORRECTED, correction=correction, reasons=(reason, *found.reasons[1:]),
                   prefixes_matched=0, prefixes_total=len(case.prefixes))  # fmt: skip


def _other_time(case: Case, change: Change, edges: tuple[Stand, ...]) -> Verdict:
    """Not in time: the nearest other time, or that the edge stood all along, or was never there."""
    what = f"upstream {case.actor.name} of {case.target.name}"
    low, high = case.window
    if change.starts and (standing := stood(edges, low, high)):
        before = [s for s in standing if s.since_before]
        if before:
            return _told(_stood_before(case, before[0]), outages(case, standing))
        edges = standing
    moments = [(m, s) for s in edges if (m := change.moment(s)) is not None]
    if not moments:
        if not change.starts and edges:
            what = f"the end of {what}, which stood until the end of the data,"
        return _told(_no_time(case, unseen(case, what)), outages(case, edges))
    moment, stand = min(moments, key=lambda m: (abs(m[0] - case.span.start) if case.span else timedelta(0), m[0]))
    if not (change.starts and _stood_through(case, stand)) and (why := blind(case)) is not None:
        reason = f"{what} was {change.seen} {stamp(moment)}, but whether {case.when()} too cannot be said: {why}"
        return finding(case, VerdictKind.NO_DATA, reason)
    seen = _seen(replace(case, span=None), change, moment, stand)
    if case.span is None:
        return _untimed(case, seen, change, moments)
    correction = Correction("time", case.claim.start_utc or "", stamp(moment))
    reason = f"{stand.name} {change.seen} {stamp(moment)}, {case.tell(moment)}: the time is wrong."
    found = replace(seen, verdict=VerdictKind.CORRECTED, correction=correction, delta_s=case.delta(moment),
                    reasons=(reason, *seen.reasons[1:]))  # fmt: skip
    return _told(found, outages(case, edges))


def _untimed(case: Case, seen: Verdict, change: Change, moments: list[tuple[datetime, Stand]]) -> Verdict:
    """Without a time none is wrong: changes that did not last are what was seen, and one alone is what is meant."""
    if len(moments) == 1 or seen.verdict is not VerdictKind.CONFIRMED:
        return seen
    what = "beginnings, none of them the first of its relation" if change.starts else "ends, each with a return"
    first = stamp(min(m for m, _ in moments))
    reason = f"The claim gives no time and no upstream: {len(moments)} {what}, are in the data, the first {first}."
    return replace(seen, verdict=VerdictKind.PARTLY, reasons=(*seen.reasons, reason))


def _told(verdict: Verdict, more: str | None) -> Verdict:
    return replace(verdict, reasons=(*verdict.reasons, more)) if more else verdict


def _stood_through(case: Case, stand: Stand) -> bool:
    """Whether the edge was seen to begin before the claimed time and stood through it without a gap."""
    if case.span is None:
        return False
    high = min(case.span.end, case.view.coverage.end)
    held = stand.start <= case.span.start < high and (stand.end is None or stand.end >= high)
    return held and gap_in(case, stand.start, high) is None


def _stood_before(case: Case, stand: Stand) -> Verdict:
    """The edge is older than the data: it did not begin at the claimed time, whenever it began."""
    known = f"{stand.name} stood already when the archive begins, {stamp(stand.start)}"
    if case.span is None:
        return finding(case, VerdictKind.NO_DATA, f"{known}: when it began cannot be said.")
    if (why := blind(case)) is not None:
        return finding(case, VerdictKind.NO_DATA, f"{known}, but whether it left and came back cannot be said: {why}")
    peers, told = watched(stand.spells, (), case)
    return finding(case, VerdictKind.CONTRADICTED, f"{known}, {told}: it did not begin {case.when()}.", peers=peers)


def _no_time(case: Case, verdict: Verdict) -> Verdict:
    """Without a time nothing is contradicted by what a few days of archive lack, a beginning that lasts apart."""
    if case.span is not None or verdict.verdict is not VerdictKind.CONTRADICTED or case.claim.type == "transit_added":
        return verdict
    return replace(verdict, verdict=VerdictKind.NO_DATA)
