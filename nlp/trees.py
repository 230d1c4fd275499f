"""A parsed text in plain objects, under spaCy's names.

spaCy makes a token anew each time one is looked at, and whoever reads claims looks at each a hundred times.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from typing import overload

from spacy.tokens import Doc as Parsed
from spacy.tokens import Token as Word


class Token:
    """A word; `children` are in the text's order, `head` is itself at the root of a sentence."""

    __slots__ = (
        "children", "dep_", "doc", "head", "i", "is_punct", "is_space", "lemma_", "like_num", "lower_", "pos_", "sent",
        "tag_", "text", "whitespace_",
    )  # fmt: skip
    head: Token
    sent: Span

    def __init__(self, doc: Doc, word: Word) -> None:
        self.doc, self.i = doc, word.i
        self.text, self.lower_, self.lemma_, self.whitespace_ = word.text, word.lower_, word.lemma_, word.whitespace_
        self.pos_, self.tag_, self.dep_ = word.pos_, word.tag_, word.dep_
        self.is_space, self.is_punct, self.like_num = word.is_space, word.is_punct, word.like_num
        self.children: list[Token] = []

    def __repr__(self) -> str:
        return self.text

    @property
    def ancestors(self) -> Iterator[Token]:
        """Its head, the head's head, and so on to the root."""
        token = self
        while token.head is not token:
            token = token.head
            yield token

    def is_ancestor(self, other: Token) -> bool:
        return any(up is self for up in other.ancestors)

    @property
    def subtree(self) -> list[Token]:
        """It and all that hangs on it, in the text's order."""
        found = [self]
        for token in found:
            found.extend(token.children)
        return sorted(found, key=lambda token: token.i)

    @property
    def left_edge(self) -> Token:
        return self.subtree[0]


class Span:
    """Words in a row, by index."""

    def __init__(self, doc: Doc, start: int, end: int) -> None:
        self.doc, self.start, self.end = doc, start, end

    def __iter__(self) -> Iterator[Token]:
        return iter(self.doc.tokens[self.start : self.end])

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, i: int) -> Token:
        return self.doc.tokens[self.start : self.end][i]

    @cached_property
    def text(self) -> str:
        return "".join(token.text + token.whitespace_ for token in self).removesuffix(self[-1].whitespace_ or "\0")

    @cached_property
    def root(self) -> Token:
        """The first word whose head is itself or outside."""
        return next(token for token in self if token.head is token or not self.start <= token.head.i < self.end)


class Doc:
    """The words of a text, and its sentences."""

    def __init__(self, parsed: Parsed) -> None:
        self.lang_ = parsed.lang_
        self.tokens = [Token(self, word) for word in parsed]
        sentences = [len(sentence) for sentence in parsed.sents] if len(parsed) else []
        self.sents = [Span(self, end - size, end) for size, end in zip(sentences, accumulate(sentences), strict=True)]
        for token, word in zip(self.tokens, parsed, strict=True):
            token.head = self.tokens[word.head.i]
            if token.head is not token:
                token.head.children.append(token)
        for sentence in self.sents:
            for token in sentence:
                token.sent = sentence

    def __iter__(self) -> Iterator[Token]:
        return iter(self.tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    @overload
    def __getitem__(self, i: int) -> Token: ...
    @overload
    def __getitem__(self, i: slice) -> Span: ...
    def __getitem__(self, i: int | slice) -> Token | Span:
        return Span(self, *i.indices(len(self))[:2]) if isinstance(i, slice) else self.tokens[i]
