"""Times of our own wording in several languages: what each means in UTC, and what is no time at all."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.model import Text, TimeSpan
from nlp.times import ZoneHint, find_times

PLACES = {
    "Pyongyang": "Asia/Pyongyang", "Kabul": "Asia/Kabul", "Kaboul": "Asia/Kabul", "Iran": "Asia/Tehran",
    "Иране": "Asia/Tehran", "Israel": "Asia/Jerusalem", "Nairobi": "Africa/Nairobi",
}  # fmt: skip


def read(
    text: str,
    lang: str = "en",
    published: str | None = "2019-03-20",
    precision: str = "day",
    country: str | None = None,
) -> tuple[TimeSpan, ...]:
    """Reads a text published on Wednesday 20 March 2019 unless told otherwise."""
    hints = [ZoneHint(text.index(p), text.index(p) + len(p), z) for p, z in PLACES.items() if p in text]
    at = datetime.fromisoformat(published).replace(tzinfo=UTC) if published else None
    return find_times(
        Text(id="t", text=text, published=at, published_precision=precision, lang=lang, country=country), hints, lang
    )


def values(text: str, lang: str = "en", **known: str | None) -> list[str | None]:
    return [t.start_utc for t in read(text, lang, **known)]  # type: ignore[arg-type]


ENGLISH = [
    # clocks and zones
    ("The routes were gone at 14:02 UTC on 17 March 2019.", ["2019-03-17T14:02:00Z"]),
    ("The routes were gone at 14:02:31 GMT on March 17, 2019.", ["2019-03-17T14:02:31Z"]),
    ("It failed at 5:38 p.m. EST on Friday.", ["2019-03-15T22:38:00Z"]),
    ("It failed at 5:38 p.m. ET on Friday.", ["2019-03-15T21:38:00Z"]),
    ("Traffic fell at 9:00 a.m. in Kabul on Monday.", ["2019-03-18T04:30:00Z"]),
    ("Traffic fell at 8 o'clock in the evening in Kabul on 11 March 2019.", ["2019-03-11T15:30:00Z"]),
    ("Traffic fell on Monday at 07:00 local time across Iran.", ["2019-03-18T03:30:00Z"]),
    ("A link came up around 08:15 Pyongyang time on 3 May 2016.", ["2016-05-02T23:45:00Z"]),
    ("A link came up around 08:15 Pyongyang time on 6 May 2018.", ["2018-05-05T23:15:00Z"]),
    ("It ended at 12:00 Moscow time on 5 July 2012.", ["2012-07-05T08:00:00Z"]),
    ("It ended at 12:00 MSK on 5 July 2018.", ["2018-07-05T09:00:00Z"]),
    ("At 02:00 IST on Tuesday the network of Israel fell.", ["2019-03-19T00:00:00Z"]),
    ("At 02:00 IST on Tuesday the network fell.", ["2019-03-18T20:30:00Z"]),
    ("At 16:30 IRST (13:00 UTC) on Sunday the cut began.", ["2019-03-17T13:00:00Z"]),
    ("At 01:30 local time (22:30 UTC) on Sunday the cut began.", ["2019-03-16T22:30:00Z"]),
    ("At 22:30 UTC (01:30 local time) on Sunday the cut began.", ["2019-03-17T22:30:00Z"]),
    ("It was seen at 0436 UTC on 2 March.", ["2019-03-02T04:36:00Z"]),
    ("Stamped 2019-03-17T17:38:05+08:30 by the collector.", ["2019-03-17T09:08:05Z"]),
    ("Stamped 2019-03-17 09:08:05 UTC by the collector.", ["2019-03-17T09:08:05Z"]),
    ("The cut came at 17:38 (UTC+8:30) on Sunday.", ["2019-03-17T09:08:00Z"]),
    ("The cut came at noon GMT on Sunday.", ["2019-03-17T12:00:00Z"]),
    ("The cut came at 5pm on Sunday in Nairobi.", ["2019-03-17T14:00:00Z"]),
    ("The cut came at 16.30 BST on 5 July 2018.", ["2018-07-05T15:30:00Z"]),
    ("The cut came at 5:10 on Sunday evening in Nairobi.", ["2019-03-17T14:10:00Z"]),
    ("At half past six in the evening on Sunday the cut began in Nairobi.", ["2019-03-17T15:30:00Z"]),
    ("At a quarter to nine in the morning on Sunday the cut began in Nairobi.", ["2019-03-17T05:45:00Z"]),
    ("Around nine in the evening on Sunday the cut began in Nairobi.", ["2019-03-17T18:00:00Z"]),
    ("It grew from one to seven in the end.", []),
    ("It began at 12 noon UTC on Sunday and ended at 12:10 p.m. UTC.",
     ["2019-03-17T12:00:00Z", "2019-03-17T12:10:00Z"]),
    # counted from what was told
    ("It broke on 4 March 2019 at 15:10 UTC and came back half an hour later.",
     ["2019-03-04T15:10:00Z", "2019-03-04T15:40:00Z"]),
    ("It broke on 4 March 2019 at 15:10 UTC and came back 20 minutes after it had broken.",
     ["2019-03-04T15:10:00Z", "2019-03-04T15:30:00Z"]),
    ("It broke on 4 March 2019 at 15:10 UTC. An hour before that a ship had passed.",
     ["2019-03-04T15:10:00Z", "2019-03-04T14:10:00Z"]),
    ("It broke in Nairobi on 4 March 2019 and came back the following evening.",
     ["2019-03-04", "2019-03-05T15:00:00Z"]),
    ("It opened on 4 March 2019, two years after it was built.", ["2019-03-04"]),
    # the day told before
    ("On 4 March 2019 at 15:10 UTC it fell. Routes were back at 16:20 and DNS from 16:31 UTC.",
     ["2019-03-04T15:10:00Z", "2019-03-04T16:20:00Z", "2019-03-04T16:31:00Z"]),
    ("On 4 March 2019 at 22:10 UTC it fell. It came back at 02:15 UTC.",
     ["2019-03-04T22:10:00Z", "2019-03-05T02:15:00Z"]),
    ("At 20:05 UTC the leak began. It stopped at 03:40 UTC on 12 March 2019.",
     ["2019-03-11T20:05:00Z", "2019-03-12T03:40:00Z"]),
    ("It broke on 4 March 2019 at 15:10 UTC and came back two hours later.",
     ["2019-03-04T15:10:00Z", "2019-03-04T17:10:00Z"]),
    ("It broke on 4 March 2015. The next day it was mended.", ["2015-03-04", "2015-03-05"]),
    ("It broke on 4 March 2015. On Friday it was mended.", ["2015-03-04", "2015-03-06"]),
    ("It broke on 10 November 2017. On 15 November it was mended.", ["2017-11-10", "2017-11-15"]),
    ("It broke on 4 March 2019 at 15:10 UTC. Two hours earlier a ship had passed.",
     ["2019-03-04T15:10:00Z", "2019-03-04T13:10:00Z"]),
    ("At 01:00 local time on Monday (21:30 UTC Sunday) all Iran was off.", ["2019-03-17T21:30:00Z"]),
    # days by publication
    ("Lines went down on Tuesday.", ["2019-03-19"]),
    ("Lines went down on Wednesday.", ["2019-03-20"]),
    ("Lines went down on Thursday.", ["2019-03-14"]),
    ("Lines will go down on Thursday.", ["2019-03-21"]),
    ("Lines went down last Wednesday.", ["2019-03-13"]),
    ("Work begins next Tuesday.", ["2019-03-26"]),
    ("Lines went down yesterday.", ["2019-03-19"]),
    ("Lines went down on Sunday, 10 March.", ["2019-03-10"]),
    ("Lines went down in December.", ["2018-12"]),
    ("Lines went down on 30 November.", ["2018-11-30"]),
    ("The cable is expected on 30 November.", ["2019-11-30"]),
    ("The cable came in May 2006.", ["2006-05"]),
    ("The cable came in mid-January.", ["2019-01-15"]),
    ("The cable came last year.", ["2018"]),
    ("The cable came last month.", ["2019-02"]),
    ("The cable came last week.", ["2019-03-11"]),
    ("The cable came three days ago.", ["2019-03-17"]),
    ("The cable came two years ago.", ["2017"]),
    ("Cut twice in the past six weeks.", ["2019-02-06"]),
    ("Served alone since 2010.", ["2010"]),
    ("Served alone since at least 2014.", ["2014"]),
    ("Fell on 9/30/2018.", ["2018-09-30"]),
    ("Fell on Monday morning in Nairobi.", ["2019-03-18T03:00:00Z"]),
    ("Fell on Monday morning.", ["2019-03-18"]),
    ("Ready in the third quarter of 2018.", ["2018-07"]),
    ("Cut in September and October 2017.", ["2017-09", "2017-10"]),
    ("Cut on Tuesday, 4 March.", ["2019-03-04"]),
    ("Seen at 11 UTC on Monday.", ["2019-03-18T11:00:00Z"]),
    ("Seen at 15:30 +0200 on Monday.", ["2019-03-18T13:30:00Z"]),
    ("Seen by 10am UTC late on Sunday.", ["2019-03-17T10:00:00Z"]),
    # no times
    ("The ratio was 1:1, staff work 24/7, and 4:1 said no.", []),
    ("AS65001 announced 2001:db8:10:20::1 and 198.51.100.0/24 with community 65001:1200.", []),
    ("The repair took 17 minutes, then 2 hours and 30 minutes more.", []),
    ("It counts 2012 networks, paid 9,450 million and may march on.", []),
    ("A port of 10:15 ratio was sold.", []),
    ("The path 3356 20485 131279 grew in 2012 prefixes; version 2.17 costs $5.30.", []),
]  # fmt: skip

OTHER_LANGUAGES = [
    ("fr", "Dimanche 17 mars, vers 17h38 heure de Kaboul, la route est apparue.", ["2019-03-17T13:08:00Z"]),
    ("fr", "Le câble a cédé lundi à 9 h 15, heure locale, à Kaboul.", ["2019-03-18T04:45:00Z"]),
    ("fr", "La panne a duré entre 10h47 et 12h26 UTC le 1er mars 2019.", ["2019-03-01T10:47:00Z"]),
    ("fr", "Depuis 2010 ; en mai 2006 ; l'an dernier ; il y a trois jours.", ["2010", "2006-05", "2018", "2019-03-17"]),
    ("fr", "Le câble a cédé lundi vers 7 h 30 GMT, puis aux alentours de 22 h GMT.",
     ["2019-03-18T07:30:00Z", "2019-03-18T22:00:00Z"]),
    ("es", "El lunes a las 14.30 GMT; en el primer trimestre de 2018; para 2026.",
     ["2019-03-18T14:30:00Z", "2018-01", "2026"]),
    ("es", "Cayó la tarde del domingo en Kabul.", ["2019-03-17T07:30:00Z"]),
    ("es", "Se espera a comienzos de 2026.", ["2026"]),
    ("fr", "Le câble est attendu d'ici 2027 ou à l'horizon 2030.", ["2027", "2030"]),
    ("fr", "La panne a commencé à 15 h GMT mardi dernier.", ["2019-03-19T15:00:00Z"]),
    ("fr", "Le service a été rétabli le 2 mars à 09:10:29 UTC. Le lendemain, il est tombé.",
     ["2019-03-02T09:10:29Z", "2019-03-03"]),
    ("ru", "Маршрут появился 17 марта 2019 года в 12:38 по московскому времени.", ["2019-03-17T09:38:00Z"]),
    ("ru", "Сбой начался в воскресенье около 17:38 по местному времени в Иране.", ["2019-03-17T14:08:00Z"]),
    ("ru", "Сбой начался в 12:38 мск в понедельник.", ["2019-03-18T09:38:00Z"]),
    ("ru", "Договор подписан в мае 2006 года, с 2010 года он действует.", ["2006-05", "2010"]),
    ("ru", "Связь пропала вчера, а на прошлой неделе была.", ["2019-03-19", "2019-03-11"]),
    ("ru", "Сбой длился с 10:47 до 12:26 UTC 1 марта.", ["2019-03-01T10:47:00Z"]),
    ("ru", "Связь вернулась в 5 часов утра по московскому времени в среду.", ["2019-03-20T02:00:00Z"]),
    ("de", "Am Sonntag gegen 17:38 Uhr Ortszeit in Kabul fiel das Netz aus.", ["2019-03-17T13:08:00Z"]),
    ("de", "Am 1. Juli 2018 um 11.07 Uhr MESZ kam die Route.", ["2018-07-01T09:07:00Z"]),
    ("de", "Im Mai 2006 und seit 2010; vor zwei Tagen.", ["2006-05", "2010", "2019-03-18"]),
    ("es", "El domingo a las 17:38 hora local en Kabul cayó la red.", ["2019-03-17T13:08:00Z"]),
    ("es", "El 1 de marzo de 2019 a las 9:07 UTC volvió.", ["2019-03-01T09:07:00Z"]),
    ("es", "En mayo de 2006; desde 2010; el año pasado; hace tres días.", ["2006-05", "2010", "2018", "2019-03-17"]),
    ("zh", "2019年3月17日 09:07 UTC 路由出现。", ["2019-03-17T09:07:00Z"]),
    ("fr", "Un câble de 2000 kilomètres relie 24 villes 24/7.", []),
    ("ru", "Авария в 2012 сетях не замечена.", []),
    ("es", "Un cable de 2000 kilómetros.", []),
    ("uk", "Маршрут з'явився 17.03.2019 о 09:07 UTC.", ["2019-03-17T09:07:00Z"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ENGLISH)
def test_english_times(text: str, expected: list[str]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(("lang", "text", "expected"), OTHER_LANGUAGES)
def test_times_in_other_languages(lang: str, text: str, expected: list[str]) -> None:
    assert values(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("It flapped from 10:47 to 12:26 UTC on 4 March 2019.", "2019-03-04T10:47:00Z", "2019-03-04T12:26:00Z"),
        ("It flapped from 10:47-12:26 UTC on 4 March 2019.", "2019-03-04T10:47:00Z", "2019-03-04T12:26:00Z"),
        ("It flapped between 23:00 and 02:00 UTC on 4 March.", "2019-03-04T23:00:00Z", "2019-03-05T02:00:00Z"),
        ("On 8 December 2017 between 12:00 and 15:30 (UTC+3) it fell.", "2017-12-08T09:00:00Z", "2017-12-08T12:30:00Z"),
        ("Down between 31 May and 2 June 2015.", "2015-05-31", "2015-06-02"),
        ("Down from 2:30 p.m. to 5 p.m. local time Thursday in Iran.", "2019-03-14T11:00:00Z", "2019-03-14T13:30:00Z"),
        ("Used between 2012 and 2013.", "2012", "2013"),
        ("Used from 2012 until 2015.", "2012", "2015"),
        ("Used from January to March 2018.", "2018-01", "2018-03"),
        ("Down on 5-7 January 2018.", "2018-01-05", "2018-01-07"),
        ("Down from Thursday to Sunday.", "2019-03-14", "2019-03-17"),
    ],
)
def test_a_range_has_two_ends(text: str, start: str, end: str) -> None:
    assert [(t.start_utc, t.end_utc) for t in read(text)] == [(start, end)]


def test_a_result_says_how_fine_it_is_and_how_it_was_found() -> None:
    (found,) = read("Seen around 17:38 local Pyongyang time on Sunday evening, they said.", published="2017-10-02")
    assert (found.start_utc, found.granularity, found.tz) == ("2017-10-01T09:08:00Z", "minute-approx", "Asia/Pyongyang")
    assert "Pyongyang" in found.why
    assert "publication" in found.why


def test_a_clock_without_a_zone_is_marked_as_a_guess() -> None:
    (found,) = read("It fell at 10:20 on Monday.")
    assert found.start_utc == "2019-03-18T10:20:00Z"
    assert "guess" in found.why


def test_local_time_of_no_known_place_keeps_the_day_alone() -> None:
    (found,) = read("It fell at 10:20 local time on Monday.")
    assert (found.start_utc, found.granularity) == ("2019-03-18", "day")


@pytest.mark.parametrize(("country", "expected"), [("US", "2019-02-01"), ("GB", "2019-01-02"), (None, "2019-02-01")])
def test_a_numeric_date_is_read_as_the_source_writes_it(country: str | None, expected: str) -> None:
    """Without a country the reading that is nearest before publication stands."""
    assert values("It fell on 02/01/2019.", country=country) == [expected]


def test_a_clock_ahead_of_publication_is_of_the_day_before() -> None:
    assert values("It fell at 22:40 UTC.", published="2019-03-20T08:00:00", precision="minute") == [
        "2019-03-19T22:40:00Z"
    ]
    assert values("It fell at 22:40 UTC.") == ["2019-03-20T22:40:00Z"]


def test_without_publication_only_what_is_printed_is_placed() -> None:
    assert values("It fell on 4 March 2019, and again on Monday.", published=None) == ["2019-03-04", "2019-03-04"]
    assert values("It fell on Monday.", published=None) == [None]


def test_the_day_of_a_statement_is_not_the_day_of_the_story() -> None:
    found = values("On 4 March the line broke. The operator said on Monday that work ended at 10:20 UTC.")
    assert found == ["2019-03-04", "2019-03-18", "2019-03-04T10:20:00Z"]


def test_an_unknown_zone_is_passed_over() -> None:
    text = Text(id="t", text="It fell at 10:20 local time.", published=datetime(2019, 3, 20, tzinfo=UTC))
    (found,) = find_times(
        text, [ZoneHint(0, 2, "Mars/Olympus"), ZoneHint(0, 2, "Europe"), ZoneHint(0, 2, "../x")], "en"
    )
    assert found.granularity == "day"


PIECES = st.sampled_from(
    ["on ", "10:47", " UTC", "May ", "2012", " and ", "-", "between ", "Sunday", "4 ", "p.m.", "(", ")", "\n", ". ",
     "24:00", "an hour later ", "31 ", "February ", "in the past 999 years ", "99", "+14:00", "2017-02-31", "в ",
     "мая ", "/", ":"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    text=st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join)),
    published=st.none() | st.datetimes(timezones=st.just(UTC)),
    lang=st.sampled_from(["en", "fr", "ru", "de", "es", "zz"]),
    hints=st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["Asia/Kabul", "UTC", "", "no/zone"])), max_size=4),
)
def test_any_text_gives_ordered_spans_inside_it(
    text: str, published: datetime | None, lang: str, hints: list[tuple[int, str]]
) -> None:
    read_as = Text(id="t", text=text, published=published)
    zones = [ZoneHint(at, at + 3, zone) for at, zone in hints]
    found = find_times(read_as, zones, lang)
    assert found == find_times(read_as, zones, lang)
    assert all(text[t.start : t.end] == t.text and t.start < t.end for t in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    "piece", ["1", " ", "10:47 ", "at ", "12 ", "May ", "a", ":", "since ", "в ", "(", "Mon ", "10:47-"]
)
def test_a_long_hostile_text_is_read(piece: str) -> None:
    """Every pattern is bounded: 100,000 characters come back, whatever they are."""
    text = (piece * 100_000)[:100_000]
    assert len(find_times(Text(id="t", text=text), [], "en")) <= len(text)


def test_two_clocks_that_are_not_one_moment_are_flagged() -> None:
    (time,) = read("In Nairobi the cut came at 17:30 local time (16:30 UTC) on Sunday.")
    assert time.start_utc == "2019-03-17T16:30:00Z"
    assert "the two clocks disagree by 2:00" in time.why
    (time,) = read("The cut came at 14:00 UTC (9 a.m. EDT) on Sunday.")
    assert "the two clocks disagree by 1:00" in time.why


@pytest.mark.parametrize(
    "clocks", ["19:30 local time (16:30 UTC)", "01:30 local time (22:30 UTC)", "16:30 UTC (19:30 EAT)"]
)
def test_two_clocks_of_one_moment_are_not(clocks: str) -> None:
    (time,) = read(f"In Nairobi the cut came at {clocks} on Sunday.")
    assert "disagree" not in time.why
