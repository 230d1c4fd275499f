"""What stands over a claim's word in its sentence: the verbs that carry it and the verbs and nouns that speak of it."""

from __future__ import annotations

from collections.abc import Iterator

from nlp.syntax import chain, clause_head
from nlp.trees import Token

SAY = {
    "say", "tell", "write", "note", "announce", "confirm", "claim", "state", "add", "warn", "tweet", "post", "report",
    "acknowledge", "argue", "explain", "estimate", "believe", "allege", "insist", "admit", "reveal", "suggest", "deny",
}  # fmt: skip
DEAL = {"takeover", "acquisition", "purchase", "sale", "merger", "buyout", "plan", "bid", "offer"}
NOUNS = {"NOUN", "PROPN"}
VERBS = {"VERB", "AUX"}


def above(token: Token) -> Iterator[Token]:
    """The words on which `token` hangs, nearest first."""
    while token.head != token:
        token = token.head
        yield token


def carriers(trigger: Token) -> list[Token]:
    """The verb of `trigger` and those that carry it; of a deal the nearest: "expects to complete the sale"."""
    if trigger.pos_ in VERBS:
        return chain(trigger)
    verb = next((up for up in above(trigger) if up.pos_ in VERBS), None) if is_deal(trigger) else None
    return chain(verb or clause_head(trigger))


def is_deal(trigger: Token) -> bool:
    return trigger.pos_ in NOUNS and trigger.lemma_ in DEAL


def governors(trigger: Token) -> list[Token]:
    """Verbs of which the claim is the complement: deny that, denies reports that, denied cutting."""
    out, token = [], trigger
    for up in above(trigger):
        if token.dep_ in {"conj", "advcl"} and (token != trigger or up.pos_ in VERBS):
            break
        if token.dep_ == "relcl" and token != trigger and up.pos_ not in VERBS:
            break
        out.append(up)
        token = up
    return out


def reports(trigger: Token) -> Iterator[Token]:
    """The nouns whose content the claim is: "reports that X", "a lie that X", "the allegation of X"."""
    below = trigger
    for up in above(trigger):
        that = below.pos_ in VERBS and any(c.lower_ == "that" and c.dep_ == "mark" for c in below.children)
        if up.pos_ in NOUNS and (below.dep_ == "prep" or (that and below.dep_ in {"acl", "relcl", "ccomp"})):
            yield up
        below = up


def negated(verb: Token) -> bool:
    return any(child.dep_ == "neg" or child.lower_ == "never" for child in verb.children)
