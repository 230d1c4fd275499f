"""Whether what a claim tells has happened, is announced, planned, likely, alleged, or only thinkable."""

from __future__ import annotations

from collections.abc import Sequence

from nlp.governors import NOUNS, SAY, VERBS, above, carriers, governors, is_deal, negated, reports
from nlp.model import Modality
from nlp.parties import Cast
from nlp.syntax import BID, BRINK, INTENT, clause_head, is_intended, subjects
from nlp.trees import Token

PLAN = {
    "plan", "intend", "expect", "schedule", "set", "prepare", "aim", "want", "threaten", "vow", "propose", "consider",
    "promise", "hope", "hop", "agree", "due", "slate", "sign", "undertake", "pledge", "about", "poised", "seek",
    "mull", "weigh", "explore", "contemplate", "decide", "wish", "commit", "unlikely", "ready", "offer", "eye", "poise",
}  # fmt: skip
AGREED = {"agree", "announce", "promise", "pledge", "vow", "undertake", "sign"}
"""What somebody agrees or signs to do is announced; what he wants to do is only planned."""
CLEARED = {"approve", "clear", "bless", "authorise", "authorize", "review", "examine", "oppose", "challenge", "probe"}
"""A deal of which this is told is announced, not done."""
PENDING = {"pending": Modality.ANNOUNCED, "agreed": Modality.ANNOUNCED, "announced": Modality.ANNOUNCED,
           "proposed": Modality.PLANNED, "planned": Modality.PLANNED, "intended": Modality.PLANNED,
           "upcoming": Modality.PLANNED, "forthcoming": Modality.PLANNED, "scheduled": Modality.PLANNED,
           "possible": Modality.LIKELY, "potential": Modality.HYPOTHETICAL, "suspected": Modality.LIKELY,
           "rumoured": Modality.ALLEGED, "rumored": Modality.ALLEGED, "alleged": Modality.ALLEGED}  # fmt: skip
"""What an adjective says of a deal or a step."""
DEALING = {"buy", "sell", "acquire", "purchase", "merge", "take", "transfer", "divest"}
GUESS = {"appear", "seem", "suspect", "believe", "think", "presume", "assume", "likely", "possible", "probable",
         "plausible", "fear"}  # fmt: skip
ACCUSE = {"accuse", "allege", "blame", "claim", "investigate", "suspicion", "charge"}
HEARSAY = {"rumour", "rumor", "allegation", "accusation", "claim", "speculation", "assertion", "suggestion"}
HAPPENED = {"outage", "blackout", "disruption", "interruption", "loss", "shutdown", "failure", "cut"}
"""What somebody is blamed for happened, whoever did it."""
LIKELY = {"probably", "likely", "possibly", "apparently", "presumably", "perhaps", "suspected", "maybe", "seemingly"}
ALLEGED = {"allegedly", "reportedly", "purportedly", "supposedly", "alleged", "reputedly"}
ABILITY = {"reach", "see", "observe", "use", "connect", "access"}
"""Verbs with which "could" states a past ability: "could still be reached through X"."""
LASTING = {"last", "persist", "continue", "cost", "affect", "drag"}
"""What is said of how long or hard something is says that it is."""


