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
