"""A sentence on its way into English: words that can change places, come and go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spacy.tokens import Span, Token

from nlp.gloss import Glossary, Verb
from nlp.model import EntityType

TAGS = {
    "it": "PRP", "they": "PRP", "we": "PRP", "its": "PRP$", "their": "PRP$", "which": "WDT", "who": "WP", "the": "DT",
    "will": "MD", "would": "MD", "could": "MD", "can": "MD", "should": "MD", "must": "MD",
}  # fmt: skip
PREDICATES = {"inaccessible", "unavailable", "reachable", "online", "operational", "unaffected"}
"""What the stand-ins of "hors ligne" and the like say, for whatever the model takes them."""
HELPERS = frozenset({"aux", "aux:tense", "aux:pass", "auxpass"})
_NOMINAL = {"nsubj", "obj", "nmod", "obl", "obl:mod", "obl:arg"}


@dataclass(eq=False, slots=True)
class Word:
    """An English word with what it was made of: `token`, None for one that English adds.

    `source` is the index of that token, or of the one it stands beside; `place` orders the words of a sentence. `dep`
    is Universal Dependencies' label until the steps make it CLEAR's. `verb` is what the glossary says of a verb.
    """

    source: int
    place: float
    text: str
    lemma: str
    pos: str
    tag: str
    dep: str
    head: Word | None = None
    token: Token | None = None
    verb: Verb | None = None
    printed: str = ""

    @property
    def form(self) -> str:
        """The printed word in small letters; empty for one that English adds."""
        if self.printed:
            return self.printed
        return self.token.lower_.replace("’", "'") if self.token is not None else ""

    def morph(self, feature: str) -> str:
        """The first value of a feature of Universal Dependencies; empty where the word has none."""
        return next(iter(self.token.morph.get(feature, [])), "") if self.token is not None else ""

    def say(self, text: str, pos: str | None = None, dep: str | None = None) -> None:
        self.text = self.lemma = text
        self.tag = TAGS.get(text, self.tag)
        self.pos, self.dep = pos or self.pos, dep or self.dep


class Tree:
    """The words of one sentence; `mentions` has the tokens that stand for mentions, with their types."""

    def __init__(
        self, sentence: Span, gloss: Glossary, mentions: Mapping[int, EntityType], verbs: Mapping[int, str]
    ) -> None:
        self.gloss, self.mentions, self.verbs = gloss, mentions, verbs
        self.words = [self._word(token) for token in sentence]
        known = {word.source: word for word in self.words}
        for word, token in zip(self.words, sentence, strict=True):
            word.head = known.get(token.head.i) if token.head != token else None

    def __contains__(self, word: Word) -> bool:
        return any(own is word for own in self.words)

    def _word(self, token: Token) -> Word:
        word = Word(token.i, token.i, token.text, token.lemma_.lower(), token.pos_, token.tag_, token.dep_, token=token)
        if token.i in self.mentions:
            word.pos, word.tag = "PROPN", "NNP"
            return word
        if token.i in self.verbs:  # a verb of which the parser saw another
            word.printed = self.verbs[token.i]
            infinitive = self.gloss.present(word.printed) or ""
            self.conjugate(word, self.gloss.verbs[infinitive])
            return word
        lemma = word.lemma.replace("’", "'")
        told = self.gloss.word(word.form, lemma, word.form.rstrip("s"))
        leads = any(child.dep_ in {"obj", "nsubj"} for child in token.children)
        loose = leads or token.pos_ == "ADJ" or (token.pos_ == "ADV" and self.gloss.participle(word.form) is not None)
        verbal = token.pos_ in {"VERB", "AUX"} or word.form in self.gloss.verbs or (told is None and loose)
        verb = self.gloss.verb(lemma, word.form) if verbal else None
        if verb is not None:
            self.conjugate(word, verb)
        elif told is not None:
            word.say("some" if token.pos_ == "DET" and told == "of" else told)
            if told in PREDICATES:
                word.pos, word.dep = "ADJ", "xcomp" if word.dep in {"obj", "obl", "nmod"} else word.dep
            elif token.pos_ in {"VERB", "AUX"}:
                word.pos = "NOUN" if token.dep_ in _NOMINAL else "ADJ"
        return word

    def conjugate(self, word: Word, verb: Verb) -> None:
        """Makes `word` a form of `verb`, with the tag that the frames read a participle or a present by."""
        word.verb = verb
        word.say(verb.lemma, "AUX" if word.token and word.token.pos_ == "AUX" else "VERB")
        word.tag = self._tag(word)
        if word.tag == "VBN" and word.pos == "VERB":
            word.text += "d" if verb.lemma.endswith("e") else "ed"  # what classes list is regular: "affected"

    def _tag(self, word: Word) -> str:
        kind, tense, mood = word.morph("VerbForm"), word.morph("Tense"), word.morph("Mood")
        verbal = word.token is not None and word.token.pos_ in {"VERB", "AUX"}
        if kind == "Inf":
            return "VB"
        if kind == "Ger" or (kind == "Part" and tense == "Pres"):
            return "VBG"
        if kind == "Part" or (not verbal and self.gloss.participle(word.form)):
            return "VBN"
        if tense == "Fut" or mood == "Cnd":
            return "VB"
        return "VBZ" if tense == "Pres" and mood == "Ind" else "VBD"

    def children(self, word: Word) -> list[Word]:
        return [child for child in self.words if child.head is word]

    def has(self, word: Word, *deps: str) -> bool:
        return any(child.dep in deps for child in self.children(word))

    def is_under(self, word: Word, top: Word) -> bool:
        """True for a child of `top`, and for a child of such a child before it."""
        return word.head is top or (word.head is not None and word.head.head is top and word.source < top.source)

    def add(self, beside: Word, text: str, pos: str, dep: str, head: Word | None, after: float = -0.3) -> Word:
        new = Word(beside.source, beside.place + after, text, text, pos, TAGS.get(text, ""), dep, head)
        self.words.append(new)
        return new

    def drop(self, word: Word) -> None:
        """Takes `word` away; what hangs on it hangs on its head."""
        for child in self.children(word):
            child.head = word.head
        self.words = [own for own in self.words if own is not word]

    def ordered(self) -> list[Word]:
        """The words in order, under one root, in no circle, whatever the parser made of the sentence."""
        root = next((word for word in self.words if word.head is None), None) or self.words[0]
        root.head, root.dep = None, "ROOT"
        for word in self.words:
            if word is not root and (word.head is None or any(up is word for up in _above(word))):
                word.head, word.dep = root, "dep"
        return sorted(self.words, key=lambda word: word.place)


def _above(word: Word) -> Iterator[Word]:
    """The words on which `word` hangs, until one comes again."""
    seen: set[int] = set()
    while word.head is not None and id(word.head) not in seen:
        word = word.head
        seen.add(id(word))
        yield word
