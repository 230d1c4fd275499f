"""Numbers for things, so that columns can hold them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar, cast

T = TypeVar("T", bound=Hashable)


class Index(Generic[T]):
    """The position of each thing in `known`, which only grows."""

    def __init__(self, first: Iterable[T] = ()) -> None:
        self.known: list[T] = []
        self._at: dict[T, int] = {}
        self.of_all(list(first))

    def of(self, thing: T) -> int:
        return self.of_all([thing])[0]

    def of_all(self, things: Sequence[T]) -> list[int]:
        indexes = list(map(self._at.get, things))
        if None in indexes:
            for place, thing in enumerate(things):
                if indexes[place] is None:
                    indexes[place] = index = self._at.setdefault(thing, len(self.known))
                    if index == len(self.known):
                        self.known.append(thing)
        return cast("list[int]", indexes)

    def get(self, thing: T, default: int) -> int:
        return self._at.get(thing, default)
