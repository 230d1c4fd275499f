"""Claims in languages without a syntactic model, from curated cues (`data/cues/<lang>.toml`) a sentence.

`cuematch.py` says how a pattern is written. The words of a pattern and their order give the roles; negation is looked
for in the clause about them, denial, hearsay and plans in the sentence. Of the patterns of a type the first that fits
counts.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

from nlp import cuematch
from nlp.cuematch import Found, Kinds, Pattern
from nlp.language import CUES
from nlp.model import Claim, Entity, EntityType, Modality, Polarity, Text, TimeSpan
from nlp.neighbours import told_next
from nlp.party import ORGS, PLACES, Networks, entity_id, is_network, network_of
from nlp.relevance import content_networks
from nlp.script import plain

_BEGIN = {"ar": cuematch.ARABIC_WORD, "ja": "", "ko": "", "zh": ""}
"""Before a cue in languages in which it may stand inside a run of letters."""
MAX_SENTENCE = 1500
"""Characters of a sentence that is read for cues: no press sentence is longer."""
_SENTENCE = re.compile(r"[^.!?…。\n]+(?:\.(?=\w)[^.!?…。\n]*)*[.!?…。]?")
_ABBREVIATED = re.compile(r"\b[^\W\d]{1,5}\.$")
_CLAUSE = re.compile(r"[,;:()]|\s[-–—]+\s|、")
_BY_NATURE = {
    "authority": ({"actor": "NPJ", "target": "N"}, {"actor": "NPJ", "target": "NP"}, {"actor": "NPJ", "target": "NPJ"}),
    "place": ({"actor": "NP", "target": "N"}, {"actor": "NP", "target": "P"}, {"actor": "NPJ", "target": "NPJ"}),
    "": ({"actor": "N", "target": "NP"}, {"actor": "NP", "target": "NP"}),
}
"""Which kinds of mention are tried in turn: a country that stands before a network is seldom the one that acts."""
_NATURE = {"shutdown_ordered": "authority", "service_block": "authority", "outage": "place"}
_PLACED = ("outage", "cable", "attack")
"""Types that a sentence may tell without saying again of whom."""
_CARRIED = frozenset({"transit", "rerouting", *_PLACED})
"""Types whose target stays the same until another is told."""


@dataclass(frozen=True, slots=True)
class _Cues:
    stance: Mapping[str, tuple[re.Pattern[str], ...]]
    patterns: tuple[tuple[str, tuple[Pattern, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with each mention as one mark; `places` has the text's offset of each of its characters."""

    read: cuematch.Sentence
    places: tuple[int, ...]
    entities: tuple[Entity, ...]
    times: tuple[TimeSpan, ...]
    speakers: tuple[int, ...]


def find_cue_claims(
    text: Text, entities: Sequence[Entity], times: Sequence[TimeSpan], lang: str, registry: Networks
) -> list[Claim]:
    """The claims of `text` by the cues of `lang`, without ids; none where the language has no cues."""
    if lang not in CUES:
        return []
    cues = _cues(lang)
    sentences = list(_sentences(text.text, entities, times, registry, cues))
    found = [claim for sentence in sentences for claim in _sentence_claims(text, sentence, cues, registry)]
    bounds = [(sentence.places[0], sentence.places[-1]) for sentence in sentences]
    return told_next(text.text, list(_inherited(found, sentences, registry)), bounds, entities, times)


def _inherited(claims: Sequence[Claim], sentences: Sequence[_Sentence], registry: Networks) -> Iterator[Claim]:
    """Who is carried or cut off, where a sentence leaves it out, is who was so before, or who was named last."""
    last: Claim | None = None
    for claim in claims:
        family = claim.type.partition("_")[0]
        if claim.target is None and family in _CARRIED:
            if last and claim.actor != last.target and (family != "cable" or last.type.startswith(family)):
                claim = replace(claim, target=last.target, place=last.place)
            elif family == "outage" and (named := _named_before(claim, sentences)):
                target, place = _placed(named, claim.type, registry)
                claim = replace(claim, target=target, place=place)
        if claim.target is not None and (family in _CARRIED or family == "sanction"):
            last = claim
        if claim.target is not None or family != "outage":
            yield claim


def _named_before(claim: Claim, sentences: Sequence[_Sentence]) -> Entity | None:
    """The network or place that was named last before the claim's sentence, in the two sentences before it."""
    before = [s for s in sentences if s.places[0] < claim.quote_span[0] and s.places[-1] <= claim.quote_span[0]][-2:]
    for sentence in reversed(before):
        marks = re.finditer(r"\x02(\d+)[NP]\x03", sentence.read.marked)
        named = [int(mark[1]) for mark in marks if int(mark[1]) not in sentence.speakers]
        if named:
            return sentence.entities[named[0]]
    return None


