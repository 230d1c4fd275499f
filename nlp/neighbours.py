"""What a claim leaves out and the next sentence tells: "X began to carry Y. This happened at noon." """

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from nlp.model import Claim, Entity, Modality, TimeSpan
from nlp.parties import entity_id, is_network

HAPPENINGS = (
    "transit_added", "transit_removed", "rerouting", "peering_added", "peering_removed", "origin_hijack", "route_leak",
    "outage_start", "outage_end", "cable_cut", "cable_repaired", "cable_activated", "shutdown_ordered",
)  # fmt: skip
"""Types of what happens at a moment."""
_EARLIER = re.compile(
    r"^\W*(?:until|before|previously|earlier|jusque|jusqu|avant|auparavant|antes|hasta|до|ранее|раньше|прежде|bis|bisher|"
    r"vorher|zuvor)\b",
    re.IGNORECASE,
)

_Spanned = TypeVar("_Spanned", Entity, TimeSpan)


def told_next(
    text: str,
    claims: Sequence[Claim],
    sentences: Sequence[tuple[int, int]],
    entities: Sequence[Entity],
    times: Sequence[TimeSpan],
) -> list[Claim]:
    """`claims`, each happening without a time with the time of the sentence after its own, in the same paragraph.

    That sentence must tell the same happening: no claim, no network but the claim's own, and nothing of before.
    `sentences` are spans of the text in order.
    """
    told = {_place(claim.quote_span[0], sentences) for claim in claims}
    return [_timed(text, claim, told, sentences, entities, times) for claim in claims]


def _timed(
    text: str,
    claim: Claim,
    told: set[int],
    sentences: Sequence[tuple[int, int]],
    entities: Sequence[Entity],
    times: Sequence[TimeSpan],
) -> Claim:
    happened = claim.type in HAPPENINGS and claim.modality is not Modality.HYPOTHETICAL
    place = _place(claim.quote_span[0], sentences) + 1
    if claim.start_utc or not happened or place in told or place >= len(sentences):
        return claim
    start, end = sentences[place]
    if "\n" in text[sentences[place - 1][1] : start] or _EARLIER.match(text[start:end]):
        return claim
    time = _time(claim, sentences[place], entities, times)
    if time is None:
        return claim
    return replace(claim, start_utc=time.start_utc, end_utc=time.end_utc, precision=time.granularity)


def _place(offset: int, sentences: Sequence[tuple[int, int]]) -> int:
    """Which sentence holds `offset`; the last one before it where it lies between two."""
    return max((n for n, (start, _) in enumerate(sentences) if start <= offset), default=0)


def _time(
    claim: Claim, span: tuple[int, int], entities: Sequence[Entity], times: Sequence[TimeSpan]
) -> TimeSpan | None:
    networks = {entity_id(e) for e in _inside(span, entities) if is_network(e)}
    placed = [t for t in _inside(span, times) if t.start_utc]
    return placed[0] if placed and networks <= {claim.actor, claim.target} else None


def _inside(span: tuple[int, int], spans: Sequence[_Spanned]) -> Iterator[_Spanned]:
    return (x for x in spans if span[0] <= x.start < span[1])
