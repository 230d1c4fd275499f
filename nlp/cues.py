"""Claims in languages without a syntactic model, from curated patterns a sentence (`data/cues/<lang>.toml`).

A pattern is a regular expression with `{A}` for the actor, `{T}` for the target, `{C}` for a cable and `{S}` for a
speaker, `*` for the rest of a word, `…` for a gap inside the sentence and a blank for any white space. Their order and
the words between give the roles. The first pattern of a type that fits a sentence counts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

from nlp.model import Claim, Entity, EntityType, Modality, Polarity, Text, TimeSpan
from nlp.neighbours import told_next
from nlp.parties import ORGS, PLACES, Networks, entity_id, is_network, network_of

LANGUAGES = ("de", "ru")
"""Languages with a table of cues."""
GAP = 90
"""Characters that `…` may cover."""
_SENTENCE = re.compile(r"[^.!?…\n]+(?:\.(?=\w)[^.!?…\n]*)*[.!?…]?")
_MARK = {"{A}": r"\x02(?P<actor>\d+)[ACTORS]\x03", "{T}": r"\x02(?P<target>\d+)[NP]\x03",
         "{C}": r"\x02(?P<target>\d+)C\x03", "{S}": r"\x02(?P<speaker>\d+)[NXM]\x03"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Cues:
    stance: Mapping[str, tuple[re.Pattern[str], ...]]
    patterns: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with each mention as one mark; `places` has the text's offset of each of its characters."""

    marked: str
    places: tuple[int, ...]
    entities: tuple[Entity, ...]
    times: tuple[TimeSpan, ...]


def find_cue_claims(
    text: Text, entities: Sequence[Entity], times: Sequence[TimeSpan], lang: str, registry: Networks
) -> list[Claim]:
    """The claims of `text` by the cues of `lang`, without ids; none where the language has no cues."""
    if lang not in LANGUAGES:
        return []
    cues = _cues(lang)
    sentences = list(_sentences(text.text, entities, times, registry))
    found = [claim for sentence in sentences for claim in _sentence_claims(text, sentence, cues, registry)]
    bounds = [(sentence.places[0], sentence.places[-1]) for sentence in sentences]
    return told_next(text.text, list(_inherited(found)), bounds, entities, times)


def _inherited(claims: Sequence[Claim]) -> Iterator[Claim]:
    """Who is carried, where a sentence leaves it out, is who was carried in the claim before."""
    last: Claim | None = None
    for claim in claims:
        if claim.target is None and last and claim.type.startswith("transit") and claim.actor != last.target:
            claim = replace(claim, target=last.target, place=last.place)
        if claim.target is not None and claim.type.startswith("transit"):
            last = claim
        yield claim


@lru_cache(maxsize=8)
def _cues(lang: str) -> _Cues:
    data = tomllib.loads((files("nlp") / "data" / "cues" / f"{lang}.toml").read_text(encoding="utf-8"))
    stance = {name: tuple(_compiled(p) for p in patterns) for name, patterns in data["stance"].items()}
    return _Cues(stance, tuple((row["type"], tuple(_variants(row["type"], row["patterns"]))) for row in data["cue"]))


def _variants(kind: str, patterns: Sequence[str]) -> Iterator[re.Pattern[str]]:
    """Each pattern with a network as its actor first: a country that stands before it is seldom the one that acts."""
    for pattern in patterns:
        if "{A}" in pattern and kind != "shutdown_ordered":
            yield _compiled(pattern, "N")
        yield _compiled(pattern)


def _compiled(pattern: str, actors: str = "NP") -> re.Pattern[str]:
    pattern = re.sub(r"(?<=[\w)])\*", r"\\w*", pattern)
    pattern = pattern.replace(" …", r"\s…").replace("…", rf".{{0,{GAP}}}?").replace(" ?", r"\s*").replace(" ", r"\s+")
    for mark, expression in _MARK.items():
        pattern = pattern.replace(mark, expression.replace("ACTORS", actors))
    return re.compile(rf"(?<!\w)(?:{pattern})", re.IGNORECASE)


