import pytest

from nlp import language
from nlp.model import Text

RUSSIAN = "Оператор начал передавать трафик соседней страны через собственную магистральную сеть. " * 3


def test_a_long_text_speaks_for_itself_whatever_is_declared() -> None:
    assert language.detect(Text(id="1", text=RUSSIAN, lang="en")) == "ru"


def test_a_short_text_keeps_its_declared_language() -> None:
    assert language.detect(Text(id="1", text="Panne chez Orange", lang="fr-FR")) == "fr"


def test_a_text_without_letters_has_no_language() -> None:
    assert language.detect(Text(id="1", text="12:30 175.45.176.0/24")) == "und"


def test_depth_says_how_far_a_language_is_read() -> None:
    assert [language.depth(lang) for lang in ("en", "ru", "sw")] == ["full", "cues", "none"]


@pytest.mark.parametrize(
    ("title", "lang"),
    [
        ("Збій інтернету в Херсоні", "uk"),
        ("Сбой в Дагестане", "ru"),
        ("قطع اینترنت در عراق", "fa"),
        ("قطع الإنترنت في العراق", "ar"),
        ("海底電纜斷裂", "zh"),
        ("海底电缆断裂", "zh"),
        ("海底ケーブル切断", "ja"),
        ("인터넷 중단", "ko"),
        ("Apagão na internet", "pt"),
        ("Apagón de internet", "es"),
        ("Internet padam di Papua", "id"),
        ("Awaria internetu w Warszawie", "pl"),
        ("İnternet kesintisi", "tr"),
    ],
)
def test_a_title_alone_is_enough(title: str, lang: str) -> None:
    assert language.detect(Text(id="1", text="", title=title)) == lang


@pytest.mark.parametrize(
    ("declared", "body", "lang"),
    [
        ("en", "В Україні стався збій.", "uk"),
        ("ru", "Їхній інтернет зник.", "uk"),
        ("en", "台灣斷網", "zh"),
        ("zh", "通信障害が発生した。", "ja"),
        ("ar", "اینترنت قطع شد، به گفتهٔ پلیس.", "fa"),
        ("ar", "Internet is down.", "en"),
    ],
)
def test_a_declaration_does_not_win_over_the_script(declared: str, body: str, lang: str) -> None:
    assert language.detect(Text(id="1", text=body, lang=declared)) == lang
