"""How a claim is said: by whom, whether it is asserted or denied, and whether it happened or is only expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp.governors import SAY, above
from nlp.modality import modality
from nlp.model import Modality, Polarity
from nlp.parties import Cast
from nlp.polarity import DENY, is_kin, polarity
from nlp.syntax import part_of, subjects
from nlp.trees import Token

SEE = {"show", "notice", "observe", "see", "record", "collect", "detect", "register", "measure", "spot", "find",
       "monitor"}  # fmt: skip
LAST_WORDS = 4
"""Among so many last words of a sentence a verb of saying speaks of the whole of it."""


@dataclass(frozen=True, slots=True)
class Stance:
    polarity: Polarity
    modality: Modality
    attribution: tuple[str, ...]


def stance(trigger: Token, heads: Sequence[Token], cast: Cast, actor: str | None) -> Stance:
    """Reads the stance of the claim on `trigger`; `heads` are the heads of its subject and object."""
    how, real = polarity(trigger, heads), modality(trigger, cast, actor)
    if is_kin(trigger):
        real = Modality.ACTUAL
    if how in {Polarity.DENIED, Polarity.NEGATED} and real is Modality.ALLEGED:
        real = Modality.ACTUAL  # "denied claims that X": it is the denial that counts
    return Stance(how, real, _attribution(trigger, cast))


def _attribution(trigger: Token, cast: Cast) -> tuple[str, ...]:
    found: list[str] = []
    for token in part_of(trigger):
        if token.lower_ == "according":
            heads = [c for prep in token.children if prep.lower_ == "to" for c in prep.children if c.dep_ == "pobj"]
            found += [p.id for head in heads for p in cast.parties(head, "speaker")]
    for up in [trigger, *above(trigger)]:
        if up.lemma_ in SAY | SEE | DENY and up.pos_ == "VERB" and up != trigger and not _announces_routes(up):
            found += [p.id for head in subjects(up) for p in cast.parties(head, "speaker")]
    found += [p.id for head in _aside(trigger) for p in cast.parties(head, "speaker")]
    return tuple(dict.fromkeys(found))


def _announces_routes(verb: Token) -> bool:
    """True for "X announced 192.0.2.0/24": not what somebody says."""
    return verb.lemma_ == "announce" and any(c.dep_ == "dobj" for c in verb.children)


def _aside(trigger: Token) -> Iterator[Token]:
    """The subject of a "X said" that hangs on the claim's sentence, or ends it, instead of governing it."""
    words = [token for token in part_of(trigger) if not token.is_punct and not token.is_space]
    for last in words[-LAST_WORDS:]:
        if last.lemma_ in SAY and last.pos_ == "VERB" and last.i > trigger.i and not _announces_routes(last):
            yield from (c for c in last.children if c.dep_ == "nsubj")
    for up in [trigger, *above(trigger)]:
        for child in up.children:
            if child.dep_ in {"parataxis", "ccomp", "advcl"} and child.lemma_ in SAY and child.i > trigger.i:
                yield from (c for c in child.children if c.dep_ == "nsubj")
