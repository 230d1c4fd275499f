"""A text made plain for the parser: each mention one name, each time one adverb, no brackets.

"At 09:07 UTC, Rogers (AS812) went down" is parsed as "yesterday, Google went down": a small model reads names, numbers
and clock times badly, and what they are is known already. Every token keeps its place in the text as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from spacy.tokens import Doc

from nlp import models, trees
from nlp.gloss import LANGUAGES, glossary
from nlp.model import Entity, TimeSpan
from nlp.pieces import holes, inside, listed, parties_of, phrases_of, pieces, told, touches, whole
from nlp.plain import ENGLISH, plain_word
from nlp.transfer import transfer
from nlp.trees import Token

_PREPOSITION = {
    "at", "on", "in", "since", "from", "until", "till", "around", "about", "by", "just", "after", "before", "of",
    "during", "shortly", "soon", "as", "approximately", "roughly", "between", "the",
}  # fmt: skip
_STOPS = {".", "!", "?", ";", ":"}
_LEMMA = {"upstreams": "upstream", "downstreams": "downstream"}
"""Plurals of the field that the model does not know."""
LONG_RUN = 100
"""Words without a stop after which a sentence is cut at the next comma, after twice as many anywhere."""
HEADLINE, HEADLINE_SHARE, HEADLINE_SMALL = 20, 0.8, 3
"""Most words of a headline, the share of them that are written large, letters up to which a word does not count."""
_NAMES = frozenset({"ner"})
"""Components that look for names, which are known."""


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
        self.plain = gloss.plain if gloss else ENGLISH
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
    entities = parties_of(entities, times)
    brackets = holes(text, entities)
    named = listed(text, [e for e in told(entities, brackets) if not inside(e.start, brackets)], brackets)
    places = [(e.start, e.end) for e in entities]
    timed = {t.start: t for t in times if not inside(t.start, brackets) and not touches(places, t.start, t.end)}
    out = _Words(text, doc.lang_)
    spans = whole(text, named, timed)
    phrases = dict(phrases_of(text, doc.lang_, spans))
    for start, end in pieces(doc, [*spans, *phrases], brackets):
        space = text[end : end + 1] == " " or inside(end, brackets)
        if start in named:
            out.add_entities(named[start], space=space)
        elif start in timed:
            out.add_time(timed[start], space=space)
        elif (start, end) in phrases:
            out.add_word(phrases[start, end], start, end, space=space)
        else:
            named_before = len(out.words) - 1 in out.entities
            word, lemma = plain_word(text, start, end, behind_name=named_before, english=doc.lang_ == "en")
            if lemma:
                out.lemmas[len(out.words)] = lemma
            out.add_word(word, start, end, space=space)
    return _in_english(out)


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
