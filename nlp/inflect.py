"""The forms in which a name of the tables is met: peoples' adjectives, cases, the article, spaces and hyphens.

Rules, not lists, so that a row added to a table is met in all its forms.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import product
from math import prod

MAX_FORMS = 300
"""A name of so many words that it would have more forms is met as it is."""
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_FRENCH_FEMININE = (("ien", "ienne"), ("éen", "éenne"), ("on", "onne"), ("grec", "grecque"), ("turc", "turque"))


def forms(adjective: str, lang: str) -> tuple[str, ...]:
    """An adjective or people's name and its feminine and plural forms, in `lang`; a Cyrillic one as it is."""
    if lang in _ENDINGS_OF:
        return _ended(adjective, _ENDINGS_OF[lang])
    if lang == "ar":
        return _arabic(adjective)
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


_ENDINGS_OF: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {  # by ending: what stands in its place
    "de": (("isch", ("isch", "ische", "ischer", "isches", "ischen", "ischem")),
           ("deutsch", ("deutsch", "deutsche", "deutscher", "deutsches", "deutschen", "deutschem"))),
    "pt": (("o", ("o", "a", "os", "as")), ("ês", ("ês", "esa", "eses", "esas")), ("ol", ("ol", "ola", "óis", "olas")),
           ("", ("", "s"))),
    "it": (("co", ("co", "ca", "ci", "che")), ("o", ("o", "a", "i", "e")), ("e", ("e", "i")), ("a", ("a", "i", "e"))),
    "pl": (("ki", ("ki", "ka", "kie", "kiego", "kiej", "kiemu", "kim", "ką", "kich", "kimi", "cy")),),
    "tr": (("", ("", "lar", "ler")),),
    "fa": (("", ("", "‌ها", "ها", "ان", "‌های")),),
}  # fmt: skip


