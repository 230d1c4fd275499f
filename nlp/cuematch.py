"""Patterns of curated cues: how they are written, and where they fit a sentence whose mentions are marks.

A pattern is parts joined by `…` (each within `GAP` characters behind the one before) or by `&` (all of them anywhere
within `REACH` characters of the first). A part is a regular expression with `{A}` for the actor, `{T}` for the target,
`{N}` and `{P}` for a target that is a network or a place, `{C}` for a cable, `{K}` for whoever or
whatever causes, `{S}` for a speaker, `{V}` for the words that were found, `*` for the rest of a
word and a blank for any white space. Each part is looked for once a sentence, so that the time is linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nlp.script import plain

GAP = 90
"""Characters that `…` may cover."""
REACH = 160
"""Characters between the first part of a pattern of `&` and the others."""
MOST = 40
"""Places in one sentence at which a part is tried; a sentence that repeats itself more is no sentence."""
_MARKS = {
    "{A}": r"\x02(?P<actor>\d+)[NPJ]\x03", "{T}": r"\x02(?P<target>\d+)[NPJ]\x03", "{C}": r"\x02(?P<target>\d+)C\x03",
    "{N}": r"\x02(?P<target>\d+)N\x03", "{P}": r"\x02(?P<target>\d+)P\x03", "{S}": r"\x02(?P<speaker>\d+)[NXPM]\x03",
    "{K}": r"\x02(?P<actor>\d+)[NC]\x03", "{V}": "\x04",
}  # fmt: skip
_STATED = re.compile(r"[;:](?:\s|$)")
_SLOT = re.compile(r"\x02\d+[A-Z]\x03")
Kinds = Mapping[str, str]
"""What kinds of mention may fill `actor` and `target`: N a network or company, P a place, J a people or adjective."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; `optional` is what is left where its last part, a lone slot, finds nobody."""

    parts: tuple[re.Pattern[str], ...]
    anywhere: bool
    optional: tuple[re.Pattern[str], ...] = ()
    has_roles: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Where a pattern fits: the number of the mention in each role, and the spans of its words without the marks.

    The first `leading` of them are what happens; what follows them in a pattern of `&` is to what.
    """

    roles: Mapping[str, int]
    words: tuple[tuple[int, int], ...]
    leading: int

    @property
    def span(self) -> tuple[int, int]:
        return min(start for start, _ in self.words), max(end for _, end in self.words)


@dataclass(slots=True)
class Sentence:
    """A sentence in plain letters, its mentions marks; what was found of each part is kept."""

    marked: str
    kept: dict[re.Pattern[str], list[re.Match[str]]] = field(default_factory=dict)

    def all(self, part: re.Pattern[str]) -> list[re.Match[str]]:
        if part not in self.kept:
            found: list[re.Match[str]] = []
            for match in part.finditer(self.marked):
                found.append(match)
                if len(found) == MOST:
                    break
            self.kept[part] = found
        return self.kept[part]


WORD = r"(?<!\w)"
END = r"(?!\w)"
ARABIC_WORD = r"(?<!\w)(?:[وف]?[بلك]?(?:ال|ل)?)?"
"""Where a part begins: at a word, in Arabic perhaps behind a conjunction, a preposition and the article."""


def compiled(pattern: str, begin: str = WORD) -> Pattern:
    """A pattern as the tables write it; `begin` is what stands before a part that does not begin with a mention."""
    anywhere = " & " in pattern
    texts = pattern.split(" & ") if anywhere else _split(pattern)
    parts = tuple(expression(text.strip(), begin, END if text.endswith(" ") else "") for text in texts)
    lone = anywhere and texts[-1].strip() in {"{T}", "{C}", "{N}", "{P}"}
    return Pattern(parts, anywhere, parts[:-1] if lone else (), any(part.groupindex for part in parts))


def _split(pattern: str) -> list[str]:
    """At each `…` that stands in no bracket."""
    parts, depth = [""], 0
    for letter in pattern:
        depth += (letter == "(") - (letter == ")")
        if letter == "…" and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part.strip()]


def expression(text: str, begin: str = WORD, end: str = "") -> re.Pattern[str]:
    """One part of a pattern; a part with a blank before its `…` ends with a word."""
    if text.startswith("{"):
        begin = ""
    text = re.sub(r"(?<=[\w)])\*", r"\\w*", plain(text))
    text = text.replace("…", rf".{{0,{GAP}}}?").replace(" ?", r"\s*").replace(" ", r"\s+")
    for mark, written in _MARKS.items():
        text = text.replace(mark, written)
    return re.compile(f"{begin}(?:{text}){end}", re.IGNORECASE)


def find(pattern: Pattern, sentence: Sentence, kinds: Sequence[Kinds], avoid: frozenset[int]) -> Found | None:
    """The first place where the pattern fits, by the first of `kinds` that it fits by, without the mentions `avoid`."""
    if pattern.has_roles and "\x02" not in sentence.marked:
        return None
    if any(not sentence.all(part) for part in pattern.parts if not part.groupindex):
        return None
    for allowed in kinds:
        lists = [[m for m in sentence.all(part) if _may(m, allowed, avoid)] for part in pattern.parts]
        if not all(lists):
            continue
        chosen = _near(lists) if pattern.anywhere else next(_chains(lists), None)
        if chosen:
            return _found(chosen, pattern.anywhere)
    return None


def find_bare(pattern: Pattern, sentence: Sentence, least: int) -> Found | None:
    """The place where the pattern fits without its last part, whose role the sentence leaves to others.

    `least` is the number of other parts that it must have.
    """
    lists = [sentence.all(part) for part in pattern.optional]
    if len(lists) < least or not all(lists):
        return None
    chosen = _near(lists)
    return _found(chosen, anywhere=True) if chosen else None


def _may(match: re.Match[str], allowed: Kinds, avoid: frozenset[int]) -> bool:
    for role, kinds in allowed.items():
        number = match.groupdict().get(role)
        if number is not None and (int(number) in avoid or match.string[match.end(role)] not in f"{kinds}C"):
            return False
    return True


def _chains(lists: Sequence[Sequence[re.Match[str]]]) -> Iterator[tuple[re.Match[str], ...]]:
    """One match of each part, each behind the one before and near to it; of those before, the nearest."""
    states: list[tuple[re.Match[str], ...]] = [(match,) for match in lists[0]]
    for options in lists[1:]:
        longer: list[tuple[re.Match[str], ...]] = []
        for match in options:
            before = [s for s in states if _follows(s[-1], match) and not _shared((*s, match))]
            longer += [(*max(before, key=lambda s: s[-1].end()), match)] if before else []
        states = longer
    return iter(states)


def _follows(first: re.Match[str], then: re.Match[str]) -> bool:
    """True where the second match is near behind the first, in the same statement."""
    gap = then.start() - first.end()
    return 0 <= gap <= GAP and not _STATED.search(first.string, first.end(), then.start())


def _near(lists: Sequence[Sequence[re.Match[str]]]) -> tuple[re.Match[str], ...] | None:
    """For the first match of the first part that has them, the nearest match of each other part."""
    for trigger in lists[0]:
        chosen = [trigger]
        for options in lists[1:]:
            free = [m for m in options if not any(m.start() < c.end() and c.start() < m.end() for c in chosen)]
            free = [m for m in free if _apart(m, trigger) <= REACH and not _shared((*chosen, m))]
            free = [
                m for m in free if ";" not in m.string[min(m.end(), trigger.end()) : max(m.start(), trigger.start())]
            ]
            if not free:
                break
            chosen.append(min(free, key=lambda m: (_apart(m, trigger), m.start())))
        else:
            return tuple(chosen)
    return None


def _apart(a: re.Match[str], b: re.Match[str]) -> int:
    return max(a.start() - b.end(), b.start() - a.end(), 0)


def _shared(matches: Iterable[re.Match[str]]) -> bool:
    """True where one mention would stand in two roles."""
    numbers = [n for m in matches for n in m.groupdict().values() if n is not None]
    return len(set(numbers)) < len(numbers)


def _found(matches: Sequence[re.Match[str]], anywhere: bool) -> Found:
    roles = {role: int(n) for m in matches for role, n in m.groupdict().items() if n is not None}
    words = [span for m in matches for span in _words(m)] or [m.span() for m in matches]
    return Found(roles, tuple(words), max(1, len(list(_words(matches[0])))) if anywhere else len(words))


def _words(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The spans of a match between the marks in it."""
    start = match.start()
    for mark in _SLOT.finditer(match[0]):
        end = match.start() + mark.start()
        if match.string[start:end].strip():
            yield start, end
        start = match.start() + mark.end()
    if match.string[start : match.end()].strip():
        yield start, match.end()