def modality(trigger: Token, cast: Cast, actor: str | None) -> Modality:
    """The modality of the claim on `trigger` by `actor`."""
    verbs = carriers(trigger)
    helpers = {c.lower_ for verb in verbs for c in verb.children if c.dep_ in {"aux", "auxpass"}}
    lemmas = {verb.lemma_.lower() for verb in (verbs if is_deal(trigger) else verbs[1:])}
    over = [*governors(trigger), *governors(verbs[-1])]
    if _is_conditional(trigger, verbs):
        return Modality.HYPOTHETICAL
    if intended := _of_intent(verbs, over):
        return intended
    seen = trigger.lemma_ in ABILITY and any(c.lower_ in {"now", "still"} for c in trigger.children)
    if ("can" in helpers and not seen) or _is_thinkable(verbs):
        return Modality.HYPOTHETICAL
    if trigger.pos_ in NOUNS and verbs[0].lemma_ in LASTING:
        return _of_opinion(trigger, verbs, over, set())
    if "must" in helpers and any(c.lower_ == "have" and c.dep_ == "aux" for c in verbs[0].children):
        return Modality.LIKELY
    if helpers & {"would", "might", "could"} and not ("could" in helpers and trigger.lemma_ in ABILITY):
        saying = [up for up in over if up.lemma_ in SAY | AGREED]
        if "would" in helpers and any(up.lemma_ in AGREED or _spoken_by(up, actor, cast) for up in saying):
            return Modality.ANNOUNCED
        return Modality.LIKELY if "might" in helpers else Modality.HYPOTHETICAL
    ahead = helpers & {"will", "shall", "should", "must", "'ll", "ll"} or lemmas & (PLAN | BID)
    if ahead or _is_infinitive(verbs) or any(_is_coming(verb) for verb in verbs[1:]):
        announced = any(up.lemma_ == "announce" for up in over)
        agreed = (trigger.lemma_ in DEALING or is_deal(trigger)) and lemmas & {"agree", "sign"}
        return Modality.ANNOUNCED if announced or agreed else Modality.PLANNED
    return _of_opinion(trigger, verbs, over, helpers)


def _of_intent(verbs: Sequence[Token], over: Sequence[Token]) -> Modality | None:
    """ "in talks to buy", "an agreement to sell", "did not rule out buying"."""
    intended = next((verb.head for verb in verbs if is_intended(verb)), None)
    if intended is not None:
        return INTENT[intended.lemma_]
    if any(up.lemma_ in {"risk", "danger"} and up.pos_ in NOUNS for up in over):
        return Modality.HYPOTHETICAL
    if any(up.lemma_ in BRINK and up.pos_ in NOUNS for up in over):
        return Modality.PLANNED
    ruled = (up for up in over if up.lemma_ in {"rule", "exclude"} and negated(up))
    return Modality.HYPOTHETICAL if any(ruled) else None


def _is_coming(verb: Token) -> bool:
    """ "is going to"."""
    return verb.lower_ == "going" and any(c.lemma_ == "be" and c.dep_ == "aux" for c in verb.children)


def _of_opinion(trigger: Token, verbs: Sequence[Token], over: Sequence[Token], helpers: set[str]) -> Modality:
    """What is not put ahead: told for certain, guessed, alleged, or a deal that is only announced."""
    adverbs = {child.lower_ for verb in [*verbs, trigger] for child in verb.children}
    lemmas = {verb.lemma_.lower() for verb in verbs[1:]}
    noun = trigger.pos_ in NOUNS
    if told := [PENDING[c.lower_] for c in trigger.children if noun and c.lower_ in PENDING]:
        return told[0]
    accused = lemmas & ACCUSE or any(_opines(up, trigger, ACCUSE) for up in over)
    if adverbs & ALLEGED or accused or _is_hearsay(verbs[1:]) or _is_rumour(trigger):
        return Modality.ALLEGED
    if adverbs & LIKELY or lemmas & GUESS or "may" in helpers or any(_opines(up, trigger, GUESS) for up in over):
        return Modality.LIKELY
    if any(_is_thought(up) for up in over):
        return Modality.LIKELY
    if noun and (any(verb.lemma_ == "announce" for verb in verbs) or _is_cleared(trigger)):
        return Modality.ANNOUNCED
    if any(up.lemma_ in {"plan", "proposal", "intention"} and up.pos_ == "NOUN" for up in above(trigger)):
        return Modality.PLANNED
    return Modality.ACTUAL


def _is_cleared(trigger: Token) -> bool:
    return is_deal(trigger) and trigger.head.lemma_ in CLEARED and trigger.dep_ in {"dobj", "nsubjpass"}


def _is_thought(up: Token) -> bool:
    """ "it is likely that X"."""
    return up.lemma_ == "be" and any(c.lower_ in GUESS and c.dep_ in {"acomp", "attr"} for c in up.children)


def _is_rumour(trigger: Token) -> bool:
    """ "rumours that X", "unconfirmed reports of X", "rumour has it that X"."""
    for noun in reports(trigger):
        unsure = any(c.lower_ in {"unconfirmed", "unverified", "conflicting"} for c in noun.children)
        if noun.lemma_ in HEARSAY or (unsure and noun.lemma_ in {"report", "information", "account"}):
            return True
    return any(c.lemma_.lower() in HEARSAY and c.dep_ == "nsubj" for up in above(trigger) for c in up.children)


