"""RIPEstat's word on the side of a network on which its neighbours stand.

Rests on the documented fields of `asn-neighbours`: neighbours (asn, type). `left` is before the network in paths, so it
carries the network's routes, for money or as a peer; `uncertain` is a left one that itself alone told RIS; `right` is
behind the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawler.monitors.asking import Asking
from crawler.monitors.reading import Row, asn_of, listed
from crawler.monitors.ripestat_calls import STEP, Calls, iso

# So many times of a network are asked for at most; of further ones the side is not told.
MOST_TIMES = 12


class Sides:
    """On which side of a network its neighbours were, asked once a time."""

    def __init__(self, asking: Asking, calls: Calls, asn: int) -> None:
        self._asking, self._calls, self._asn = asking, calls, asn
        self._known: dict[datetime, dict[int, set[str]]] = {}

    def of(self, neighbour: int, at: datetime) -> str | None:
        """`left`, `right` or `uncertain`; None where it is not told."""
        if at not in self._known:
            self._known[at] = self._ask(at) if len(self._known) < MOST_TIMES else {}
        types = self._known[at].get(neighbour, set())
        return next((side for side in ("left", "uncertain", "right") if side in types), None)

    def _ask(self, at: datetime) -> dict[int, set[str]]:
        def ask() -> list[Any]:
            data = self._calls.data("asn-neighbours", {"resource": f"AS{self._asn}", "query_time": iso(at)})
            return listed(data.get("neighbours"), "neighbours")

        rows = self._asking.call(f"asn-neighbours of AS{self._asn}", ask, at, at + STEP) or []
        found: dict[int, set[str]] = {}
        for asn, side in self._asking.read("asn-neighbours", rows, _side):
            found.setdefault(asn, set()).add(side)
        return found


def _side(row: Row) -> Iterator[tuple[int, str]]:
    yield asn_of(row["asn"]), str(row["type"])
