"""How a claim is said: by whom, whether it is asserted or denied, and whether it happened or is only expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp.model import Modality, Polarity
from nlp.parties import Cast
from nlp.syntax import BID, chain, clause_head, part_of, subjects
from nlp.trees import Token

SAY = {
    "say", "tell", "write", "note", "announce", "confirm", "claim", "state", "add", "warn", "tweet", "post", "report",
    "acknowledge", "argue", "explain", "estimate", "believe", "allege", "insist", "admit", "reveal", "suggest", "deny",
}  # fmt: skip
SEE = {
    "show",
    "notice",
    "observe",
    "see",
    "record",
    "collect",
    "detect",
    "register",
    "measure",
    "spot",
    "find",
    "monitor",
}
DENY = {"deny", "refute", "reject", "dismiss", "dispute", "contradict"}
PLAN = {
    "plan", "intend", "expect", "schedule", "set", "prepare", "aim", "want", "threaten", "vow", "propose", "consider",
    "promise", "hope", "agree", "due", "slate", "sign", "undertake", "pledge",
}  # fmt: skip
REFUSE = {"refuse", "decline"}
"""Whoever does so does it not."""
DOUBT = {"doubt", "question"}
AGREED = {"agree", "announce", "promise", "pledge", "vow", "undertake", "sign"}
"""What somebody agrees or signs to do is announced; what he wants to do is only planned."""
PENDING = {"pending": Modality.ANNOUNCED, "agreed": Modality.ANNOUNCED, "announced": Modality.ANNOUNCED,
           "proposed": Modality.PLANNED, "planned": Modality.PLANNED, "intended": Modality.PLANNED,
           "possible": Modality.LIKELY, "rumoured": Modality.ALLEGED, "rumored": Modality.ALLEGED}  # fmt: skip
"""What an adjective says of a deal or a step."""
KIN = {"subsidiary", "parent", "owner", "affiliate", "arm", "unit", "sister"}
"""Who belongs to whom is said beside what is told, and is not denied or doubted with it."""
SIGN = {"evidence", "sign", "indication", "proof", "trace", "hint"}
UNTRUE = {"false", "untrue", "wrong", "incorrect", "baseless", "unfounded", "fake", "groundless", "inaccurate"}
DEAL = {"takeover", "acquisition", "purchase", "sale", "merger", "buyout", "plan"}
DEALING = {"buy", "sell", "acquire", "purchase", "merge", "take", "transfer", "divest"}
STOPPED = {"block", "veto", "reject", "scrap", "cancel", "abandon", "forbid", "prohibit", "collapse", "fail"}
"""A deal that comes to this does not happen."""
CONFIRM = {"confirm", "verify", "prove", "establish"}
"""What is not confirmed is neither said nor denied."""
GUESS = {"appear", "seem", "suspect", "believe", "think", "presume", "assume", "likely"}
ACCUSE = {"accuse", "allege", "blame", "claim"}
HAPPENED = {"outage", "blackout", "disruption", "interruption", "loss", "shutdown", "failure", "cut"}
"""What somebody is blamed for happened, whoever did it."""
LIKELY = {"probably", "likely", "possibly", "apparently", "presumably", "perhaps", "suspected"}
ALLEGED = {"allegedly", "reportedly", "purportedly", "supposedly", "alleged"}
ABILITY = {"reach", "see", "observe", "use", "connect", "access"}
"""Verbs with which "could" states a past ability: "could still be reached through X"."""


LAST_WORDS = 4
"""Among so many last words of a sentence a verb of saying speaks of the whole of it."""


@dataclass(frozen=True, slots=True)
class Stance:
    polarity: Polarity
    modality: Modality
    attribution: tuple[str, ...]


def above(token: Token) -> Iterator[Token]:
    """The words on which `token` hangs, nearest first."""
    while token.head != token:
        token = token.head
        yield token


def stance(trigger: Token, heads: Sequence[Token], cast: Cast, actor: str | None) -> Stance:
    """Reads the stance of the claim on `trigger`; `heads` are the heads of its subject and object."""
    modality = _modality(trigger, cast, actor)
    polarity = _polarity(trigger, heads)
    return Stance(polarity, modality, _attribution(trigger, cast))


def _verbs(trigger: Token) -> list[Token]:
    verb = trigger if trigger.pos_ in {"VERB", "AUX"} else clause_head(trigger)
    return chain(verb)


def _polarity(trigger: Token, heads: Sequence[Token]) -> Polarity:
    governors, verbs = _governors(trigger), _verbs(trigger)
    if trigger.lemma_ in KIN and trigger.dep_ not in {"attr", "ROOT"}:
        return Polarity.ASSERTED
    if any(up.lemma_ in DENY or _rules_out(up) for up in governors):
        return Polarity.DENIED
    if _is_untrue(trigger, governors) or _is_stopped(trigger):
        return Polarity.NEGATED
    if (
        trigger.sent.text.rstrip().endswith("?")
        or any(child.lower_ == "whether" for verb in verbs for child in verb.children)
        or any(up.lemma_ in DOUBT for up in governors)
    ):
        return Polarity.QUESTIONED
    return _of_verbs(verbs) or _of_speakers(verbs, governors) or _of_nouns(trigger, heads)


def _of_speakers(verbs: Sequence[Token], governors: Sequence[Token]) -> Polarity | None:
    """ "did not confirm that X", "nobody said that X", "neither of them announced that X"."""
    if any(up.lemma_ in CONFIRM and any(c.dep_ == "neg" for c in up.children) for up in governors):
        return Polarity.UNKNOWN
    if any(_is_never(child) for up in governors for child in up.children if child.dep_ == "nsubj"):
        return Polarity.NEGATED
    neither = [verb for verb in [*verbs, *governors] if any(_has_neither(c) for c in verb.children)]
    if neither:
        return Polarity.UNKNOWN if neither[0].lemma_ in CONFIRM else Polarity.NEGATED
    return None


def _of_nouns(trigger: Token, heads: Sequence[Token]) -> Polarity:
    for head in [*heads, trigger]:
        if any(c.lower_ in {"no", "neither"} and c.dep_ in {"det", "neg", "preconj", "cc"} for c in head.children):
            return Polarity.NEGATED
    if any(up.lemma_ in SIGN and _has_no(up) for up in above(trigger)):
        return Polarity.NEGATED
    return Polarity.ASSERTED


def _rules_out(verb: Token) -> bool:
    return verb.lemma_ == "rule" and any(c.lower_ == "out" and c.dep_ == "prt" for c in verb.children)


def _is_untrue(trigger: Token, governors: Sequence[Token]) -> bool:
    """ "reports that X are false", "no evidence was found that X"."""
    predicates = [c for up in above(trigger) if up.lemma_ == "be" for c in up.children if c.dep_ == "acomp"]
    if any(c.lower_ in UNTRUE and c.i > trigger.i for c in predicates):
        return True
    subjects_ = [c for up in governors for c in up.children if c.dep_ in {"nsubj", "nsubjpass"}]
    return any(c.lemma_ in SIGN and any(d.lower_ == "no" for d in c.children) for c in subjects_)


def _is_stopped(trigger: Token) -> bool:
    """ "the takeover was blocked", "they abandoned the sale"."""
    deal = trigger.pos_ in {"NOUN", "PROPN"} and trigger.lemma_ in DEAL
    return deal and trigger.head.lemma_ in STOPPED and trigger.dep_ in {"dobj", "nsubj", "nsubjpass"}


def _has_neither(subject: Token) -> bool:
    if subject.dep_ not in {"nsubj", "nsubjpass"}:
        return False
    return subject.lower_ == "neither" or any(c.lower_ == "neither" for c in subject.children)


def _of_verbs(verbs: Sequence[Token]) -> Polarity | None:
    """What the negation of a verb, or a verb of refusing over it, makes of a claim; None where there is none."""
    for verb in verbs:
        children = {child.lower_ for child in verb.children}
        negated = any(c.dep_ == "neg" and c.lower_ != "no" for c in verb.children) or "never" in children
        if negated and "only" not in children and "longer" not in children:
            return Polarity.UNKNOWN if verb.lemma_ in CONFIRM else Polarity.NEGATED
        if verb.lemma_ in REFUSE and verb != verbs[0]:
            return Polarity.NEGATED
        if "longer" not in children and any(_is_never(child) for child in verb.children):
            return Polarity.NEGATED
    return None


def _is_never(prep: Token) -> bool:
    """ "at no point", "in no way", "nobody" as the subject."""
    if prep.lower_ in {"nobody", "nothing", "none"}:
        return prep.dep_ in {"nsubj", "nsubjpass"}
    return prep.dep_ == "prep" and any(c.lower_ == "no" for noun in prep.children for c in noun.children)


def _has_no(noun: Token) -> bool:
    if any(child.lower_ == "no" for child in noun.children):
        return True
    return any(child.dep_ == "neg" for child in noun.head.children)


def _governors(trigger: Token) -> list[Token]:
    """Verbs of which the claim is the complement: deny that, denies reports that, denied cutting."""
    out, token = [], trigger
    for up in above(trigger):
        if token.dep_ in {"conj", "advcl", "relcl"} and token != trigger:
            break
        if token.dep_ in {"conj", "advcl", "relcl"} and up.pos_ in {"VERB", "AUX"}:
            break
        out.append(up)
        token = up
    return out


def _modality(trigger: Token, cast: Cast, actor: str | None) -> Modality:
    verbs = _verbs(trigger)
    helpers = {child.lower_ for verb in verbs for child in verb.children if child.dep_ in {"aux", "auxpass"}}
    lemmas = {verb.lemma_.lower() for verb in verbs[1:]}
    governors = [*_governors(trigger), *_governors(verbs[-1])]
    if _is_conditional(trigger, verbs):
        return Modality.HYPOTHETICAL
    seen = trigger.lemma_ in ABILITY and any(c.lower_ in {"now", "still"} for c in trigger.children)
    if ("can" in helpers and not seen) or _is_thinkable(verbs):
        return Modality.HYPOTHETICAL
    if helpers & {"would", "might", "could"} and not ("could" in helpers and trigger.lemma_ in ABILITY):
        saying = [up for up in governors if up.lemma_ in SAY | AGREED]
        if "would" in helpers and any(up.lemma_ in AGREED or _spoken_by(up, actor, cast) for up in saying):
            return Modality.ANNOUNCED
        return Modality.LIKELY if "might" in helpers else Modality.HYPOTHETICAL
    if helpers & {"will", "shall", "should", "must", "'ll", "ll"} or lemmas & (PLAN | BID) or _is_infinitive(verbs):
        announced = any(up.lemma_ == "announce" for up in governors) or (
            trigger.lemma_ in DEALING and lemmas & {"agree", "sign"}
        )
        return Modality.ANNOUNCED if announced else Modality.PLANNED
    return _of_opinion(trigger, verbs, governors, helpers)


def _of_opinion(trigger: Token, verbs: Sequence[Token], governors: Sequence[Token], helpers: set[str]) -> Modality:
    """What is not put ahead: told for certain, guessed, alleged, or a deal that is only announced."""
    adverbs = {child.lower_ for verb in [*verbs, trigger] for child in verb.children}
    lemmas = {verb.lemma_.lower() for verb in verbs[1:]}
    noun = trigger.pos_ in {"NOUN", "PROPN"}
    if told := [PENDING[c.lower_] for c in trigger.children if noun and c.lower_ in PENDING]:
        return told[0]
    if (
        adverbs & ALLEGED
        or lemmas & ACCUSE
        or _is_hearsay(verbs[1:])
        or any(_opines(up, trigger, ACCUSE) for up in governors)
    ):
        return Modality.ALLEGED
    if adverbs & LIKELY or lemmas & GUESS or "may" in helpers or any(_opines(up, trigger, GUESS) for up in governors):
        return Modality.LIKELY
    if noun and any(verb.lemma_ == "announce" for verb in verbs):
        return Modality.ANNOUNCED
    if any(up.lemma_ in {"plan", "proposal", "intention"} and up.pos_ == "NOUN" for up in above(trigger)):
        return Modality.PLANNED
    return Modality.ACTUAL


def _is_hearsay(verbs: Sequence[Token]) -> bool:
    """ "is said to have", "was reported to be"."""
    return any(v.lemma_ in {"say", "report"} and any(c.dep_ == "auxpass" for c in v.children) for v in verbs)


def _opines(up: Token, trigger: Token, verbs: set[str]) -> bool:
    """True where `up` puts the claim as an opinion: "claimed that X", "blamed for X", not "X was claimed by"."""
    if up.lemma_ not in verbs or (up.lemma_ == "blame" and trigger.lemma_ in HAPPENED):
        return False
    links = {"ccomp", "xcomp", "prep"}
    return any(c.dep_ in links and (c == trigger or c.is_ancestor(trigger)) for c in up.children)


def _spoken_by(say: Token, actor: str | None, cast: Cast) -> bool:
    return actor is not None and any(p.id == actor for s in subjects(say) for p in cast.parties(s, "speaker"))


def _is_infinitive(verbs: Sequence[Token]) -> bool:
    """ "X to cut Y" in a headline, "is to be laid"."""
    last = verbs[-1]
    if last.lemma_ == "be" and len(verbs) > 1:
        return any(c.lower_ == "to" and c.dep_ == "aux" for c in verbs[-2].children)
    return (last.dep_ == "ROOT" or _hangs_on_headline(last)) and any(
        c.lower_ == "to" and c.dep_ == "aux" for c in last.children
    )


def _hangs_on_headline(verb: Token) -> bool:
    """True for "X to supply Y", where the parser takes the name for the whole sentence."""
    return verb.dep_ in {"relcl", "acl"} and verb.head.dep_ == "ROOT" and verb.head.pos_ == "PROPN"


def _is_thinkable(verbs: Sequence[Token]) -> bool:
    """ "harder to cut off", "a way to reach": what could be done, not what was."""
    infinitives = [v for v in verbs if any(c.lower_ == "to" and c.dep_ == "aux" for c in v.children)]
    return any((v.dep_ in {"acl", "relcl"} and not _hangs_on_headline(v)) or v.head.pos_ == "ADJ" for v in infinitives)


def _is_conditional(trigger: Token, verbs: Sequence[Token]) -> bool:
    for verb in [*verbs, *(up for up in above(trigger) if up.pos_ in {"VERB", "AUX"})]:
        if any(c.lower_ in {"if", "unless"} and c.dep_ == "mark" for c in verb.children):
            return True
    first = trigger.sent[0]
    if first.lower_ in {"if", "should", "were", "unless"} and not trigger.sent.text.rstrip().endswith("?"):
        return True
    if any(verb.tag_ in {"VBZ", "VBP"} and _has_when(verb) for verb in verbs):
        return True
    head = clause_head(trigger)
    conditions = (c for c in head.children if c.dep_ == "advcl")
    return any(c.lower_ in {"if", "unless"} and c.dep_ == "mark" for clause in conditions for c in clause.children)


def _has_when(verb: Token) -> bool:
    """ "when one of them fails": what may happen at any time."""
    return any(
        c.lower_ in {"when", "whenever"} and c.dep_ in {"advmod", "mark"} and c.i < verb.i for c in verb.children
    )


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
