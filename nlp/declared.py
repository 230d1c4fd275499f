"""What a text says itself of its names: `Company X (TTC, AS 123)`, `AS123 (Company X)`, `X, also known as Y`."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp.mentions import Named, Number
from nlp.model import EntityType
from nlp.tables import words

_PARENTHESES = re.compile(r"\(([^()\n]{1,120})\)")
_ITEM = re.compile(r"\s*(?:,|;|/(?!\d)| or | also )\s*")
_INTRODUCED = re.compile(
    r"^(?:(?:also )?known as|aka|a\.k\.a\.|formerly|previously|now|short for|in short|hereafter|seen as"
    r"|abbreviated(?: as)?|ранее|далее|ex-)\s+",
    re.IGNORECASE,
)
_KNOWN_AS = re.compile(r",? (?:also|formerly|previously|better|commonly)? ?(?:known|abbreviated|called) as [\"'“«‘]?")
_BEFORE_NUMBER = re.compile(r"(?:['’]s)?(?: network)?,? (?:network )?")
_AFTER_NUMBER = re.compile(
    r" (?:[-–—] )?|,? (?:which is |which was |is |was )?(?:run|operated|owned|held|used) by (?:the )?"
    r"|,? (?:which )?belong(?:s|ing) to (?:the )?|,? (?:the |a |one )?(?:network|number) of (?:the )?"
)
BLANKS = 4  # that may stand between a name and its bracket, with its quotation mark
_WORD = re.compile(r"[^\s()\[\]\"“”«»,;:!?]+")
_CONNECTORS = frozenset({"of", "de", "du", "des", "del", "la", "le", "el", "al", "do", "da", "and", "&", "for"})
_NOT_FIRST = words(
    "the a an in on at and but when while by from to of for with as if then after before since until however "
    "according also both its their this that these those our his her isp isps ixp bgp asn as provider "
    "providers operator carrier company le la les un une dans sur par el los las en por и в на по от из за к с "
    "компания оператор провайдер "
)
_ACRONYM = re.compile(r"[\w&+-]*[^\W\d_a-zа-яё][\w&+-]*")


@dataclass(frozen=True, slots=True)
class Declared:
    """A name that a text explains: `span` of the name, `aliases` that stand for it, `numbers` beside it."""

    span: tuple[int, int]
    aliases: tuple[tuple[int, int], ...] = ()
    numbers: tuple[Number, ...] = ()


def declarations(text: str, named: Sequence[Named], numbers: Sequence[Number]) -> tuple[Declared, ...]:
    """All that the text declares, in reading order. Only companies, cables and the like are read so, never places."""
    ends = {n.end: n for n in named if any(a.type not in _NO_PARTY for a in n.aliases)}
    asns = [n for n in numbers if n.type is EntityType.ASN]
    found = [*_bracketed(text, ends, asns), *_beside(text, named, asns), *_known_as(text, ends)]
    return tuple(sorted(found, key=lambda d: d.span))


_NO_PARTY = frozenset({EntityType.COUNTRY, EntityType.NORP, EntityType.PLACE})


def _bracketed(text: str, ends: dict[int, Named], asns: Sequence[Number]) -> Iterator[Declared]:
    starts, by_end = [n.start for n in asns], {n.end: n for n in asns}
    for match in _PARENTHESES.finditer(text):
        lead = text[max(0, match.start() - BLANKS) : match.start()]
        before = match.start() - len(lead) + len(lead.rstrip(" \u00a0\"'”’»"))
        inside = tuple(asns[bisect(starts, match.start()) : bisect(starts, match.end())])
        ahead = [by_end[before]] if before in by_end else []
        if ahead:
            name = _first_name(text, match.start(1), match[1], inside)
            if name:
                yield Declared(name, numbers=tuple(ahead))
            continue
        aliases = tuple(_alias_items(text, match.start(1), match[1]))
        if inside or aliases:
            span = _name_before(text, before, ends)
            if span and (inside or any(_stands_for(text, span, alias) for alias in aliases)):
                yield Declared(span, aliases, inside)


def _beside(text: str, named: Sequence[Named], asns: Sequence[Number]) -> Iterator[Declared]:
    """`Turk Telecom's AS9121`, `Turk Telecom, AS9121,`, `AS9121 - Turk Telecom`: known names alone."""
    parties = sorted((n for n in named if any(a.type is EntityType.ORG for a in n.aliases)), key=lambda n: n.start)
    starts = [name.start for name in parties]
    for number in asns:
        at = bisect(starts, number.start)
        between = text[parties[at - 1].end : number.start] if at else ""
        set_off = text[number.end : number.end + 1] == "," or "," not in between
        if at and set_off and _BEFORE_NUMBER.fullmatch(between):
            yield Declared((parties[at - 1].start, parties[at - 1].end), numbers=(number,))
        if at < len(parties) and _AFTER_NUMBER.fullmatch(text[number.end : parties[at].start]):
            yield Declared((parties[at].start, parties[at].end), numbers=(number,))


def _known_as(text: str, ends: dict[int, Named]) -> Iterator[Declared]:
    for end, name in ends.items():
        match = _KNOWN_AS.match(text, end)
        if match:
            start = match.end()
            word = _WORD.match(text, start)
            if word and word[0][0].isupper():
                yield Declared((name.start, name.end), ((start, start + len(word[0].rstrip(".'’"))),))


def _alias_items(text: str, offset: int, content: str) -> Iterator[tuple[int, int]]:
    for start, item in _items(content):
        lead = _INTRODUCED.match(item)
        name = item[lead.end() :] if lead else item
        at = offset + start + (lead.end() if lead else 0)
        name_start = at + len(name) - len(name.lstrip(" \"'“«‘"))
        name = name.strip(" \"'“”«»‘’")
        capitals = sum(letter.isupper() for letter in name)
        if re.match(r"AS ?\d", name) or not name:
            continue
        if (lead and name[0].isupper() and name.count(" ") <= 4) or (
            _ACRONYM.fullmatch(name) and capitals >= 2 and 2 <= len(name) <= 12
        ):
            yield name_start, name_start + len(name)


def _items(content: str) -> Iterator[tuple[int, str]]:
    start = 0
    for mark in [*_ITEM.finditer(content), None]:
        end = mark.start() if mark else len(content)
        yield start, content[start:end]
        start = mark.end() if mark else end


def _first_name(text: str, offset: int, content: str, inside: Sequence[Number]) -> tuple[int, int] | None:
    """The name that brackets after an AS number begin with; None where they hold another number or a remark."""
    start, item = next(_items(content))
    name = item.strip(" \"'“”«»‘’")
    if not name or inside or not any(letter.isupper() for letter in name) or name.count(" ") > 5:
        return None
    at = offset + start + item.index(name)
    return (at, at + len(name)) if text[at].isalnum() else None


def _stands_for(text: str, span: tuple[int, int], alias: tuple[int, int]) -> bool:
    """Whether an acronym takes its letters from the name, in order, beginning with the first of a word."""
    name, short = text[slice(*span)].casefold(), text[slice(*alias)].casefold()
    letters = iter(name)
    starts = {word[:1] for word in re.findall(r"\w+", name)}
    return short[:1] in starts and all(letter in letters for letter in short if letter.isalpha())


def _name_before(text: str, end: int, ends: dict[int, Named]) -> tuple[int, int] | None:
    """The name that ends at `end`: a known one, else the capitalised words there; None where there are none."""
    if end in ends:
        return ends[end].start, end
    start = max(text.rfind("\n", 0, end) + 1, end - 120)
    words = [(m.start() + start, m.end() + start) for m in _WORD.finditer(text[start:end])]
    taken: list[tuple[int, int]] = []
    limit = end
    for word in reversed(words):
        printed = text[slice(*word)]
        gap = text[word[1] : limit]
        if gap.strip(" \u00a0") or (taken and printed.endswith((".", "'s", "’s")) and len(printed) > 4):
            break
        if not (any(letter.isupper() for letter in printed) or (taken and printed in _CONNECTORS)):
            break
        taken.append(word)
        limit = word[0]
    while taken and (text[slice(*taken[-1])].casefold() in _NOT_FIRST | _CONNECTORS):
        taken.pop()
    return (taken[-1][0], end) if taken else None
