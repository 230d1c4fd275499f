"""A text made plain for the parser: each mention one name, each time one adverb, no brackets.

"At 09:07 UTC, Rogers (AS812) went down" is parsed as "yesterday, Google went down": a small model reads names, numbers
and clock times badly, and what they are is known already. Every token keeps its place in the text as it was.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from spacy.tokens import Doc

from nlp import models, trees
from nlp.frames import idioms
from nlp.gloss import LANGUAGES, glossary
from nlp.model import Entity, EntityType, TimeSpan
from nlp.transfer import transfer
from nlp.trees import Token

_ENGLISH = {
    "PERSON": "Smith",
    "COUNTRY": "France",
    "PLACE": "Paris",
    "NORP": "French",
    "ORG": "Google",
    "time": "yesterday",
}
"""Words that the model knows for what mentions are; any other type stands as a company."""
_PREPOSITION = {
    "at", "on", "in", "since", "from", "until", "till", "around", "about", "by", "just", "after", "before", "of",
    "during", "shortly", "soon", "as", "approximately", "roughly", "between", "the",
}  # fmt: skip
_STOPS = {".", "!", "?", ";", ":"}
_PREFIXED = re.compile(
    r"\b(?:de|re|un)-(?=peer|rout|announc|connect|block|advertis|originat|propagat|configur)", re.IGNORECASE
)
"""Hyphens that the tokenizer would make three words of."""
_PLAIN = {"peers": "trades", "peer": "trade", "peered": "traded"}
"""Verbs of the field that the model takes for nouns, with verbs that it knows, where "with" or "over" follows."""
_PLAIN_VERB = {
    "depeers": ("rejects", "depeer"), "depeer": ("reject", "depeer"), "depeered": ("rejected", "depeer"),
    "leaks": ("sends", "leak"), "hijacks": ("steals", "hijack"), "gains": ("receives", "gain"),
    "drops": ("rejects", "drop"), "cuts": ("breaks", "cut"), "swaps": ("replaces", "swap"),
    "feeds": ("supplies", "feed"), "ends": ("breaks", "end"), "filters": ("refuses", "filter"),
    "blocks": ("refuses", "block"), "reroutes": ("sends", "reroute"), "routes": ("sends", "route"),
    "multihomes": ("subscribes", "multihome"), "exchanges": ("shares", "exchange"),
    "interconnect": ("meet", "interconnect"), "interconnects": ("meets", "interconnect"),
}  # fmt: skip
"""The same for verbs right behind a name, where what follows is an object: the plain verb, and whose lemma it has."""
_BEFORE_OBJECT = re.compile(
    r"\s+(?!of\b|by\b|from\b|after\b|and\b|are\b|were\b|was\b|is\b|have\b|has\b|that\b|which\b|to\b|via\b|through\b|on\b|at\b|with\b|for\b|over\b)[\w(]"
)
_VERBAL = re.compile(
    r"\b(?:is|are|was|were|be|been|not|now|of|for|by|from|starts?|started|stop|stops|stopped|begin|begins|began|\w+ly)\s+$"
)
"""Behind these "peering" is a verb, or is read as well as one."""
_EXCHANGE = re.compile(r"\s+(?:\w+ )?(?:traffic|routes|packets)\b")
_LEMMA = {"upstreams": "upstream", "downstreams": "downstream"}
"""Plurals of the field that the model does not know."""
_HELD = {"occupied", "annexed", "besieged", "liberated"}
"""Participles before a place that the model takes for verbs."""
_BEHIND_VERB = re.compile(r"\s+(?:\w+ly\s+)?(?:with|over|at|in|across|directly)\b")
LONG_RUN = 100
"""Words without a stop after which a sentence is cut at the next comma, after twice as many anywhere."""
HEADLINE, HEADLINE_SHARE, HEADLINE_SMALL = 20, 0.8, 3
"""Most words of a headline, the share of them that are written large, letters up to which a word does not count."""
DATELINE = re.compile(
    r"\s*([A-Z][\w'’.]*(?: [\w'’.]+){0,3})(?:, [^\n–—-]{1,30}?)?(?: \([^()\n]{1,30}\))? ?(?:--|[-–—]) "
)
"""An agency's "DHAKA, July 29 (AFP) - "."""
LIST = 3
"""So many mentions in a row are an enumeration."""
_JOINT = re.compile(r",? (?:(?:and|et|y|e) |or |& )?|,")
_NAMES = frozenset({"ner"})
"""Components that look for names, which are known."""
MAX_BRACKET = 90
"""Characters: a longer bracket is a sentence of its own and stays."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A parsed plain text; `source` is the text as it was.

    By token index: `starts` and `ends` in `source`, the mention, the time, and the mentions of a list of three or more,
    which stands as its first one: a small model loses its way in enumerations.
    """

    doc: trees.Doc
    source: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    entities: dict[int, Entity]
    times: dict[int, TimeSpan]
    lists: dict[int, tuple[Entity, ...]]

    def all_entities(self) -> Iterator[Entity]:
        """Every mention in the text's order."""
        for i, entity in self.entities.items():
            yield from self.lists.get(i, (entity,))

    def told(self, tokens: Sequence[Token]) -> str:
        """The words from the first to the last of `tokens` in English: the text's own where it is English."""
        if self.doc.lang_ in LANGUAGES:
            return " ".join(token.text for token in self.doc[tokens[0].i : tokens[-1].i + 1])
        start, end = self.span(tokens)
        return self.source[start:end]

    def lead(self, i: int) -> str:
        """The words that lead the time at `i` and its first one, in English: "until", "since 2010"."""
        words = self.source[self.starts[i] : self.times[i].start].lower().replace("’", "'").split()
        words += self.source[self.times[i].start :][:20].lower().split()[:1]
        if self.doc.lang_ not in LANGUAGES:
            return " ".join(words)
        return " ".join(glossary(self.doc.lang_).word(word, word.split("'")[0] + "'") or word for word in words)

    def span(self, tokens: Sequence[Token]) -> tuple[int, int]:
        """From the first to the last of `tokens` in the text as it was."""
        return self.starts[tokens[0].i], self.ends[tokens[-1].i]


