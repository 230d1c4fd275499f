"""The search page: a query, the facets that narrow it, and the links that change either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from indexer.entities import widened
from indexer.model import SearchResult
from indexer.search.protocol import FACETS
from nlp.registry import Registry
from ops.web.problems import WrongRequest
from ops.web.words import KINDS, VERDICTS

PAGE = 20
LAST_PAGE = 500
SHOWN = 8
"""Values of a facet that are shown at once; the rest is folded away."""

HEADINGS: Mapping[str, str] = {
    "kind": "Kind", "verdict": "Verdict", "country": "Country", "asn": "Network", "type": "Type", "source": "Source",
    "lang": "Language", "month": "Month",
}  # fmt: skip
_FIELDS = {name: "published" if name == "month" else name for name in FACETS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a reader asked for. `narrow` holds facet and value, in the order in which they were chosen."""

    q: str = ""
    narrow: tuple[tuple[str, str], ...] = ()
    sort: str = "relevance"
    page: int = 1

    @property
    def query(self) -> str:
        """All of it in the query language."""
        chosen = [f'{_FIELDS[facet]}:"{value}"' for facet, value in self.narrow]
        words = widened(self.q).strip()
        whole = f"({words})" if words and chosen else words
        return " AND ".join([*([whole] if whole else []), *chosen])

    @property
    def href(self) -> str:
        pairs = [("q", self.q), *(("f", f"{facet}:{value}") for facet, value in self.narrow)]
        pairs += [("sort", self.sort)] * (self.sort != "relevance")
        pairs += [("page", str(self.page))] * (self.page > 1)
        return "/search?" + urlencode(pairs)

    @property
    def feed(self) -> str:
        return "/feeds/search.atom?" + urlencode({"q": self.query})

    @property
    def api(self) -> str:
        return "/api/v1/search?" + urlencode({"q": self.query})

    def plus(self, facet: str, value: str) -> Asked:
        return replace(self, narrow=(*self.narrow, (facet, value)), page=1)

    def minus(self, facet: str, value: str) -> Asked:
        return replace(self, narrow=tuple(n for n in self.narrow if n != (facet, value)), page=1)

    def sorted(self, sort: str) -> Asked:
        return replace(self, sort=sort, page=1)

    def turned(self, page: int) -> Asked:
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet; `href` puts it on, or takes it off where it is `chosen`."""

    label: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    heading: str
    first: tuple[Choice, ...]
    more: tuple[Choice, ...]


def asked(q: str, narrow: Sequence[str], sort: str, page: int) -> Asked:
    """Raises `WrongRequest` for a facet that is not there."""
    pairs = []
    for item in narrow:
        facet, _, value = item.partition(":")
        if facet not in FACETS or not value or '"' in value or "\\" in value:
            remedy = "give f=FACET:VALUE; facets are " + ", ".join(FACETS)
            raise WrongRequest("no such facet", subject=item, remedy=remedy)
        if (facet, value) not in pairs:
            pairs.append((facet, value))
    return Asked(q=q, narrow=tuple(pairs), sort=sort, page=page)


def facets(this: Asked, result: SearchResult, registry: Registry) -> list[Facet]:
    """The facets in the order of `HEADINGS`; one that would not narrow anything is left out."""
    found = []
    for name, heading in HEADINGS.items():
        values = result.facets.get(name, ())
        choices = [_choice(this, name, value, count, registry) for value, count in values]
        if len(choices) > 1 or any(c.chosen for c in choices):
            found.append(Facet(heading, tuple(choices[:SHOWN]), tuple(choices[SHOWN:])))
    return found


def _choice(this: Asked, facet: str, value: str, count: int, registry: Registry) -> Choice:
    chosen = (facet, value) in this.narrow
    turned = this.minus(facet, value) if chosen else this.plus(facet, value)
    return Choice(label(facet, value, registry), count, turned.href, chosen)


def label(facet: str, value: str, registry: Registry) -> str:
    """A facet's value for people."""
    if facet == "country":
        return registry.name(value)
    if facet == "asn":
        called = registry.name(f"AS{value}")
        return f"AS{value}" if called == f"AS{value}" else f"AS{value} {called}"
    if facet == "verdict":
        return next((words for kind, (words, _) in VERDICTS.items() if kind == value), value)
    if facet == "kind":
        return next((words for kind, words in KINDS.items() if kind == value), value)
    return value.replace("_", " ") if facet == "type" else value
