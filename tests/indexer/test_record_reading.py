"""Claims keep their identity, and a time that was cut is read as its first moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from indexer.record.reading import claim_id, claim_ids, cut_time, parties
from tests.indexer.making import claim


def test_an_id_hangs_on_document_type_parties_and_quote_alone() -> None:
    one = claim_id("doc1", claim())
    assert one == claim_id("doc1", claim("c9", quote_span=(9, 34), start_utc=None, place="KE"))
    others = [claim(type="outage"), claim(actor=None), claim(target="AS1"), claim(quote="else")]
    assert len({one, claim_id("doc2", claim()), *(claim_id("doc1", other) for other in others)}) == 6


def test_the_same_words_twice_are_numbered_in_order() -> None:
    first, second, other = claim_ids("doc1", [claim(), claim(start_utc="2026"), claim(quote="else")])
    assert second == f"{first}-2"
    assert other != first


def test_the_parties_of_a_claim_are_all_that_it_names() -> None:
    named = replace(claim(actor=None, place="KP", other=("192.0.2.0/24",)), likely=(("target", "AS64499"),))
    assert parties(named) == {"AS64500", "KP", "192.0.2.0/24", "AS64499"}


@pytest.mark.parametrize(
    ("cut", "moment"),
    [
        ("2006", datetime(2006, 1, 1, tzinfo=UTC)),
        ("2006-05", datetime(2006, 5, 1, tzinfo=UTC)),
        ("2006-05-12", datetime(2006, 5, 12, tzinfo=UTC)),
        ("2026-W01", datetime(2025, 12, 29, tzinfo=UTC)),
        ("2006-05-12T04", datetime(2006, 5, 12, 4, tzinfo=UTC)),
        ("2006-05-12T04:05", datetime(2006, 5, 12, 4, 5, tzinfo=UTC)),
        ("2006-05-12T04:05:06Z", datetime(2006, 5, 12, 4, 5, 6, tzinfo=UTC)),
        ("2006-05-12T04:05:06+02:00", datetime(2006, 5, 12, 2, 5, 6, tzinfo=UTC)),
        ("soon", None),
        ("2006-13", None),
        ("", None),
        (None, None),
    ],
)
def test_a_cut_time_is_its_first_moment(cut: str | None, moment: datetime | None) -> None:
    assert cut_time(cut) == moment
