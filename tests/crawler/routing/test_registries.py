from pathlib import Path

import pytest

from crawler.errors import Permanent
from crawler.routing.reference.registries import read_delegations, read_names
from tests.crawler.routing.referencefiles import AS_NAMES, delegated

ROWS = [f"arin|US|asn|{asn}|1|20010920|assigned|x" for asn in range(64500, 64700)]


def write(tmp_path: Path, body: bytes | str) -> Path:
    path = tmp_path / "file.txt"
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return path


def test_a_name_may_hold_commas_and_need_not_have_a_country(tmp_path: Path) -> None:
    names, bad = read_names(write(tmp_path, AS_NAMES))
    assert names == {64500: ("EXAMPLE-NET Example, Inc.", "DE"), 64501: ("SECOND-AS", "")}
    assert bad == 0


def test_numbers_without_a_holder_have_no_country(tmp_path: Path) -> None:
    more = [
        "arin||asn|64800|10||available|",
        "arin|US|asn|64900|2|2020|reserved|",
        "arin|ZZ|asn|64950|1|2020|assigned|y",
    ]
    found = read_delegations(write(tmp_path, delegated("arin", [*ROWS, *more])))
    assert (found.registry, found.day.isoformat(), found.bad_lines) == ("arin", "2026-11-21", 0)
    assert found.countries[64500] == "US"
    assert found.countries[64950] == ""
    assert 64800 not in found.countries
    assert 64900 not in found.countries


def test_a_block_of_numbers_is_one_row(tmp_path: Path) -> None:
    found = read_delegations(write(tmp_path, delegated("apnic", ["apnic|jp|asn|64500|3|2002|allocated|z"])))
    assert found.countries == {64500: "JP", 64501: "JP", 64502: "JP"}


def test_bad_rows_are_counted(tmp_path: Path) -> None:
    found = read_delegations(write(tmp_path, delegated("arin", [*ROWS, "arin|US|asn|many|1|20010920|assigned|x"])))
    assert (len(found.countries), found.bad_lines) == (200, 1)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (delegated("arin", ROWS)[: -len(ROWS[0]) * 50], r"is cut: it holds \d+ of 200 records"),
        (b"<html>\n<body>busy</body></html>\n", "has no head of a delegation file"),
        (b"", "has no head of a delegation file"),
        (delegated("arin", []), "does not hold delegations"),
    ],
    ids=["cut", "a page", "empty", "without records"],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, body: bytes, says: str) -> None:
    with pytest.raises(Permanent, match=says):
        read_delegations(write(tmp_path, body))


@pytest.mark.parametrize("block", ["64500|999999999", "-5|3", "0|1", "64500|0", "99999999999|1"])
def test_a_block_that_cannot_be_is_a_bad_line_and_takes_no_memory(tmp_path: Path, block: str) -> None:
    first, _, count = block.partition("|")
    rows = [*ROWS, f"arin|US|asn|{first}|{count}|20010920|assigned|x"]
    found = read_delegations(write(tmp_path, delegated("arin", rows)))
    assert (found.bad_lines, len(found.countries)) == (1, len(ROWS))
