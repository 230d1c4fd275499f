"""A verb's or a noun's surroundings as named slots.

A slot is the place of a party relative to a trigger: `subj` who does, `obj` who undergoes (a passive is turned round),
`mod` what stands before a noun, and the preposition of a phrase (`to`, `of`, `from`, `in`, ...) with `via` for all that
say "by way of".
"""

from __future__ import annotations

from collections.abc import Iterator

from nlp.model import Modality
from nlp.trees import Span, Token

PHASE = {
    "begin": "start", "start": "start", "commence": "start", "resume": "start", "agree": "start",
    "stop": "stop", "cease": "stop", "quit": "stop", "discontinue": "stop", "terminate": "stop", "end": "stop",
    "halt": "stop",
}  # fmt: skip
"""Verbs that say a state begins or ends, by lemma."""
NOUN_PHASE = {
    "arrival": "start", "addition": "start", "appearance": "start", "emergence": "start", "entry": "start",
    "disappearance": "stop", "departure": "stop", "loss": "stop", "withdrawal": "stop", "exit": "stop",
    "removal": "stop", "end": "stop",
}  # fmt: skip
"""Nouns that say so of what hangs on them: "the disappearance of X as a provider"."""
CARRIERS = PHASE.keys() | {
    "plan", "intend", "agree", "expect", "prepare", "continue", "appear", "seem", "help", "manage", "try", "decide",
    "threaten", "vow", "promise", "want", "schedule", "set", "have", "refuse", "fail", "force", "order", "instruct",
    "direct", "tell", "ask", "require", "allow", "use", "accuse", "suspect", "be", "go", "report", "say", "think",
}  # fmt: skip
"""Verbs whose complement has their subject (or object) as its own subject."""
CLAUSAL = {"relcl", "acl", "advcl", "ccomp", "parataxis", "csubj"}
BID = {"tell", "urge", "ask", "instruct", "direct", "request", "order", "force", "require", "oblige"}
"""Verbs with which somebody has others do what their complement says."""
UNDERGO = {"have", "see", "get"}
"""Verbs with a bare participle for what befalls their object: "had its prefixes hijacked"."""
INTENT = {
    "talk": Modality.PLANNED, "negotiation": Modality.PLANNED, "bid": Modality.PLANNED, "offer": Modality.PLANNED,
    "proposal": Modality.PLANNED, "plan": Modality.PLANNED, "intention": Modality.PLANNED, "move": Modality.PLANNED,
    "decision": Modality.PLANNED, "option": Modality.HYPOTHETICAL, "threat": Modality.PLANNED,
    "promise": Modality.ANNOUNCED, "agreement": Modality.ANNOUNCED, "deal": Modality.ANNOUNCED,
    "contract": Modality.ANNOUNCED, "call": Modality.PLANNED, "request": Modality.PLANNED,
}  # fmt: skip
"""Nouns with an infinitive for what somebody is to do, whose subject is theirs: "in talks to buy"."""
BRINK = {"verge", "brink", "cusp", "point"}
ACCUSED = {"accuse", "blame", "suspect", "criticise", "criticize", "fine", "sue", "charge", "punish", "prevent", "bar",
           "ban", "prohibit", "forbid", "investigate", "condemn", "thank"}  # fmt: skip
"""Verbs whose object did, or would do, what stands behind their preposition."""
VIA = {"via", "through", "over", "across", "thru"}
HELP = {"courtesy": "of", "thanks": "to", "way": "of"}
"""Nouns that say "via" with the preposition behind them: "courtesy of X", "thanks to X", "by way of X"."""
IS = {"be", "become", "remain", "stay", "make"}
"""Verbs whose complement says what their subject is."""


def is_clause(token: Token) -> bool:
    """True where `token` heads a clause of its own, apart from the one it hangs on."""
    if token.dep_ in CLAUSAL:
        return True
    return token.dep_ == "conj" and token.pos_ in {"VERB", "AUX"} and token.head.pos_ in {"VERB", "AUX"}


def clause_head(token: Token) -> Token:
    """The head of the clause in which `token` stands; "begin" for the "carry" of "began to carry"."""
    while token.dep_ != "ROOT" and not is_clause(token):
        token = token.head
    return token


def below(token: Token) -> Iterator[Token]:
    """`token` and what hangs on it inside its clause, nearest first."""
    queue = [token]
    for item in queue:
        yield item
        queue.extend(child for child in item.children if not is_clause(child))