class _Words:
    """The plain text's words as they are put together."""

    def __init__(self, text: str, lang: str) -> None:
        self.text, self.lang = text, lang
        gloss = glossary(lang) if lang in LANGUAGES else None
        self.plain = gloss.plain if gloss else _ENGLISH
        self.gloss = gloss
        self.verbs: dict[int, str] = {}
        self.lemmas: dict[int, str] = {}
        self.before_times = gloss.before_times if gloss else _PREPOSITION
        self.words: list[str] = []
        self.spaces: list[bool] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.entities: dict[int, Entity] = {}
        self.times: dict[int, TimeSpan] = {}
        self.lists: dict[int, tuple[Entity, ...]] = {}

    def add(self, word: str, start: int, end: int, *, space: bool) -> None:
        self.words.append(word)
        self.spaces.append(space)
        self.starts.append(start)
        self.ends.append(end)

    def add_entities(self, members: Sequence[Entity], *, space: bool) -> None:
        kind = members[0].type.value
        before = self.words[-1].lower().replace("’", "'") if self.words else ""
        told = self.plain.get(f"{kind} {before}") or self.plain.get(kind, self.plain["ORG"])
        self.entities[len(self.words)] = members[0]
        if len(members) > 1:
            self.lists[len(self.words)] = tuple(members)
        self.add(told, members[0].start, members[-1].end, space=space)

    def add_time(self, time: TimeSpan, *, space: bool) -> None:
        """The time as one adverb, with the prepositions before it; a comma behind one that opens a sentence."""
        start = time.start
        while self.words and self.words[-1].lower() in self.before_times and len(self.words) - 1 not in self.entities:
            start = self.starts.pop()
            self.words.pop()
            self.spaces.pop()
            self.ends.pop()
        opens = not self.words or self.words[-1] in _STOPS or "\n" in self.words[-1]
        self.times[len(self.words)] = time
        self.add(self.plain["time"], start, time.end, space=space)
        if opens and self.text[time.end : time.end + 1] == " ":
            self.add(",", time.end, time.end, space=True)

    def add_word(self, word: str, start: int, end: int, *, space: bool) -> None:
        """A word as it is; for a verb in the present behind a name, which small models take for a noun, a plain one."""
        before = len(self.words) - 1
        if before >= 0 and self.words[before].lower() in {"n'", "n’", "ne", "no"}:
            before -= 1
        if self.gloss and before in self.entities and word.islower() and self.gloss.present(word):
            self.verbs[len(self.words)] = word
            word = self.plain["presents" if word.endswith(("n", "ent")) else "present"]
        self.add(word, start, end, space=space)

    def _is_line(self, i: int) -> bool:
        return "\n" in self.text[self.ends[i - 1] : self.starts[i]] or "\n" in self.words[i - 1]

    def _plain_headline(self, first: int, last: int) -> None:
        """Writes small the words of a line In Capitals Like This, which the model takes for names."""
        known = self.entities.keys() | self.times.keys()
        places = [i for i in range(first, last) if i not in known and self.words[i].isalpha()]
        full = [i for i in places if len(self.words[i]) > HEADLINE_SMALL]
        large = sum(self.words[i][0].isupper() for i in full)
        ends = last == first or self.words[last - 1] in _STOPS
        if ends or not full or len(places) > HEADLINE or large < HEADLINE_SHARE * len(full):
            return
        for i in places:
            self.words[i] = self.words[i].lower()

    def _cuts(self) -> Iterator[int]:
        """Where a run of words without a stop is cut, at a comma or semicolon where there is one."""
        run = 0
        for i, word in enumerate(self.words):
            run = 0 if word in _STOPS else run + 1
            if run > LONG_RUN and (word in {",", ";"} or run > 2 * LONG_RUN) and i + 1 < len(self.words):
                yield i + 1
                run = 0

    def parsed(self) -> Doc:
        """The words as a parsed document; a line break in the text ends a sentence, and one too long is cut."""
        starts = [0, *(i for i in range(1, len(self.words)) if self._is_line(i)), len(self.words)]
        for first, last in pairwise(starts):
            self._plain_headline(first, last)
        doc = Doc(models.model(self.lang).vocab, words=self.words, spaces=self.spaces)
        models.begin(doc, {*starts[1:-1], *self._cuts()})
        models.look(doc, doc.sents, without=_NAMES)
        for token in doc:
            token.lemma_ = self.lemmas.get(token.i) or _LEMMA.get(token.lower_, token.lemma_)
        return doc


