"""Nouns on their way into English: names behind a noun, relative clauses, prepositions, and CLEAR's labels."""

from __future__ import annotations

from nlp.model import EntityType
from nlp.transfer.tree import Tree, Word

LABELS = {
    "nsubj:pass": "nsubjpass", "obj": "dobj", "iobj": "dative", "obl": "npadvmod", "obl:mod": "npadvmod",
    "obl:arg": "dobj", "obl:agent": "npadvmod", "nmod": "compound", "acl:relcl": "relcl", "flat": "compound",
    "flat:name": "compound", "flat:foreign": "compound", "aux:tense": "aux", "aux:pass": "auxpass", "fixed": "dep",
    "expl:subj": "expl", "expl:comp": "dep", "expl:pass": "dep", "vocative": "dep",
}  # fmt: skip
"""CLEAR's label for one of Universal Dependencies, where its name or its sense differs."""
RELATIVES = {"which", "that", "who"}
HOLD_ARTICLE = {"du", "au", "aux", "des", "del", "al"}
"""Prepositions with an article in them."""
_BESIDE = {
    "nmod", "appos", "flat", "flat:name", "flat:foreign", "amod", "nsubj", "nsubj:pass", "compound", "obj", "obl:arg",
    "dep",
}  # fmt: skip
_PLACES = {EntityType.COUNTRY, EntityType.PLACE}


def apposed(tree: Tree, name: Word) -> None:
    """ "l'opérateur X": the noun before a name is to it as in "the operator X", with its article and its role."""
    if name.source in tree.mentions and name.dep in {"xcomp", "ccomp", "advmod"} and not tree.has(name, "case"):
        name.dep = "obj"  # a name is no clause
    if tree.mentions.get(name.source, EntityType.NORP) is EntityType.NORP or name.dep not in _BESIDE:
        return
    noun = next((word for word in tree.words if word.source == name.source - 1), None)
    if noun is None or noun.pos != "NOUN" or noun.source in tree.mentions or tree.has(name, "case", "det", "cop"):
        return
    if name.head is None or (name.head is not noun and name.head is not noun.head):
        return
    name.dep, name.head = noun.dep, noun.head
    for child in tree.children(noun):
        if child is not name:
            child.head = name
    noun.dep, noun.head = "compound", name


def relative(tree: Tree, verb: Word) -> None:
    """ "qui", "que": a clause with such a word is CLEAR's relative clause, one with a participle alone is not."""
    bare = verb.tag in {"VBN", "VBG", "VB"} and not tree.has(verb, "aux")
    if verb.dep not in {"acl", "acl:relcl"} or (verb.dep == "acl" and bare):
        return
    pronouns = (word for word in tree.words if word.pos == "PRON" and word.text in RELATIVES)
    pronoun = next((word for word in pronouns if tree.is_under(word, verb)), None)
    if verb.dep == "acl:relcl" or pronoun is not None:
        verb.dep = "relcl"
    if pronoun is not None:
        pronoun.say("which")


def preposed(tree: Tree, noun: Word) -> None:
    """A preposition hangs on its noun in Universal Dependencies; in CLEAR it stands between the noun and its head."""
    cases = [c for c in tree.children(noun) if c.dep == "case"]
    if not cases:
        return
    lead, above = cases[0], noun.head
    if above is not None and above.pos == "ADV" and above.head is not None:
        above = above.head  # "únicamente de X"
    for extra in cases[1:]:
        extra.dep = "dep"
    if lead.form in HOLD_ARTICLE:
        tree.add(lead, "the", "DET", "det", noun, 0.6)
    told = "obj" if noun.dep == "conj" else _sense(tree, lead, noun, above)
    if told == "obj":
        noun.dep = "dobj" if noun.dep != "conj" else "conj"
        tree.drop(lead)
        return
    first, _, second = told.partition("_")
    lead.say(first, "ADP", "agent" if told == "by" and above and above.verb else "prep")
    lead.tag, lead.head = "IN", above
    noun.dep, noun.head = "pobj", lead
    if second:  # "according to", "due to"
        noun.head = tree.add(lead, second, "ADP", "prep", lead, 0.3)


def _sense(tree: Tree, lead: Word, noun: Word, above: Word | None) -> str:
    """The English preposition for `lead` between `above` and `noun`; `obj` where English has none."""
    told = tree.gloss.word(lead.form, lead.lemma) or lead.text
    verb = above.verb if above is not None else None
    plain = {"of": "de", "to": "à" if tree.gloss.lang == "fr" else "a"}.get(told, lead.form)
    if above is None or verb is None:
        place = told == "to" and tree.mentions.get(noun.source) in _PLACES
        return "by" if lead.form in {"par", "por"} else "in" if place else told
    if plain in verb.prepositions:
        return verb.prepositions[plain]
    if lead.form in {"par", "por"}:
        return "by" if _is_passive(tree, above) else "via"
    alone = not any(c.dep in {"obj", "dobj"} and c is not noun for c in tree.children(above))
    partitive = lead.form in {"du", "de la"} and noun.source not in tree.mentions
    personal = told == "to" and tree.gloss.lang == "es" and noun.dep == "obj"
    if alone and (partitive or personal):
        return "obj"
    return "from" if told == "of" else told


def _is_passive(tree: Tree, verb: Word) -> bool:
    deps = {child.dep for child in tree.children(verb)}
    return bool(deps & {"auxpass", "nsubjpass"}) or (verb.tag == "VBN" and not deps & {"aux", "aux:tense"})


def labelled(tree: Tree, word: Word) -> None:
    """CLEAR's label."""
    word.dep = LABELS.get(word.dep, word.dep)
    if word.text in {"its", "their"} and word.dep == "det":
        word.dep = "poss"
