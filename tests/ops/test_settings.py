"""Settings come from the environment; a wrong one is told with its name and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import Permanent
from crawler.routing.thresholds import DetectSettings
from ops.settings import load_settings, unknown_names


def test_the_record_is_sqlite_in_the_data_folder_unless_an_address_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings(data_dir=tmp_path).database == f"sqlite:///{tmp_path}/record.sqlite"
    monkeypatch.setenv("ROUTEWIRE_DATABASE_URL", "postgresql+psycopg://u:secret@db/routewire")
    settings = load_settings(data_dir=tmp_path)
    assert settings.database == "postgresql+psycopg://u:secret@db/routewire"
    assert "secret" not in repr(settings)


def test_the_command_line_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTEWIRE_DATA_DIR", "/elsewhere")
    assert load_settings(data_dir=tmp_path).data_dir == tmp_path


def test_a_wrong_value_is_told_with_the_setting_and_without_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTEWIRE_LOG_LEVEL", "loud")
    with pytest.raises(Permanent, match="ROUTEWIRE_LOG_LEVEL"):
        load_settings()


def test_a_strange_name_is_found_and_the_right_one_proposed() -> None:
    found = unknown_names({"ROUTEWIRE_DATADIR": "x", "ROUTEWIRE_DATA_DIR": "x", "ROUTEWIRE_TEST_X": "1", "PATH": "/"})
    assert found == {"ROUTEWIRE_DATADIR": "ROUTEWIRE_DATA_DIR"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATA_DIR", ""),
        ("SMTP_URL", "http://u:hunter2@mail.example"),
        ("SMTP_URL", "smtp://u:hunter2@mail.example:abc"),
        ("MAIL_FROM", "a@example.org\nBcc: b@example.org"),
        ("USER_AGENT", "x\r\ny"),
        ("USER_AGENT", "routewiré"),
        ("PUBLIC_URL", "javascript:alert(1)"),
    ],
)
def test_what_could_not_work_is_refused_by_name_and_no_password_is_repeated(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ROUTEWIRE_{name}", value)
    with pytest.raises(Permanent, match=f"ROUTEWIRE_{name}") as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)


def test_thresholds_are_set_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().detect == DetectSettings()
    monkeypatch.setenv("ROUTEWIRE_THRESHOLDS", '{"min_peers": 5, "outage_share": 0.5}')
    assert load_settings().detect == DetectSettings(min_peers=5, outage_share=0.5)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('{"min_peer": 3}', "did you mean min_peers?"),
        ('{"min_peers": 0}', "whole number from 1 on"),
        ('{"min_peers": 2.5}', "whole number from 1 on"),
        ('{"min_peers": true}', "valid number"),
        ('{"min_s": "ten"}', "valid number"),
        ('{"merge_s": -1}', "from 0 on"),
        ('{"merge_s": NaN}', "from 0 on"),
        ('{"ghost_share": 1.5}', "at most 1"),
        ("[3]", "dictionary"),
        ("many", "is not JSON"),
        ("", "is not JSON"),
    ],
)
def test_a_threshold_that_means_nothing_is_refused(value: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTEWIRE_THRESHOLDS", value)
    with pytest.raises(Permanent, match="ROUTEWIRE_THRESHOLDS") as error:
        load_settings()
    assert told in error.value.message
