"""What somebody expects of the network: a clause in the future or conditional under a verb or noun of expecting."""

from __future__ import annotations

from collections.abc import Iterator

from nlp.frames import Frame, Labels, Match, lexicon
from nlp.governors import SAY
from nlp.syntax import chain, slots, whole_clause
from nlp.trees import Token

FORESEE = {
    "predict",
    "forecast",
    "fear",
    "expect",
    "warn",
    "believe",
    "hope",
    "foresee",
    "worry",
    "anticipate",
    "think",
}
FORESIGHT = {"fear", "expectation", "hope", "forecast", "warning", "prediction", "concern", "worry"}
AHEAD = {"will", "would", "could", "might", "may", "should", "'ll", "’ll"}
PROBABLE = {"likely", "unlikely", "expected"}
WORLDLY = ("link", "getlink", "net", "outage", "cable", "reach")
"""Word classes of the lexicon that make a sentence one on networks."""
MORE = {"capacity", "latency", "resilience", "redundancy", "resilient", "competition", "way"}
POINTERS = {"it", "this", "that", "they", "these", "move"}
DOERS = {"ORG", "ASN", "PERSON"}
_AFFECTED = ("obj", "iobj", "in", "of", "for", "to", "about")
_FRAMES = (
    Frame(type="prediction", actor=("subj",), target=_AFFECTED, need="both"),
    Frame(type="prediction", target=(*_AFFECTED, "subj"), need="target"),
)


def outlooks(token: Token, labels: Labels) -> Iterator[Match]:
    """The prediction that the clause of verb `token` is, as a match of a frame."""
    if token.pos_ not in {"VERB", "AUX"} or token.dep_ in {"aux", "auxpass"} or not _is_ahead(token):
        return
    around = slots(token)
    small = [c for verb in token.children if verb.dep_ in {"ccomp", "xcomp"} for c in verb.children]
    around["obj"] = [*around.get("obj", []), *(c for c in small if c.dep_ in {"nsubj", "dobj"})]
    foreseen, said = _is_foreseen(token)
    if not foreseen and (not said or _is_plan(around["subj"], labels)):
        return
    if not _is_on_networks(token, around["subj"], labels):
        return
    clause = tuple(whole_clause(token))
    for frame in _FRAMES:
        yield Match(frame, token, "prediction", around, clause)


def _is_ahead(token: Token) -> bool:
    if any(c.dep_ == "aux" and c.lower_ in AHEAD for c in token.children):
        return True
    if token.dep_ == "ccomp" and token.head.lemma_ in FORESEE and any(c.lower_ == "to" for c in token.children):
        return True
    return token.dep_ == "xcomp" and any(up.lower_ in PROBABLE for up in chain(token)[1:])


def _is_foreseen(token: Token) -> tuple[bool, bool]:
    """Whether a word of expecting governs the clause, and whether somebody is told to have said it."""
    probable = any(up.lower_ in PROBABLE for up in chain(token)[1:])
    said = False
    item = token
    while item.head != item:
        link, item = item.dep_, item.head
        if link not in {"ccomp", "xcomp", "acl", "relcl", "conj", "advcl", "pcomp", "prep", "pobj"}:
            break
        lemma = item.lemma_.lower()
        if (item.pos_ == "VERB" and lemma in FORESEE) or (item.pos_ == "NOUN" and lemma in FORESIGHT):
            return True, True
        said = said or (item.pos_ == "VERB" and lemma in SAY)
    asides = (c for up in chain(token) for c in up.children if c.dep_ in {"parataxis", "ccomp"})
    said = said or any(c.lemma_ in SAY for c in asides) or any(t.lower_ == "according" for t in token.sent)
    return probable, said


def _is_plan(subjects: list[Token], labels: Labels) -> bool:
    """True for "X said it would": who speaks of what he will do himself plans it."""
    if not subjects or any(head.tag_ == "PRP" and head.lower_ != "it" for head in subjects):
        return True
    return any(not DOERS.isdisjoint(labels.get(head.i, ())) or head.lower_ == "it" for head in subjects)


def _is_on_networks(token: Token, subjects: list[Token], labels: Labels) -> bool:
    if any(head.lower_ in POINTERS for head in subjects):
        return True
    if any(not {"NET", "CABLE"}.isdisjoint(labels.get(item.i, ())) for item in token.sent):
        return True
    words = {form for item in token.sent for form in (item.lemma_.lower(), item.lower_)}
    classes = lexicon().classes
    return bool(words & MORE) or any(not classes[name].isdisjoint(words) for name in WORLDLY)
