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
