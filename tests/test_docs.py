"""The README names every command and every setting, so that neither is found by reading the code alone."""

from __future__ import annotations

import re
from functools import cache

import pytest

from ops.settings import known_names
from tests.conftest import CHECKOUT
from tests.ops.test_cli import commands


@cache
def words() -> str:
    """The README with its white space folded, as a reader sees it."""
    return " ".join((CHECKOUT / "README.md").read_text("utf-8").split())


@pytest.mark.parametrize("command", commands())
def test_the_readme_names_each_command(command: str) -> None:
    assert re.search(rf"`{re.escape(command)}[ `]", words()), f"`{command}` is not in README.md"


@pytest.mark.parametrize("name", known_names())
def test_the_readme_names_each_setting(name: str) -> None:
    assert re.search(rf"{name}(?!\w)", words()), f"{name} is not in README.md"


def test_the_readme_names_no_command_that_is_not_there() -> None:
    (table,) = re.findall(r"\| command \|(.*?)\n\n", (CHECKOUT / "README.md").read_text("utf-8"), re.DOTALL)
    cells = " ".join(row.split("|")[1] for row in table.splitlines()[2:])
    for named in re.findall(r"`([^`]+)`", cells):
        assert any(f"{named} ".startswith(f"{command} ") for command in commands()), f"README.md names `{named}`"


def test_the_readme_names_no_setting_that_means_nothing() -> None:
    named = set(re.findall(r"ROUTEWIRE_\w+", words()))
    assert {name for name in named if not name.startswith("ROUTEWIRE_TEST_")} <= set(known_names())


@pytest.mark.parametrize("package", ["crawler", "nlp", "indexer", "ops", "tests"])
def test_the_architecture_names_each_package_and_only_modules_that_are_there(package: str) -> None:
    text = (CHECKOUT / "ARCHITECTURE.md").read_text("utf-8")
    assert re.search(rf"`{package}/?", text), f"{package} is not in ARCHITECTURE.md"
    for path in re.findall(rf"`({package}/[\w./]+)`", text):
        assert (CHECKOUT / path).exists(), f"ARCHITECTURE.md names {path}"
