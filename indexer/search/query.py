"""The query language, parsed by luqum into a small tree that every engine compiles.

Words are joined by AND unless OR or NOT stands between them (`-word` is NOT). `"a phrase"` is exact, `"a b"~3` allows
three words between; `word*` matches beginnings. Fields: see `FIELDS`. `published:[2017-10 TO 2017-11]` takes both
months whole, `*` leaves a side open. `prefix:175.45.176.0/22` finds what lies inside it and what covers it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from ipaddress import ip_network

from luqum import tree
from luqum.exceptions import ParseError
from luqum.parser import parser

from crawler.errors import WrongCall

FIELDS = ("asn", "country", "type", "verdict", "source", "lang", "published", "prefix", "entity", "cable", "kind")
MAX_LENGTH = 1_000
"""Letters: far more than a person writes, and few enough that no query holds the server."""

MIN_WILDCARD = 2
"""Letters before a `*`: fewer would match a large part of the dictionary."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches all."""


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or a phrase whose words follow each other with at most `slop` others between. `exact` leaves stems
    out.
    """

    text: str
    exact: bool = False
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Beginning:
    """Any word that begins so."""

    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field that holds the value, as the index writes it (`asn` digits, `country` upper case, the others as
    given).
    """

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Span:
    """A time not before `start` and before `end`; None leaves a side open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Node = Everything | Words | Beginning | Field | Span | And | Or | Not

_COLONS = re.compile(r'\b(prefix|entity|cable):(?!")([^\s"()\[\]]*:[^\s"()\[\]]*)')
_BARE_V6 = re.compile(r'(?<![\w:"])([0-9a-fA-F]{1,4}:[0-9a-fA-F:]*:[0-9a-fA-F:]*(?:/\d{1,3})?)(?![\w:"])')


def parse(query: str) -> Node:
    """The query's tree; an empty query is `Everything`. Raises `WrongCall` that points at the mistake."""
    if not query.strip():
        return Everything()
    if len(query) > MAX_LENGTH:
        raise _mistake(f"{query[:40]}…", f"a query has at most {MAX_LENGTH} letters")
    text = _BARE_V6.sub(r'"\1"', _COLONS.sub(r'\1:"\2"', query))
    try:
        return _node(parser.parse(text))
    except ParseError as error:
        raise _mistake(query, str(error)) from None
    except RecursionError:
        raise _mistake(f"{query[:40]}…", "too many brackets or NOTs inside each other") from None


def _mistake(query: str, message: str) -> WrongCall:
    remedy = 'put it in "quotes" if it is a word to look for; fields are ' + ", ".join(FIELDS)
    return WrongCall(message, subject=f"query {query!r}", remedy=remedy)


def _node(item: tree.Item) -> Node:
    for kind, make in _MAKERS.items():
        if isinstance(item, kind):
            return make(item)
    raise _mistake(str(item), f"{type(item).__name__.lower()} is not part of the query language")


def _group(item: tree.Item) -> Node:
    return _node(item.children[0])


def _all(item: tree.Item) -> Node:
    return And(tuple(_node(child) for child in item.children))


def _any(item: tree.Item) -> Node:
    return Or(tuple(_node(child) for child in item.children))


def _not(item: tree.Item) -> Node:
    return Not(_node(item.children[0]))


def _word(item: tree.Word) -> Node:
    word = item.value.replace("\\", "")
    if word == "*":
        return Everything()
    if "*" not in word and "?" not in word:
        return Words(word)
    if word.endswith("*") and word.count("*") == 1 and "?" not in word and len(word) > MIN_WILDCARD:
        return Beginning(word[:-1])
    raise _mistake(word, f"a wildcard stands at the end of a word, after {MIN_WILDCARD} letters or more")


def _phrase(item: tree.Phrase) -> Node:
    return Words(item.value.strip('"'), exact=True)


def _proximity(item: tree.Proximity) -> Node:
    return Words(item.term.value.strip('"'), exact=True, slop=int(item.degree))


def _field(item: tree.SearchField) -> Node:
    name = item.name.lower()
    if name not in FIELDS:
        raise _mistake(str(item).strip(), f"there is no field {item.name!r}")
    return _valued(name, item.expr)


def _valued(name: str, item: tree.Item) -> Node:
    """A field's value may be a word, a phrase, a range of times, or a group of those."""
    if isinstance(item, tree.FieldGroup | tree.Group):
        return _valued(name, item.expr)
    if isinstance(item, tree.OrOperation | tree.AndOperation | tree.UnknownOperation):
        parts = tuple(_valued(name, child) for child in item.children)
        return And(parts) if isinstance(item, tree.AndOperation) else Or(parts)
    if isinstance(item, tree.Range) and name == "published":
        return Span(_edge(item.low.value, 0), _edge(item.high.value, 1))
    if isinstance(item, tree.Word | tree.Phrase):
        return _value(name, item.value.strip('"').replace("\\", ""))
    raise _mistake(f"{name}:{item}", "this field takes a word" + (" or a range" if name == "published" else ""))


def _value(name: str, value: str) -> Node:
    if name == "published":
        return Span(_edge(value, 0), _edge(value, 1))
    if name == "asn":
        digits = re.fullmatch(r"(?:ASN?)?(\d+)", value, re.IGNORECASE)
        if digits is None:
            raise _mistake(f"asn:{value}", "an AS number is digits, such as asn:20485")
        return Field(name, digits[1].lstrip("0"))
    if name == "prefix":
        return Field(name, _prefix(value))
    if name == "cable":
        return Field("entity", value if value.startswith("cable:") else f"cable:{value.lower().replace(' ', '-')}")
    return Field(name, value.upper() if name == "country" else value if name == "entity" else value.lower())


def _prefix(value: str) -> str:
    try:
        return str(ip_network(value, strict=False))
    except ValueError:
        raise _mistake(f"prefix:{value}", "not an address or a prefix, such as prefix:175.45.176.0/22") from None


_FORMS: tuple[tuple[str, str], ...] = (
    (r"\d{4}", "%Y"), (r"\d{4}-\d{2}", "%Y-%m"), (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", "%Y-%m-%dT%H:%M"), (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", "%Y-%m-%dT%H:%M:%S"),
)  # fmt: skip


def _edge(value: str, after: int) -> datetime | None:
    """The start of what the value names (`2017-10`: the month), or with `after` 1 the start of what follows it."""
    if value == "*":
        return None
    text = value.strip('"').removesuffix("Z")
    for depth, (pattern, form) in enumerate(_FORMS):
        if re.fullmatch(pattern, text):
            try:
                start = datetime.strptime(text, form).replace(tzinfo=UTC)
                return _next(start, depth) if after else start
            except (ValueError, OverflowError):
                break
    raise _mistake(f"published:{value}", "not a time, such as 2017, 2017-10, 2017-10-01 or 2017-10-01T09:08")


def _next(start: datetime, depth: int) -> datetime | None:
    """What follows a year, month, day, minute or second; None after the calendar's last year."""
    if start.year == MAXYEAR:
        return None
    if depth == 0:
        return start.replace(year=start.year + 1)
    if depth == 1:
        return (start + timedelta(days=32)).replace(day=1)
    return start + (timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1))[depth - 2]


_MAKERS: dict[type, Callable[[tree.Item], Node]] = {
    tree.Group: _group,
    tree.Plus: _group,
    tree.AndOperation: _all,
    tree.UnknownOperation: _all,
    tree.OrOperation: _any,
    tree.Not: _not,
    tree.Prohibit: _not,
    tree.Proximity: _proximity,
    tree.Phrase: _phrase,
    tree.Word: _word,
    tree.SearchField: _field,
}
