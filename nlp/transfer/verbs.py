"""Verbs on their way into English: which one leads, passives, negation, tense, the subject in an ending."""

from __future__ import annotations

from nlp.model import EntityType
from nlp.transfer.tree import HELPERS, Tree, Word

REPORTING = {
    "say", "state", "announce", "tell", "write", "confirm", "note", "claim", "explain", "promise", "warn", "report",
}  # fmt: skip
"""Verbs under which a conditional is the future of the past: "said it would"."""
MODALS = {"can": ("can", "could"), "must": ("must", "should"), "go": ("will", "would")}
"""Verbs that English has as auxiliaries: in the present, in the conditional."""
NEGATIONS = {"pas": "not", "non": "not", "no": "not", "jamais": "never", "nunca": "never", "jamás": "never"}
SAY_OR_GIVE = {"assure", "assurent", "assuré", "assura"}
"""Forms of a verb that says where it stands behind what is said, and provides elsewhere."""
BECOMING = {"quedar", "ver", "resultar", "trouver", "retrouver", "voir"}
"""Verbs of the source that make a passive of a participle behind them."""
WITHOUT_OBJECT = {
    "fall", "fail", "collapse", "disappear", "return", "remain", "come", "go", "occur", "begin", "plummet", "vanish",
    "happen", "reappear", "end",
}  # fmt: skip
OWN = {"det", "amod", "nmod", "case", "nummod", "compound", "appos", "flat", "acl", "acl:relcl", "fixed"}
"""What stays with a predicate where "be" takes the rest."""
_PARTS = {"amod", "flat", "flat:name", "nmod", "appos", "acl"}
_PREDICATE = {"obj", "xcomp", "amod", "ccomp", "advcl", "obl", "obl:arg", "acl", "conj", "dep"}
_REFLEXIVE = {"se", "s'"}
_COMPANIES = {EntityType.ORG, EntityType.ASN}


def lead_headline(tree: Tree, verb: Word) -> None:
    """ "X achemine le trafic": a verb that the model takes for a part of the name before it leads the sentence."""
    name = verb.head
    if name is None or name.source not in tree.mentions or verb.source <= name.source or verb.dep not in _PARTS:
        return
    found = verb.verb or tree.gloss.verb(verb.form)
    nominal = tree.has(verb, "case", "det", "aux:tense", "aux", "nsubj") or tree.gloss.participle(verb.form)
    if found is None or nominal or verb.source in tree.mentions or name.dep not in {"ROOT", "nsubj"}:
        return
    tree.conjugate(verb, found)
    verb.tag = "VBZ"
    for child in tree.children(name):
        if child is not verb and child.source > name.source:
            child.head = verb
            if child.dep in _PARTS and not tree.has(child, "case"):
                child.dep = "obj"
    verb.dep, verb.head = ("ROOT" if name.dep == "ROOT" else "dep"), name.head
    name.dep, name.head = "nsubj", verb


def uncleave(tree: Tree, verb: Word) -> None:
    """ "c'est par X que passe Y", "es X quien transporta Y": the clause behind leads, and X is in it."""
    told = verb.head
    if told is None or verb.dep not in {"acl", "acl:relcl", "csubj", "advcl", "ccomp", "dep"}:
        return
    kids = tree.children(told)
    be = next((c for c in kids if c.dep == "cop" and c.lemma == "be" and c.source < told.source), None)
    it = next((c for c in kids if c.form in {"ce", "c'"}), None)
    link = next((c for c in tree.children(verb) if c.form in {"qui", "que", "qu'", "quien", "quienes"}), None)
    if be is None or link is None or (tree.gloss.lang == "fr") is not (it is not None) or verb.source < told.source:
        return
    if any(c.dep in {"nsubj", "nsubj:pass"} and c is not it for c in kids):
        return
    part = link.dep if link.form.startswith("qui") else "obl" if tree.has(told, "case") else "obj"
    for gone in (be, it, link):
        if gone is not None:
            tree.drop(gone)
    verb.dep, verb.head = told.dep, told.head
    told.dep, told.head = part, verb
    for child in kids:
        if child in tree and child.dep in {"punct", "parataxis", "advmod", "obl", "obl:mod"} and child.head is told:
            child.head = verb