def _is_hearsay(verbs: Sequence[Token]) -> bool:
    """ "is said to have", "was reported to be"."""
    told = {"say", "report", "rumour", "rumor", "understand"}
    return any(v.lemma_ in told and any(c.dep_ == "auxpass" for c in v.children) for v in verbs)


def _opines(up: Token, trigger: Token, verbs: set[str]) -> bool:
    """True where `up` puts the claim as an opinion: "claimed that X", "blamed for X", not "X was claimed by"."""
    if up.lemma_ not in verbs or (up.lemma_ == "blame" and trigger.lemma_ in HAPPENED):
        return False
    links = {"ccomp", "xcomp", "prep", "relcl"} if up.lemma_ == "suspect" else {"ccomp", "xcomp", "prep"}
    return any(c.dep_ in links and (c == trigger or c.is_ancestor(trigger)) for c in up.children)


def _spoken_by(say: Token, actor: str | None, cast: Cast) -> bool:
    return actor is not None and any(p.id == actor for s in subjects(say) for p in cast.parties(s, "speaker"))


def _is_infinitive(verbs: Sequence[Token]) -> bool:
    """ "X to cut Y" in a headline, "is to be laid", "expects Y to be repaired"."""
    last = verbs[-1]
    if last.lemma_ == "be" and len(verbs) > 1:
        return any(c.lower_ == "to" and c.dep_ == "aux" for c in verbs[-2].children)
    expected = last.dep_ == "ccomp" and last.head.lemma_ in PLAN
    return (expected or last.dep_ == "ROOT" or _hangs_on_headline(last)) and any(
        c.lower_ == "to" and c.dep_ == "aux" for c in last.children
    )


def _hangs_on_headline(verb: Token) -> bool:
    """True for "X to supply Y", where the parser takes the name for the whole sentence."""
    return verb.dep_ in {"relcl", "acl"} and verb.head.dep_ == "ROOT" and verb.head.pos_ == "PROPN"


def _is_thinkable(verbs: Sequence[Token]) -> bool:
    """ "harder to cut off", "a way to reach": what could be done, not what was."""
    infinitives = [v for v in verbs if any(c.lower_ == "to" and c.dep_ == "aux" for c in v.children)]
    thinkable = [v for v in infinitives if v.head.lemma_.lower() not in PLAN | GUESS]
    return any((v.dep_ in {"acl", "relcl"} and not _hangs_on_headline(v)) or v.head.pos_ == "ADJ" for v in thinkable)


def _is_conditional(trigger: Token, verbs: Sequence[Token]) -> bool:
    for verb in [*verbs, *(up for up in above(trigger) if up.pos_ in VERBS)]:
        if any(c.lower_ in {"if", "unless"} and c.dep_ == "mark" for c in verb.children) or _is_inverted(verb):
            return True
    first = trigger.sent[0]
    if first.lower_ in {"if", "should", "were", "unless"} and not trigger.sent.text.rstrip().endswith("?"):
        return True
    if any(verb.tag_ in {"VBZ", "VBP"} and _has_when(verb) for verb in verbs):
        return True
    conditions = (c for c in clause_head(trigger).children if c.dep_ == "advcl")
    return any(c.lower_ in {"if", "unless"} and c.dep_ == "mark" for clause in conditions for c in clause.children)


def _is_inverted(verb: Token) -> bool:
    """ "Had the cable been cut, the country would have gone dark"."""
    had = [c for c in verb.children if c.lower_ == "had" and c.dep_ == "aux"]
    subject = [c for c in verb.children if c.dep_ in {"nsubj", "nsubjpass"}]
    return verb.dep_ == "advcl" and bool(had and subject) and had[0].i < subject[0].left_edge.i


def _has_when(verb: Token) -> bool:
    """ "when one of them fails": what may happen at any time."""
    return any(
        c.lower_ in {"when", "whenever"} and c.dep_ in {"advmod", "mark"} and c.i < verb.i for c in verb.children
    )