def read(doc: Doc, entities: Sequence[Entity], times: Sequence[TimeSpan]) -> Reading:
    """Parses `doc`'s text anew with its mentions and times made plain."""
    text = doc.text  # spaCy joins it anew at each use
    times = sorted(times, key=lambda t: t.start)
    begun = [t.start for t in times]
    entities = [e for e in _outermost(entities) if not _holds(times, bisect_right(begun, e.start), e)]
    dateline = list(_dateline(text, entities))
    brackets = [*dateline, *(b for b in _brackets(text) if not _touches(dateline, *b))]
    named = _listed(text, [e for e in _told(entities, brackets) if not _inside(e.start, brackets)], brackets)
    places = [(e.start, e.end) for e in entities]
    timed = {t.start: t for t in times if not _inside(t.start, brackets) and not _touches(places, t.start, t.end)}
    out = _Words(text, doc.lang_)
    spans = _whole(text, named, timed)
    phrases = dict(_phrases(text, doc.lang_, spans))
    for start, end in _pieces(doc, [*spans, *phrases], brackets):
        space = text[end : end + 1] == " " or _inside(end, brackets)
        if start in named:
            out.add_entities(named[start], space=space)
        elif start in timed:
            out.add_time(timed[start], space=space)
        elif (start, end) in phrases:
            out.add_word(phrases[start, end], start, end, space=space)
        else:
            named_before = len(out.words) - 1 in out.entities
            word, lemma = _plain_word(text, start, end, behind_name=named_before, english=doc.lang_ == "en")
            if lemma:
                out.lemmas[len(out.words)] = lemma
            out.add_word(word, start, end, space=space)
    return _in_english(out)


