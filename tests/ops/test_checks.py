"""What `routewire check` and a pass of the crawler tell of a setup where something is wrong; the rest goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlp.doubts import Doubt
from tests.demo import command, copy
from tests.ops.press import catalogue, press
from tests.ops.running import Ran, Run


def finding(checked: Ran, subject: str) -> dict[str, Any]:
    (found,) = (row for row in checked.rows() if row["subject"] == subject)
    return found


def test_a_setup_in_order_has_nothing_to_mend(run: Run, demo_folder: Path) -> None:
    checked = run("check", "--json", "--data-dir", demo_folder)
    assert checked.code == 0
    assert {row["level"] for row in checked.rows()} == {"ok", "note"}
    assert finding(checked, "index")["message"] == "in step with the record"
    assert finding(checked, "ROUTEWIRE_SMTP_URL")["level"] == "note"


def test_an_unknown_setting_is_told_with_the_one_that_was_meant(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUTEWIRE_LOGLEVEL", "debug")
    checked = run("check", "--json", "--data-dir", tmp_path)
    assert checked.code == 0
    assert finding(checked, "ROUTEWIRE_LOGLEVEL")["remedy"] == "did you mean ROUTEWIRE_LOG_LEVEL?"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROUTEWIRE_LOG_LEVEL", "loud"),
        ("ROUTEWIRE_DEMO", "perhaps"),
        ("ROUTEWIRE_DATABASE_URL", "mysql://u:secret@db/x"),
        ("ROUTEWIRE_DATABASE_URL", "no address at all"),
        ("ROUTEWIRE_SEARCH_URL", "http://127.0.0.1:1"),
        ("ROUTEWIRE_BROKER_URL", "redis://127.0.0.1:1"),
    ],
)
def test_a_wrong_setting_is_an_error_with_a_remedy(
    name: str, value: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    checked = run("check", "--json", "--data-dir", tmp_path)
    assert checked.code == 1
    (wrong,) = (row for row in checked.rows() if row["level"] == "error")
    assert name in wrong["subject"] + wrong["message"] + wrong["remedy"]
    assert wrong["remedy"]
    assert "secret" not in checked.out + checked.err


def test_a_data_folder_that_is_a_file_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    checked = run("check", "--json", "--data-dir", tmp_path / "data")
    assert checked.code == 1
    assert str(tmp_path / "data") in checked.out


def test_a_broken_catalogue_is_told_by_row_and_field(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sources.toml"
    file.write_text('[[source]]\nid = "Not An Id"\nname = "x"\nkind = "feed"\nurl = "x"\nrole = "x"\nlicence = "x"\n')
    monkeypatch.setenv("ROUTEWIRE_SOURCES", str(file))
    checked = run("check", "--json", "--data-dir", tmp_path / "data")
    assert checked.code == 1
    (wrong,) = (row for row in checked.rows() if row["level"] == "error")
    assert wrong["subject"].startswith(f"{file}: source 1")
    assert wrong["subject"].endswith("field id")


def test_a_broken_index_is_an_error_and_a_rebuild_mends_it(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    folder = copy(demo_folder, tmp_path / "data")
    (meta,) = (folder / "index").rglob("meta.json")
    meta.write_text("{")
    checked = run("check", "--json", "--data-dir", folder)
    assert checked.code == 1
    (wrong,) = (row for row in checked.rows() if row["level"] == "error")
    assert str(folder / "index") in wrong["subject"]
    assert "routewire rebuild" in wrong["remedy"]
    searched = run("search", "TransTeleCom", "--json", "--data-dir", folder)
    assert (searched.code, searched.out) == (1, "")
    assert run("rebuild", "--data-dir", folder).code == 0
    assert run("search", "TransTeleCom", "--json", "--data-dir", folder).rows()
    assert run("check", "--json", "--data-dir", folder).code == 0


def test_broken_sources_and_pages_are_told_and_the_others_are_read(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with press() as site:
        sources = catalogue(tmp_path / "sources.toml", site)
        done = command(folder, "crawl", "--once", "--json", "--sources", str(sources))
    assert done.returncode == 0
    rows = {row["url"].partition("//")[2]: row for row in map(json.loads, done.stdout.splitlines())}
    outcomes = {name: (row["outcome"], row["status"]) for name, row in rows.items()}
    assert outcomes == {
        "good.example/feed.xml": ("fetched", 200),
        "article.example/page": ("fetched", 200),
        "binary.example/page": ("fetched", 200),
        "liar.example/page": ("failed", 200),
        "reset.example/page": ("unreachable", None),
        "cut.example/feed.xml": ("failed", 200),
        "junk.example/feed.xml": ("failed", 200),
        "down.invalid/feed.xml": ("unreachable", None),
    }
    assert {name for name, row in rows.items() if row["document_id"]} == {"article.example/page"}
    assert all(rows[name]["error"] for name, (outcome, _) in outcomes.items() if outcome != "fetched")
    assert "1 captures gave no document" in done.stderr

    checked = run("check", "--json", "--data-dir", folder)
    for name in ("cut", "junk", "down"):
        assert finding(checked, name)["level"] == "note"
        assert finding(checked, name)["remedy"]
    (unread,) = (row for row in checked.rows() if row["subject"].startswith("extract "))
    assert "http://binary.example/page" in unread["message"]
    assert "binary" in unread["message"]

    key = unread["subject"].removeprefix("extract ")
    assert run("retry", key, "--data-dir", folder).code == 0
    again = run("work", "--data-dir", folder)
    assert (again.code, again.out) == (1, "")
    assert "1 failed" in again.err


def test_the_rows_of_the_registry_that_nothing_bears_out_are_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finding(run("check", "--json", "--data-dir", tmp_path), "registry")["level"] == "ok"
    monkeypatch.setattr("nlp.doubts.misfits", lambda registry: [Doubt("cable:x", "owner", "TTK", "TransTeleCom")])
    told = finding(run("check", "--json", "--data-dir", tmp_path), "cable:x")
    assert (told["level"], told["message"]) == ("warning", "owner is 'TTK', and 'TransTeleCom' elsewhere")
