"""What spaCy's names are worth: its spans cleaned, its known false names dropped, and names that it does not see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from spacy.tokens import Doc, Span, Token

from nlp import tables
from nlp.gloss import LANGUAGES
from nlp.mentions import Number
from nlp.model import Entity, EntityType
from nlp.tables import words

LABELS = {
    "PERSON": EntityType.PERSON,
    "PER": EntityType.PERSON,
    "ORG": EntityType.ORG,
    "GPE": EntityType.PLACE,
    "LOC": EntityType.PLACE,
    "FAC": EntityType.PLACE,
    "PRODUCT": EntityType.ORG,
    "EVENT": EntityType.EVENT,
    "WORK_OF_ART": EntityType.WORK,
}
SAYING = words(
    "say tell confirm write report announce note add explain claim deny warn declare tweet observe state argue "
    "call ask acknowledge "
)
_CUT = re.compile(r"['’]s\b|[()\n]|\.(?= [A-Z])| [-–—] ")
_EDGE = " \t\n\u00a0.,;:'\"“”‘’«»([{)]}–—-"
_ORG_WORD = (
    "Institute|University|Ministry|Agency|Authority|Commission|Council|Cent(?:er|re)|Foundation|Corporation|Telecom|Télécom|Telekom|"
    "Telecommunications?|Networks|Holdings?|Group|Bank|Company|Railways|Infra|Labs|Wireless|Broadband|Ltd|LLC|Inc|JSC|PLC|AG|GmbH|"
    "Organi[sz]ation|Association|Committee|Administration|Department|Forces|Army|Court|Exchange|Observatory|Consortium|Partners"
)
_CAP = r"(?:[A-ZÀ-ÖØ-Þ][\w&-]*|&)"
_ORG_PHRASE = re.compile(
    rf"\b(?:{_CAP} ){{0,3}}"
    r"(?:Ministry|Department|Bank|University|Office|Institute|School|Service|Council|Union|Federation|Agency|Authority|Commission)"
    rf" (?:of|for) (?:the )?{_CAP}(?:(?:,? and)? {_CAP}){{0,4}}"
    rf"|\b(?:{_CAP} ){{1,5}}(?:{_ORG_WORD})\b(?! ?\()"
)
_CUED = re.compile(
    r"\b(?:operator|provider|carrier|telco|telecom|ISP|company|firm|monitor|observatory|subsidiary|upstream|group"
    r"|opérateur|fournisseur|société|entreprise|filiale|groupe|transitaire"
    r"|operadora?|proveedora?|empresa|compañía|filial) "
    rf"({_CAP}(?: {_CAP}){{0,3}})"
)
_CABLE = re.compile(
    rf"\b((?:{_CAP}|\d)(?:[ -](?:{_CAP}|\d+)){{0,4}}) "
    r"(?:(?:submarine|undersea|subsea|fibre|fiber)(?:[- ]optic)? )?cable\b(?! (?:TV|television))"
)
_CABLE_BEFORE = re.compile(
    rf"\b(?:câbles?|cables?)(?: (?:sous-marins?|submarinos?))? ({_CAP}(?:[ -](?:{_CAP}|\d+)){{0,3}})"
)
"""In French and Spanish, where the name stands behind."""
_TITLED = re.compile(
    r"\b(?:ministre|président|présidente|directeur|directrice|patron|patronne|PDG|porte-parole|responsable|ministro|ministra"
    r"|presidente|presidenta|director|directora|portavoz|vocero|vocera|gerente)\b[^.;:!?]{0,60}$"
)
"""What stands before a person's name in French and Spanish."""
_PERSON = re.compile(r"[^\W\d_a-z][^\W\d_A-Z]+(?: [^\W\d_a-z][^\W\d_A-Z]+){1,2}")
_EVENT = re.compile(
    rf"\b({_CAP}) (?:cyber[ -]?attack|ransomware|worm|virus|malware|botnet)s?\b|"
    rf"\b((?:Hurricane|Typhoon|Cyclone|Operation|Storm) {_CAP})"
)
_INNER_CAPITAL = re.compile(
    r"(?<![\w./@-])(?:[A-Z]{2,}[a-z]{2,}\w*|[A-Za-z]?[a-z]+[A-Z][A-Za-z]{2,}\w*)(?![\w/@-]|\.\w)"
)
_START = words(
    "The A An In On At But And When While By From According As If After Before Since Its Their This That For "
    "With Both All Some Many Most One Two Three Four Five Six Seven Eight Nine Ten It He She They We You I "
    "Last Until Later However Meanwhile Just Around Then "
    "Le La Les Un Une Des Du Au Aux En Dans Sur Selon Après Avant Depuis Ce Cette Ces Son Sa Ses Leur Il Elle Ils On "
    "Mais Et Pour Par Avec Sans Faute Panne Coupure Rien Aucun Aucune Plus C'est Contrairement "
    "El Los Las Una Según Tras Desde Con Sin Por Para Su Sus Este Esta Se Apagón Corte Caída Fue Nada Ningún "
)
_NO_NAME = _START | words("No Another Every Each Any New Second Third First Other Several Undersea Submarine Subsea")

