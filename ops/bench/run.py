"""`routewire bench`: speed on the project's own data, beside the bare library on the same input in the same run."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from ops.bench import annotation, routing, search

BENCHMARKS: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
    "annotation": annotation.figures,
    "routing": routing.figures,
    "routing-table": routing.table_figures,
    "routing-day": routing.day_figures,
    "search": search.figures,
}


@cache
def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def broken(figure: dict[str, Any]) -> bool:
    """Whether a figure is on the wrong side of the bound that is promised for it."""
    value = figure["value"]
    return bool(value < figure.get("floor", value) or value > figure.get("ceiling", value))


def figures(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One object a figure: `name`, `value`, `unit`, `n`, `machine`; `floor` or `ceiling` where it must keep to one."""
    for name in names:
        for figure in BENCHMARKS[name]():
            yield {**figure, "machine": machine()}
