"""Reading is no worse than the floors say, on the evaluation's development set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ops.bench import gold
from ops.bench.quality_nlp import BUILT_WITH, FLOORS, figures

SHARED = Path(os.environ.get("ROUTEWIRE_SHARED", Path(__file__).parents[2] / ".." / "shared"))


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "eval" / "dev").is_dir(), reason="../shared/eval/dev is not there")
def test_no_figure_is_below_its_floor() -> None:
    low = [f"{name} {value} < {floor}" for name, value, floor in figures(SHARED, ["dev"]) if value < floor]
    assert not low, "; ".join(low)


def test_without_the_evaluation_nothing_is_measured(tmp_path: Path) -> None:
    assert list(figures(tmp_path)) == []


@pytest.mark.parametrize("name", sorted({*FLOORS, *BUILT_WITH} - {"dev"}))
def test_a_table_is_in_its_form(name: str) -> None:
    rows = list(gold.rows(gold.TABLES / f"{name}.tsv"))
    assert len(rows) >= 26
    for row in rows:
        assert all(row.text["text"][e["start"] : e["end"]] == e["text"] for e in row.gold["entities"])


def test_a_row_out_of_form_is_told_by_its_line(tmp_path: Path) -> None:
    table = tmp_path / "t.tsv"
    table.write_text("# our own\nlot\ten\t2020-01-01\t\tA text.\tno_such_type AS1>AS2\n")
    with pytest.raises(ValueError, match=r"t\.tsv, line 2: no claim type: no_such_type"):
        list(gold.rows(table))