def finite_first(tree: Tree, verb: Word) -> None:
    """ "Emboîtant le pas à X, Y a cessé de ...": the finite verb leads, and takes what stands behind it."""
    if verb.dep != "ROOT" or verb.morph("VerbForm") not in {"Part", "Ger"} or tree.has(verb, *HELPERS, "cop", "nsubj"):
        return
    kids = tree.children(verb)
    lead = next((c for c in kids if c.dep in {"conj", "parataxis"} and (tree.has(c, "nsubj") or c.verb)), None)
    if lead is None or tree.has(lead, "cc"):
        return
    lead.dep, lead.head = "ROOT", None
    verb.dep, verb.head = "advcl", lead
    for child in kids:
        if child is not lead and child.source > lead.source:
            child.head = lead


def govern(tree: Tree, say: Word) -> None:
    """ "X va couper Y, a annoncé Z": what is said hangs on the verb of saying behind it, as in English."""
    told = say.head
    if say.form in SAY_OR_GIVE and say.dep in {"parataxis", "advcl"}:
        say.say("say")
    if say.verb is None or say.lemma not in REPORTING or say.dep not in {"parataxis", "conj", "advcl"} or told is None:
        return
    kids = tree.children(say)
    speakers = [c for c in kids if c.dep in {"nsubj", "obj"} and c.source > say.source]
    if speakers and told.source < say.source and not any(c.dep in {"mark", "cc"} for c in kids):
        speakers[0].dep = "nsubj"
        say.dep, say.head = told.dep, told.head
        told.dep, told.head = "ccomp", say


def lift_modal(tree: Tree, modal: Word) -> None:
    """ "va couper", "puede cortar": the infinitive is the verb, what carries it its auxiliary."""
    if modal.lemma not in MODALS or modal.verb is None:
        return
    told = MODALS[modal.lemma][modal.morph("Mood") == "Cnd"]
    if modal.dep in HELPERS:
        modal.say(told, "AUX", "aux")
        modal.token = None
        return
    carried = (c for c in tree.children(modal) if c.dep in {"xcomp", "ccomp", "obj", "advcl"})
    verb = next((c for c in carried if _is_infinitive(tree, c)), None)
    if verb is None:
        return
    for mark in [c for c in tree.children(verb) if c.dep in {"mark", "case"}]:
        tree.drop(mark)
    for child in tree.children(modal):
        if child is not verb:
            child.head = verb
    verb.dep, verb.head = modal.dep, modal.head
    modal.say(told, "AUX", "aux")
    modal.head, modal.token = verb, None


def _is_infinitive(tree: Tree, verb: Word) -> bool:
    """True for "couper" and for the participle of "être coupé"."""
    return verb.tag == "VB" or any(c.tag == "VB" and c.dep in HELPERS | {"cop"} for c in tree.children(verb))


def lift_participle(tree: Tree, verb: Word) -> None:
    """ "quedó dañado", "se vieron afectados", "s'est trouvé coupé": a passive by another verb than "be"."""
    if verb.verb is None or verb.token is None or verb.token.lemma_ not in BECOMING:
        return
    kids = tree.children(verb)
    told = next((c for c in kids if c.tag == "VBN" and c.verb and c.source > verb.source and c.dep in _PREDICATE), None)
    if told is None or tree.has(told, "nsubj", "nsubj:pass", "aux", "aux:tense"):
        return
    for child in kids:
        if child is not told and child.form not in _REFLEXIVE:
            child.head = told
    for reflexive in [c for c in kids if c.form in _REFLEXIVE]:
        tree.drop(reflexive)
    told.dep, told.head, told.pos = verb.dep, verb.head, "VERB"
    verb.say("be", "AUX", "aux:pass")
    verb.head = told


def invert(tree: Tree, verb: Word) -> None:
    """ "caen las redes de X": what stands behind a verb without an object is its subject."""
    if verb.verb is None or verb.lemma not in WITHOUT_OBJECT or tree.has(verb, "nsubj", "nsubj:pass", "aux:pass"):
        return
    behind = [c for c in tree.children(verb) if c.dep == "obj" and c.source > verb.source and not tree.has(c, "case")]
    for noun in behind[:1]:
        noun.dep = "nsubj"


def lead_copula(tree: Tree, be: Word) -> None:
    """ "est inaccessible": English has the verb as head and the predicate behind it."""
    told = be.head
    if be.dep != "cop" or told is None or (told.tag == "VBN" and told.verb):
        return
    be.say("be", "AUX", told.dep)
    be.head = told.head
    told.dep, told.head = ("acomp" if told.pos == "ADJ" else "attr"), be
    for child in tree.children(told):
        if child.dep not in OWN and not (child.dep == "advmod" and child.source == told.source - 1):
            child.head = be


