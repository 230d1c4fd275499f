"""Frames: which word, with which words around it, states which claim, and who stands where (`data/cues/en.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from nlp.syntax import NOUN_PHASE, PHASE, chain, clause_of, phrase, slots
from nlp.trees import Token

BEYOND = {"told": -1, "document": -2}
"""Slots that are no part of the sentence, by the index in labels under which their words stand."""
AHEAD = {"intend", "plan", "prepare", "hope"}
"""Verbs whose complement is still to begin."""
PRESENT = {"VBZ", "VBP"}
"""What goes on: "now carries" tells a state, "was now carrying" that it had begun."""
Labels = Mapping[int, frozenset[str]]
"""Per token index what mention covers it: ORG, NET (linked to an AS number), PLACE, CABLE, PREFIX. A figure is NUM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One row of the lexicon.

    `verbs` and `nouns` are trigger lemmas. `words` maps slots (`a|b`: any of them; `clause`, `sentence`; `document` for
    its words, `told` for the types of the claims that it made before) to the classes, labels or words of which one must
    stand there, `never` to those that must not. `actor` and `target` list the slots of the roles, best first; a slot
    may end in `+` (the second party there), `!org`, `!place` or `!cable`; what may stand there, `actor_kind` and
    `target_kind` say (`nlp.parties.KINDS`). `start` and `stop` are the types where the trigger's state is said to begin
    or end; "" keeps `type`. `need` is `actor`, `target`, `both`, `any` or `none`. `inherit` takes a missing target
    from what the document spoke of before. `passive` asks for a passive, `present` for the simple present:
    what goes on. `beside` tells a further claim of a trigger that tells one by another frame: who is replaced, beside
    who replaces.
    `polarity` and `modality` override what the sentence says.
    """

    type: str
    verbs: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    never: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    actor: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    actor_kind: str = "network"
    target_kind: str = "network"
    start: str = ""
    stop: str = ""
    need: str = "any"
    inherit: bool = False
    passive: bool = False
    beside: bool = False
    present: bool = False
    polarity: str = ""
    modality: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A frame that fits a trigger; `type` is the frame's after its phase, `slots` the heads around the trigger."""

    frame: Frame
    trigger: Token
    type: str
    slots: Mapping[str, list[Token]]
    clause: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`verbs` and `nouns` have the places in `frames` of those that a word triggers."""

    classes: Mapping[str, frozenset[str]]
    frames: tuple[Frame, ...]
    verbs: Mapping[str, tuple[int, ...]]
    nouns: Mapping[str, tuple[int, ...]]


ROUTES = {"transit", "peering", "origin", "route", "rerouting", "mitigation"}
"""The families of types that only networks are parties to: a company not linked (UNLINKED) is read as one."""


def _frame(row: dict[str, object]) -> Frame:
    values: dict[str, object] = {}
    widened = {"NET": ("NET", "UNLINKED")} if str(row["type"]).partition("_")[0] in ROUTES else {}
    for key, value in row.items():
        if key in {"verbs", "nouns"} and isinstance(value, list):
            values[key] = frozenset(value)
        elif key in {"words", "never"} and isinstance(value, dict):
            more = widened if key == "words" else {}
            values[key] = {
                slot: tuple(x for name in names for x in more.get(name, (name,))) for slot, names in value.items()
            }
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    return Frame(**values)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The English frames and word classes, read once."""
    data = tomllib.loads((files("nlp") / "data" / "cues" / "en.toml").read_text(encoding="utf-8"))
    classes = {name: frozenset(words) for name, words in data["classes"].items()}
    frames = tuple(_frame(row) for row in data["frame"])
    return Lexicon(classes, frames, _index([f.verbs for f in frames]), _index([f.nouns for f in frames]))


@lru_cache(maxsize=1)
def idioms() -> tuple[re.Pattern[str], dict[str, str]]:
    """Groups of English words that one plain word stands for, with that word; a verb's in each of its forms."""
    data = tomllib.loads((files("nlp") / "data" / "cues" / "en.toml").read_text(encoding="utf-8"))["idioms"]
    out: dict[str, str] = dict(data["words"])
    for forms, rest, plain in data["verbs"]:
        pairs = zip(forms.split(), plain.split(), strict=True)
        out |= {f"{form} {rest}".strip(): word for form, word in pairs}
    longest = sorted(out, key=len, reverse=True)
    return re.compile(
        rf"\b(?:{'|'.join(map(re.escape, longest))})(?!\w)(?!\s+(?:as|at|in|with|behind|again)\b)", re.IGNORECASE
    ), out


def _index(triggers: Sequence[frozenset[str]]) -> dict[str, tuple[int, ...]]:
    out: dict[str, tuple[int, ...]] = {}
    for place, words in enumerate(triggers):
        for word in words:
            out[word] = (*out.get(word, ()), place)
    return out


def matches(token: Token, labels: Labels) -> list[Match]:
    """What `token` may state: the frames that it triggers and that fit, the lexicon's first one first."""
    lex = lexicon()
    candidates = _triggered(lex, token)
    if not candidates:
        return []
    around, clause = slots(token), tuple(clause_of(token))
    words = _Words(labels, around, clause)
    out: list[Match] = []
    for frame in candidates:
        if (frame.passive and "passive" not in around) or (frame.present and token.tag_ not in PRESENT):
            continue
        wanted = all(words.hold(slot, names, lex) for slot, names in frame.words.items())
        if wanted and not any(words.hold(slot, names, lex) for slot, names in frame.never.items()):
            out.append(Match(frame, token, _phased(frame, token, around, lex), around, clause))
    return out