def _plain_word(text: str, start: int, end: int, *, behind_name: bool, english: bool) -> tuple[str, str]:
    """The word for the parser, and its lemma where it is not the word's own."""
    word = _PREFIXED.sub(lambda found: found[0][:-1], text[start:end])
    if word in _PLAIN and _BEHIND_VERB.match(text, end):
        return _PLAIN[word], "peer"
    if not english:
        return word, ""
    if behind_name and word in _PLAIN_VERB and _BEFORE_OBJECT.match(text, end):
        return _PLAIN_VERB[word]
    if word.lower() == "peering" and not _VERBAL.search(text[max(0, start - 20) : start]):
        return ("friendship" if word.islower() else "Friendship"), "peering"
    if behind_name and word == "exchange" and _EXCHANGE.match(text, end):
        return "share", word
    if word in _HELD and text[end + 1 : end + 2].isupper():
        return "northern", word
    return word, ""


def _in_english(plain: _Words) -> Reading:
    """The words parsed, and in English where they are not."""
    doc = plain.parsed()
    sources: Sequence[int] = range(len(doc))
    place = {i: i for i in sources}
    if plain.lang in LANGUAGES:
        doc, sources = transfer(doc, plain.lang, {i: e.type for i, e in plain.entities.items()}, plain.verbs)
        place = {source: i for i, source in reversed(list(enumerate(sources))) if doc[i].pos_ != "AUX"}
    return Reading(
        trees.Doc(doc),
        plain.text,
        tuple(plain.starts[source] for source in sources),
        tuple(plain.ends[source] for source in sources),
        {place[i]: e for i, e in plain.entities.items() if i in place},
        {place[i]: t for i, t in plain.times.items() if i in place},
        {place[i]: members for i, members in plain.lists.items() if i in place},
    )


def _phrases(text: str, lang: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], str]]:
    """Groups of words that one word stands for, with that word."""
    if lang not in LANGUAGES and lang != "en":
        return
    pattern, phrases = (glossary(lang).phrase, glossary(lang).phrases) if lang in LANGUAGES else idioms()
    for found in pattern.finditer(text):
        if not _touches(spans, *found.span()):
            yield found.span(), phrases[found[0].lower().replace("’", "'")]


def _holds(times: Sequence[TimeSpan], begun: int, entity: Entity) -> bool:
    """True for the "Lima" of "17:38 Lima time": a part of the last time begun before it, not a party."""
    return begun > 0 and entity.end <= times[begun - 1].end


def _listed(
    text: str, entities: Sequence[Entity], brackets: Sequence[tuple[int, int]]
) -> dict[int, tuple[Entity, ...]]:
    """By their start the mentions, those of an enumeration together: `A, B (AS65001), C and D`."""
    runs: list[list[Entity]] = []
    for entity in entities:
        last = runs[-1][-1] if runs else None
        if last and _kind(last) == _kind(entity) and _JOINT.fullmatch(_between(text, last.end, entity.start, brackets)):
            runs[-1].append(entity)
        else:
            runs.append([entity])
    out: dict[int, tuple[Entity, ...]] = {}
    for run in runs:
        parts = [tuple(run)] if len(run) >= LIST else [(entity,) for entity in run]
        out |= {part[0].start: part for part in parts}
    return out


def _kind(entity: Entity) -> str:
    return _ENGLISH.get(entity.type.value, _ENGLISH["ORG"])


def _between(text: str, start: int, end: int, brackets: Sequence[tuple[int, int]]) -> str:
    """What stands between two mentions, without brackets."""
    inner = [b for b in brackets[bisect_left(brackets, (start,)) : bisect_left(brackets, (end,))] if b[1] <= end]
    edges = [start, *(edge for b in inner for edge in b), end]
    return "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))


