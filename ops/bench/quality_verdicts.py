"""Verdicts on claims of our own about incidents whose truth is known: each with a reason that an engineer accepts.

A claim of `CLAIMS` has, beside its form for `routewire verify`, `incident` (a folder's name), `expected` (the verdicts
that are right; `why`, where there are several), `because` (patterns that its reasons must all hold) and, where the
verdict corrects, the `correction` by its field and its value (a pattern).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from crawler.routing.observe import observe_all
from crawler.routing.reference.known import Reference
from indexer.lookup import Lookup
from indexer.model import Verdict, VerdictKind
from indexer.verdict import judge, scope
from indexer.verdict_codec import claim_from_json

CLAIMS = Path(__file__).parents[2] / "tests" / "indexer" / "incident_claims.jsonl"


class Judged(NamedTuple):
    """One claim and what is wrong with the verdict on it, in words; nothing where all is as expected."""

    row: dict[str, Any]
    verdict: Verdict
    faults: tuple[str, ...]


def figures(shared: Path) -> Iterator[tuple[str, float, float]]:
    """(name, value, floor); nothing without the data."""
    if found := list(judged(shared / "data" / "incidents")):
        yield "verdicts.claims_right", sum(not one.faults for one in found) / len(found), 1.0


def judged(incidents: Path, claims: Path = CLAIMS) -> Iterator[Judged]:
    """Every claim judged by its incident's archive, all claims of one incident by one view, as `verify` does."""
    rows = [json.loads(line) for line in claims.read_text(encoding="utf-8").splitlines()]
    for incident, group in groupby(rows, key=lambda row: str(row["incident"])):
        if not (incidents / incident).is_dir():
            continue
        given = [(row, *claim_from_json(row)) for row in group]
        asns, prefixes, countries = scope([claim for _, _, claim in given])
        view = observe_all(incidents / incident, asns=asns, prefixes=prefixes, countries=countries)
        lookup = Lookup(view, Reference.load().networks)
        for row, claim_id, claim in given:
            verdict = judge(claim_id, claim, lookup.within(*scope([claim])))
            yield Judged(row, verdict, tuple(_faults(row, verdict)))


def _faults(row: dict[str, Any], verdict: Verdict) -> Iterator[str]:
    if verdict.verdict not in row["expected"]:
        yield f"{verdict.verdict}, not {' or '.join(row['expected'])}"
    reasons = " ".join(verdict.reasons)
    yield from (f"no reason holds {p!r}" for p in row["because"] if not re.search(p, reasons, re.IGNORECASE))
    wanted, given = row.get("correction"), verdict.correction
    if wanted is None or verdict.verdict is not VerdictKind.CORRECTED:
        return
    if given is None or given.field != wanted["field"] or not re.search(wanted["actual"], given.actual):
        yield f"the correction is {given}"
