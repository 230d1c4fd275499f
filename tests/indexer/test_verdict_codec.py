"""Claims as they are read, verdicts as they are printed."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.errors import Permanent
from indexer.verdict import judge
from indexer.verdict_codec import claim_from_json, verdict_to_json
from nlp.model import Modality, Polarity
from tests.indexer.views import VIEWS

ROW: dict[str, Any] = {
    "id": "c1", "type": "transit_added", "actor": "AS64520", "target": "AS64500", "other": ["192.0.2.0/26"],
    "place": "XA", "start_utc": "2031-05-01T09:08:00Z", "end_utc": None, "precision": "minute",
    "polarity": "asserted", "modality": "actual", "attribution": ["org:a"], "quote_span": [3, 9], "note": None,
}  # fmt: skip


def test_a_row_in_the_form_of_the_annotations() -> None:
    name, claim = claim_from_json(ROW)
    assert (name, claim.type, claim.quote_span) == ("c1", "transit_added", (3, 9))
    assert (claim.other, claim.attribution, claim.polarity) == (("192.0.2.0/26",), ("org:a",), Polarity.ASSERTED)


def test_only_id_and_type_are_needed() -> None:
    name, claim = claim_from_json({"id": 7, "type": "attack"})
    assert (name, claim.actor, claim.modality) == ("7", None, Modality.ACTUAL)
    assert claim_from_json({**ROW, "modality": "inferred"})[1].modality == Modality.LIKELY


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": None}, "`id`"),
        ({"id": " "}, "`id`"),
        ({"type": None}, "`type`"),
        ({"type": "banana"}, "`type` is 'banana'"),
        ({"actor": 20485}, "`actor`"),
        ({"actor": "AS99999999999"}, "`actor`"),
        ({"actor": "AS0"}, "`actor` holds 'AS0'"),
        ({"target": "AS" + "9" * 5000}, "`target`"),
        ({"target": "192.0.2.0/33"}, "`target` holds '192.0.2.0/33', which is no prefix"),
        ({"likely": {"actor": "AS0"}}, "`likely`"),
        ({"other": ["AS1", "AS0"]}, "`other` holds 'AS0'"),
        ({"other": ["175.45.176.0/33"]}, "`other` holds '175.45.176.0/33'"),
        ({"other": ["a/b/c"]}, "`other`"),
        ({"other": ["2001:db8::/129"]}, "`other`"),
        ({"other": ["192.0.2.256"]}, "`other`"),
        ({"end_utc": "2031-05-01T09:07:00Z"}, "`end_utc` is '2031-05-01T09:07:00Z', before `start_utc`"),
        ({"end_utc": "2031-04"}, "`end_utc`"),
        ({"other": "AS1"}, "`other`"),
        ({"other": [1]}, "`other`"),
        ({"start_utc": "yesterday"}, "`start_utc`"),
        ({"end_utc": "2031-02-30"}, "`end_utc`"),
        ({"polarity": "maybe"}, "`polarity`"),
        ({"modality": "sure"}, "`modality`"),
        ({"quote_span": [1]}, "`quote_span`"),
        ({"exclusive": "yes"}, "`exclusive`"),
        ({"likely": ["AS1"]}, "`likely`"),
    ],
)
def test_a_wrong_row_is_told_by_its_field(change: dict[str, Any], told: str) -> None:
    with pytest.raises(Permanent) as caught:
        claim_from_json({**ROW, **change})
    assert told in str(caught.value)
    assert caught.value.remedy


def test_an_end_in_the_same_day_and_ids_of_other_things_are_right() -> None:
    other = ["org:a/b", "cable:c", "2001:db8::/32", "192.0.2.7", "KP", "AS1", "place:d-e", "Bell Canada"]
    claim = claim_from_json({**ROW, "end_utc": "2031-05-01", "other": other})[1]
    assert claim.other == tuple(other)


@pytest.mark.parametrize("row", [None, [], "x", 3])
def test_what_is_no_object_is_no_claim(row: object) -> None:
    with pytest.raises(Permanent):
        claim_from_json(row)


def test_a_verdict_has_the_fields_of_the_contract() -> None:
    found = verdict_to_json(judge(*claim_from_json({**ROW, "target": "AS64550"}), VIEWS["seen_with_gap"]()))
    assert list(found) == [
        "claim_id", "verdict", "reasons", "correction", "delta_s", "prefixes_matched", "prefixes_total", "peers_seen",
        "peers_total", "events", "coverage",
    ]  # fmt: skip
    assert found["verdict"] == "corrected"
    assert found["correction"] == {"field": "target", "stated": "AS64550", "actual": "AS64500"}
    gap = {
        "collector": "rrc91", "start": "2031-05-01T09:05:00Z", "end": "2031-05-01T09:10:00Z",
        "reason": "updates.0905 is missing",
    }  # fmt: skip
    assert found["coverage"] == {"collectors": 3, "gaps": [gap]}
