"""What a claim leaves out and the next sentence tells: "X began to carry Y. This happened at noon." """

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from nlp.model import Claim, Entity, EntityType, Modality, TimeSpan
from nlp.party import entity_id, is_network

HAPPENINGS = (
    "transit_added", "transit_removed", "rerouting", "peering_added", "peering_removed", "origin_hijack", "route_leak",
    "outage_start", "outage_end", "cable_cut", "cable_repaired", "cable_activated", "shutdown_ordered",
)  # fmt: skip
"""Types of what happens at a moment."""
OF_ROUTES = {"transit_added", "transit_removed", "rerouting", "origin_hijack", "route_leak"}
"""Types of what may happen to some prefixes of a network."""
STANDING = ("transit_state", "peering_state")
_EARLIER = re.compile(
    r"\W*(?:until|before|previously|earlier|jusque|jusqu|avant|auparavant|antes|hasta|до|ранее|раньше|прежде|bis|bisher|"
    r"vorher|zuvor)\b",
    re.IGNORECASE,
)
_HAD_SINCE = re.compile(r"\bsince\b(?=.*\bhad\b)|\bhad\b(?=.*\bsince\b)", re.IGNORECASE | re.DOTALL)
"""The past perfect with its beginning: it ended before what is told."""
_HAD = re.compile(r"\b(?:had|has long|have long|once|formerly|used to)\b", re.IGNORECASE)
STORY = 3
"""Sentences back in which a story's day is looked for."""
_REFERS = re.compile(
    r"\W*(?:it|this|that|these|among (?:them|these|those)|the (?:change|switch|move|cut|outage|loss|leak|hijack|fault"
    r"|new|affected)"
    r"|это|эти|среди них|переключени\w+|изменени\w+|сбой|ce|cela|ces|c['’]est|parmi (?:eux|elles)|le changement"
    r"|la coupure|la panne|esto|eso|entre ell[oa]s|el cambio|el corte"
    r"|das|dies\w*|darunter|der (?:wechsel|ausfall))(?!\w)",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"\b(?:said|says|told|announced|stated|statement|wrote|tweeted|сообщ|заяв|расска|déclar|annonc|indiqu|communiqué|dij"
    r"|anunci|declar|comunicado|sagt|teilte|erklär)",
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
    """`claims` in the text's order, a happening that names no time or prefix with those of the sentence after its own.

    That sentence must tell of the same: it stands in the same paragraph, makes no claim, names one of the claim's
    networks or refers to what happened, names no other network, and tells neither of before nor who said it when.
    `sentences` are spans of `text` in order.
    """
    told = {_place(claim.quote_span[0], sentences) for claim in claims}
    out: list[Claim] = []
    for claim in claims:
        place = _place(claim.quote_span[0], sentences) + 1
        free = place < len(sentences) and place not in told
        if free and "\n" not in text[sentences[place - 1][1] : sentences[place][0]]:
            named = list(_inside(sentences[place], entities))
            if _tells_on(text[slice(*sentences[place])], claim, named):
                claim = _filled(claim, named, list(_inside(sentences[place], times)))
        out.append(_until_then(claim, out, text[slice(*sentences[place - 1])]))
    return out


def dated(
    text: str,
    claims: Sequence[Claim],
    sentences: Sequence[tuple[int, int]],
    times: Sequence[TimeSpan],
    news: Callable[[str], bool],
) -> list[Claim]:
    """`claims` with a happening that has no time on the day that the story is at: the last one told shortly before.

    `news` says of a time's value whether it is of the story and not of its history. What had happened before is not of
    that day, unless somebody says so afterwards: "X said that it had been cut".
    """
    out: list[Claim] = []
    for claim in claims:
        place = _place(claim.quote_span[0], sentences)
        words = text[slice(*sentences[place])]
        low = sentences[max(0, place - STORY)][0]
        told = [t.start_utc for t in times if low <= t.start < sentences[place][1] and t.start_utc]
        days = [start[:10] for start in told if len(start) >= 10]  # a month or a year tells of no day
        apart = _EARLIER.match(words) or (_HAD.search(words) and not _SAYS.search(words))
        free = claim.start_utc is None and claim.end_utc is None and claim.type in HAPPENINGS
        there = bool(days) and told[-1][:10] == days[-1] and not apart and news(days[-1])
        if free and there and claim.modality is Modality.ACTUAL:
            claim = replace(claim, start_utc=days[-1], precision="day-approx")
        out.append(claim)
    return out


def _until_then(claim: Claim, before: Sequence[Claim], sentence: str) -> Claim:
    """ "Until then X alone had carried Y", "Since 2010 X had": what stood up to the happening told last of Y."""
    if claim.type not in STANDING or claim.end_utc:
        return claim
    if not (_HAD_SINCE.search(sentence) if claim.start_utc else _EARLIER.match(sentence)):
        return claim
    changes = (c for c in reversed(before) if c.type in HAPPENINGS and c.target == claim.target)
    last = next((c for c in changes if (c.start_utc or "") > (claim.start_utc or "")), None)
    return replace(claim, end_utc=last.start_utc) if last else claim


def _tells_on(sentence: str, claim: Claim, named: Sequence[Entity]) -> bool:
    if claim.type not in HAPPENINGS or claim.modality is Modality.HYPOTHETICAL:
        return False
    if _EARLIER.match(sentence) or _SAYS.search(sentence):
        return False
    networks = {entity_id(e) for e in named if is_network(e)}
    return networks <= {claim.actor, claim.target} and bool(networks or _REFERS.match(sentence))


def _filled(claim: Claim, named: Sequence[Entity], times: Sequence[TimeSpan]) -> Claim:
    time = next((t for t in times if t.start_utc), None)
    if claim.start_utc is None and time:
        claim = replace(claim, start_utc=time.start_utc, end_utc=time.end_utc, precision=time.granularity)
    prefixes = dict.fromkeys(entity_id(e) for e in named if e.type is EntityType.PREFIX)
    if claim.type in OF_ROUTES and not any("/" in party for party in claim.other):
        claim = replace(claim, other=(*claim.other, *prefixes))
    return claim


def _place(offset: int, sentences: Sequence[tuple[int, int]]) -> int:
    """Which sentence holds `offset`; the last one before it where it lies between two."""
    return max((n for n, (start, _) in enumerate(sentences) if start <= offset), default=0)


def _inside(span: tuple[int, int], spans: Sequence[_Spanned]) -> Iterator[_Spanned]:
    return (x for x in spans if span[0] <= x.start < span[1])