def clause_of(token: Token) -> list[Token]:
    """The tokens of the clause of `token`, in the text's order."""
    head = clause_head(token)
    tokens = {item.i: item for item in below(head)} | {item.i: item for item in below(token)}
    return [tokens[i] for i in sorted(tokens)]


def part_of(token: Token) -> Span:
    """The words of the sentence between the semicolons around `token`: what lies behind one stands for itself."""
    sentence = token.sent
    stops = [item.i for item in sentence if item.text == ";"]
    start = max((i + 1 for i in stops if i < token.i), default=sentence.start)
    return token.doc[start : min((i for i in stops if i > token.i), default=sentence.end)]


def whole_clause(token: Token) -> list[Token]:
    """The clause of `token` with the small clauses behind it: "make X more resilient", "cause X to go offline"."""
    found = {item.i: item for item in clause_of(token)}
    for child in token.children:
        if child.dep_ in {"ccomp", "xcomp"} and child.i > token.i:
            found |= {item.i: item for item in below(child)}
    return [found[i] for i in sorted(found)]


def phrase(token: Token) -> Iterator[Token]:
    """A noun phrase without the clauses on it and without "by" and "via" phrases, nearest first."""
    queue = [token]
    for item in queue:
        yield item
        queue.extend(
            child
            for child in item.children
            if not is_clause(child) and not (child.dep_ in {"prep", "agent"} and child.lower_ in VIA | {"by"})
        )


def _pobj(prep: Token) -> Iterator[Token]:
    for child in prep.children:
        if child.dep_ in {"pobj", "pcomp"}:
            yield child
        elif child.dep_ == "prep":
            yield from _pobj(child)


def chain(token: Token) -> list[Token]:
    """`token` and the words that carry it, nearest first: carry, began, is expected; carry, unlikely, is."""
    out = [token]
    while (head := out[-1].head) != out[-1] and (
        (out[-1].dep_ == "xcomp" and head.pos_ in {"VERB", "AUX", "ADJ"})
        or (out[-1].dep_ == "ccomp" and head.lemma_ in CARRIERS and not _has_subject(out[-1]))
        or (out[-1].dep_ == "acomp" and len(out) > 1)
    ):
        out.append(head)
    return out


def _has_subject(verb: Token) -> bool:
    return any(child.dep_ in {"nsubj", "nsubjpass", "expl"} for child in verb.children)


def is_passive(verb: Token) -> bool:
    """True for "was cut" and for the bare participle of "prefixes announced by X"."""
    if any(child.dep_ in {"nsubjpass", "auxpass"} for child in verb.children):
        return True
    if verb.dep_ == "acomp" and verb.tag_ == "VBN" and any(c.dep_ == "agent" for c in verb.children):
        return True  # "is majority-owned by"
    if (
        verb.dep_ == "ccomp"
        and verb.head.lemma_ in UNDERGO
        and not any(c.dep_ in {"aux", "dobj"} for c in verb.children)
    ):
        return verb.i > verb.head.i and not any(c.dep_ == "mark" for c in verb.children)
    if verb.dep_ in {"acl", "relcl"} and verb.tag_ == "VBN":
        return not any(child.dep_ in {"aux", "nsubj", "dobj"} for child in verb.children)
    if any(child.dep_ in {"aux", "dobj"} for child in verb.children):
        return False
    told = verb.dep_ in {"ROOT", "conj", "advcl"} and verb.tag_ in {"VBN", "VBD"}  # "X hijacked by Y" in a headline
    return told and any(
        c.dep_ == "agent" or (c.lower_ == "by" and any(item.pos_ == "PROPN" for item in _pobj(c)))
        for c in verb.children
    )