@lru_cache(maxsize=32)
def _cues(lang: str) -> _Cues:
    data = tomllib.loads((files("nlp") / "data" / "cues" / f"{lang}.toml").read_text(encoding="utf-8"))
    begin = _BEGIN.get(lang, cuematch.WORD)
    stance = {name: tuple(cuematch.expression(p, begin) for p in rows) for name, rows in data["stance"].items()}
    patterns = ((row["type"], tuple(cuematch.compiled(p, begin) for p in row["patterns"])) for row in data["cue"])
    return _Cues(stance, tuple(patterns))


def _sentences(
    text: str, entities: Sequence[Entity], times: Sequence[TimeSpan], registry: Networks, cues: _Cues
) -> Iterator[_Sentence]:
    read = plain(text)
    timed = {place for t in times for place in range(t.start, t.end)}
    entities = sorted((e for e in entities if e.start not in timed), key=lambda e: e.start)
    starts, told = [e.start for e in entities], [t.start for t in times]
    for start, end in _bounds(read, [*entities, *times]):
        inside = entities[bisect_left(starts, start) : bisect_left(starts, end)]
        marked, places, done = "", [], start
        for n, entity in enumerate(inside):
            if entity.start < done:
                continue
            mark = f"\x02{n}{_kind(entity, registry)}\x03"
            marked += read[done : entity.start] + mark
            places += [*range(done, entity.start), *[entity.start] * len(mark)]
            done = entity.end
        marked += read[done:end]
        places += range(done, max(done, end) + 1)
        inner = tuple(t for t in times[bisect_left(told, start) : bisect_left(told, end)] if t.start_utc)
        speakers = (m for pattern in cues.stance.get("attribution", ()) for m in pattern.finditer(marked))
        speaking = tuple(dict.fromkeys(int(m["speaker"]) for m in speakers))
        yield _Sentence(cuematch.Sentence(marked), tuple(places), tuple(inside), inner, speaking)


def _bounds(text: str, whole: Sequence[Entity | TimeSpan]) -> Iterator[tuple[int, int]]:
    """Where sentences lie; a stop inside a mention or a time ("am 4. März") or behind a short word ends none."""
    inner = {place for x in whole for place in range(x.start + 1, x.end)}
    start: int | None = None
    for found in _SENTENCE.finditer(text):
        start, end = found.start() if start is None else start, found.end()
        shortened = _ABBREVIATED.search(text, max(start, end - 7), end) and re.match(r"\s[a-zа-яіїєґ\d]", text[end:])
        if (end not in inner and not shortened) or end - start > MAX_SENTENCE:
            yield start, min(end, start + MAX_SENTENCE)
            start = None
    if start is not None:
        yield start, min(len(text), start + MAX_SENTENCE)


def _kind(entity: Entity, registry: Networks) -> str:
    if entity.type is EntityType.CABLE:
        return "C"
    if entity.type is EntityType.PREFIX:
        return "R"
    if registry.is_monitor(entity_id(entity)):
        return "M"
    if entity.type in ORGS:
        return "N"
    if entity.type is EntityType.NORP:
        return "J"
    return "P" if entity.type in PLACES else "X"


def _sentence_claims(text: Text, sentence: _Sentence, cues: _Cues, registry: Networks) -> Iterator[Claim]:
    taken: list[tuple[str, Found]] = []
    for kind, patterns in cues.patterns:
        found = _first(kind, patterns, sentence)
        if found is None or any(_rivals(kind, found, other, known) for other, known in taken):
            continue
        if kind == "service_block" and not _is_service(sentence.entities[found.roles["target"]]):
            continue
        taken.append((kind, found))
    for kind, found in sorted(taken, key=lambda told: told[1].span):
        yield _claim(text, sentence, kind, found, cues, registry)


def _is_service(entity: Entity) -> bool:
    """True for what is used over the internet, not for who carries it."""
    return not (entity.id or "").startswith("AS") or entity.id in content_networks()


def _rivals(kind: str, found: Found, other: str, known: Found) -> bool:
    """True where the words of a claim have told another already, or an order has told the outage."""
    if kind == "cause" or other == "cause":
        return False
    ordered = other in {"shutdown_ordered", "service_block"} and kind.startswith(("outage", "shutdown", "service"))
    carried = other in {"origin_hijack", "route_leak", "sanction_disconnect"} and kind.startswith(("transit", "rerout"))
    return ordered or carried or any(a < d and c < b for a, b in found.words for c, d in known.words)


def _first(kind: str, patterns: Sequence[Pattern], sentence: _Sentence) -> Found | None:
    """The first pattern that fits, rather without who tells the news; else one that only lacks its target."""
    kinds: Sequence[Kinds] = _BY_NATURE[_NATURE.get(kind, _NATURE.get(kind.partition("_")[0], ""))]
    for avoid in dict.fromkeys((frozenset(sentence.speakers), frozenset[int]())):
        for pattern in patterns:
            if pattern.has_roles and (found := cuematch.find(pattern, sentence.read, kinds, avoid)):
                return found
    lone = (cuematch.find(p, sentence.read, kinds, frozenset()) for p in patterns if not p.has_roles)
    least = 1 if kind == "attack" else 2
    bare = (cuematch.find_bare(p, sentence.read, least) for p in patterns if kind.startswith(_PLACED))
    return next((found for found in (*lone, *bare) if found), None)


