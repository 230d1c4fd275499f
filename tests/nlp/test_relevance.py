"""The gate: articles of the field pass, articles on other subjects do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.lexicon import Lexicon, Term
from nlp.mentions import Names
from nlp.model import Text
from nlp.registry import Registry
from nlp.relevance import judge
from nlp.script import plain

FIELD = [
    ("en", "Gabon's internet went dark on Saturday evening, and operators have not said why."),
    ("en", "AS64500 originated 192.0.2.0/24 for eleven minutes."),
    ("en", "Two submarine cables off Yemen have been damaged."),
    ("en", "The island now reaches the internet through a second carrier."),
    ("en", "The carrier completed the sale of its wholesale network to a fund."),
    ("ru", "В Казахстане отключили интернет."),
    ("ru", "Страна получила второй канал в интернет через нового оператора."),
    ("fr", "Internet a été coupé au Gabon samedi soir."),
    ("es", "El internet fue restablecido en la isla tras el corte."),
    ("de", "Ein Seekabel in der Ostsee wurde beschädigt."),
]
OTHERS = [
    (
        "en",
        "The goalkeeper saved a penalty and the league leaders lost. The coach blamed the transit to the stadium.",
    ),
    ("en", "Simmer the onions, add flour, and put the dish in the oven. Serve offline, without your phone."),
    (
        "en",
        "The operator told of quarterly revenue. EBITDA and net profit rose, and its network grew through deals.",
    ),
    ("en", "Rainfall is expected on Friday; the forecast promises sunshine for the weekend."),
    ("en", "From Monday a new timetable applies to the railway. Passengers of the night train change at platform 1."),
    ("ru", "Вратарь отбил пенальти, тренер доволен матчем."),
    ("fr", "Mélangez la farine et mettez au four : la recette est simple."),
    ("en", ""),
]


@pytest.mark.parametrize(("lang", "body"), FIELD)
def test_the_field_passes(lang: str, body: str) -> None:
    found = judge(Text(id="t", text=body, lang=lang))
    assert found.relevant, found.reasons


@pytest.mark.parametrize(("lang", "body"), OTHERS)
def test_other_subjects_do_not(lang: str, body: str) -> None:
    found = judge(Text(id="t", text=body, lang=lang))
    assert not found.relevant, found.reasons


@pytest.mark.parametrize(
    ("lang", "body"),
    [
        ("en", "MTN reported a break on WACS."),
        ("en", "Seacom said that EASSy had been repaired."),
        ("en", "The cut of the TEAMS cable near Mombasa on 3 May took half of the capacity."),
        ("en", "Telstra originated address space of Optus."),
        ("fr", "Une rupture de WACS a été signalée."),
    ],
)
def test_a_known_name_and_what_happened_to_it_pass(lang: str, body: str) -> None:
    names = Names.of(Registry.load())
    assert judge(Text(id="t", text=body, lang=lang), lang, names).relevant


@pytest.mark.parametrize("body", ["Vodafone announced a new phone.", "I peeled an orange. The pear tree broke."])
def test_a_known_name_alone_does_not(body: str) -> None:
    assert not judge(Text(id="t", text=body, lang="en"), "en", Names.of(Registry.load())).relevant


def test_a_word_that_must_end_there_does() -> None:
    assert judge(Text(id="t", text="Two ISPs went offline.")).relevant
    assert not judge(Text(id="t", text="The redes and the ispring went offline.")).relevant


def test_the_title_counts() -> None:
    assert judge(Text(id="t", title="Internet outage in Chad", text="It began on Tuesday.")).relevant


def test_the_answer_has_its_reasons() -> None:
    verdict = judge(Text(id="t", text="A route leak hit the region."))
    assert verdict.reasons == ("route leak",)


def test_a_language_without_terms_is_read_with_the_english_ones() -> None:
    assert judge(Text(id="t", text="BGP 経路が消えた", lang="ja")).relevant


@pytest.mark.parametrize(
    "body",
    [
        "Guinea has been offline since noon.",
        "Mobile internet came back in the north.",
        "The blackout hit Jawwal mobiles and fixed lines alike.",
        "Zain and MTN have both gone silent.",
        "Telegram does not open without a VPN.",
    ],
)
def test_one_sentence_is_enough(body: str) -> None:
    assert judge(Text(id="t", text=body, lang="en"), "en", Names.of(Registry.load())).relevant


@pytest.mark.parametrize(
    "body",
    [
        "A high-voltage cable was cut, and the island is without electricity.",
        "The station is back online after repairs to its turbine.",
        "The striker was cut from the squad, and the link with the fans is broken.",
        "Handset prices fell; the operator announced a new phone and a prepaid tariff.",
    ],
)
def test_words_of_other_subjects_weigh_against_it(body: str) -> None:
    found = judge(Text(id="t", text=body, lang="en"))
    assert not found.relevant
    assert any(reason.startswith("other subjects: ") for reason in found.reasons), found.reasons


def test_in_a_long_text_it_takes_more_than_a_few_doubtful_words() -> None:
    doubtful = "Our provider was slow, and a line was broken."
    assert judge(Text(id="t", text=doubtful)).relevant
    paragraphs = [f"On day {day} we walked to the next hut and slept well." for day in range(1, 12)]
    assert not judge(Text(id="t", text="\n".join([*paragraphs, doubtful]))).relevant
    assert judge(Text(id="t", text="\n".join([*paragraphs, "The submarine cable has been cut."]))).relevant


def test_of_terms_that_overlap_the_longer_counts() -> None:
    found = Lexicon({"net": ["cable"], "other": ["cable car"]}, "en", [frozenset({"net", "other"})])
    assert list(found.find("a cable car on a cable")) == [(2, Term("other", "cable car")), (17, Term("net", "cable"))]


@pytest.mark.parametrize(
    ("lang", "text", "found"), [("ar", "وبالشبكه", 1), ("ar", "مشبكه", 0), ("zh", "新网络", 1), ("en", "planet", 0)]
)
def test_a_word_begins_by_the_rules_of_its_script(lang: str, text: str, found: int) -> None:
    assert len(list(Lexicon({"net": ["شبكة", "网络", "net"]}, lang).find(plain(text)))) == found


@given(st.text(max_size=300), st.sampled_from(["en", "ar", "zh", "tr", "xx"]))
def test_any_text_has_an_answer_with_reasons(body: str, lang: str) -> None:
    assert judge(Text(id="t", text=body, lang=lang)).reasons
