"""Mentions by where they stand: none touches another, and those of a place are found without looking through all."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from nlp.model import Entity


class Placed:
    """Entities in reading order; of two that touch the one that came first is kept."""

    def __init__(self, entities: Iterable[Entity] = ()) -> None:
        self._starts: list[int] = []
        self._entities: list[Entity] = []
        for entity in entities:
            self.add(entity)

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._entities)

    def touching(self, start: int, end: int) -> list[Entity]:
        """Those that share a character with the span."""
        first = bisect_left(self._starts, start)
        if first and self._entities[first - 1].end > start:
            first -= 1
        return self._entities[first : bisect_left(self._starts, end)]

    def add(self, entity: Entity) -> None:
        """Does nothing where something stands already."""
        if not self.touching(entity.start, entity.end):
            at = bisect_left(self._starts, entity.start)
            self._starts.insert(at, entity.start)
            self._entities.insert(at, entity)

    def remove(self, entity: Entity) -> None:
        at = bisect_left(self._starts, entity.start)
        del self._starts[at], self._entities[at]


def merged(first: Iterable[Entity], second: Iterable[Entity]) -> list[Entity]:
    """`first`, and those of `second` that touch none of them, in reading order."""
    kept = Placed(first)
    for entity in second:
        kept.add(entity)
    return list(kept)


def everywhere(body: str, name: str) -> list[tuple[int, int]]:
    """The spans of `name` where it is no part of a longer word."""
    return [m.span() for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", body)]