def _sentences(
    text: str, entities: Sequence[Entity], times: Sequence[TimeSpan], registry: Networks
) -> Iterator[_Sentence]:
    for start, end in _bounds(text, [*entities, *times]):
        inside = [e for e in entities if start <= e.start < end]
        marked, places, done = "", [], start
        for n, entity in enumerate(inside):
            if entity.start < done:
                continue
            mark = f"\x02{n}{_kind(entity, registry)}\x03"
            marked += text[done : entity.start] + mark
            places += [*range(done, entity.start), *[entity.start] * len(mark)]
            done = entity.end
        marked += text[done:end]
        places += range(done, max(done, end) + 1)
        inner = tuple(t for t in times if start <= t.start < end and t.start_utc)
        yield _Sentence(marked, tuple(places), tuple(inside), inner)


def _bounds(text: str, whole: Sequence[Entity | TimeSpan]) -> Iterator[tuple[int, int]]:
    """Where sentences lie; a stop inside a mention or a time ("am 4. März") ends none."""
    start: int | None = None
    for found in _SENTENCE.finditer(text):
        start, end = found.start() if start is None else start, found.end()
        if not any(x.start < end < x.end for x in whole):
            yield start, end
            start = None


def _kind(entity: Entity, registry: Networks) -> str:
    if entity.type is EntityType.CABLE:
        return "C"
    if registry.is_monitor(entity_id(entity)):
        return "M"
    if entity.type in ORGS:
        return "N"
    return "P" if entity.type in PLACES - {EntityType.NORP} else "X"


def _sentence_claims(text: Text, sentence: _Sentence, cues: _Cues, registry: Networks) -> Iterator[Claim]:
    taken: set[str] = set()
    for kind, patterns in cues.patterns:
        found = next((m for pattern in patterns if (m := pattern.search(sentence.marked))), None)
        if found is None or kind.partition("_")[0] in taken:
            continue
        taken.add(kind.partition("_")[0])
        if kind == "shutdown_ordered":
            taken.add("outage")
        yield _claim(text, sentence, kind, found, cues, registry)


def _claim(text: Text, sentence: _Sentence, kind: str, found: re.Match[str], cues: _Cues, registry: Networks) -> Claim:
    groups = {name: sentence.entities[int(n)] for name, n in found.groupdict().items() if n is not None}
    actor, target = groups.get("actor"), groups.get("target")
    if kind == "shutdown_ordered" and target is None:
        target = next((e for e in sentence.entities if e.type in PLACES and e is not actor), actor)
    target_id, place = _placed(target, kind, registry)
    start = sentence.places[0]
    end = sentence.places[-1]
    quote = text.text[start:end]
    start += len(quote) - len(quote.lstrip())
    end = start + len(quote.strip().rstrip(".!…"))
    time = sentence.times[0] if sentence.times else None
    around = sentence.marked
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
        polarity=_polarity(around, cues),
        modality=_modality(around, cues),
        attribution=_attribution(sentence, cues),
        exclusive=kind == "transit_state" and _any("only", around, cues),
        likely=tuple((r, e.likely) for r, e in (("actor", actor), ("target", target)) if e and e.likely),
    )


def _placed(target: Entity | None, kind: str, registry: Networks) -> tuple[str | None, str | None]:
    """The target's id, the only network of a country for the country, and the place."""
    if target is None:
        return None, None
    own = entity_id(target)
    network = None if kind == "shutdown_ordered" else network_of(registry, own)
    if network:
        return network, own
    if target.type in PLACES:
        return own, target.country or own
    return own, target.country if is_network(target) else None


def _any(name: str, words: str, cues: _Cues) -> bool:
    return any(pattern.search(words) for pattern in cues.stance.get(name, ()))


def _polarity(words: str, cues: _Cues) -> Polarity:
    if _any("denied", words, cues):
        return Polarity.DENIED
    if words.rstrip().endswith("?"):
        return Polarity.QUESTIONED
    return Polarity.NEGATED if _any("negated", words, cues) else Polarity.ASSERTED


def _modality(words: str, cues: _Cues) -> Modality:
    names = {"planned": Modality.PLANNED, "alleged": Modality.ALLEGED, "likely": Modality.LIKELY}
    return next((modality for name, modality in names.items() if _any(name, words, cues)), Modality.ACTUAL)


def _attribution(sentence: _Sentence, cues: _Cues) -> tuple[str, ...]:
    found = (pattern.search(sentence.marked) for pattern in cues.stance["attribution"])
    return tuple(dict.fromkeys(entity_id(sentence.entities[int(m["speaker"])]) for m in found if m))
