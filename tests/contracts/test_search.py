"""What every index promises: the same query, the same answers, whatever the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import Permanent
from indexer.model import IndexDoc, Kind, VerdictKind
from indexer.search.protocol import Index
from indexer.search.tantivy import TantivyIndex

ENGINES: dict[str, Callable[[Path], Index]] = {"tantivy": TantivyIndex.open}


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    opened = ENGINES[request.param](tmp_path / "index")
    yield opened
    opened.close()


def doc(item_id: str, title: str, body: str = "", day: int = 1, **more: object) -> IndexDoc:
    base = IndexDoc(
        kind=Kind.DOCUMENT, id=item_id, title=title, body=body, time=datetime(2021, 3, day, tzinfo=UTC), lang="en"
    )
    return replace(base, **more)  # type: ignore[arg-type]


NEWS = [
    doc(
        "leak",
        "Cogent leaks routes of Telstra",
        "AS174 passed on 203.0.113.0/24.",
        asns=(174, 1221),
        types=("route_leak",),
        prefixes=("203.0.113.0/24",),
        countries=("AU", "US"),
        verdicts=(VerdictKind.CONFIRMED,),
        source="wire",
    ),
    doc(
        "cut",
        "Kabelbruch vor Sansibar",
        "Ein Seekabel wurde beschädigt; die Leitungen wurden umgeleitet.",
        5,
        lang="de",
        countries=("TZ",),
        types=("cable_cut",),
        entities=("cable:seacom",),
        source="blatt",
    ),
    doc(
        "outage",
        "Outage in Tonga",
        "Routes were withdrawn. The leaking of routes was not the cause.",
        9,
        countries=("TO",),
        types=("outage_start",),
        prefixes=("2001:db8:5::/48",),
        source="wire",
    ),
    doc("event", "Outage of Tonga Communications (AS17645)", "AS17645", 9, kind=Kind.EVENT, asns=(17645,)),
]


def found(index: Index, query: str, **more: object) -> set[str]:
    return {hit.id for hit in index.search(query, **more).hits}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", {"leak", "cut", "outage", "event"}),
        ("tonga", {"outage", "event"}),
        ("routes leaked", {"leak", "outage"}),
        ('"leaks routes"', {"leak"}),
        ('"routes telstra"~1', {"leak"}),
        ("seekabels", {"cut"}),
        ("beschadigt", {"cut"}),
        ("outage OR kabelbruch", {"outage", "event", "cut"}),
        ("tonga -withdrawn", {"event"}),
        ("NOT tonga", {"leak", "cut"}),
        ("kabel*", {"cut"}),
        ("asn:174", {"leak"}),
        ("asn:AS174 country:au", {"leak"}),
        ("AS17645", {"event"}),
        ("type:(route_leak OR cable_cut)", {"leak", "cut"}),
        ("verdict:confirmed", {"leak"}),
        ("lang:de", {"cut"}),
        ("source:wire", {"leak", "outage"}),
        ("cable:seacom", {"cut"}),
        ("entity:cable:seacom", {"cut"}),
        ("kind:event", {"event"}),
        ("published:[2021-03-02 TO 2021-03-05]", {"cut"}),
        ("published:2021-03", {"leak", "cut", "outage", "event"}),
        ("published:[* TO 2021-03-01]", {"leak"}),
        ("published:9999", set()),
        ("(" * 400 + "tonga" + ")" * 400, {"outage", "event"}),
        ("published:[2021-03-09 TO 9999]", {"outage", "event"}),
        ("prefix:203.0.113.0/24", {"leak"}),
        ("prefix:203.0.112.0/22", {"leak"}),
        ("prefix:203.0.113.77", {"leak"}),
        ("prefix:203.0.114.0/24", set()),
        ("prefix:2001:db8::/32", {"outage"}),
        ("nothing-like-this", set()),
    ],
)
def test_a_query_finds_what_it_says(index: Index, query: str, ids: set[str]) -> None:
    index.apply(NEWS, [], 1)
    assert found(index, query) == ids


def test_the_title_counts_for_more_than_the_text(index: Index) -> None:
    index.apply([doc("b", "Weather", "Sudan " + "and more words " * 5), doc("a", "Sudan goes offline", "words")], [], 1)
    assert [hit.id for hit in index.search("sudan").hits] == ["a", "b"]


def test_highlights_lie_on_the_words_that_were_found(index: Index) -> None:
    body = "Filler. " * 200 + "Then the operators withdrew 203.0.113.0/24 at once. " + "More. " * 50
    index.apply([doc("x", "t", body, prefixes=("203.0.113.0/24",))], [], 1)
    (hit,) = index.search("operator prefix:203.0.113.0/24").hits
    assert [hit.snippet[a:b] for a, b in hit.highlights] == ["operators", "203.0.113.0/24"]
    assert len(hit.snippet) < 300


def test_facets_count_all_that_match_and_months_are_newest_first(index: Index) -> None:
    index.apply([*NEWS, doc("old", "Tonga", time=datetime(2019, 1, 2, tzinfo=UTC))], [], 1)
    result = index.search("tonga", limit=1, facets=True)
    assert result.total == 3
    assert dict(result.facets["kind"]) == {"document": 2, "event": 1}
    assert result.facets["month"] == (("2021-03", 2), ("2019-01", 1))


def test_newest_first_when_sorted_by_time_and_pages_do_not_overlap(index: Index) -> None:
    index.apply([doc(f"d{i:02}", "tonga", day=1 + i % 20) for i in range(20)], [], 1)
    pages = [[h.id for h in index.search("tonga", limit=7, offset=o, sort="time").hits] for o in (0, 7, 14)]
    assert [i for page in pages for i in page] == [f"d{i:02}" for i in range(19, -1, -1)]


def test_a_thing_that_changed_is_there_once_in_its_new_form_and_a_gone_one_is_not(index: Index) -> None:
    index.apply(NEWS, [], 1)
    index.apply([doc("leak", "A quiet day")], [(Kind.DOCUMENT, "cut")], 2)
    assert found(index, "quiet") == {"leak"}
    assert found(index, "cogent") == set()
    assert found(index, "", kind=Kind.DOCUMENT) == {"leak", "outage"}
    assert index.seq() == 2


def test_a_rebuild_answers_all_the_while_and_takes_its_place_at_once(index: Index) -> None:
    index.apply(NEWS, [], 1)
    with index.rebuilding() as fresh:
        fresh.apply(NEWS[:1], [], 9)
        assert found(index, "") == {"leak", "cut", "outage", "event"}
    assert found(index, "") == {"leak"}
    assert index.seq() == 9


def test_a_rebuild_that_fails_changes_nothing(index: Index) -> None:
    index.apply(NEWS, [], 1)

    def fail() -> None:
        with index.rebuilding() as fresh:
            fresh.apply([], [], 5)
            raise Permanent("the record went away")

    with pytest.raises(Permanent):
        fail()
    assert found(index, "") == {"leak", "cut", "outage", "event"}
    assert index.seq() == 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("a AND", "end"),
        ("colour:red", "'colour'"),
        ("published:lately", "lately"),
        ("asn:cogent", "cogent"),
        ("a*", "wildcard"),
        ("*x*", "wildcard"),
        ("prefix:300.1.1.1", "300.1.1.1"),
        ('"open', "position 0"),
        ("word " * 300, "at most"),
    ],
)
def test_a_mistake_gets_a_message_that_points_at_it(index: Index, query: str, told: str) -> None:
    with pytest.raises(Permanent, match=told) as caught:
        index.search(query)
    assert caught.value.remedy


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"../elsewhere/\x00", b""])
def test_a_damaged_index_is_told_with_its_remedy(tmp_path: Path, damage: bytes) -> None:
    TantivyIndex.open(tmp_path).apply(NEWS, [], 1)
    (tmp_path / "current").write_bytes(damage)
    with pytest.raises(Permanent, match="rebuild"):
        TantivyIndex.open(tmp_path)


WORDS = st.sampled_from(["tonga", "leak", "cable", "sudan", "routes"])
TEXTS = st.lists(WORDS, max_size=4).map(" ".join)
CHANGES = st.lists(st.tuples(st.integers(0, 5), st.none() | TEXTS), max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES, word=WORDS)
def test_the_index_holds_the_last_state_after_any_order_of_changes(
    changes: list[tuple[int, str | None]], word: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    index = TantivyIndex.open(tmp_path_factory.mktemp("index"))
    state: dict[str, str] = {}
    for seq, (number, text) in enumerate(changes, 1):
        item_id = f"d{number}"
        if text is None:
            state.pop(item_id, None)
            index.apply([], [(Kind.DOCUMENT, item_id)], seq)
        else:
            state[item_id] = text
            index.apply([doc(item_id, text)], [], seq)
    assert found(index, word) == {item_id for item_id, text in state.items() if word in text.split()}
    assert found(index, "") == set(state)