def _ended(word: str, endings: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    """The word with its first ending that is listed changed in each way; as it is where none is."""
    for ending, others in endings:
        if word.endswith(ending):
            return tuple(word.removesuffix(ending) + other for other in others)
    return (word,)


def _arabic(adjective: str) -> tuple[str, ...]:
    """Masculine, feminine and plural; without and with the article."""
    words = adjective.split()
    endings = [("ي", "ية", "يون", "يين", "يات") if word.endswith("ي") else ("", "ة") for word in words]
    stems = [word.removesuffix("ي") for word in words]
    if len(words) == 1:
        return tuple(stems[0] + ending for ending in endings[0])
    pairs = [[stem + ending[i] for stem, ending in zip(stems, endings, strict=True)] for i in (0, 1)]
    return tuple(f" {article}".join(pair) for pair in pairs for article in ("", "ال"))


def name_forms(name: str, lang: str) -> tuple[str, ...]:
    """A country's name in the cases in which `lang` prints it; a Cyrillic one as it is.

    Of `Mjanma (Birma)` both names. Arabic joins its preposition to the article, German has a genitive.
    """
    both = re.fullmatch(r"(.+?) ?\((.+)\)", name)
    names = (both[1], both[2]) if both else (name,)
    if lang == "ar":
        return (*names, *("لل" + n[2:] for n in names if n.startswith("ال")))
    if lang == "de":
        return (*names, *(n + "s" for n in names if n[-1:].isalpha() and not n.endswith(("s", "ß", "z", "x"))))
    if lang == "pl":
        return tuple(form for n in names for form in polish_forms(n))
    return names


_POLISH = (  # ending of the nominative, endings of the cases
    ("owie", ("owie", "ów", "om", "ach")), ("ska", ("ska", "ski", "skiej", "ską", "sce", "skę")),
    ("ka", ("ka", "ki", "ce", "kę", "ką", "kiej")), ("ga", ("ga", "gi", "dze", "gę", "gą")),
    ("ia", ("ia", "ii", "i", "ię", "ią")), ("ea", ("ea", "ei", "eę", "eą")), ("ja", ("ja", "ji", "ję", "ją")),
    ("na", ("na", "ny", "nie", "nę", "ną", "nej")), ("ta", ("ta", "ty", "cie", "tę", "tą")),
    ("da", ("da", "dy", "dzie", "dę", "dą")), ("ra", ("ra", "ry", "rze", "rę", "rą")),
    ("ła", ("ła", "ły", "le", "łę", "łą")),
    ("wa", ("wa", "wy", "wie", "wę", "wą")), ("ba", ("ba", "by", "bie", "bę", "bą")), ("a", ("a", "y", "ie", "ę", "ą")),
    ("one", ("one", "onych", "onym", "onymi")), ("kie", ("kie", "kich", "kim", "kimi")),
    ("mcy", ("mcy", "miec", "mczech", "mcom", "mcami")), ("chy", ("chy", "ch", "chach", "chom", "chami", "szech")),
    ("gry", ("gry", "gier", "grzech", "grom", "grami")), ("ny", ("ny", "n", "nów", "nach", "nom", "nami")),
    ("dy", ("dy", "dów", "d", "dach", "dom", "dami")), ("ty", ("ty", "tów", "t", "tach", "tom", "tami")),
    ("ko", ("ko", "ka", "ku", "kiem")), ("go", ("go", "ga", "gu", "giem")),
    ("pt", ("pt", "ptu", "pcie", "ptem", "ptowi")), ("k", ("k", "ku", "kiem", "kowi")),
    ("l", ("l", "lu", "lem", "lowi")),
    ("ad", ("ad", "adu", "adzie", "adem")), ("r", ("r", "ru", "rze", "rem")), ("t", ("t", "tu", "cie", "tem")),
    ("n", ("n", "nu", "nie", "nem", "nowi")), ("w", ("w", "wa", "wie", "wem")), ("d", ("d", "du", "dzie", "dem")),
    ("sz", ("sz", "szu", "szem")), ("j", ("j", "ju", "jem")), ("m", ("m", "mu", "mie", "mem")),
)  # fmt: skip


def polish_forms(name: str) -> tuple[str, ...]:
    """A Polish name in its cases; of several words each in all of them, as if they need not agree."""
    words = name.split(" ")
    forms = [_ended(word, _POLISH) if len(word) > 3 else (word,) for word in words]
    forms = [(*f, w[:-1] + "ej", w[:-1] + "ą") if w.endswith("na") else f for f, w in zip(forms, words, strict=True)]
    if prod(map(len, forms)) > MAX_FORMS:
        return (name,)
    return tuple(dict.fromkeys(" ".join(chosen) for chosen in product(*forms)))


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


_SOFT_ADJECTIVE = (
    "ого", "его", "ому", "ему", "им", "ом", "ем", "ая", "яя", "ой", "ей", "ую", "ое", "ее", "ие", "их", "ими"
)  # fmt: skip
_ENDINGS = (  # nominative ending, endings of the other cases; the longest that fits is taken
    ("ия", ("ии", "ию", "ией")),
    ("їв", ("єва", "єві", "євом")),
    ("ків", ("кова", "кові", "ковом", "кова")),
    ("ая", ("ой", "ую", "ою")),
    ("яя", ("ей", "юю")),
    ("ий", (*_SOFT_ADJECTIVE, "ій", "а", "ої", "у", "ою", "е", "і")),
    ("ый", ("ого", "ому", "ым", "ом", "ая", "ой", "ую", "ое", "ые", "ых", "ыми")),
    ("ой", ("ого", "ому", "ым", "ом", "ая", "ую", "ое", "ые", "ых")),
    ("ые", ("ых", "ым", "ыми")),
    ("ие", ("их", "им", "ими", "ия", "ию", "ием")),
    ("ое", ("ого", "ому", "ым", "ом")),
    ("ка", ("ки", "ке", "ку", "кой", "ці", "кою")),
    ("а", ("ы", "и", "е", "у", "ой", "ей", "і", "ою", "ею")),
    ("я", ("и", "е", "ю", "ей", "ї", "єю")),
    ("ь", ("я", "ю", "ем", "ём", "е", "и", "ью", "і")),
    ("й", ("я", "ю", "ем", "ём", "е", "и", "ї", "єм")),
    ("о", ("а", "у", "ом", "е")),
    ("ы", ("ов", "ам", "ами", "ах", "")),
    ("і", ("их", "им", "ими")),
    ("и", ("ів", "ам", "ами", "ах", "ей", "ов", "")),
)
_AFTER_CONSONANT = ("а", "у", "ом", "ем", "е", "ы", "і")
_HARDENED = {"к": "ці", "г": "зі", "х": "сі"}  # Ірак, в Іраці


def cyrillic_forms(word: str) -> frozenset[str]:
    """A Russian or Ukrainian word of a name in the cases in which it is met, in lower case, `ё` as `е`."""
    base = word.lower().replace("ё", "е")
    for ending, others in _ENDINGS:
        if base.endswith(ending) and len(base) > len(ending) + 1:
            return frozenset({base, *(base.removesuffix(ending) + other for other in others)})
    if base[-1:] in "бвгджзклмнпрстфхцчшщ" and len(base) > 2:
        softened = base[:-1] + _HARDENED.get(base[-1], base[-1])
        return frozenset({base, softened, *(base + other for other in _AFTER_CONSONANT)})
    return frozenset({base})
