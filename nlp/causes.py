"""Which words say why something happened: verbs, nouns and prepositions, with what is the cause and what its effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nlp.frames import Frame, Labels, Match, lexicon
from nlp.syntax import clause_head, clause_of, phrase, slots, subjects, whole_clause
from nlp.trees import Token

EFFECT = {
    "outage", "blackout", "disruption", "interruption", "failure", "incident", "problem", "loss", "fault", "downtime",
    "breakdown", "shutdown", "disconnection", "cut", "cutoff", "collapse", "slowdown", "issue", "leak", "hijack",
    "hijacking", "event", "trouble", "crash", "disturbance", "drop", "change", "switch", "accident", "break",
    "degradation", "episode", "affair", "mishap", "glitch", "damage", "slump", "rupture",
}  # fmt: skip
"""Nouns that a cause of routing news explains."""
POINTERS = {"it", "this", "that", "they", "these", "which"}
_MAKES, _ASCRIBES, _COMES = ("subj", "obj", ""), ("to", "obj", ""), ("from", "subj", "")
VERBS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "cause": (_MAKES,), "trigger": (_MAKES,), "provoke": (_MAKES,), "lead": (("subj", "to", ""),),
    "blame": (("obj", "for", "alleged"), ("on", "obj", "alleged"), ("obj", "", "alleged")),
    "point": (("to", "", "likely"),), "trace": (_ASCRIBES,), "pin": (("on", "obj", ""),),
    "attribute": (_ASCRIBES,), "ascribe": (_ASCRIBES,), "put": (_ASCRIBES,),
    "result": (_COMES, ("subj", "in", "")), "stem": (_COMES,), "arise": (_COMES,), "lie": (("subj", "behind", ""),),
    "suspect": (("obj", "", "likely"),), "cite": (("obj", "", ""),), "speak": (("of", "", "alleged"),),
    "rule": (("obj", "", ""),), "exclude": (("obj", "", ""),),
}  # fmt: skip
"""By lemma the slots of the cause and of the effect ("": what was told), and the modality that the verb brings."""
OF_MISHAPS = {"suspect", "cite", "speak", "rule", "exclude"}
"""Of these verbs only those on a mishap tell of a cause."""
PARTICLES = {"put": "down", "rule": "out"}
"""Verbs that tell of a cause with this particle alone."""
EXCLUDES = {"rule", "exclude"}
SUPPOSES = {"suspect", "think", "believe", "assume", "presume", "suppose", "suggest"}
"""Verbs with which somebody offers what he does not know."""
NOUNS = {"cause", "reason", "culprit"}
OUTCOMES = {"result", "consequence"}
TROUBLES = {"failure", "fault", "problem", "issue", "cut", "outage", "breakdown", "loss", "trouble", "defect", "strike"}
"""What may be a cause where its own words say of what: "a power failure"; alone it is what is to be explained."""
AMISS = {"wrong", "amiss", "awry", "accident", "accidentally", "mistake", "mistakenly", "inadvertently"}
AFTER = {"after", "following", "amid", "in", "through", "by", "during"}
"""Prepositions that join a mishap to what it brought about."""
TOLD = {"be", "give", "confirm", "name", "remain", "investigate", "become", "lie"}
"""Verbs of the clauses that name a cause."""
JOINTS = {("because", "of"), ("owing", "to"), ("due", "to"), ("thanks", "to")}
OPEN = {
    "unknown", "unclear", "undetermined", "uncertain", "mystery", "investigate", "investigation", "inquiry", "probe",
    "look", "examine", "wonder", "nobody",
}  # fmt: skip
SETTLED = {"know", "clear", "determine", "establish", "identify", "disclose", "announce", "explain", "give"}
"""What is not yet so of a cause that nobody knows."""
_Reading = tuple[Sequence[Token], Sequence[Token], str]
_CAUSE = Frame(type="cause", actor=("subj",), actor_kind="cable", need="none")


def causes(token: Token, labels: Labels) -> Iterator[Match]:
    """The statement of a cause that `token` makes, as a match of a frame; none where it explains no such thing.

    The match's slot `effect` is empty where the words around name no effect: then it is what their clause tells. What
    ascribes a mishap has itself in the slot `alone`: it tells a cause without any happening beside it.
    """
    for why, effects, modality in _readings(token):
        if effects and not any(_is_effect(head, labels) for head in effects):
            continue
        if any(head.lower_ in {"nobody", "none"} for head in why):
            continue
        yield _stated(token, why, effects, modality)
        return


def _stated(token: Token, why: Sequence[Token], effects: Sequence[Token], modality: str) -> Match:
    mishap = any(is_mishap(head) for head in why)
    polarity = "unknown" if _is_open(token) else "negated" if token.lemma_ in EXCLUDES else ""
    frame = replace(_CAUSE, polarity=polarity, modality="" if polarity else modality)
    sure = effects or mishap or polarity == "unknown" or token.lemma_ == "blame" or modality == "likely"
    alone = [token] if sure else []
    around = {"subj": list(why), "effect": list(effects), "alone": alone}
    return Match(frame, token, "cause", around, tuple(whole_clause(token)))


def mishaps(token: Token, *, told: bool) -> Iterator[Match]:
    """The cause that a clause tells by saying what a mishap did: "an anchor cut", "down after a fire".

    With `told` the word itself tells what happened.
    """
    why: list[Token] = []
    if token.pos_ in {"VERB", "AUX"} and token.lemma_ not in VERBS and (told or _is_behind(token) or _harms(token)):
        why = slots(token).get("subj", [])
    elif token.lower_ in AFTER and token.dep_ in {"prep", "agent"} and token.head.pos_ in {"VERB", "AUX", "ADJ", "ADV"}:
        why = [child for child in token.children if child.dep_ == "pobj"]
    why = [head for head in why if is_mishap(head) and not is_violence(head)]
    if why:
        around: dict[str, list[Token]] = {"subj": why, "effect": [], "alone": []}
        yield Match(_CAUSE, token, "cause", around, tuple(whole_clause(token)))


def is_mishap(head: Token) -> bool:
    """True for an anchor, a quake, a bug or a power failure: what brings networks down."""
    classes = lexicon().classes
    named = {c.lemma_.lower() for c in head.children if c.dep_ in {"compound", "amod", "nmod"}}
    lemma = head.lemma_.lower()
    if lemma in classes["mishap"]:
        return named.isdisjoint(classes["mender"])
    if lemma in TROUBLES:
        return not named.isdisjoint(classes["plant"] | classes["mishap"])
    inner = (c for prep in head.children if prep.lower_ == "of" for c in prep.children if c.dep_ == "pobj")
    return any(c.dep_ == "conj" and is_mishap(c) for c in head.children) or any(is_mishap(c) for c in inner)


def _is_behind(verb: Token) -> bool:
    """True for the clause of "after a volcano erupted": what went before."""
    before = {"after", "when", "as", "because", "since", "once"}
    return verb.dep_ == "advcl" and any(c.lower_ in before and c.i < verb.i for c in verb.children)


def _harms(verb: Token) -> bool:
    return verb.lemma_.lower() in lexicon().classes["harm"]


def is_violence(head: Token) -> bool:
    """True for an attack or sabotage, of which a claim of its own says whether it was."""
    return head.lemma_.lower() in lexicon().classes["hack"]


def _readings(token: Token) -> Iterator[_Reading]:
    """Heads of the cause and of the effect, and the modality that the word itself brings; no effect: the clause's."""
    if joined := _behind_joint(token):
        tops = [c for c in token.head.children if c.dep_ in {"nsubj", "nsubjpass"}]
        yield joined, tops if token.head.lemma_ == "be" else [], ""
    elif token.pos_ in {"VERB", "AUX"}:
        yield from _of_verb(token, slots(token))
    elif token.pos_ == "NOUN" and token.lemma_.lower() in NOUNS:
        yield from _of_noun(token, slots(token))
    elif token.pos_ == "NOUN" and token.lemma_.lower() in OUTCOMES:
        yield from _of_outcome(token)
    elif _opens_reason(token):
        yield [], [], ""
    else:
        yield from _of_predicate(token)