def _triggered(lex: Lexicon, token: Token) -> list[Frame]:
    if token.dep_ in {"aux", "auxpass"}:
        return []
    forms, places = (token.lemma_.lower(), token.lower_), set[int]()
    if token.pos_ in {"VERB", "AUX", "ADJ"}:
        places.update(place for form in forms for place in lex.verbs.get(form, ()))
    if token.pos_ in {"NOUN", "PROPN", "ADJ", "ADV"}:
        places.update(place for form in forms for place in lex.nouns.get(form, ()))
    return [lex.frames[place] for place in sorted(places)]


class _Words:
    """What stands in each slot around a trigger, put together once: its many frames ask for the same slots."""

    def __init__(self, labels: Labels, around: Mapping[str, list[Token]], clause: tuple[Token, ...]) -> None:
        self._labels, self._around, self._clause = labels, around, clause
        self._known: dict[str, set[str]] = {}

    def hold(self, slot: str, names: tuple[str, ...], lex: Lexicon) -> bool:
        """Whether a word of `names`, or of the classes that it names, stands in `slot`."""
        words = self._known.get(slot)
        if words is None:
            words = self._known[slot] = set().union(*(self._of(part) for part in slot.split("|")))
        return any(not lex.classes.get(name, frozenset({name})).isdisjoint(words) for name in names)

    def _of(self, slot: str) -> set[str]:
        words = self._known.get(slot)
        if words is None:
            tokens = list(self._tokens(slot))
            words = {form for token in tokens for form in (token.lemma_.lower(), token.lower_)}
            words |= {label for token in tokens for label in self._labels.get(token.i, ())}
            words |= self._labels.get(BEYOND[slot], frozenset()) if slot in BEYOND else set()
            words |= {"NUM"} if any(token.like_num for token in tokens) else set()
            self._known[slot] = words | ({"ANY"} if tokens else set())
        return self._known[slot]

    def _tokens(self, slot: str) -> Iterable[Token]:
        if slot == "clause":
            return self._clause
        if slot == "sentence":
            return self._clause[0].sent if self._clause else ()
        return (item for head in self._around.get(slot, ()) for item in phrase(head))


def _holding(token: Token) -> list[Token]:
    """`token` and the verbs that carry it; for "a peer" as what somebody is, the verb that says so too."""
    over = chain(token.head) if token.dep_ == "attr" else []
    return [*chain(token), *over]


def _phased(frame: Frame, token: Token, around: Mapping[str, list[Token]], lex: Lexicon) -> str:
    if not frame.start and not frame.stop:
        return frame.type
    phase = _phase_told(token)
    if phase is None and frame.start and _is_fresh(token, around, lex):
        phase = "start"
    return ((frame.start if phase == "start" else frame.stop) if phase else "") or frame.type


def _phase_told(token: Token) -> str | None:
    """Whether the words above `token` say that its state begins or ends."""
    over = next((up for up in token.ancestors if up.lemma_ in NOUN_PHASE), None)
    if over is not None and token.pos_ not in {"VERB", "AUX"}:
        return NOUN_PHASE[over.lemma_]
    for verb in _holding(token):
        if any(child.lower_ == "longer" for child in verb.children):
            return "stop"
        if (
            (verb.lemma_ == "become" and verb != token)
            or (_holding(token)[-1] == verb and _is_announced(verb))
            or verb.lemma_ in AHEAD
            or any(c.lower_ in {"will", "'ll"} and c.dep_ == "aux" for c in verb.children)
        ):
            return "start"
        if verb.lemma_ in PHASE:
            return PHASE[verb.lemma_]
    return None


def _is_announced(verb: Token) -> bool:
    """True for the "X to peer with Y" of a headline."""
    loose = verb.dep_ in {"relcl", "acl"} and verb.head.dep_ == "ROOT" and verb.head.pos_ == "PROPN"
    return (verb.dep_ == "ROOT" or loose) and any(c.lower_ == "to" and c.dep_ == "aux" for c in verb.children)


def _is_fresh(token: Token, around: Mapping[str, list[Token]], lex: Lexicon) -> bool:
    """True for "a new upstream", "was now carrying", "now also carries", "for the first time".

    "To X, its second provider" tells what X is.
    """
    if token.pos_ == "NOUN" and (token.dep_ == "appos" or any(c.dep_ == "appos" for c in token.children)):
        return False
    near = {item.lower_ for head in [*around.get("obj", []), token] for item in phrase(head)}
    near |= {child.lower_ for verb in _holding(token) for child in verb.children if child.dep_ == "advmod"}
    if not near.isdisjoint(lex.classes["fresh"]):
        return True
    if "now" in near and (token.tag_ not in PRESENT or not near.isdisjoint({"also", "well", "too"})):
        return True
    return any(c.lower_ == "time" and any(x.lower_ == "first" for x in c.children) for c in clause_of(token))
