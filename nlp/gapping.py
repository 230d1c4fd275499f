"""Clauses that leave out the verb of the one before: "A dropped at noon, B an hour later, and C at 2 pm"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nlp.model import Claim
from nlp.parties import Cast
from nlp.party import ORGS, PLACES
from nlp.trees import Token

HAPPENINGS = ("outage_start", "outage_end", "cable_cut", "cable_repaired", "cable_activated")
"""Types whose target may be followed by others of the same kind, each with its own time."""
_JOINTS = {",", ";", "and", "then", "while"}


def gapped(claim: Claim, trigger: Token, cast: Cast) -> Iterator[Claim]:
    """`claim` again for each party that stands with a time, and without a verb, behind the clause of `trigger`."""
    if claim.type not in HAPPENINGS or claim.target is None or claim.start_utc is None:
        return
    times = cast.reading.times
    tokens = [token for token in trigger.sent if token.i > trigger.i]
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if before.lower_ not in _JOINTS or token.i not in cast.by_token or after.i not in times:
            continue
        behind = token.doc[after.i + 1] if after.i + 1 < len(token.doc) else None
        if behind is not None and behind.pos_ in {"VERB", "AUX"}:
            continue
        entity, time = cast.by_token[token.i], times[after.i]
        party = cast.party(entity)
        if party.id in {claim.target, claim.actor} or entity.type not in ORGS | PLACES or not time.start_utc:
            continue
        yield replace(
            claim,
            target=party.id,
            place=entity.country or claim.place,
            other=(),
            start_utc=time.start_utc,
            end_utc=time.end_utc,
            precision=time.granularity,
            quote=cast.reading.source[entity.start : time.end],
            quote_span=(entity.start, time.end),
            likely=(),
        )