def _whole(text: str, named: Mapping[int, tuple[Entity, ...]], timed: Mapping[int, TimeSpan]) -> list[tuple[int, int]]:
    """The spans that become one word each: mentions, times, and words that the tokenizer would split at a hyphen."""
    spans = [(run[0].start, run[-1].end) for run in named.values()] + [(t.start, t.end) for t in timed.values()]
    spans.sort()
    words = [m.span() for m in re.finditer(_PREFIXED.pattern + r"\w+", text, re.IGNORECASE)]
    return sorted(spans + [word for word in words if not _touches(spans, *word)])


def _outermost(entities: Sequence[Entity]) -> list[Entity]:
    out: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.start, -e.end)):
        if not out or entity.start >= out[-1].end:
            out.append(entity)
    return out


def _dateline(text: str, entities: Sequence[Entity]) -> Iterator[tuple[int, int]]:
    """ "PARIS, 3 Oct (AFP) - ": where a report was written is no part of its first sentence."""
    found = DATELINE.match(text)
    first = min(entities, key=lambda e: e.start, default=None)
    opens = first and found and first.start <= found.start(1) and first.type in {EntityType.PLACE, EntityType.COUNTRY}
    if found and opens and not any(e.type is EntityType.ASN and e.start < found.end() for e in entities):
        yield found.span()


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    for found in re.finditer(r"\s?\([^()\n]*\)", text):
        if len(found[0]) <= MAX_BRACKET:
            yield found.span()


def _touches(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of `spans`, which are in order and apart, has a character of `start` to `end`."""
    at = bisect_left(spans, (end,))
    return at > 0 and start < spans[at - 1][1]


def _inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    return _touches(spans, place, place + 1)


def _told(entities: Sequence[Entity], brackets: Sequence[tuple[int, int]]) -> Iterator[Entity]:
    """Each mention with what its bracket says of it: "X (TTK, AS65001)" is one party, known by the printed number, and
    so is "X, AS65001," where the number disagrees."""
    beside = {e.start: e for e in entities if e.type is EntityType.ASN and e.likely}
    starts = [e.start for e in entities]
    for entity in entities:
        behind = _begun(brackets, bisect_left(brackets, (entity.end,)), entity.end + 2)[:1]
        inner = [e for b in behind for e in entities[bisect_left(starts, b[0]) : bisect_left(starts, b[1])]]
        number = next((e for e in inner if e.type is EntityType.ASN), None) or beside.get(entity.end + len(", "))
        if entity.type is EntityType.ORG and number and (entity.id is None or number.likely):
            yield replace(entity, id=number.id, likely=number.likely, country=entity.country or number.country)
        elif entity.type is EntityType.ASN and entity.likely is None and entity.country is None and inner:
            yield replace(entity, country=inner[0].country)
        else:
            yield entity


def _pieces(
    doc: Doc, spans: Sequence[tuple[int, int]], brackets: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The text's tokens, cut at the edges of `spans`, each span whole, without brackets."""
    cuts = sorted(spans)
    ends = [end for _, end in cuts]  # in order too: the spans do not overlap
    done = 0
    for token in doc:
        place, stop = token.idx, token.idx + len(token)
        while place < stop:
            if place < done:
                place = min(done, stop)
                continue
            near = _begun(cuts, bisect_right(ends, place), stop)
            span = near[0] if near else None
            at = bisect_left(brackets, (place + 1,))
            if _inside(place, brackets):
                done = brackets[at - 1][1]
            elif span and span[0] <= place:
                yield span
                done = span[1]
            else:
                done = min(
                    [
                        stop,
                        *(c[0] for c in near if place < c[0]),
                        *(b[0] for b in _begun(brackets, at, stop)),
                    ]
                )
                yield place, done


def _begun(cuts: Sequence[tuple[int, int]], at: int, stop: int) -> list[tuple[int, int]]:
    """The spans from number `at` on that begin before `stop`."""
    out: list[tuple[int, int]] = []
    while at < len(cuts) and cuts[at][0] < stop:
        out.append(cuts[at])
        at += 1
    return out
