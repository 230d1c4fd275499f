"""The forms in which a name of the tables is met: peoples' adjectives, Cyrillic endings, spaces and hyphens.

Rules, not lists, so that a row added to a table is met in all its forms.
"""

from __future__ import annotations

import re
import unicodedata

CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_FRENCH_FEMININE = (("ien", "ienne"), ("éen", "éenne"), ("on", "onne"), ("grec", "grecque"), ("turc", "turque"))


def forms(adjective: str, lang: str) -> tuple[str, ...]:
    """An adjective or people's name and its feminine and plural forms, in `lang`; a Cyrillic one as it is."""
    if lang == "en":
        plain = adjective.endswith(("ese", "sh", "ch", "ss", "s"))
        return (adjective,) if plain else (adjective, adjective + "s")
    if lang == "fr":
        feminine = _feminine(adjective)
        plural = adjective if adjective.endswith("s") else adjective + "s"
        return tuple(dict.fromkeys((adjective, plural, feminine, feminine + "s")))
    if lang == "es":
        return _spanish(adjective)
    return (adjective,)


def _feminine(adjective: str) -> str:
    for masculine, feminine in _FRENCH_FEMININE:
        if adjective.endswith(masculine):
            return adjective.removesuffix(masculine) + feminine
    return adjective if adjective.endswith("e") else adjective + "e"


def _spanish(adjective: str) -> tuple[str, ...]:
    if adjective.endswith("o"):
        stem = adjective[:-1]
        return (adjective, stem + "a", stem + "os", stem + "as")
    if adjective.endswith(("és", "án")):
        stem = adjective[:-2] + ("es" if adjective.endswith("és") else "an")
        return (adjective, stem + "a", stem + "es", stem + "as")
    if adjective.endswith(("l", "n")):
        plain = unaccented(adjective)
        return (adjective, plain + "a", plain + "es", plain + "as")
    return (adjective, adjective + "s", adjective + "es")


def spaced(name: str) -> tuple[str, ...]:
    """`AAE-1`, `AAE1` and `AAE 1`: a name that ends in a number, with a hyphen, nothing or a space before it."""
    match = re.fullmatch(r"(.*[^\W\d])[- ]?(\d+)", name)
    if match is None:
        return (name,)
    return tuple(dict.fromkeys((name, *(match[1] + mark + match[2] for mark in ("-", "", " ")))))


_LEGAL = re.compile(
    r"\b(?:public|private|open|closed)? ?joint[ -]stock company\b|"
    r"\b(?:ltd|limited|inc|incorporated|llc|llp|ooo|tov|kg|plc|sa|sarl|ag|se|gmbh|p?jsc|ojsc|cjsc|ab|as|oy|oyj|bv|nv|spa|srl|co|corp|corporation|company|pvt"
    r"|pte|pty)\b"
)


def company(name: str) -> str:
    """A company's name to compare exactly: lower case, without accents, marks, spaces and legal form."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter)).replace(".", "")
    return re.sub(r"[\W_]+", "", _LEGAL.sub(" ", re.sub(r"[^\w&]+", " ", plain)))


def unaccented(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in letters if c not in "\u0301\u0300"))


def slug(text: str) -> str:
    """ASCII letters and digits with hyphens between them; empty for a name without any."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


_ENDINGS = (  # nominative ending, endings of the other cases; the longest that fits is taken
    ("ия", ("ии", "ию", "ией")),
    ("ая", ("ой", "ую", "ою")),
    ("яя", ("ей", "юю")),
    ("ий", ("ого", "его", "ому", "ему", "им", "ом", "ем", "ая", "яя", "ой", "ей", "ую", "ое", "ее", "ие", "их", "ими")),
    ("ый", ("ого", "ому", "ым", "ом", "ая", "ой", "ую", "ое", "ые", "ых", "ыми")),
    ("ой", ("ого", "ому", "ым", "ом", "ая", "ую", "ое", "ые", "ых")),
    ("ые", ("ых", "ым", "ыми")),
    ("ие", ("их", "им", "ими", "ия", "ию", "ием")),
    ("ое", ("ого", "ому", "ым", "ом")),
    ("а", ("ы", "и", "е", "у", "ой", "і", "ою")),
    ("я", ("и", "е", "ю", "ей", "ї", "єю")),
    ("ь", ("я", "ю", "ем", "ём", "е", "и", "ью")),
    ("й", ("я", "ю", "ем", "ём", "е", "и")),
    ("о", ("а", "у", "ом", "е")),
    ("ы", ("ов", "ам", "ами", "ах")),
)
_AFTER_CONSONANT = ("а", "у", "ом", "ем", "е", "ы", "і")


def cyrillic_forms(word: str) -> frozenset[str]:
    """A Russian or Ukrainian word of a name in the cases in which it is met, in lower case, `ё` as `е`."""
    base = word.lower().replace("ё", "е")
    for ending, others in _ENDINGS:
        if base.endswith(ending) and len(base) > len(ending) + 1:
            return frozenset({base, *(base.removesuffix(ending) + other for other in others)})
    if base[-1:] in "бвгджзклмнпрстфхцчшщ" and len(base) > 2:
        return frozenset({base, *(base + other for other in _AFTER_CONSONANT)})
    return frozenset({base})
