from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fingerprint import (
    FINGERPRINT_SIZE,
    canonical_address,
    content_hash,
    document_id,
    signature,
    similarity,
)

STORY = "http://news.example/2017/10/a-second-way-out"


@pytest.mark.parametrize(
    "variant",
    [
        "http://news.example:80/2017/10/a-second-way-out",
        "http://NEWS.example/2017/10/a-second-way-out#comments",
        "http://news.example/2017/10/a-second-way-out?utm_source=feed&utm_medium=rss&fbclid=Iw1",
        "http://news.example/2017/10/a-second-way-out?amp",
        "http://news.example/2017/10/a-second-way-out/amp/",
        "https://news-example.cdn.ampproject.org/c/news.example/2017/10/a-second-way-out",
    ],
)
def test_the_forms_of_one_address_are_one(variant: str) -> None:
    assert canonical_address(variant) == STORY


@pytest.mark.parametrize(
    "variant",
    [
        "https://news.example/2017/10/a-second-way-out",
        "http://www.news.example/2017/10/a-second-way-out/",
        "http://amp.news.example/2017/10/a-second-way-out",
    ],
)
def test_scheme_twin_host_and_last_slash_do_not_make_another_document(variant: str) -> None:
    assert document_id(variant) == document_id(STORY)


def test_what_the_query_asks_for_stays() -> None:
    assert canonical_address("http://a.example/item?id=7&utm_id=3&b=2") == "http://a.example/item?b=2&id=7"
    assert document_id("http://a.example/item?id=7") != document_id("http://a.example/item?id=8")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("/story", "http://news.example/story"),
        ("http://www.news.example/story?utm_source=x", "http://www.news.example/story"),
        ("http://agency.example/wire/7", STORY),  # a syndicated copy stays a document of its own
        ("http://news.example/", STORY),  # a template's fault
        ("javascript:void(0)", STORY),
        ("http://[broken", STORY),
        ("  ", STORY),
        (None, STORY),
    ],
)
def test_a_declared_address_is_believed_on_its_own_site(declared: str | None, expected: str) -> None:
    assert canonical_address(STORY, declared) == expected


@given(
    st.from_regex(
        r"https?://(www\.)?[a-z]{1,8}\.example(:[0-9]{2,4})?(/[a-zA-Z0-9%._~-]{0,6}){0,4}(\?[a-z]{1,4}=[a-z0-9]{0,3})?",
        fullmatch=True,
    )
)
def test_the_canonical_address_is_its_own_canonical_address(url: str) -> None:
    once = canonical_address(url)
    assert canonical_address(once) == once
    assert document_id(once) == document_id(url)


def test_white_space_is_no_other_content() -> None:
    assert content_hash("A  title", "one\ntwo ") == content_hash("A title", "one two")
    assert content_hash("A", "b") != content_hash("A b", "")


def _words(seed: int, count: int = 400) -> list[str]:
    return [f"w{random.Random(f'{seed}.{i}').randrange(900)}" for i in range(count)]


def test_near_copies_are_near_and_strangers_are_far() -> None:
    words = _words(1)
    edited = [("changed" if i % 50 == 7 else w) for i, w in enumerate(words)]
    first, second, other = (signature(" ".join(w)) for w in (words, edited, _words(2)))
    assert len(first) == FINGERPRINT_SIZE
    assert all(0 <= value < 2**32 for value in first)
    assert similarity(first, first) == 1.0
    assert similarity(first, second) > 0.75
    assert similarity(first, other) < 0.1


def test_a_text_too_short_has_no_signature_and_is_like_nothing() -> None:
    assert signature("Back after nine hours.") == ()
    assert similarity((), ()) == 0.0


def test_scripts_without_spaces_are_compared_too() -> None:
    text = "朝鲜的网络在星期日获得了第二条对外连接，此前只有一家中国公司为其提供服务，分析人士说。"
    assert similarity(signature(text), signature(text.replace("星期日", "星期一"))) > 0.6


def test_signatures_of_two_sizes_are_not_compared() -> None:
    with pytest.raises(ValueError):
        similarity((1, 2), (1,))
