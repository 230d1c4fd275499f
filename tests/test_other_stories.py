"""Stories of other networks, told in other words than the demo's, from the text to the verdict.

Each file of `stories/` holds a text, what it claims, and what the routes did; a verdict is expected where the routes
did it (`turned`), where they did not (`still`), and where the files of that time are missing (`missing`).
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from crawler.routing.model import RoutingView
from crawler.routing.observe import observe_all
from indexer.verdict import judge, scope
from nlp.codec import annotation_to_json, text_from_json
from nlp.model import Claim
from nlp.pipeline import Pipeline
from ops.cli import app
from tests.stories.archive import write

STORIES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in Path(__file__).parent.glob("stories/*.toml")
}
CLAIMS = [pytest.param(name, n, id=f"{name}-{row['type']}")
          for name, story in STORIES.items() for n, row in enumerate(story["claims"])]  # fmt: skip
VERDICTS = [
    pytest.param(name, n, state, expected, id=f"{name}-{row['type']}-{state}")
    for name, story in STORIES.items()
    for n, row in enumerate(story["claims"])
    for state, expected in row.get("verdicts", {}).items()
]
SENTENCES = [
    ("en", "Safaricom moved its international traffic from SEACOM to WIOCC at noon Nairobi time on Friday.",
     "rerouting AS37662 AS33771 2023-05-12T09:00:00Z"),
    ("en", "Kenya's Safaricom dropped SEACOM as an upstream on Friday at 12:00 Nairobi time and took WIOCC instead.",
     "transit_removed AS37100 AS33771 2023-05-12T09:00:00Z"),
    ("en", "GlobeNet (AS52320) has picked up InterNexa (AS262589) as a customer at 03:05 UTC on 9 May.",
     "transit_added AS52320 AS262589 2023-05-09T03:05:00Z"),
    ("en", "Arelion began to carry the prefixes of Moldtelecom. The change was seen at 10:40 UTC on Sunday.",
     "transit_added AS1299 AS8926 2023-05-14T10:40:00Z"),
    ("en", "Arelion began to carry the prefixes of Moldtelecom. The company said on Sunday that all is well.",
     "transit_added AS1299 AS8926 None"),
    ("en", "Transit for Paltel from Bezeq International ended at 16:20 Jerusalem time on Thursday.",
     "transit_removed AS8551 AS12975 2023-05-11T13:20:00Z"),
    ("en", "A ministry in Mauritania told operators to switch off mobile data from Monday evening on.",
     "shutdown_ordered MR MR 2023-05-15T18:00:00Z"),
    ("en", "Zain Sudan came back online at 11:15 local time on Tuesday after five days in the dark.",
     "outage_end None AS36998 2023-05-09T09:15:00Z"),
    ("en", "A block of Camtel was announced by a small ISP, Nordheim Data (AS64508), at 09:30 UTC Sunday by mistake.",
     "origin_hijack AS64508 AS15964 2023-05-14T09:30:00Z"),
    ("es", "ETECSA (AS27725) quedó sin internet el domingo a las 15:55, hora de La Habana.",
     "outage_start None AS27725 2023-05-14T19:55:00Z"),
    ("fr", "Le fournisseur Netis (AS64507) a détourné le préfixe 192.0.2.0/24 de Camtel dimanche à 10 h 20 UTC.",
     "origin_hijack AS64507 AS15964 2023-05-14T10:20:00Z"),
    ("ru", "В Таджикистане 13 мая в 09:10 по местному времени пропал интернет.",
     "outage_start None TJ 2023-05-13T04:10:00Z"),
    ("ru", "Казахтелеком (AS9198) опроверг сообщения о том, что начал пропускать трафик Узбектелекома (AS8193).",
     "transit_added AS9198 AS8193 None"),
]  # fmt: skip
"""Language, text, and a claim of it: type, actor, target, start. Published on Monday, 15 May 2023, at 10:00 UTC."""
STATES = {"turned": {}, "still": {"turned": False}, "missing": {"missing": True}}


@cache
def _pipeline() -> Pipeline:
    return Pipeline()


@cache
def _claims(name: str) -> tuple[Claim, ...]:
    return _pipeline().annotate(text_from_json(_document(name))).claims


def _document(name: str) -> dict[str, Any]:
    story = STORIES[name]
    return {"id": name, "text": story["text"].strip()} | {key: story[key] for key in ("title", "published", "lang")}


@cache
def _view(name: str, state: str, folder: Path) -> RoutingView:
    archive = write(folder / name / state, STORIES[name]["routes"], **STATES[state])
    asns, prefixes, countries = scope(_claims(name))
    return observe_all(archive, asns=asns, prefixes=prefixes, countries=countries)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stories")


def _told(claim: Claim) -> dict[str, Any]:
    return {
        "type": claim.type, "actor": claim.actor, "target": claim.target, "other": list(claim.other),
        "start_utc": claim.start_utc, "end_utc": claim.end_utc, "polarity": str(claim.polarity),
        "modality": str(claim.modality), "attribution": list(claim.attribution), "exclusive": claim.exclusive,
    }  # fmt: skip


def _found(name: str, n: int) -> Claim:
    """The claim of the story that says what is expected; no other one of its type says it better."""
    row = STORIES[name]["claims"][n]
    wanted = {"polarity": "asserted", "modality": "actual"} | {k: v for k, v in row.items() if k != "verdicts"}
    claims = [claim for claim in _claims(name) if claim.type == row["type"]]
    told = [{key: _told(claim)[key] for key in wanted} for claim in claims]
    assert wanted in told, [_told(claim) for claim in _claims(name)]
    return claims[told.index(wanted)]


@pytest.mark.parametrize(("name", "n"), CLAIMS)
def test_the_claim_is_read(name: str, n: int) -> None:
    assert _found(name, n).quote in STORIES[name]["text"]


@pytest.mark.parametrize(("lang", "text", "expected"), SENTENCES)
def test_a_sentence_is_read(lang: str, text: str, expected: str) -> None:
    row = {"id": "s", "lang": lang, "text": text, "published": "2023-05-15T10:00:00Z"}
    claims = _pipeline().annotate(text_from_json(row)).claims

    assert expected in [f"{c.type} {c.actor} {c.target} {c.start_utc}" for c in claims]


@pytest.mark.parametrize(("name", "n", "state", "expected"), VERDICTS)
def test_the_claim_is_judged(name: str, n: int, state: str, expected: str, folder: Path) -> None:
    verdict = judge("c", _found(name, n), _view(name, state, folder))

    assert str(verdict.verdict) == expected, verdict.reasons


@pytest.mark.parametrize("name", STORIES)
def test_nothing_else_is_claimed_of_routes(name: str) -> None:
    """No second transit, hijack or leak comes out of a text that tells one."""
    checked = {"transit_added", "transit_removed", "origin_hijack", "route_leak", "rerouting"}
    told = [claim.type for claim in _claims(name) if claim.type in checked]

    assert sorted(told) == sorted(row["type"] for row in STORIES[name]["claims"] if row["type"] in checked)


def test_the_commands_do_the_same(tmp_path: Path, folder: Path) -> None:
    name = "solomon-cable"
    (tmp_path / "texts.jsonl").write_text(json.dumps(_document(name)) + "\n", encoding="utf-8")
    archive = write(tmp_path / "archive", STORIES[name]["routes"])
    run = CliRunner().invoke
    options = ["--json", "--data-dir", str(tmp_path / "data")]

    read = run(app, ["annotate", str(tmp_path / "texts.jsonl"), *options])
    annotation = json.loads(read.stdout)
    (tmp_path / "claims.jsonl").write_text("\n".join(json.dumps(c) for c in annotation["claims"]), encoding="utf-8")
    judged = run(app, ["verify", str(tmp_path / "claims.jsonl"), "--archive", str(archive), *options])

    expected = annotation_to_json(_pipeline().annotate(text_from_json(_document(name))))
    assert annotation == expected
    kinds = {c["id"]: c["type"] for c in annotation["claims"]}
    verdicts = {kinds[v["claim_id"]]: v["verdict"] for v in map(json.loads, judged.stdout.splitlines())}
    assert verdicts["transit_added"] == "confirmed"
    assert verdicts["cable_cut"] == "not_observable"
