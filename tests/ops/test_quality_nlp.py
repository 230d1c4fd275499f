"""Reading is no worse than the floors say, on the evaluation's development set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ops.bench.quality_nlp import figures

SHARED = Path(os.environ.get("ROUTEWIRE_SHARED", Path(__file__).parents[2] / ".." / "shared"))


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "eval" / "dev").is_dir(), reason="../shared/eval/dev is not there")
def test_no_figure_is_below_its_floor() -> None:
    low = [f"{name} {value} < {floor}" for name, value, floor in figures(SHARED) if value < floor]
    assert not low, "; ".join(low)


def test_without_the_evaluation_nothing_is_measured(tmp_path: Path) -> None:
    assert list(figures(tmp_path)) == []
