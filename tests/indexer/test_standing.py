"""By which verdict a document is known."""

from __future__ import annotations

from indexer.documents import leading, standing
from indexer.model import ClaimRecord, Verdict, VerdictKind
from nlp.model import Claim


def claim(name: str, start: int, *, background: bool = False) -> ClaimRecord:
    said = Claim(id=name, type="outage", actor=None, target="AS64500", quote="q", quote_span=(start, start + 1),
                 background=background)  # fmt: skip
    return ClaimRecord(id=name, document_id="d", document_version=1, claim=said)


def verdict(name: str, kind: VerdictKind) -> Verdict:
    return Verdict(claim_id=name, verdict=kind, reasons=("r",))


def test_a_side_claim_does_not_vouch_for_a_headline() -> None:
    claims = [claim("side", 50), claim("head", 10), claim("old", 0, background=True)]
    verdicts = {
        "side": verdict("side", VerdictKind.CONFIRMED),
        "head": verdict("head", VerdictKind.NOT_OBSERVABLE),
        "old": verdict("old", VerdictKind.CORRECTED),
    }
    assert leading(claims) is claims[1]
    assert standing(claims, verdicts) == (
        VerdictKind.NOT_OBSERVABLE,
        VerdictKind.CORRECTED,
        VerdictKind.CONFIRMED,
    )


def test_without_claims_there_is_no_verdict() -> None:
    assert leading([]) is None
    assert standing([], {}) == ()
