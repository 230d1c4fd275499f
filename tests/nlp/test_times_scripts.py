"""Times in languages other than English, French and Spanish: digits, calendars and zones of their own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.model import Text
from nlp.times import ZoneHint, find_times
from nlp.timewords import words_of

LANGUAGES = ("ar", "de", "fa", "id", "it", "ja", "ko", "pl", "pt", "ru", "tr", "uk", "zh")
PLACES = {
    "伊朗": "Asia/Tehran", "イラン": "Asia/Tehran", "이란": "Asia/Tehran", "Irak": "Asia/Baghdad",
    "السودان": "Africa/Khartoum",
}  # fmt: skip
CASES = [
    # published on Wednesday 20 March 2024
    ("ru", "Сбой начался в понедельник в 9:05 по московскому времени.", ["2024-03-18T06:05:00Z"]),
    ("uk", "Збій тривав з 10:00 до 12:30 за київським часом 19 березня.", ["2024-03-19T08:00:00Z"]),
    ("uk", "Торік, у травні 2023 року та минулого тижня.", ["2023", "2023-05", "2024-03-11"]),
    ("uk", "Три дні тому, у п'ятницю.", ["2024-03-17", "2024-03-15"]),
    ("de", "Am Montag gegen 14.30 Uhr MEZ; vor drei Tagen.", ["2024-03-18T13:30:00Z", "2024-03-17"]),
    ("pt", "Na segunda-feira, às 14h30 (horário de Brasília).", ["2024-03-18T17:30:00Z"]),
    ("pt", "Desde 3 de março de 2021, há dois dias, ontem à noite.", ["2021-03-03", "2024-03-18", "2024-03-19"]),
    ("it", "Lunedì scorso alle 14:30 ora italiana; nel 2019; tre giorni fa.",
     ["2024-03-18T13:30:00Z", "2019", "2024-03-17"]),
    ("tr", "18 Mart Pazartesi günü Türkiye saatiyle 14.30'da kesildi.", ["2024-03-18T11:30:00Z"]),
    ("tr", "2023 yılında, geçen hafta ve üç gün önce.", ["2023", "2024-03-11", "2024-03-17"]),
    ("pl", "W poniedziałek o godz. 14.30 czasu polskiego; trzy dni temu; w 2019 roku.",
     ["2024-03-18T13:30:00Z", "2024-03-17", "2019"]),
    ("id", "Senin (18/3/2024) pukul 14.30 WIB; tiga hari lalu; pada tahun 2019.",
     ["2024-03-18T07:30:00Z", "2024-03-17", "2019"]),
    ("ar", "يوم الاثنين 18 مارس/آذار 2024 عند الساعة ١٤:٣٠ بتوقيت غرينتش", ["2024-03-18T14:30:00Z"]),
    ("ar", "في كانون الثاني 2020، منذ عام 2019، الأسبوع الماضي، أمس",
     ["2020-01", "2019", "2024-03-11", "2024-03-19"]),
    ("ar", "الساعة 9 صباحا بالتوقيت المحلي في السودان", ["2024-03-20T07:00:00Z"]),
    ("ar", "قبل ثلاثة أيام", ["2024-03-17"]),
    ("fa", "ساعت ۱۴:۳۰ به وقت تهران روز دوشنبه", ["2024-03-18T11:00:00Z"]),
    ("fa", "در ۲۴ آبان ۱۳۹۸ و ۲۵ اسفند و آبان ماه ۱۳۹۸ و سال ۱۳۹۸", ["2019-11-15", "2024-03-15", "2019-10", "2019"]),
    ("fa", "تاریخ ۱۴۰۲/۱۲/۲۸؛ سه روز پیش؛ هفتهٔ گذشته؛ ۱۸ مارس",
     ["2024-03-18", "2024-03-17", "2024-03-11", "2024-03-18"]),
    ("zh", "2024年3月18日北京时间下午2点30分；當地時間18日清晨，伊朗",
     ["2024-03-18T06:30:00Z", "2024-03-18T02:30:00Z"]),
    ("zh", "民國113年3月18日14時30分（台北時間）", ["2024-03-18T06:30:00Z"]),
    ("zh", "去年5月、上周五、三天前、昨晚、2019年", ["2023-05", "2024-03-15", "2024-03-17", "2024-03-19", "2019"]),
    ("zh", "5个月、3天内、第7日、30分钟、14点5万", []),
    ("ja", "18日午後2時半ごろ（日本時間）、19日未明", ["2024-03-18T05:30:00Z", "2024-03-18T15:00:00Z"]),
    ("ja", "先月5日の障害", ["2024-02-05"]),
    ("ja", "令和6年3月18日、昨年5月、3日前、先週金曜日", ["2024-03-18", "2023-05", "2024-03-17", "2024-03-15"]),
    ("ja", "2時間、3日間、5カ月", []),
    ("ko", "한국시간 18일 오후 2시 30분께. 지난 금요일, 사흘", ["2024-03-18T05:30:00Z", "2024-03-15"]),
    ("ko", "지난해 5월, 지난달 5일, 3일 전, 2019년", ["2023-05", "2024-02-05", "2024-03-17", "2019"]),
    ("ko", "5개월, 3일간, 2시간 동안", []),
]  # fmt: skip


def values(text: str, lang: str) -> list[str | None]:
    hints = [ZoneHint(text.index(p), text.index(p) + len(p), z) for p, z in PLACES.items() if p in text]
    published = datetime(2024, 3, 20, tzinfo=UTC)
    read = Text(id="t", text=text, published=published, published_precision="day", lang=lang)
    return [found.start_utc for found in find_times(read, hints, lang)]


@pytest.mark.parametrize(("lang", "text", "expected"), CASES)
def test_times_are_placed(lang: str, text: str, expected: list[str | None]) -> None:
    found = values(text, lang)
    assert len(found) == len(expected)
    assert [f if e is None or f is None else f[: len(e)] for f, e in zip(found, expected, strict=True)] == expected


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_its_words(lang: str) -> None:
    words = words_of(lang)
    assert words.unspaced or len(set(words.months.values())) == 12
    assert set(words.weekdays.values()) == set(range(7))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(LANGUAGES),
    st.text(alphabet="年月日時點点分半午前後0123456789:/.سنةمنذ一二十 -から시월일", max_size=80),
)
def test_no_text_breaks_the_reading(lang: str, text: str) -> None:
    values(text, lang)
