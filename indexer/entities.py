"""What a reader's words name: the entities that bear a name, an AS number or a code."""

from __future__ import annotations

import re
from functools import cache

from indexer.record.protocol import Record
from nlp.registry import Registry

_NUMBER = re.compile(r"\s*(?:asn?\s*)?0*([1-9]\d{0,9})\s*", re.IGNORECASE)
_MOST = 2**32 - 1


def as_number(text: str) -> int | None:
    """The AS number that the text is: `20485`, `AS20485`, `as 20485`; None where it is anything else."""
    found = _NUMBER.fullmatch(text)
    number = int(found[1]) if found else 0
    return number if 0 < number <= _MOST else None


def resolve(text: str, registry: Registry) -> tuple[str, ...]:
    """Ids of the entities that the whole text names, case aside: by AS number, id, code of a country, or a name."""
    number = as_number(text)
    if number is not None:
        return (f"AS{number}",)
    folded = _fold(text)
    own = [i for i in (text.strip(), folded, folded.upper()) if registry.get(i)]
    return tuple(dict.fromkeys([*own, *_named(registry).get(folded, ())]))


def known_entities(text: str, record: Record, registry: Registry) -> tuple[str, ...]:
    """Those that the record knows: the text itself where it is an id, and what it names."""
    ids = dict.fromkeys([text.strip(), *resolve(text, registry)])
    return tuple(i for i in ids if i and record.knows_entity(i))


def widened(query: str) -> str:
    """The query; for an AS number alone, with all that is of that network."""
    number = as_number(query)
    return query if number is None else f'"{query.strip()}" OR asn:{number}'


def _fold(text: str) -> str:
    return " ".join(text.split()).strip('"').casefold()


@cache
def _named(registry: Registry) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for entry in registry.entries.values():
        found.setdefault(_fold(entry.name), {})[entry.id] = None
    for alias in registry.names:
        found.setdefault(_fold(alias.text), {})[alias.id] = None
    return {name: tuple(ids) for name, ids in found.items()}