def subjects(verb: Token, seen: int = 0) -> list[Token]:
    """Who stands as the subject of `verb`, through carrying verbs, joined verbs and relative clauses."""
    own = [child for child in verb.children if child.dep_ in {"nsubj", "nsubjpass"}]
    if not own and verb.pos_ == "VERB":  # in a headline the model takes the name before the verb for a part of it
        own = [
            child for child in verb.children if child.dep_ == "compound" and child.pos_ == "PROPN" and child.i < verb.i
        ]
    own = [_antecedent(verb, child) for child in own]
    if own or seen > 6:
        return own
    if verb.dep_ in {"xcomp", "conj", "advcl", "ccomp"} and verb.head != verb:
        objects = [c for c in verb.head.children if c.dep_ == "dobj" and c.i < verb.i]
        if verb.dep_ == "xcomp" and objects:
            return objects
        return subjects(verb.head, seen + 1)
    if verb.dep_ == "acomp":
        return subjects(verb.head, seen + 1)  # "is unlikely to buy"
    if is_intended(verb):
        return [c for c in verb.head.children if c.dep_ == "poss"] or subjects(clause_head(verb.head), seen + 1)
    if verb.dep_ in {"acl", "relcl"}:
        return [verb.head]
    if verb.dep_ == "pcomp" and verb.head.dep_ == "prep" and verb.head.head.pos_ in {"VERB", "AUX", "NOUN"}:
        over = verb.head.head
        if over.lemma_ in BRINK | {"risk", "danger"}:
            return subjects(clause_head(over), seen + 1)
        accused = [c for c in over.children if c.dep_ == "dobj"] if over.lemma_ in ACCUSED else []
        return accused or subjects(over, seen + 1)  # "apologised for announcing"
    return []


def is_intended(verb: Token) -> bool:
    """True for the "buy" of "in talks to buy"."""
    to = any(child.lower_ == "to" and child.dep_ == "aux" for child in verb.children)
    return to and verb.dep_ in {"acl", "relcl"} and verb.head.lemma_ in INTENT


def _antecedent(verb: Token, subject: Token) -> Token:
    """The noun for the "which" of its relative clause."""
    if subject.tag_ in {"WDT", "WP"} or subject.lower_ == "that":
        top = clause_head(verb)
        if top.dep_ == "relcl":
            return top.head
    return subject


def slots(trigger: Token) -> dict[str, list[Token]]:
    """The heads of what stands around `trigger`, by slot, nearest first."""
    out: dict[str, list[Token]] = {}
    if trigger.pos_ in {"VERB", "AUX"}:
        _verb_slots(trigger, out)
    else:
        _noun_slots(trigger, out)
    for token in [*below(trigger), *clause_of(trigger)]:
        if token.dep_ in {"prep", "agent", "dative", "mark", "aux"} or token.pos_ == "ADP":
            name = "via" if token.lower_ in VIA else token.lower_
            found = out.setdefault(name, [])
            found.extend(item for item in _pobj(token) if item not in found)
            if token.dep_ == "dative" and token.pos_ != "ADP":
                out.setdefault("iobj", []).append(token)
        elif token.dep_ == "dative":
            out.setdefault("iobj", []).append(token)
        elif token.lower_ in HELP and token.dep_ not in {"dobj", "nsubj", "attr"}:
            found = out.setdefault("via", [])
            found.extend(item for c in token.children if c.lower_ == HELP[token.lower_] for item in _pobj(c))
    return out


def _noun_slots(noun: Token, out: dict[str, list[Token]]) -> None:
    out["mod"] = [c for c in noun.children if c.dep_ in {"compound", "poss", "amod", "nmod", "nummod"}]
    out["appos"] = [c for c in noun.children if c.dep_ == "appos"]
    out["obj"] = [c for c in noun.children if c.dep_ == "dobj"]
    out["under"] = [noun.head] if noun.dep_ == "pobj" else []
    out["bearer"] = list(_bearers(noun))
    out["is"] = list(_said_to_be(noun))
    out["det"] = [c for c in noun.children if c.dep_ == "det"]
    own = [c for c in noun.children if c.dep_ == "prep"]
    for prep in own:
        out.setdefault(f"own-{prep.lower_}", []).extend(_pobj(prep))
    out["own"] = [*out["mod"], *(item for prep in own for item in _pobj(prep))]
    if noun.dep_ == "advmod" and noun.head.pos_ in {"NOUN", "PROPN"}:
        out["head"] = [noun.head]
    if noun.dep_ in {"compound", "nmod", "appos"}:
        out["head"] = [noun.head]
        out["mod"] += [c for c in noun.head.children if c.dep_ == "poss"]
    elif behind := _behind_comma(noun):
        out["head"] = [behind]
    verb = clause_head(noun)
    if verb.pos_ in {"VERB", "AUX"}:
        out["governor"] = [head for head in subjects(verb) if head != noun]
        out["speaker"] = subjects(verb.head) if verb.dep_ == "ccomp" else []
        out["beside"] = [c for c in verb.children if c.dep_ in {"dobj", "attr"} and c != noun]


