"""A text in plain letters, each code point for one, so that one table serves the ways in which a script is typed.

Digits of any script become ASCII ones, full-width letters, Arabic and full-width punctuation Latin ones; Arabic letters
lose the hamza and take the form that Persian shares; the non-joiner becomes a blank; dotted and dotless i become
one; traditional Chinese characters become simplified ones (in Japanese too, and in the tables that it meets).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from nlp import tables

CJK = r"\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
HANGUL = r"\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
ARABIC = r"\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff"
DENSE = CJK + HANGUL + ARABIC
"""Scripts whose letters touch a number or a name in Latin letters: particles, articles, or no blanks at all."""
UNSPACED = re.compile(rf"[{CJK}]")
"""Chinese characters and kana: words stand without blanks between them."""
_PUNCTUATION = {
    "،": ",", "؛": ";", "؟": "?", "٪": "%", "٫": ".", "٬": ",", "〜": "–", "～": "–", "﹣": "-",
    "　": " ", "\u00a0": " ", "\u200c": " ",
}  # fmt: skip
_LETTERS = {
    "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ۀ": "ه", "ؤ": "و",
    "İ": "i", "ı": "i",
}  # fmt: skip


def plain(text: str) -> str:
    """`text` in plain letters; of the same length."""
    return text if text.isascii() else text.translate(table())


@cache
def table() -> dict[int, str]:
    """What `plain` puts in the place of a code point."""
    rows = tables.rows("han_variants.tsv", ("traditional", "simplified"))
    found = {ord(row["traditional"]): row["simplified"] for row in rows}
    found |= {full: chr(full - 0xFEE0) for full in range(0xFF01, 0xFF5E)}
    found |= {ord(a): b for a, b in (_PUNCTUATION | _LETTERS).items()}
    digits = (chr(n) for n in range(0x80, 0x10000) if unicodedata.category(chr(n)) == "Nd")
    return found | {ord(digit): str(unicodedata.decimal(digit)) for digit in digits}


_KIND = {  # the runs of letters inside which no name begins or ends; Chinese characters are no run
    "kana": re.compile(r"[\u30a1-\u30fa\u30fc]"),
    "hangul": re.compile(f"[{HANGUL}]"),
    "arabic": re.compile(f"[{ARABIC}]"),
    "han": re.compile(f"[{CJK}]"),
}
_BEFORE_ARABIC = re.compile(rf"(?<![{ARABIC}])[وف]?[بلك]?(?:ال|(?<=ل)ل)?$")
_KOREAN_NOUN = (
    "정부|당국|전역|전체|정권|국민|측|인|내|산|군|사|계|등|들|발|간|과의|와의|국내|북부|남부|동부|서부|본사|법인|지역|영토"
    "|회선|망|통신망|네트워크|인터넷|가입자|이용자|고객|외무부|국영"
)
_KOREAN_PARTICLE = (
    "이|가|은|는|을|를|의|에|에서|에게|께|로|으로|와|과|도|만|까지|부터|보다|처럼|이나|나|랑|이랑|라는|이라는|라고|이라고"
    "|라며|이라며|다|이다|였다|인데|에는|에도|에만|에선|에서는|에서도|에서의|에서만|로의|으로의|로는|으로는|로도|로부터"
    "|으로부터|에게서|까지의|까지도|부터의|으로서|로서|로써|조차|마저|뿐|및"
)
_BEHIND_KOREAN = re.compile(rf"(?:{_KOREAN_NOUN}){{0,2}}(?:{_KOREAN_PARTICLE})?(?![{HANGUL}])")
_REACH = 6  # letters before an Arabic name among which its prefixes are looked for


def words_end(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is a word of its own by the rules of its script.

    An Arabic name may have a conjunction, a preposition and the article before it, a Korean one particles behind it,
    a Chinese one anything, a Japanese one no more katakana; Latin letters end where one of these scripts begins.
    """
    return _opens(text, start, _kind(text[start])) and _closes(text, end, _kind(text[end - 1]))


def _kind(letter: str) -> str:
    return next((name for name, letters in _KIND.items() if letters.match(letter)), "")


def _opens(text: str, start: int, kind: str) -> bool:
    before = text[start - 1 : start]
    if not before.isalnum() or kind == "han":
        return True
    if kind == "arabic" and _kind(before) == kind:
        return _BEFORE_ARABIC.search(text, max(0, start - _REACH), start) is not None
    return _kind(before) != kind


def _closes(text: str, end: int, kind: str) -> bool:
    after = text[end : end + 1]
    if not after.isalnum() or kind == "han":
        return True
    if kind == "hangul" and _kind(after) == kind:
        return _BEHIND_KOREAN.match(text, end) is not None
    return _kind(after) != kind


def has_case(text: str) -> bool:
    """False for a script that has one form of each letter."""
    return text.upper() != text.lower()