def _claim(text: Text, sentence: _Sentence, kind: str, found: Found, cues: _Cues, registry: Networks) -> Claim:
    actor, target = (sentence.entities[found.roles[r]] if r in found.roles else None for r in ("actor", "target"))
    if kind == "shutdown_ordered" and target is None:
        places = (e for e in sentence.entities if e.type in PLACES - {EntityType.NORP} and e is not actor)
        target = next(places, actor if actor and actor.type in PLACES else None)
    target_id, place = _placed(target, kind, registry)
    if kind.startswith("cable") and target and target.type is not EntityType.CABLE:
        target_id = None  # a place is where a cable lies
    start = sentence.places[0]
    end = sentence.places[-1]
    quote = text.text[start:end]
    start += len(quote) - len(quote.lstrip())
    end = start + len(quote.strip().rstrip(".!…。"))
    time = _time(sentence, found)
    around = sentence.read.marked
    low, high = _clause(around, found)
    return Claim(
        id="",
        type=kind,
        actor=entity_id(actor) if actor else None,
        target=target_id,
        quote=text.text[start:end],
        quote_span=(start, end),
        other=tuple(entity_id(e) for e in sentence.entities if e.type is EntityType.PREFIX),
        place=place,
        start_utc=time.start_utc if time else None,
        end_utc=time.end_utc if time else None,
        precision=time.granularity if time else None,
        polarity=_polarity(_without(around, low, high, found), around, cues),
        modality=_modality(around[low:high], around, cues),
        attribution=tuple(dict.fromkeys(entity_id(sentence.entities[n]) for n in sentence.speakers)),
        exclusive=kind == "transit_state" and _any("only", around, cues),
        likely=tuple((r, e.likely) for r, e in (("actor", actor), ("target", target)) if e and e.likely),
    )


def _time(sentence: _Sentence, found: Found) -> TimeSpan | None:
    """The time in the clause of the claim's words, else the nearest in its sentence."""
    low, high = (sentence.places[min(at, len(sentence.places) - 1)] for at in _clause(sentence.read.marked, found))
    start, end = (sentence.places[min(at, len(sentence.places) - 1)] for at in found.span)
    inside = [t for t in sentence.times if low <= t.start < max(high, low + 1)]
    pool = inside or list(sentence.times)
    return min(pool, key=lambda t: max(t.start - end, start - t.end, 0), default=None)


def _clause(marked: str, found: Found) -> tuple[int, int]:
    """Where the clauses begin and end that the pattern's words stand in."""
    start, end = found.span
    edges = [m.span() for m in _CLAUSE.finditer(marked)]
    low = max((stop for _, stop in edges if stop <= start), default=0)
    return low, min((begin for begin, _ in edges if begin >= end), default=len(marked))


def _without(marked: str, low: int, high: int, found: Found) -> str:
    """The clause with each of the pattern's words as one mark: the "not" of "does not work" negates no outage."""
    out, done = "", low
    happens = found.words[: found.leading]
    for first, last in sorted(found.words):
        out += marked[done : max(done, first)] + ("\x04" if (first, last) in happens else "\x05")
        done = max(done, last)
    return out + marked[done:high]


def _placed(target: Entity | None, kind: str, registry: Networks) -> tuple[str | None, str | None]:
    """The target's id, the only network of a country for the country, and the place."""
    if target is None:
        return None, None
    own = entity_id(target)
    network = None if kind in {"shutdown_ordered", "service_block"} else network_of(registry, own)
    if network:
        return network, own
    if target.type in PLACES:
        return own, target.country or own
    return own, target.country if is_network(target) else None


def _any(name: str, words: str, cues: _Cues) -> bool:
    return any(pattern.search(words) for pattern in cues.stance.get(name, ()))


def _polarity(clause: str, sentence: str, cues: _Cues) -> Polarity:
    if _any("denied", sentence, cues):
        return Polarity.DENIED
    if sentence.rstrip().endswith("?"):
        return Polarity.QUESTIONED
    return Polarity.NEGATED if _any("negated", clause, cues) else Polarity.ASSERTED


def _modality(clause: str, sentence: str, cues: _Cues) -> Modality:
    """A plan is told in the clause; hearsay and likelihood anywhere in the sentence."""
    if _any("planned", clause, cues):
        return Modality.PLANNED
    names = {"alleged": Modality.ALLEGED, "likely": Modality.LIKELY, "hypothetical": Modality.HYPOTHETICAL}
    return next((modality for name, modality in names.items() if _any(name, sentence, cues)), Modality.ACTUAL)
