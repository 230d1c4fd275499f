"""Whether a claim is asserted, negated, denied, questioned, or neither said nor denied."""

from __future__ import annotations

from collections.abc import Sequence

from nlp.governors import VERBS, above, carriers, governors, is_deal, negated, reports
from nlp.model import Polarity
from nlp.syntax import is_intended
from nlp.trees import Token

DENY = {"deny", "refute", "reject", "dismiss", "dispute", "contradict", "rebut", "rubbish", "debunk"}
REFUSE = {"refuse", "decline"}
"""Whoever does so does it not."""
UNDONE = {"fail", "neglect", "forget"}
"""What somebody fails to do did not happen."""
GIVEN_UP = {"walk", "shy", "back", "refrain", "abstain", "desist", "stop", "prevent", "keep"}
"""From what somebody walks away, or is kept, he does not do."""
DOUBT = {"doubt", "question"}
KIN = {"subsidiary", "parent", "owner", "affiliate", "arm", "unit", "sister"}
"""Who belongs to whom is said beside what is told, and is not denied or doubted with it."""
SIGN = {"evidence", "sign", "indication", "proof", "trace", "hint"}
UNTRUE = {"false", "untrue", "wrong", "incorrect", "baseless", "unfounded", "fake", "groundless", "inaccurate",
          "nonsense", "lie", "fabrication", "hoax", "fiction"}  # fmt: skip
CALL = {"call", "brand", "label", "describe", "term"}
STOPPED = {"block", "veto", "reject", "scrap", "cancel", "abandon", "forbid", "prohibit", "collapse", "fail", "annul",
           "terminate", "shelve", "drop", "thwart", "void", "unravel"}  # fmt: skip
"""A deal that comes to this does not happen."""
CONFIRM = {"confirm", "verify", "prove", "establish"}
"""What is not confirmed is neither said nor denied."""
KNOW = {"know", "clear", "say", "determine", "establish", "disclose", "specify", "confirm", "reveal", "comment"}
OPEN = {"unclear", "unknown", "uncertain", "unsure", "unconfirmed", "undisclosed", "undecided"}
ASKING = {"why", "how", "when", "who", "what", "where"}
"""A question with one of these takes what it asks about for granted."""


def polarity(trigger: Token, heads: Sequence[Token]) -> Polarity:
    """The polarity of the claim on `trigger`; `heads` are the heads of its subject and object."""
    over, verbs = governors(trigger), carriers(trigger)
    if is_kin(trigger):
        return Polarity.ASSERTED
    if denial := _of_denial(over):
        return denial
    if (called := _is_called_untrue(trigger)) or _is_untrue(trigger, over) or _is_stopped(trigger):
        return Polarity.DENIED if called else Polarity.NEGATED
    return (
        _of_question(trigger, verbs, over)
        or _of_verbs(verbs)
        or _of_speakers(verbs, over)
        or _of_nouns(trigger, heads, over)
    )


def is_kin(trigger: Token) -> bool:
    return trigger.lemma_ in KIN and trigger.dep_ not in {"attr", "ROOT"}


def _of_denial(over: Sequence[Token]) -> Polarity | None:
    """ "denied that X", "ruled out X"; "did not deny that X" and "neither confirmed nor denied that X" say nothing."""
    denier = next((up for up in over if up.lemma_ in DENY or _rules_out(up)), None)
    if denier is None or any(c.lower_ == "without" for c in [denier.head] if denier.dep_ == "pcomp"):
        return None
    joined = [denier, denier.head] if denier.dep_ == "conj" else [denier]
    if any(c.lower_ in {"neither", "nor"} for verb in joined for c in verb.children):
        return Polarity.UNKNOWN
    if negated(denier):
        return None if _rules_out(denier) else Polarity.UNKNOWN
    refused = denier.dep_ == "xcomp" and denier.head.lemma_ in REFUSE
    return Polarity.UNKNOWN if refused else Polarity.DENIED


def _of_question(trigger: Token, verbs: Sequence[Token], over: Sequence[Token]) -> Polarity | None:
    whether = [verb for verb in verbs if any(c.lower_ in {"whether", "if"} and c.dep_ == "mark" for c in verb.children)]
    asked = any(c.lower_ == "whether" for verb in whether for c in verb.children)
    for verb in whether:
        if _is_open(verb.head, asked=asked):
            return Polarity.UNKNOWN
    if asked or any(up.lemma_ in DOUBT for up in over):
        return Polarity.QUESTIONED
    is_question = trigger.sent.text.rstrip().endswith("?")
    return Polarity.QUESTIONED if is_question and trigger.sent[0].lower_ not in ASKING else None


def _is_open(over: Token, *, asked: bool) -> bool:
    """ "it is unclear whether", "did not say whether", "declined to say whether"."""
    if over.lower_ in OPEN or any(c.lower_ in OPEN for c in over.children if c.dep_ in {"acomp", "attr", "oprd"}):
        return True
    known = over.lemma_ in KNOW or any(c.lower_ in KNOW for c in over.children if c.dep_ == "acomp")
    unsaid = negated(over) or negated(over.head) or (over.dep_ == "xcomp" and over.head.lemma_ in REFUSE)
    return asked and known and unsaid


def _of_speakers(verbs: Sequence[Token], over: Sequence[Token]) -> Polarity | None:
    """ "did not confirm that X", "nobody said that X", "neither of them announced that X"."""
    if any(up.lemma_ in CONFIRM and negated(up) for up in over):
        return Polarity.UNKNOWN
    if any(_is_never(child) for up in over for child in up.children if child.dep_ == "nsubj"):
        return Polarity.NEGATED
    neither = [verb for verb in [*verbs, *over] if any(_has_neither(c) for c in verb.children)]
    if neither:
        return Polarity.UNKNOWN if neither[0].lemma_ in CONFIRM else Polarity.NEGATED
    return None


