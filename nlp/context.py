"""What the whole text says that tells what its names mean: countries, parties, cables, numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nlp.entries import Alias
from nlp.mentions import Named, Number
from nlp.model import EntityType, Text
from nlp.registry import Registry

WEAK = frozenset({"?", "^", "place"})
"""Flags of names that need support."""
AMBIGUOUS_PLACE = 10  # the largest town of a name must be so many times larger than the next to stand alone
CITY = 1_000_000  # people of a town that tells its country, and that no company is named after without more


@dataclass(frozen=True, slots=True)
class Context:
    """What the whole text says: its countries, the ids that it names in full or by number, the numbers declared.

    `declared` maps a folded name to the network that the text gives it; `where` holds the spans of the body's
    countries, `codes` which they are. `homes` counts the networks by the country that they serve, without those of the
    whole world: `carriers` says whether such are named. `owners` are who owns the cables named in full, `cables_at`
    where names stand that only cables bear. `source` is the country of who tells, which counts where the text names
    none.
    """

    countries: frozenset[str]
    ids: frozenset[str]
    declared: Mapping[str, str]
    published: str = ""
    where: tuple[tuple[int, int], ...] = ()
    codes: tuple[str, ...] = ()
    homes: Mapping[str, int] = field(default_factory=dict)
    owners: frozenset[str] = frozenset()
    cables: bool = False
    carriers: bool = False
    cables_at: tuple[tuple[int, int], ...] = ()
    source: str | None = None

    @property
    def lands(self) -> frozenset[str]:
        """The countries of the text and of its source."""
        return self.countries | {self.source} if self.source else self.countries


def context(
    text: Text,
    named: Sequence[Named],
    titled: Sequence[Named],
    numbers: Iterable[Number],
    declared: Mapping[str, str],
    registry: Registry,
) -> Context:
    """Gathers a `Context` from names that need no support themselves; a capital stands for its country too.

    `named` stand in the body, `titled` in the title.
    """
    countries: set[str] = set()
    ids = {number.id for number in numbers} | set(declared.values())
    parties = set(ids)
    for name in (*named, *titled):
        brand = any(alias.flag == "^" for alias in name.aliases)
        for alias in name.aliases:
            entry = registry.get(alias.id)
            if alias.type in {EntityType.COUNTRY, EntityType.NORP}:
                countries.add(alias.id)
            elif entry and entry.kind in {"capital", "region"} and entry.country:
                countries.add(entry.country)
            elif alias.flag == "place" and entry and entry.people >= CITY and _stands_out(alias, name, registry):
                countries.add(entry.country or "")
            elif alias.flag not in WEAK:
                ids.add(alias.id)
                parties |= set() if brand else {alias.id}
    land = {EntityType.COUNTRY, EntityType.NORP}
    lands = [((n.start, n.end), a.id) for n in named for a in n.aliases if a.type in land]
    cables = [entry for i in ids if i.startswith("cable:") and (entry := registry.get(i))]
    return Context(
        countries=frozenset(countries),
        ids=frozenset(ids),
        declared=declared,
        published=text.published.date().isoformat() if text.published else "",
        where=tuple(span for span, _ in lands),
        codes=tuple(code for _, code in lands),
        homes=Counter(home for i in parties if (home := registry.home(i))),
        owners=frozenset(owner for cable in cables for owner in cable.owners),
        cables=bool(cables),
        carriers=any(registry.is_carrier(i) for i in parties),
        cables_at=tuple((n.start, n.end) for n in named if all(a.type is EntityType.CABLE for a in n.aliases)),
        source=text.country.upper() if text.country else None,
    )


def _stands_out(alias: Alias, name: Named, registry: Registry) -> bool:
    """Whether no other place of the name is near it in size."""
    others = [registry[a.id].people for a in name.aliases if a.flag == "place" and a.id != alias.id]
    return registry[alias.id].people >= AMBIGUOUS_PLACE * max(others, default=0)
