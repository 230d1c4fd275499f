"""A printed AS number that disagrees with the company beside it: which of its numbers is meant."""

from __future__ import annotations

import re
from functools import cache

from nlp import tables
from nlp.entries import COLUMNS
from nlp.mentions import fold
from nlp.registry import Registry
from nlp.tables import words

COMMON = words(
    "ltd limited inc llc plc company corporation corp group holding joint stock venture private public the and "
    "for telecom telecommunication telecommunications communication communications network networks internet "
    "services "
)
SHORTEST = 4  # digits that may stand in another order by mistake


def meant(printed: str, known: str, name: str, registry: Registry, *, sure: bool = True) -> str | None:
    """The number of the company `known`, called `name` here, for which `printed` stands by mistake; None where it may
    be the company's.

    That is one a slip away; with `sure` (the name needs no support) the company's first one too, where the printed
    number is known to be another company's. A number that is merely unknown is believed: companies have many.
    """
    own = registry.numbers(known)
    if not own or printed in own:
        return None
    names = {word for alias in (name, *registry.aliases(known)) for word in _telling(alias)}
    if _telling(registry.holder(int(printed[2:])) or "") & names:
        return None
    near = next((number for number in own if one_slip(printed, number)), None)
    return near or (known if sure and _anothers(printed, known, names, registry) else None)


def _anothers(printed: str, known: str, names: set[str], registry: Registry) -> bool:
    """Whether the registry has the number under another name, and in another group."""
    other = registry.get(printed)
    abroad = registry.country_of(printed) != registry.country_of(known)  # "Telia" in Lithuania and in Sweden are two
    shared = names & {word for alias in registry.aliases(printed) for word in _telling(alias)}
    if other is None or (shared and not (abroad and names - shared)):
        return False
    groups = {known, registry[known].parent} - {None}
    return not groups & {printed, other.parent}


def _telling(name: str) -> set[str]:
    """The words of a company's name that tell it from others; a country tells it from nobody at home."""
    return {word for word in re.findall(r"\w{3,}", fold(name)) if word not in COMMON and word not in _countries()}


@cache
def _countries() -> frozenset[str]:
    """The words of countries' names, `canada` and `republic`."""
    rows = tables.rows("country_names.tsv", COLUMNS["country_names"])
    return frozenset(word for row in rows for word in re.findall(r"\w{3,}", fold(row["name"])))


def one_slip(first: str, second: str) -> bool:
    """One digit changed, left out or added, or the same digits in another order."""
    if len(first) == len(second):
        changed = sum(a != b for a, b in zip(first, second, strict=True))
        return changed == 1 or (first != second and len(first) - 2 >= SHORTEST and sorted(first) == sorted(second))
    short, long = sorted((first, second), key=len)
    return len(long) - len(short) == 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
