"""A parsed French or Spanish text as the English that the frames are written for.

The models of these languages speak Universal Dependencies, the English one CLEAR, and what states a claim is the same
in all three: who carries, cuts or announces what. So nothing that reads claims knows of a second language. A tree is
made over into one of English words and English labels (transfer, as in translation by rules: heads of "is down" and
"to X" change places, auxiliaries and negation become their English ones), and one set of frames, stances and nominals
serves all; what is mended for one language is mended for the others. A language costs a glossary (`gloss.py`).

Every word keeps the token that it came from; words that English needs and the source has in an ending ("will", "it")
stand beside their token.
"""

from __future__ import annotations

from collections.abc import Mapping

from spacy.tokens import Doc

from nlp.gloss import glossary
from nlp.model import EntityType
from nlp.transfer import nouns
from nlp.transfer import verbs as clauses
from nlp.transfer.tree import Tree, Word

STEPS = (
    clauses.uncleave, clauses.lead_headline, clauses.finite_first, clauses.govern, nouns.apposed, clauses.lift_modal,
    clauses.lift_participle, clauses.lead_copula, clauses.invert, clauses.passive, clauses.negate, nouns.relative,
    nouns.preposed, clauses.infinitive, clauses.tensed, clauses.subjected, nouns.labelled,
)  # fmt: skip
"""What is done to each word of a sentence, in this order: each step counts on what those before it made."""


def transfer(
    doc: Doc, lang: str, mentions: Mapping[int, EntityType], verbs: Mapping[int, str]
) -> tuple[Doc, list[int]]:
    """`doc` in English words and labels, and for each of its words the index of the token that it was made from.

    `mentions` has the tokens that stand for mentions, with their types, `verbs` those that stand for a verb, with it.
    """
    words: list[Word] = []
    for sentence in doc.sents:
        tree = Tree(sentence, glossary(lang), mentions, verbs)
        for step in STEPS:
            for word in list(tree.words):
                if word in tree:
                    step(tree, word)
        words += tree.ordered()
    place = {id(word): n for n, word in enumerate(words)}
    made = Doc(
        doc.vocab,
        words=[word.text for word in words],
        pos=[word.pos for word in words],
        tags=[word.tag for word in words],
        lemmas=[word.lemma for word in words],
        deps=[word.dep for word in words],
        heads=[place[id(word.head or word)] for word in words],
    )
    return made, [word.source for word in words]