def _of_nouns(trigger: Token, heads: Sequence[Token], over: Sequence[Token]) -> Polarity:
    for head in [*heads, trigger]:
        if any(c.lower_ in {"no", "neither"} and c.dep_ in {"det", "neg", "preconj", "cc"} for c in head.children):
            return Polarity.NEGATED
    if any(up.lemma_ in SIGN and _has_no(up) for up in above(trigger)):
        return Polarity.NEGATED
    if any(_gives_up(up, below) for below, up in zip([trigger, *over], over, strict=False)):
        return Polarity.NEGATED
    return Polarity.ASSERTED


def _gives_up(up: Token, below: Token) -> bool:
    """ "walked away from buying", "was kept from leaving", "far from offline", "averted an outage"."""
    if up.lemma_ in {"avoid", "avert", "escape"}:
        return below.dep_ in {"dobj", "xcomp"}
    if up.lower_ == "against" and below.dep_ == "pcomp":
        return True
    if up.lower_ != "from" or up.dep_ != "prep":
        return False
    way = next((verb for verb in above(up) if verb.pos_ in VERBS), up)
    return up.head.lower_ == "far" or (way.lemma_ in GIVEN_UP and below.dep_ == "pcomp")


def _rules_out(verb: Token) -> bool:
    return verb.lemma_ == "rule" and any(c.lower_ == "out" and c.dep_ == "prt" for c in verb.children)


def _is_called_untrue(trigger: Token) -> bool:
    """ "called it a lie that X", "called reports that X untrue"."""
    for up in above(trigger):
        calls = up.lemma_ in CALL and up.pos_ == "VERB" and not negated(up)
        if calls and any(token.lower_ in UNTRUE and token.i > up.i for token in up.subtree):
            return True
    return False


def _is_untrue(trigger: Token, over: Sequence[Token]) -> bool:
    """ "reports that X are false", "no evidence was found that X", "it is not true that X"."""
    states = [up for up in above(trigger) if up.lemma_ == "be"]
    predicates = [(up, c) for up in states for c in up.children if c.dep_ in {"acomp", "attr"}]
    spoken = set(reports(trigger)) | {up for up in over if up.lemma_ == "be"}
    for up, word in predicates:
        of_it = word.i > trigger.i or any(c.lower_ == "it" for c in up.children)
        if of_it and word.lower_ in UNTRUE and not negated(up):
            return True
        if spoken and word.lower_ in {"true", "correct", "case"} and negated(up):
            return True
    subjects_ = [c for up in over for c in up.children if c.dep_ in {"nsubj", "nsubjpass"}]
    return any(c.lemma_ in SIGN and any(d.lower_ == "no" for d in c.children) for c in subjects_)


def _is_stopped(trigger: Token) -> bool:
    """ "the takeover was blocked", "they abandoned the sale", "the sale fell through"."""
    if not is_deal(trigger) or trigger.dep_ not in {"dobj", "nsubj", "nsubjpass"}:
        return False
    verb = trigger.head
    fell = verb.lemma_ == "fall" and any(c.lower_ in {"through", "apart"} for c in verb.children)
    off = verb.lemma_ == "call" and any(c.lower_ == "off" for c in verb.children)
    return fell or off or (verb.lemma_ in STOPPED and not negated(verb))


def _has_neither(subject: Token) -> bool:
    if subject.dep_ not in {"nsubj", "nsubjpass"}:
        return False
    return subject.lower_ == "neither" or any(c.lower_ == "neither" for c in subject.children)


def _of_verbs(verbs: Sequence[Token]) -> Polarity | None:
    """What the negation of a verb, or a verb of refusing over it, makes of a claim; None where there is none."""
    for verb in verbs:
        children = {child.lower_ for child in verb.children}
        if _rules_out(verb):
            continue
        denied = any(c.dep_ == "neg" and c.lower_ != "no" for c in verb.children) or "never" in children
        if denied and children.isdisjoint({"only", "longer", "until"}):
            return Polarity.UNKNOWN if verb.lemma_ in CONFIRM else Polarity.NEGATED
        if is_intended(verb) and verb.head.head.lemma_ in STOPPED:
            return Polarity.NEGATED  # "dropped its plan to buy"
        if verb != verbs[0] and (verb.lemma_ in REFUSE | UNDONE or _is_not_yet(verb) or verb.lower_ == "unlikely"):
            return Polarity.NEGATED
        if "longer" not in children and any(_is_never(child) for child in verb.children):
            return Polarity.NEGATED
    return None


def _is_not_yet(verb: Token) -> bool:
    """ "has yet to begin", "is yet to begin"."""
    return verb.lemma_ in {"have", "be"} and any(c.lower_ == "yet" for c in verb.children)


def _is_never(prep: Token) -> bool:
    """ "at no point", "in no way", "nobody" as the subject."""
    if prep.lower_ in {"nobody", "nothing", "none"} or (
        prep.lower_ == "one" and prep.children[:1] and _has_det_no(prep)
    ):
        return prep.dep_ in {"nsubj", "nsubjpass"}
    return prep.dep_ == "prep" and any(c.lower_ == "no" for noun in prep.children for c in noun.children)


def _has_det_no(noun: Token) -> bool:
    return any(child.lower_ == "no" for child in noun.children)


def _has_no(noun: Token) -> bool:
    return _has_det_no(noun) or any(child.dep_ == "neg" for child in noun.head.children)
