"""Which words say why something happened: verbs, nouns and prepositions, with what is the cause and what its effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from spacy.tokens import Token

from nlp.frames import Frame, Labels, Match
from nlp.syntax import clause_head, clause_of, phrase, slots, subjects, whole_clause

EFFECT = {
    "outage", "blackout", "disruption", "interruption", "failure", "incident", "problem", "loss", "fault", "downtime",
    "breakdown", "shutdown", "disconnection", "cut", "cutoff", "collapse", "slowdown", "issue", "leak", "hijack",
    "hijacking", "event", "trouble", "crash", "disturbance", "drop", "change", "switch", "accident", "break",
    "degradation", "episode", "affair", "mishap", "glitch",
}  # fmt: skip
"""Nouns that a cause of routing news explains."""
POINTERS = {"it", "this", "that", "they", "these", "which"}
_MAKES, _ASCRIBES, _COMES = ("subj", "obj", ""), ("to", "obj", ""), ("from", "subj", "")
VERBS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "cause": (_MAKES,), "trigger": (_MAKES,), "provoke": (_MAKES,), "lead": (("subj", "to", ""),),
    "blame": (("obj", "for", "alleged"), ("on", "obj", "alleged"), ("obj", "", "alleged")),
    "point": (("to", "", "likely"),), "trace": (_ASCRIBES,), "pin": (("on", "obj", ""),),
    "attribute": (_ASCRIBES,), "ascribe": (_ASCRIBES,), "put": (_ASCRIBES,),
    "result": (_COMES, ("subj", "in", "")), "stem": (_COMES,), "arise": (_COMES,),
}  # fmt: skip
"""By lemma the slots of the cause and of the effect ("": what was told), and the modality that the verb brings."""
NOUNS = {"cause", "reason", "culprit"}
TOLD = {"be", "give", "confirm", "name", "remain", "investigate", "become", "lie"}
"""Verbs of the clauses that name a cause."""
JOINTS = {("because", "of"), ("owing", "to"), ("due", "to"), ("thanks", "to")}
OPEN = {"unknown", "unclear", "undetermined", "uncertain", "mystery", "investigate", "investigation"}
SETTLED = {"know", "clear", "determine", "establish", "identify", "disclose", "announce", "explain", "give"}
"""What is not yet so of a cause that nobody knows."""
_Reading = tuple[Sequence[Token], Sequence[Token], str]
_CAUSE = Frame(type="cause", actor=("subj",), actor_kind="cable", need="none")


def causes(token: Token, labels: Labels) -> Iterator[Match]:
    """The statement of a cause that `token` makes, as a match of a frame; none where it explains no such thing.

    The match's slot `effect` is empty where the words around name no effect: then it is what their clause tells.
    """
    for why, effects, modality in _readings(token):
        if effects and not any(_is_effect(head, labels) for head in effects):
            continue
        frame = replace(_CAUSE, polarity="unknown" if _is_open(token) else "", modality=modality)
        yield Match(frame, token, "cause", {"subj": list(why), "effect": list(effects)}, tuple(whole_clause(token)))
        return


def _readings(token: Token) -> Iterator[_Reading]:
    """Heads of the cause and of the effect, and the modality that the word itself brings; no effect: the clause's."""
    if joined := _behind_joint(token):
        tops = [c for c in token.head.children if c.dep_ in {"nsubj", "nsubjpass"}]
        yield joined, tops if token.head.lemma_ == "be" else [], ""
    elif token.pos_ in {"VERB", "AUX"}:
        yield from _of_verb(token, slots(token))
    elif token.pos_ == "NOUN" and token.lemma_.lower() in NOUNS:
        yield from _of_noun(token, slots(token))
    elif _opens_reason(token):
        yield [], [], ""
    elif token.lower_ == "behind" and token.head.lemma_ == "be":
        whom = [c for c in token.children if c.dep_ == "pobj"]
        if whom:
            yield [c for c in token.head.children if c.dep_ == "nsubj"], whom, ""


def _opens_reason(token: Token) -> bool:
    """True for the "because" of a clause, and for the "why" of one that nobody can answer."""
    if token.lower_ == "because":
        return token.dep_ == "mark"
    return token.lower_ == "why" and token.dep_ == "advmod" and _is_open(token)


def _of_verb(verb: Token, around: dict[str, list[Token]]) -> Iterator[_Reading]:
    for why, effect, modality in VERBS.get(verb.lemma_.lower(), ()):
        heads = around.get(effect, [])
        if not effect and around.get(why):
            yield around[why], [], modality
            return
        if why == "subj" and effect == "obj" and _brings_about(verb):
            yield around.get(why, []), [], modality
            return
        if not heads and effect == "obj":  # "what caused the outage is not known" is read as "caused the outage is ..."
            heads = [s for c in verb.children if c.dep_ == "ccomp" for s in subjects(c)]
        if heads and (why == "subj" or around.get(why)) and _has_particle(verb):
            yield around.get(why, []), heads, modality
            return


def _brings_about(verb: Token) -> bool:
    """True for "caused X to go offline": the effect is a clause of its own."""
    return any(c.dep_ in {"ccomp", "xcomp"} and any(x.lower_ == "to" for x in c.children) for c in verb.children)


def _has_particle(verb: Token) -> bool:
    """ "put" says why only with "down"."""
    return verb.lemma_.lower() != "put" or any(child.lower_ == "down" for child in verb.children)


def _of_noun(noun: Token, around: dict[str, list[Token]]) -> Iterator[_Reading]:
    clauses = [c for c in noun.children if c.dep_ in {"relcl", "acl"}]
    words = {item.lemma_.lower() for item in clause_of(noun)}
    if clauses or words.isdisjoint(TOLD):
        return
    own = [c for c in noun.children if c.dep_ == "prep" and c.lower_ in {"of", "for", "behind"}]
    effects = [pobj for prep in own for pobj in prep.children if pobj.dep_ == "pobj"]
    why = around.get("governor", []) if noun.dep_ == "attr" else around.get("bearer", []) or around.get("beside", [])
    yield why, effects or [noun], ""


def _behind_joint(token: Token) -> list[Token]:
    """The heads behind "because of", "due to"; empty where `token` begins none of these."""
    after = next((c for c in token.children if c.i == token.i + 1), None)
    if after is None or (token.lower_, after.lower_) not in JOINTS:
        return []
    return [c for item in (after, token) for c in item.children if c.dep_ in {"pobj", "pcomp"} and c != after]


def _is_effect(head: Token, labels: Labels) -> bool:
    if (
        head.lower_ in POINTERS
        or head.lemma_.lower() in NOUNS
        or any(item.lemma_.lower() in EFFECT for item in phrase(head))
    ):
        return True
    return any("CABLE" in labels.get(item.i, ()) for item in phrase(head))


def _is_open(token: Token) -> bool:
    """True where the clause, or the one it is the subject of, says that the cause is not known."""
    verb = clause_head(token)
    verbs = [verb, verb.head] if verb.dep_ in {"csubj", "csubjpass", "ccomp"} else [verb]
    for item in verbs:
        words = [item, *(c for c in item.children if c.dep_ in {"acomp", "attr", "oprd", "prep", "xcomp", "ccomp"})]
        words += [c for word in words for c in word.children if c.dep_ in {"pobj", "xcomp"}]
        lemmas = {word.lemma_.lower() for word in words} | {word.lower_ for word in words}
        if lemmas & OPEN:
            return True
        late = any(c.dep_ == "neg" for word in words for c in word.children) or "yet" in {
            c.lower_ for word in words for c in word.children
        }
        if late and (lemmas & SETTLED or "known" in lemmas):
            return True
    return False