def _said_to_be(noun: Token) -> Iterator[Token]:
    """Of whom `noun` says what they are: the X of "X is a peer of Y", "X, a peer of Y"."""
    if noun.dep_ == "attr" and noun.head.lemma_ in IS:
        yield from subjects(noun.head)
    elif noun.dep_ == "appos":
        yield noun.head
    yield from (c for c in noun.children if c.dep_ == "appos")


def _passed_on(noun: Token) -> Iterator[Token]:
    """Where the Y of "leaked routes learned from X to Y" hangs, which the parser takes for where they were learned."""
    for clause in noun.children:
        if clause.dep_ in {"acl", "relcl"} and clause.lemma_ in {"learn", "receive", "take", "get"}:
            yield from (item for c in clause.children if c.lower_ == "to" for item in _pobj(c))


def _behind_comma(noun: Token) -> Token | None:
    """The X of "through X, a provider of Y" where the parser does not see that they are one."""
    at = noun.left_edge.i
    doc = noun.doc
    loose = noun.dep_ == "npadvmod" and at >= noun.sent.start + 2 and doc[at].dep_ == "det" and doc[at - 1].text == ","
    return doc[at - 2] if loose and doc[at - 2].pos_ == "PROPN" else None


def _bearers(role: Token) -> Iterator[Token]:
    """Who bears the part that `role` names behind "as": the X of "with X as the upstream", "use X as an upstream"."""
    if role.dep_ != "pobj" or role.head.lower_ != "as":
        return
    over = role.head.head
    if over.lemma_ in NOUN_PHASE:  # "the disappearance of X as a provider"
        yield from (item for c in over.children if c.lower_ == "of" for item in _pobj(c))
        yield from (c for c in over.children if c.dep_ == "poss")
        return
    if over.pos_ in {"NOUN", "PROPN"}:
        yield over
        return
    with_ = [item for c in over.children if c.lower_ == "with" and c.i < role.i for item in _pobj(c)]
    yield from with_ or [c for c in over.children if c.dep_ in {"dobj", "nsubjpass"}] or subjects(over)


def _names(name: Token, noun: Token) -> bool:
    """True for the name behind "the Polish carrier", which the parser hangs on the verb."""
    return name.dep_ == "npadvmod" and name.pos_ == "PROPN" and noun.pos_ == "NOUN" and name.i == noun.i + 1


def _verb_slots(verb: Token, out: dict[str, list[Token]]) -> None:
    who = subjects(verb)
    if verb.dep_ in {"xcomp", "ccomp"} and verb.head.lemma_ in BID:
        out["orderer"] = subjects(verb.head)
    objects = [c for c in verb.children if c.dep_ in {"dobj", "attr", "oprd", "acomp"}]
    objects = [*(c for head in objects for c in verb.children if _names(c, head)), *objects]
    objects = objects or [c for c in verb.children if c.dep_ == "npadvmod" and c.pos_ == "PROPN" and c.i == verb.i + 1]
    if not objects and verb.dep_ == "xcomp":
        objects = [c for c in verb.head.children if c.dep_ == "dobj" and c.i > verb.i]
    if not objects and verb.dep_ == "relcl":
        objects = [verb.head] if _has_subject(verb) and verb.head not in who else []
    for clause in verb.children:
        if clause.dep_ == "xcomp" and clause.lemma_ == "be":
            out["posed"] = [c for c in clause.children if c.dep_ == "attr"]
    if verb.dep_ in {"xcomp", "advcl"} and verb.head.lemma_ == "use":
        out["via"] = [c for c in verb.head.children if c.dep_ == "dobj" and c.i < verb.i]
    out["obj-to"] = [item for head in objects for item in _passed_on(head)]
    if any(is_passive(item) for item in chain(verb)[:1]):
        out["obj"] = [*who, *objects]
        agents = [c for c in verb.children if c.dep_ == "agent" or (c.dep_ == "prep" and c.lower_ == "by")]
        out["subj"] = [item for agent in agents for item in _pobj(agent)]
        out["passive"] = [verb]
    else:
        out["subj"] = who
        out["obj"] = objects
