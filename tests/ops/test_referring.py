"""`routewire reference`: what is fetched, what is there, and what a network engineer looks up in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from crawler.http.service import Service
from ops.cli import referring
from tests.crawler.routing.referencefiles import AS_NAMES, as_org, as_rel, peeringdb, put, roas_csv
from tests.misbehaving import Misbehaving, Reply
from tests.ops.running import Run

NAMES = "/ripe/ripe/asnames/asn.txt"


@pytest.fixture
def publishers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Misbehaving]:
    def service(host: str, base: str, user_agent: str, _key: SecretStr | None) -> Service:
        return Service(host, base, tries=1, allow_private=True, user_agent=user_agent, pause=lambda _seconds: None)

    with Misbehaving({NAMES: Reply(body=AS_NAMES.encode(), headers={"ETag": '"1"'})}) as server:
        monkeypatch.setattr(referring, "_service", service)
        monkeypatch.setattr(referring, "_hosts", lambda hosts: {host: f"{server.url}/{host}/" for host in hosts})
        yield server


def test_an_update_tells_each_file_and_a_second_one_fetches_nothing(
    publishers: Misbehaving, run: Run, tmp_path: Path
) -> None:
    done = run("reference", "update", "--only", "as-names", "--json", "--data-dir", tmp_path)
    assert (done.code, done.err) == (0, "")
    (row,) = done.rows()
    assert (row["name"], row["state"], row["rows"], row["error"]) == ("as-names", "fetched", 2, None)
    again = run("reference", "update", "--only", "as-names", "--json", "--data-dir", tmp_path)
    assert [row["state"] for row in again.rows()] == ["unchanged"]
    assert "as-names" in run("reference", "update", "--only", "as-names", "--data-dir", tmp_path).out


def test_what_failed_is_told_and_ends_with_1(publishers: Misbehaving, run: Run, tmp_path: Path) -> None:
    asked = ("--only", "as-names", "--only", "relationships", "--month", "2021-02", "--json")
    done = run("reference", "update", *asked, "--data-dir", tmp_path)
    assert done.code == 1
    assert [(row["name"], row["state"]) for row in done.rows()] == [
        ("as-names", "fetched"),
        ("relationships", "failed"),
    ]
    assert "404" in done.err
    assert done.rows()[1]["error"] in done.err


@pytest.mark.parametrize(
    "args",
    [
        ("--month", "2021-13"),
        ("--month", "February"),
        ("--day", "2021-02"),
        ("--only", "gossip"),
        ("--month", "0001-01"),
        ("--day", "9999-12-31"),
    ],
)
def test_a_wrong_call_ends_with_2(args: tuple[str, str], run: Run, tmp_path: Path) -> None:
    done = run("reference", "update", *args, "--data-dir", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert args[1] in done.err
    assert list(tmp_path.iterdir()) == []


def test_caidas_terms_are_told(run: Run) -> None:
    assert "acceptable use agreement" in " ".join(run("reference", "update", "--help").out.split())


def test_show_tells_what_is_bundled_and_what_was_fetched(publishers: Misbehaving, run: Run, tmp_path: Path) -> None:
    run("reference", "update", "--only", "as-names", "--data-dir", tmp_path)
    put(tmp_path / "reference", "relationships", "20210201.as-rel2.txt.bz2", as_rel(["1|2|0"]))
    done = run("reference", "show", "--json", "--data-dir", tmp_path)
    assert done.code == 0
    rows = {row["name"]: row for row in done.rows()}
    bundled, names, relations = (rows[name] for name in ("names and countries", "as-names", "relationships"))
    assert bundled["rows"] >= 90_000
    assert (bundled["date"], bundled["licence"]) == ("2026-06-17", "CC BY 4.0 (DB-IP.com); CC0 1.0")
    assert {"transit-free networks", "sellers of transit, and content"} < set(rows)
    assert (names["rows"], names["age_days"]) == (2, 0)
    assert names["path"].startswith(str(tmp_path / "reference" / "as-names"))
    assert (relations["date"], relations["rows"]) == ("2021-02-01", None)
    assert relations["source"].endswith("put here by hand")
    assert "acceptable use agreement" in relations["licence"]
    assert "relationships" in run("reference", "show", "--data-dir", tmp_path).out


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    folder = tmp_path / "reference"
    put(folder, "as-names", "2026-11-22.txt", AS_NAMES)
    put(folder, "relationships", "2021-02-01.txt.bz2", as_rel(["64500|64510|-1|bgp", "64501|64500|-1|bgp"]))
    put(folder, "organisations", "2026-10-01.txt.gz", as_org())
    put(folder, "peeringdb", "2026-11-22.net.json", peeringdb([{"asn": 64500, "name": "Example", "info_type": "NSP"}]))
    put(folder, "vrps", "2021-02-11.ripencc.csv.xz", roas_csv([(64500, "192.0.2.0/24", 24)]))
    return tmp_path


def test_a_network_is_looked_up_with_its_neighbours_of_that_month(filled: Path, run: Run) -> None:
    done = run("reference", "lookup", "AS64500", "--at", "2021-02-11", "--json", "--data-dir", filled)
    assert done.code == 0
    (row,) = done.rows()
    assert (row["asn"], row["name"], row["country"]) == (64500, "EXAMPLE-NET Example, Inc.", "DE")
    assert row["organisation"] == {"name": "Example, Inc.", "country": "DE", "asns": [64500, 64501]}
    assert row["peeringdb"] == {"name": "Example", "also": [], "kind": "NSP", "exchanges": []}
    assert row["neighbours"] == {"customers": 1, "providers": 1, "peers": 0}
    assert row["transit_free"] is True
    assert "CAIDA AS relationships serial-2, 2021-02-01" in row["sources"]


def test_a_prefix_is_judged_by_the_payloads_of_that_day(filled: Path, run: Run) -> None:
    asked = ("192.0.2.0/25", "--origin", "AS64500", "--at", "2021-02-11T10:00:00Z", "--json", "--data-dir", filled)
    (row,) = run("reference", "lookup", *asked).rows()
    assert (row["prefix"], row["origin_asn"], row["rpki"]) == ("192.0.2.0/25", 64500, "invalid")
    assert row["payloads"] == [{"prefix": "192.0.2.0/24", "max_length": 24, "origin_asn": 64500}]
    assert row["sources"] == ["VRPs by RIPE NCC, 2021-02-11 (without afrinic, apnic, arin, lacnic)"]


def test_without_payloads_of_that_day_nothing_is_said(filled: Path, run: Run) -> None:
    asked = ("192.0.2.0/25", "--origin", "64500", "--at", "2024-02-11", "--json", "--data-dir", filled)
    done = run("reference", "lookup", *asked)
    assert done.code == 1
    assert "reference update --only vrps --day 2024-02-11" in done.err


def test_a_country_lists_its_networks(filled: Path, run: Run) -> None:
    (row,) = run("reference", "lookup", "KP", "--json", "--data-dir", filled).rows()
    assert (row["country"], row["asns"]) == ("KP", [131279])


def test_people_get_words(filled: Path, run: Run) -> None:
    done = run("reference", "lookup", "64500", "kp", "--at", "2021-02-11", "--data-dir", filled)
    assert "EXAMPLE-NET Example, Inc." in done.out
    assert "131279" in done.out


@pytest.mark.parametrize("what", ["AS4294967296", "nonsense", "192.0.2.0/33"])
def test_what_is_none_of_these_is_a_wrong_call(what: str, run: Run, tmp_path: Path) -> None:
    done = run("reference", "lookup", what, "--data-dir", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert what in done.err


def test_a_key_goes_to_peeringdb_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.http.service.Service", partial(Service, allow_private=True))
    with Misbehaving({"/list": Reply(body=b"[]")}) as site:
        for host in ("peeringdb", "caida"):
            with referring._service(host, site.url, "routewire", SecretStr("hush")) as service:
                assert service.json("/list") == []
        assert [request.headers.get("Authorization") for request in site.asked("/list")] == ["Api-Key hush", None]
