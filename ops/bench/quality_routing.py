"""Routing events against incidents whose truth is known: each must be found, with no other hijack or leak beside it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def _scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("routing_scorer", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(shared: Path) -> Iterator[tuple[str, float, float]]:
    """(name, value, floor); false alarms are counted below zero, so that more of them is less. Nothing without the
    data.
    """
    incidents = sorted((shared / "data" / "incidents").glob("*/truth.json"))
    if not incidents:
        return
    judge = _scorer(shared / "eval" / "events.py").judge
    command = str(Path(sys.executable).with_name("routewire"))
    rows = [judge(truth.parent, command) for truth in incidents]
    yield "routing.incidents_found", sum(row["found"] for row in rows) / len(rows), 1.0
    yield "routing.false_alarms", -float(sum(row["false_alarms"] for row in rows)), 0.0