def _of_predicate(token: Token) -> Iterator[_Reading]:
    """ "is behind the outage", "was responsible for it", "was down to a bug"."""
    if token.head.lemma_ != "be":
        return
    whom = [c for c in token.children if c.dep_ == "pobj"]
    subject = [c for c in token.head.children if c.dep_ == "nsubj"]
    under = [item for prep in token.children if prep.lower_ in {"for", "to"} for item in prep.children]
    objects = [item for item in under if item.dep_ == "pobj"]
    if token.lower_ == "behind" and whom:
        yield subject, whom, ""
    elif token.lower_ == "responsible" and (objects or any(is_mishap(head) for head in subject)):
        yield subject, objects, ""
    elif token.lower_ == "down" and objects:
        yield objects, subject, ""


def _of_outcome(noun: Token) -> Iterator[_Reading]:
    why = [item for prep in noun.children if prep.lower_ == "of" for item in prep.children if item.dep_ == "pobj"]
    if why:
        yield why, slots(noun).get("governor", []) if noun.dep_ == "attr" else [], ""


def _opens_reason(token: Token) -> bool:
    """True for the "because" of a clause, and for the "why" that nobody can answer."""
    if token.lower_ == "because":
        return token.dep_ == "mark"
    return token.lower_ == "why" and token.dep_ in {"advmod", "ccomp", "attr"} and _is_open(token)


