"""Which paths are leaked, by whom, and on what that rests."""

from collections.abc import Iterable

import pytest

from crawler.routing.detect.inferred import RibRelations
from crawler.routing.detect.leaks import FROM_THE_RIB, Leaks, guessed
from crawler.routing.knowledge import Knowledge, Relationship
from crawler.routing.state.table import Path
from crawler.routing.thresholds import DetectSettings
from tests.crawler.routing.test_scenarios import KnownRelations

TOPS = frozenset({10, 20, 30})
LIST = "a list of 2020, a test"


def leaks(rib: Iterable[Path] = (), relations: KnownRelations | None = None) -> Leaks:
    return Leaks(Knowledge(TOPS, lambda _: None, LIST, relations), rib, DetectSettings())


def suspects(path: Path, rib: Iterable[Path] = (), relations: KnownRelations | None = None) -> tuple[int, ...]:
    found = leaks(rib, relations).suspect(path)
    return found.networks if found else ()


# -- what the RIB shows ----------------------------------------------------------------------------------------------
def test_below_the_last_transit_free_network_each_is_provider_of_the_next() -> None:
    rib = RibRelations([(1, 2, 10, 20, 3, 4, 5)], TOPS)
    assert [rib.between(*pair) for pair in ((3, 4), (4, 5), (5, 4))] == [
        Relationship.PROVIDER,
        Relationship.PROVIDER,
        Relationship.CUSTOMER,
    ]
    assert rib.between(1, 2) is Relationship.CUSTOMER
    # Next to the top a network may be a peer, and of the top itself nothing is inferred.
    assert [rib.between(*pair) for pair in ((2, 10), (10, 20), (20, 3))] == [None, None, None]


def test_what_paths_show_both_ways_is_not_known() -> None:
    assert RibRelations([(10, 3, 4, 5), (10, 3, 5, 4)], TOPS).between(4, 5) is None


def test_prepends_count_once_and_paths_with_sets_not() -> None:
    rib = RibRelations([(10, 3, 3, 4, 4, 5), (10, 7, (8, 9)), ()], TOPS)
    assert rib.between(4, 5) is Relationship.PROVIDER
    assert rib.passed(10, 3, 4)
    assert not rib.passed(10, 3, 5)
    assert not rib.hears(10, 7)
    assert (rib.degree(4), rib.degree(99), rib.heard_by(4)) == (2, 0, 1)


def test_without_paths_nothing_is_known() -> None:
    rib = RibRelations([], TOPS)
    assert rib.between(1, 2) is None
    assert not rib.hears(1, 2)
    assert not rib.passed(1, 2, 3)


# -- which paths -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "networks"),
    [
        ((10, 77, 20, 500), (77,)),
        ((1, 10, 77, 78, 20, 500), (77, 78)),
        ((10, 77, 77, 77, 20, 500), (77,)),
        ((10, 20, 77, 500), ()),
        ((77, 10, 500), ()),
        ((10, 20, 30, 500), ()),
        ((10, 23456, 20, 500), ()),
        ((), ()),
    ],
    ids=["one", "one of two", "prepended", "down", "from below", "all at the top", "no network", "none"],
)
def test_a_valley_lies_between_two_networks_without_a_provider(path: Path, networks: tuple[int, ...]) -> None:
    assert suspects(path) == networks


def test_a_valley_that_was_there_before_is_none() -> None:
    assert suspects((10, 77, 20, 500), [(10, 77, 20, 501)]) == ()
    assert suspects((10, 78, 77, 20, 500), [(10, 78, 77, 500)]) == (77,)


@pytest.mark.parametrize(
    ("path", "networks"),
    [
        ((1, 2, 3), (2,)),  # from one provider to another: type 1
        ((4, 2, 5), (2,)),  # from one peer to another: type 2
        ((4, 2, 3), (2,)),  # from a provider to a peer: type 3
        ((1, 2, 5), (2,)),  # from a peer to a provider: type 4
        ((1, 2, 6), ()),
        ((4, 2, 6), ()),
        ((6, 2, 3), ()),
        ((6, 2, 5), ()),
        ((1, 9, 3), ()),
        ((1, 2, 9, 8), ()),
    ],
)
def test_each_type_of_leak_by_the_relationships_of_the_month(path: Path, networks: tuple[int, ...]) -> None:
    known = KnownRelations({1: {2}, 3: {2}, 2: {6}}, (frozenset({2, 4}), frozenset({2, 5})))
    assert suspects(path, (), known) == networks


def test_relationships_say_more_than_the_list() -> None:
    # 77 sells transit to both: by the list alone it would be a leak.
    assert suspects((10, 77, 20, 500), (), KnownRelations({77: {10, 20}})) == ()


# -- by whom and why -------------------------------------------------------------------------------------------------
def blamed(paths: list[Path], rib: Iterable[Path] = ()) -> list[int]:
    judge = leaks(rib)
    found = {path: suspicion for path in paths if (suspicion := judge.suspect(path))}
    offenders = judge.blame(found, dict.fromkeys(paths, 1))
    return [offenders[path] for path in paths]


def test_whom_all_paths_suspect_did_it() -> None:
    assert blamed([(10, 79, 77, 20, 500), (30, 78, 77, 20, 500)]) == [77, 77]


def test_of_two_the_one_with_fewer_neighbours_did_it() -> None:
    rib = [(10, 78, n) for n in range(600, 610)]
    assert blamed([(10, 77, 78, 20, 500)], rib) == [77]
    assert blamed([(10, 78, 77, 20, 500)], rib) == [77]


def test_the_basis_says_what_is_a_guess() -> None:
    judge = leaks()
    sure, unsure = judge.suspect((10, 77, 20, 500)), judge.suspect((10, 77, 78, 20, 500))
    assert sure is not None
    assert unsure is not None
    assert guessed([sure], 77) == (LIST,)
    assert guessed([unsure], 78) == (LIST, "a guess which network leaked: AS78, or AS77")
    assert guessed([sure, unsure], 77) == (LIST,)
    inferred = leaks([(10, 1, 2, 900), (20, 3, 2, 900)]).suspect((1, 2, 3, 500))
    assert inferred is not None
    assert (inferred.networks, inferred.sure, guessed([inferred], 2)) == ((2,), False, (FROM_THE_RIB,))
