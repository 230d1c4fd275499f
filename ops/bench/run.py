"""`routewire bench`: speed on the project's own data, beside the bare library on the same input in the same run."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from ops.bench import routing, search

BENCHMARKS: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
    "routing": routing.figures,
    "search": search.figures,
}


@cache
def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def figures(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One object a figure: `name`, `value`, `unit`, `n`, `machine`."""
    for name in names:
        for figure in BENCHMARKS[name]():
            yield {**figure, "machine": machine()}