def _of_verb(verb: Token, around: dict[str, list[Token]]) -> Iterator[_Reading]:
    lemma = verb.lemma_.lower()
    if lemma == "blame" and verb.head.lemma_ == "be" and any(c.lower_ == "to" for c in verb.children):
        yield subjects(verb.head), around.get("for", []), "alleged"
        return
    if lemma in SUPPOSES and (clause := _supposed(verb)):
        yield clause, [], "likely"
        return
    if not _has_particle(verb):
        return
    for why, effect, modality in VERBS.get(lemma, ()):
        heads = around.get(effect, [])
        if not effect and around.get(why):
            if lemma not in OF_MISHAPS or any(is_mishap(head) for head in around[why]):
                yield around[why], [], modality
            return
        if why == "subj" and effect == "obj" and _brings_about(verb):
            yield around.get(why, []), [], modality
            return
        if not heads and effect == "obj":  # "what caused the outage is not known" is read as "caused the outage is ..."
            heads = [s for c in verb.children if c.dep_ == "ccomp" for s in subjects(c)]
        if heads and (why == "subj" or around.get(why)):
            yield around.get(why, []), heads, modality
            return


def _supposed(verb: Token) -> list[Token]:
    """What went wrong in the clause that somebody supposes: "suspects that an upgrade went wrong"."""
    for clause in verb.children:
        if clause.dep_ == "ccomp" and clause.pos_ in {"VERB", "AUX"} and clause.lemma_ not in VERBS:
            heads = subjects(clause)
            words = {item.lower_ for item in clause.subtree}
            if any(is_mishap(head) for head in heads) or not words.isdisjoint(AMISS):
                return heads
    return []


def _brings_about(verb: Token) -> bool:
    """True for "caused X to go offline": the effect is a clause of its own."""
    return any(c.dep_ in {"ccomp", "xcomp"} and any(x.lower_ == "to" for x in c.children) for c in verb.children)


def _has_particle(verb: Token) -> bool:
    """ "put" says why only with "down", "rule" only with "out"."""
    wanted = PARTICLES.get(verb.lemma_.lower())
    return wanted is None or any(child.lower_ == wanted for child in verb.children)


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
    if any(c.lower_ == "what" and c.dep_ == "nsubj" for c in verb.children):
        verbs += [c for c in verb.children if c.dep_ == "ccomp"]
    for item in verbs:
        words = [item, *(c for c in item.children if c.dep_ in {"acomp", "attr", "oprd", "prep", "xcomp", "ccomp"})]
        words += [c for word in words for c in word.children if c.dep_ in {"pobj", "xcomp"}]
        words += [c for c in item.children if c.dep_ == "nsubj" and c.lemma_.lower() in OPEN]
        lemmas = {word.lemma_.lower() for word in words} | {word.lower_ for word in words}
        if lemmas & OPEN:
            return True
        late = any(c.dep_ == "neg" for word in words for c in word.children) or "yet" in {
            c.lower_ for word in words for c in word.children
        }
        if late and (lemmas & SETTLED or "known" in lemmas):
            return True
    return False
