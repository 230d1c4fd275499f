from crawler.routing.paths import detour, ends, hops, triples, valley

TOPS = frozenset({10, 20})


def test_prepends_and_sets_are_no_hops() -> None:
    assert hops((10, 10, 77, (5, 6), 200, 200)) == (10, 77, 200)


def test_origin_and_upstream() -> None:
    assert ends((10, 77, 200, 200)) == (200, 77)
    assert ends((200,)) == (200, None)
    assert ends((10, 77, (200,))) == (200, 77)
    assert ends((10, 77, (200, 201))) is None
    assert ends(()) is None


def test_a_valley_lies_between_two_networks_without_a_provider() -> None:
    assert valley((10, 77, 20, 200), TOPS, frozenset()) == 77
    assert valley((10, 77, 78, 20, 200), TOPS, frozenset()) == 77
    assert valley((10, 20, 77, 200), TOPS, frozenset()) is None
    assert valley((77, 10, 200), TOPS, frozenset()) is None


def test_a_valley_that_was_there_before_is_none() -> None:
    assert valley((10, 77, 20, 200), TOPS, triples([(10, 77, 20, 201)])) is None


def test_a_detour_goes_around_to_the_origins_own_provider() -> None:
    path = (99, 10, 31, 32, 33, 200)
    assert detour(path, frozenset({10}), TOPS, frozenset()) == 32
    assert detour(path, frozenset({20}), TOPS, frozenset()) is None
    assert detour((99, 10, 31, 33, 200), frozenset({10}), TOPS, frozenset()) is None
    assert detour(path, frozenset({10}), TOPS, triples([(10, 31, 32)])) is None
