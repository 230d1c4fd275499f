from crawler.routing.paths import ends, hops


def test_prepends_and_sets_are_no_hops() -> None:
    assert hops((10, 10, 77, (5, 6), 200, 200)) == (10, 77, 200)


def test_origin_and_upstream() -> None:
    assert ends((10, 77, 200, 200)) == (200, 77)
    assert ends((200,)) == (200, None)
    assert ends((10, 77, (200,))) == (200, 77)
    assert ends((10, 77, (200, 201))) is None
    assert ends(()) is None
