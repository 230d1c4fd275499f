"""Which network a claim meant where the one it states does not fit: a misprint, a wrong name, roles exchanged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from indexer.claimtime import Grain
from indexer.correlate import Case, asn_of, foreign, misprints
from indexer.judges.edges import Stand, edges_of
from indexer.model import Correction
from indexer.telling import as_id

# How a network that fits is joined to the stated one, surest first.
POINTED, SLIP, PLACE, ALONE = 0, 1, 2, 3


def exchanged(case: Case, found: Iterable[Stand], *, dated: bool) -> tuple[Correction, Stand] | None:
    """The stand that is the claim's with one party exchanged; None where there is none, or more than one as sure.

    `dated` says that the stands are changes at the claimed time. What merely stood joins less to a claim: of it only
    what the name points to is taken, roles exchanged, and, for a target without any route, a slip or its place.
    """
    own = edges_of(case, case.actor.asns, case.target.asns)
    nobody = not dated and not case.view.routes_of(case.target.asns)
    ranked = ((r, stand) for stand in found if (r := _rank(case, stand, own)) is not None)
    fits = [(rank, fix, stand) for (rank, fix), stand in ranked if dated or _sure(rank, fix, nobody=nobody)]
    best = [f for f in fits if f[0] == min(x[0] for x in fits)]
    if len({correction for _, correction, _ in best}) != 1:
        return None
    _, correction, stand = min(best, key=lambda f: f[2].start)
    return correction, stand


def _sure(rank: int, correction: Correction, *, nobody: bool) -> bool:
    """`nobody` says that the target has no route at all."""
    return rank == POINTED or (rank < ALONE and nobody and correction.field == "target")


def told_otherwise(case: Case, correction: Correction, stand: Stand) -> str:
    """What is said of the correction before what was seen: that it was another one, or that the roles are exchanged."""
    if stand.origin in case.actor.asns and stand.upstream in case.target.asns:
        return "The roles are the other way round: "
    return f"Not {correction.stated} but {correction.actual}: "


def corrected(case: Case, correction: Correction) -> Case:
    """The case as it would be with the correction made, to be looked up anew."""
    number = asn_of(correction.actual)
    asns = frozenset({number}) if number is not None else frozenset()
    if correction.field == "target":
        return replace(case, target=replace(case.target, stated=correction.actual, asns=asns))
    return replace(case, actor=replace(case.actor, stated=correction.actual, asns=asns))


def likely(case: Case, role: str) -> int | None:
    """The number that the name in the text points to."""
    return next((asn_of(asn) for field, asn in case.claim.likely if field == role), None)


def meant(case: Case, number: int) -> int | None:
    """How surely the network is the one meant by the claim's target; None where nothing says so."""
    if number == likely(case, "target"):
        return POINTED
    if any(number in misprints(stated) for stated in case.target.asns):
        return SLIP
    return PLACE if case.claim.place and case.view.countries.get(number) == case.claim.place else None


def _rank(case: Case, stand: Stand, own: Sequence[Stand]) -> tuple[int, Correction] | None:
    """How surely the stand is meant, and the correction; `own` are the stands of the stated edge itself."""
    upstream, origin = stand.upstream, stand.origin
    same_up, same_down = upstream in case.actor.asns, origin in case.target.asns
    if case.claim.actor is None or (same_up and same_down):
        return None
    if origin in case.actor.asns and upstream in case.target.asns:
        return POINTED, Correction("actor", case.actor.name, as_id(upstream))
    if not (same_up or same_down):
        return None
    if not (same_down or foreign(case.target, origin, case.view)):
        return None
    if not (same_up or foreign(case.actor, upstream, case.view)):
        return None
    if same_up:
        # The named prefixes say whose they are.
        rank = POINTED if case.prefixes else meant(case, origin)
        rank = ALONE if rank is None and not own and _grain(case) <= Grain.MINUTE else rank
        return (rank, Correction("target", case.target.name, as_id(origin))) if rank is not None else None
    if not same_down:
        return None
    if upstream == likely(case, "actor"):
        rank = POINTED
    elif any(upstream in misprints(stated) for stated in case.actor.asns):
        rank = SLIP
    else:
        rank = ALONE if _grain(case) <= Grain.HOUR and not _began(own) else None
    return (rank, Correction("actor", case.actor.name, as_id(upstream))) if rank is not None else None


def _grain(case: Case) -> Grain:
    return case.span.grain if case.span else Grain.YEAR


def _began(own: Iterable[Stand]) -> bool:
    """Whether the stated edge began or ended in the data at all: then it is rather the time that is wrong."""
    return any(not s.since_before or s.end is not None for s in own)