def passive(tree: Tree, verb: Word) -> None:
    """The passive with "être" or "ser" and the one with "se", which a company seldom is the object of."""
    if verb.verb is None or verb.pos != "VERB":
        return
    kids = tree.children(verb)
    helps = [
        c for c in kids if c.dep in {"aux:pass", "cop"} or (c.dep == "aux" and c.token and c.token.lemma_ == "ser")
    ]
    reflexive = next((c for c in kids if c.form in _REFLEXIVE), None)
    subjects = [c for c in kids if c.dep in {"nsubj", "nsubj:pass"}]
    if verb.tag == "VBN" and helps:
        for child in helps:
            child.say("be", dep="auxpass")
        for child in subjects:
            child.dep = "nsubjpass"
    elif reflexive is not None:
        undergone = tree.gloss.lang == "es" or reflexive.dep == "expl:pass"
        for child in subjects:
            named = tree.mentions.get(child.source) in _COMPANIES
            child.dep = "nsubjpass" if undergone and not named else "nsubj"
    elif verb.tag == "VBN" and verb.dep in {"amod", "acl"}:
        verb.dep = "acl"
    if reflexive is not None:
        tree.drop(reflexive)


def negate(tree: Tree, word: Word) -> None:
    """ "ne ... pas", "ne ... plus", "ne ... que", "ya no"."""
    beside = {child.form: child for child in tree.children(word.head)} if word.head else {}
    if word.form in {"ne", "n'"}:
        if "plus" in beside:
            beside["plus"].say("longer")
        elif "que" in beside and beside["que"].pos == "ADV":
            beside["que"].say("only")
        tree.drop(word)
    elif word.form == "no" and "ya" in beside and word.dep == "advmod":
        beside["ya"].say("longer")
        tree.drop(word)
    elif word.form in NEGATIONS and word.head is not None and word.head.pos == "NOUN":
        word.say("no", dep="neg")  # "y no un ataque"
    elif word.form in NEGATIONS and word.dep == "advmod":
        told = NEGATIONS[word.form]
        word.say(told, dep="neg" if told == "not" else None)


def infinitive(tree: Tree, mark: Word) -> None:
    """ "de couper", "pour rétablir": English has "to", and whoever is told to do it as its subject."""
    verb = mark.head
    if mark.dep != "mark" or verb is None or verb.tag != "VB" or mark.text not in {"of", "to", "for", "from", "in"}:
        return
    mark.say("to", "PART", "aux")
    mark.tag = "TO"
    noun = verb.head
    if verb.dep == "acl" and noun is not None and noun.dep in {"pobj", "dobj"}:
        above = noun.head.head if noun.dep == "pobj" and noun.head else noun.head
        if above is not None and above.verb is not None:
            verb.head, verb.dep = above, "xcomp"


def tensed(tree: Tree, word: Word) -> None:
    """ "will", "would" and, for the conditional in which the press tells hearsay, "reportedly"."""
    if word.verb is None or word.morph("VerbForm") != "Fin":
        return
    helps = word.dep in HELPERS and word.head is not None
    verb = word.head if helps and word.head else word
    if word.morph("Tense") == "Fut":
        tree.add(word, "will", "AUX", "aux", verb)
    elif word.morph("Mood") == "Cnd":
        said = verb.dep == "ccomp" and verb.head is not None and verb.head.lemma in REPORTING
        perfect = helps and word.dep != "auxpass"
        if said and not perfect:
            tree.add(word, "would", "AUX", "aux", verb)
        elif not any(other.text == "if" for other in tree.words):
            tree.add(word, "reportedly", "ADV", "advmod", verb)
    if word.dep in {"aux", "aux:tense"} and word.lemma != "be":
        word.say("have")


def subjected(tree: Tree, verb: Word) -> None:
    """Spanish says "it" in the ending of a verb that has no subject."""
    if (
        tree.gloss.lang != "es"
        or verb.verb is None
        or verb.dep not in {"ROOT", "ccomp"}
        or verb.lemma in {"be", "have"}
    ):
        return
    kids = tree.children(verb)
    finite = next((word for word in [verb, *kids] if word.morph("VerbForm") == "Fin"), verb)
    bare = not any(c.dep in {"nsubj", "nsubjpass", "csubj", "auxpass", "expl"} for c in kids)
    if bare and finite.morph("Person") == "3" and finite.morph("Number") == "Sing":
        tree.add(finite, "it", "PRON", "nsubj", verb, -0.4)
