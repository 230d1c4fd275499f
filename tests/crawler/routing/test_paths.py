from crawler.routing.detect.paths import ends, hops, private


def test_prepends_and_sets_are_no_hops() -> None:
    assert hops((10, 10, 77, (5, 6), 200, 200)) == (10, 77, 200)


def test_origin_and_upstream() -> None:
    assert ends((10, 77, 200, 200)) == (200, 77)
    assert ends((200,)) == (200, None)
    assert ends((10, 77, (200,))) == (200, 77)
    assert ends((10, 77, (200, 201))) is None
    assert ends(()) is None


def test_a_set_in_the_path_is_no_upstream() -> None:
    assert ends((10, 77, (5, 6), 200, 200)) == (200, 77)
    assert ends((10, (200,), 200)) == (200, 10)


def test_numbers_for_private_use() -> None:
    assert [private(asn) for asn in (64511, 64512, 65534, 65535, 4199999999, 4200000000, 4294967295)] == [
        False, True, True, False, False, True, False,
    ]  # fmt: skip