_TITLE = re.compile(
    r"(?:Chair(?:wo)?man|Chairperson|President|Prime Minister|Minister|Secretary|Senator|Governor|Colonel|General|"
    r"Major|Captain|Professor|Prof\.|Dr\.?|Mr\.?|Mrs\.?|Ms\.?|Sir|Sheikh|Judge|Commissioner|Director|Ambassador) "
    r"(?=[^\W\d_a-z])"
)
"""What stands before a name and is no part of it."""
_OFFICE = (
    "chief|president|minister|director|spokes(?:wo)?man|spokesperson|analyst|founder|co-founder|chair(?:wo)?man|chair|"
    "executive|engineer|governor|commissioner|secretary|professor|researcher|head|manager|technologist|lawyer|admiral"
)
_IN_OFFICE = re.compile(
    rf", (?:who |(?:(?:the|its|an?|then|now|deputy|vice|senior|former|acting|[\w’'-]+) ){{0,4}}(?:{_OFFICE})\b)"
    r"| of (?:the )?(?:[A-Z][\w&.-]*,? ){1,4}"
    r"(?:said|says|told|thinks?|wrote|noted|believes?|suspects?|reported|warned|added)\b"
)
"""What stands behind the name of a person: ", its chief engineer", "of BGPmon thinks"."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A span that reads like a name. `why` says by what: `ner`, or the rule."""

    start: int
    end: int
    type: EntityType
    why: str


@cache
def not_names() -> frozenset[str]:
    """Words that taggers take for names: protocols, units, zones, months."""
    return frozenset(row["word"] for row in tables.rows("not_entities.tsv", ("word", "source")))


def unsure(doc: Doc, known: Iterable[Entity], printed: Iterable[Number], capitals: frozenset[str]) -> Iterator[Span]:
    """The sentences of `doc` that may have names beside `known`, or where a known one may mean something else."""
    sure = bytearray(len(doc.text))
    doubtful = set[int]()
    for entity in known:
        place = entity.type is EntityType.PLACE or entity.id in capitals
        if place or entity.reason == "ambiguous":
            doubtful.add(entity.start)
        sure[entity.start : entity.end] = bytes([1]) * (entity.end - entity.start)
    for number in printed:
        sure[number.start : number.end] = bytes([1]) * (number.end - number.start)
    for sentence in doc.sents:
        start, end = sentence.start_char, sentence.end_char
        if any(start <= place < end for place in doubtful) or any(
            not sure[token.idx] and _may_name(token) for token in sentence
        ):
            yield sentence


def _may_name(token: Token) -> bool:
    """Whether a word is written like a part of a name and is no small word of its language."""
    printed = token.text
    return token.orth != token.lower and not token.is_stop and printed not in not_names() and printed not in _START


def guesses(text: str, doc: Doc | None) -> tuple[Guess, ...]:
    """Names that no table knows, best kinds first; they may overlap."""
    found = [*_phrases(text)]
    if doc is not None and doc.lang_ in LANGUAGES:
        found += [Guess(m.start(1), m.end(1), EntityType.CABLE, "called a cable") for m in _CABLE_BEFORE.finditer(text)]
    if doc is not None:
        found.extend(_tagged(text, doc))
        found.extend(_inner_capitals(text, doc))
    return tuple(guess for guess in found if _is_name(text[guess.start : guess.end]))


def _is_name(printed: str) -> bool:
    return (
        any(letter.isupper() for letter in printed)
        and printed not in not_names()
        and "\n" not in printed
        and not re.search(r"\d\d:\d\d|/\d|^[\d\W]+$|\b(?:Standard|Daylight|Summer|Local) Time$", printed)
        and not re.fullmatch(r"AS ?\d+", printed)
        and printed.count(" ") < 8
        and len(printed) > 1
    )


