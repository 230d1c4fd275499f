"""One happening told twice in a document is one claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlp.model import Claim, Modality
from nlp.when import compatible

_FIRM = {Modality.ACTUAL: 0, Modality.ANNOUNCED: 1, Modality.PLANNED: 2, Modality.LIKELY: 2, Modality.ALLEGED: 2}


def merge(claims: Sequence[Claim]) -> list[Claim]:
    """Joins claims that tell the same happening; the most precise time wins, the rest is the union.

    The quote stays that of the telling with the most precise time, which is the one to verify.
    """
    out: list[Claim] = []
    for claim in _oriented(claims):
        for i, known in enumerate(out):
            if _same(known, claim):
                out[i] = _join(known, claim)
                break
        else:
            out.append(claim)
    return out


def _oriented(claims: Sequence[Claim]) -> Iterator[Claim]:
    """Peering has no direction: a pair keeps the order in which it was named first."""
    seen: set[tuple[str | None, str | None]] = set()
    for claim in claims:
        pair = (claim.target, claim.actor)
        if claim.type.startswith("peering") and pair in seen:
            claim = replace(claim, actor=pair[0], target=pair[1])
        seen.add((claim.actor, claim.target))
        yield claim


def _same(a: Claim, b: Claim) -> bool:
    if (a.type, a.polarity) != (b.type, b.polarity) or _stage(a) != _stage(b):
        return False
    if not compatible(a.start_utc, b.start_utc):
        return False
    actor = a.actor == b.actor or a.actor is None or b.actor is None
    target = _party(a) == _party(b) or a.target is None or b.target is None or a.target in (b.place, *b.other)
    if a.type.startswith("cable") and (a.target is None or b.target is None) and _is_summary(a, b):
        return actor
    shared = (a.actor is not None and a.actor == b.actor) or (_party(a) is not None and _party(a) == _party(b))
    return actor and target and shared


def _is_summary(a: Claim, b: Claim) -> bool:
    """ "Two cables were cut" and the names of the two; not a cable elsewhere."""
    elsewhere = a.place and b.place and a.place != b.place
    return a.target is b.target or not elsewhere


def _party(claim: Claim) -> str | None:
    return claim.target or claim.place


def _stage(claim: Claim) -> bool:
    """What is only thinkable is another claim than what happened."""
    return claim.modality in {Modality.HYPOTHETICAL, Modality.PLANNED}


def _join(a: Claim, b: Claim) -> Claim:
    best = b if len(b.start_utc or "") > len(a.start_utc or "") else a
    rest = a if best is b else b
    actor, target = best.actor or rest.actor, best.target or rest.target
    others = dict.fromkeys((*best.other, *rest.other))
    return replace(
        best,
        actor=actor,
        target=target,
        other=tuple(x for x in others if x not in (actor, target)),
        place=best.place or rest.place,
        end_utc=best.end_utc or rest.end_utc,
        modality=min(a.modality, b.modality, key=lambda m: _FIRM.get(m, 3)),
        attribution=tuple(dict.fromkeys((*a.attribution, *b.attribution))),
        quantity=best.quantity or rest.quantity,
        exclusive=a.exclusive or b.exclusive,
        first_ever=a.first_ever or b.first_ever,
        background=a.background and b.background,
        likely=best.likely or rest.likely,
    )