def _tagged(text: str, doc: Doc) -> Iterator[Guess]:
    for span in doc.ents:
        kind = LABELS.get(span.label_)
        if kind is None:
            continue
        for start, end in _cleaned(text, span.start_char, span.end_char):
            if text[start].islower() and doc.lang_ in LANGUAGES:
                continue  # "ministre de la Communication"
            if kind is EntityType.PERSON and (title := _TITLE.match(text, start, end)):
                start = title.end()
            kind = _corrected(text, doc, start, end, kind)
            if (
                start > span.start_char
                and text[start - 3 : start] in {"'s ", "’s "}
                and _PERSON.fullmatch(text, start, end)
            ):
                kind = EntityType.PERSON  # "Dyn's Ann Example": one span for the tagger
            if span.label_ != "FAC" or kind is EntityType.PERSON:
                yield Guess(start, end, kind, f"ner {span.label_}")


def _cleaned(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span cut at possessives, brackets and sentence ends, without articles, quotes and words that are no names."""
    cuts = [m.span() for m in _CUT.finditer(text, start, end)]
    for first, last in zip([start, *(cut[1] for cut in cuts)], [*(cut[0] for cut in cuts), end], strict=True):
        words = [(m.start() + first, m.end() + first) for m in re.finditer(r"[^\s]+", text[first:last])]
        while words and _no_edge(text[slice(*words[0])]):
            words.pop(0)
        while words and _no_edge(text[slice(*words[-1])], last=True):
            words.pop()
        if words:
            first, last = words[0][0], words[-1][1]
            printed = text[first:last]
            yield first + len(printed) - len(printed.lstrip(_EDGE)), last - len(printed) + len(printed.rstrip(_EDGE))


def _no_edge(word: str, last: bool = False) -> bool:
    plain = word.strip(_EDGE)
    return (
        not plain
        or plain in not_names()
        or plain in _START
        or (last and plain.islower())
        or plain in {"the", "a", "of", "and"}
    )


def _corrected(text: str, doc: Doc, start: int, end: int, kind: EntityType) -> EntityType:
    """Two or three plain capitalised words that say something, or whose office is told behind them, are a person."""
    span = doc.char_span(start, end, alignment_mode="expand")
    if doc.lang_ in LANGUAGES and _PERSON.fullmatch(text, start, end):
        titled = _TITLED.search(text, max(0, start - 90), start)
        return EntityType.PERSON if titled and kind is not EntityType.PLACE else kind
    if span is None or kind not in {EntityType.ORG, EntityType.PLACE} or not 2 <= len(span) <= 3:
        return kind
    says = span.root.dep_ == "nsubj" and span.root.head.lemma_ in SAYING
    says = says or _IN_OFFICE.match(text, end) is not None
    plain = all(token.text[0].isupper() and token.text.isalpha() and not token.text.isupper() for token in span)
    return EntityType.PERSON if says and plain and not re.search(_ORG_WORD, text[start:end]) else kind


def _phrases(text: str) -> Iterator[Guess]:
    for match in _ORG_PHRASE.finditer(text):
        start = match.start()
        for word in re.finditer(r"\S+ ", match[0]):
            if word[0].strip() not in _START:
                break
            start = match.start() + word.end()
        if " " in text[start : match.end()]:
            yield Guess(start, match.end(), EntityType.ORG, "named like an organisation")
    for match in _CUED.finditer(text):
        yield Guess(match.start(1), match.end(1), EntityType.ORG, "named after its trade")
    for match in _EVENT.finditer(text):
        group = 1 if match[1] else 2
        yield Guess(match.start(group), match.end(group), EntityType.EVENT, "called an attack or a storm")
    for match in _CABLE.finditer(text):
        words = match[1].split()
        if words[0] not in _NO_NAME and not match[1].isdigit():
            yield Guess(match.start(1), match.end(1), EntityType.CABLE, "called a cable")


def _inner_capitals(text: str, doc: Doc) -> Iterator[Guess]:
    for match in _INNER_CAPITAL.finditer(text):
        span = doc.char_span(match.start(), match.end())
        if span is not None and any(_proper(token) for token in span):
            yield Guess(match.start(), match.end(), EntityType.ORG, "written like a brand")


def _proper(token: Token) -> bool:
    return token.pos_ == "PROPN"
