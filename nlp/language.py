"""Which language a text is in, and how far it can be read.

Its script decides first, then letters that only one language of the script writes, then small words and the detector.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Literal

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from nlp import tables
from nlp.model import Text

Depth = Literal["full", "cues", "none"]
FULL = frozenset({"en", "es", "fr"})
CUES = frozenset({"ar", "de", "fa", "id", "it", "ja", "ko", "pl", "pt", "ru", "tr", "uk", "zh"})
HOME = {"de": "DE", "fa": "IR", "id": "ID", "it": "IT", "ja": "JP", "ko": "KR", "pl": "PL", "tr": "TR", "uk": "UA"}
"""The country in which most of the press in a language is made: where a text names no other, it is of that one."""
DECIDES_FROM = 120  # letters from which the detector is trusted over a declaration
SURE = 0.9
READ = 5000  # characters that are looked at
CLASSIFIED = 800  # characters that the detector needs to be as sure as it will be
DENSE = 3  # letters of an alphabet that one Chinese or Korean character is worth
EVIDENCE = 4  # letters of another script, weighed, that a declaration cannot stand against
KANA_SHARE = 0.05  # of Chinese characters and kana: above it the text is Japanese
WORDS_DECIDE = 2  # small words by which a language must lead to overrule the detector
COMMONER = 20  # times that a language that is read is likelier than another before a word of the text is seen

_SCRIPTS = {
    "Latin": (1, r"A-Za-z\u00c0-\u024f\u1e00-\u1eff"), "Cyrillic": (1, r"\u0400-\u052f"),
    "Greek": (1, r"\u0370-\u03ff"),
    "Arabic": (1, r"\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff"), "Hebrew": (1, r"\u05d0-\u05ea"),
    "Kana": (DENSE, r"\u3041-\u30fa"), "Han": (DENSE, r"\u3400-\u4dbf\u4e00-\u9fff"),
    "Hangul": (DENSE, r"\uac00-\ud7a3"),
    "Thai": (1, r"\u0e01-\u0e30"), "Indic": (1, r"\u0900-\u0dff"), "Armenian": (1, r"\u0530-\u058f"),
    "Georgian": (1, r"\u10a0-\u10ff"), "Ethiopic": (DENSE, r"\u1200-\u137f"), "Khmer": (1, r"\u1780-\u17ff"),
    "Myanmar": (1, r"\u1000-\u109f"), "Lao": (1, r"\u0e80-\u0eff"),
}  # fmt: skip
_LETTERS = {name: re.compile(f"[{letters}]") for name, (_, letters) in _SCRIPTS.items()}
_OF_SCRIPT = {
    "Cyrillic": "ru uk be bg sr mk kk ky mn tg tt ba", "Greek": "el", "Arabic": "ar fa ur ps ug ku sd", "Hebrew": "he",
    "Kana": "ja", "Han": "zh", "Hangul": "ko", "Thai": "th", "Indic": "hi mr ne bn as pa gu or ta te kn ml si",
    "Armenian": "hy", "Georgian": "ka", "Ethiopic": "am", "Khmer": "km", "Myanmar": "my", "Lao": "lo",
    "Latin": "af az bs ca cs cy da de en es et eu fi fr ga gl ha hr hu id ig is it jv ku la lt lv mg ms mt nl no pl pt"
    " ro rw sk sl sn so sq sr sv sw tk tl tr uz vi xh yo zu",
}  # fmt: skip
_OWN_LETTERS = (  # letters that decide among the languages of a script; the first that stands in the text is taken
    ("uk", "їєґЇЄҐ"), ("be", "ўЎ"), ("mk", "ѓќѕЃЌЅ"), ("sr", "ђћЂЋ"), ("tt", "җ"), ("ba", "ҫҙҡ"), ("kk", "ұҰ"),
    ("tg", "ҷӣӯ"), ("mn", "өү"), ("uk", "іІ"), ("ru", "ыэъёЫЭЁ"),
    ("ur", "ٹڈڑںےہھ"), ("ps", "ښړټځڅډڼۍ"), ("ku", "ڵڕێۆ"), ("ug", "ۇۈۋې"), ("sd", "ڳڻٿڦ"), ("fa", "پچژگ"),
    ("ar", "ةىيك"),
)  # fmt: skip
_JAPANESE = re.compile("[経発戦対図円気働売収続検変増総権実関駅沢県営軽転録両圧歓観済単応帰鉄広拡挙沿穏桜暁亜悪壱]")
"""Characters in the form that Japan alone gives them."""
_KAZAKH = re.compile("[әғқңөүһ]")
_PERSIAN = re.compile(r"[کی]|\b(?:از|به|در|که|این|است|شد|را)\b")
_WORD = re.compile(r"[^\W\d_]+")


@cache
def _identifier() -> LanguageIdentifier:
    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    read = {lang for langs in _OF_SCRIPT.values() for lang in langs.split()}
    found.set_languages(sorted(read & set(found.nb_classes)))
    return found


def is_latin(lang: str) -> bool:
    """True for a language that is written in Latin letters."""
    return lang in _OF_SCRIPT["Latin"].split()


def primary(tag: str | None) -> str | None:
    """`en` for `en-GB` or `EN_us`; None for a tag that is not a language."""
    code = (tag or "").replace("_", "-").partition("-")[0].strip().lower()
    return code if code.isalpha() and len(code) in (2, 3) and code != "und" else None


def detect(text: Text) -> str:
    """ISO 639-1 code; `und` if unknown.

    A declared language holds for a short text of its script that has no letter of another language; a longer text
    speaks for itself.
    """
    declared = primary(text.lang)
    letters = sum(1 for _ in islice(filter(str.isalpha, text.text[: 2 * READ]), DECIDES_FROM))
    sample = (text.text if letters >= DECIDES_FROM else f"{text.title}\n{text.text}")[:READ]
    counts = _scripts(sample)
    counts["Kana"] += DENSE * len(_JAPANESE.findall(sample))
    if not any(counts.values()):
        return declared or "und"
    script = _main_script(counts)
    only = _by_letters(sample, script)
    if only:
        return only
    langs = _OF_SCRIPT[script].split()
    if declared and letters < DECIDES_FROM and (declared in langs or counts[script] < EVIDENCE):
        return declared
    code, sure = _classified(sample, langs)
    return code if declared not in langs or sure >= SURE else str(declared)


def _scripts(sample: str) -> Counter[str]:
    """How much of the sample is in each script, a character that is a word or syllable weighed as several letters."""
    if sample.isascii():
        return +Counter(Latin=len(_LETTERS["Latin"].findall(sample)))
    return +Counter({name: weight * len(_LETTERS[name].findall(sample)) for name, (weight, _) in _SCRIPTS.items()})


def _main_script(counts: Counter[str]) -> str:
    """The script of most letters: Latin names stand in every text, kana in a Japanese one beside Chinese characters."""
    if counts["Kana"] > KANA_SHARE * (counts["Kana"] + counts["Han"]) and counts["Kana"] >= DENSE:
        counts = counts + Counter(Kana=counts["Han"])
    return max(counts, key=lambda name: (counts[name], name))


def _by_letters(sample: str, script: str) -> str | None:
    """The language of a script that is one language's alone, or whose own letters stand in the text."""
    langs = _OF_SCRIPT[script].split()
    if len(langs) == 1:
        return langs[0]
    if script == "Latin":
        return None
    counts = Counter(sample)
    if script == "Cyrillic" and len(_KAZAKH.findall(sample)) > 2 and counts["і"]:
        return "kk"
    found = {}
    for lang, letters in _OWN_LETTERS:
        if lang in langs and lang not in found and (n := sum(counts[letter] for letter in letters)):
            found[lang] = n
    if found.keys() >= {"ru", "uk"}:
        return "be" if counts["ў"] else "ru" if found["ru"] > 3 * found["uk"] else "uk" if counts["ї"] else None
    if "fa" in found and "ar" in found:
        return _persian_or_arabic(sample, found)
    return next(iter(found), None)


def _persian_or_arabic(sample: str, found: Mapping[str, int]) -> str:
    """Persian is often typed with Arabic letters, and Arabic writes a foreign name with Persian ones."""
    return "fa" if found["fa"] + 2 * len(_PERSIAN.findall(sample)) > found["ar"] else "ar"


def _classified(sample: str, langs: list[str]) -> tuple[str, float]:
    """The detector's language among `langs` and how sure it is; small words overrule it where it is in doubt."""
    ranked = [
        (p * (COMMONER if c in FULL | CUES else 1), p, c)
        for c, p in _identifier().rank(sample[:CLASSIFIED])
        if c in langs
    ]
    _, sure, code = max(ranked, default=(0.0, 0.0, langs[0]))
    if sure < SURE:
        words = Counter(word.lower() for word in _WORD.findall(sample))
        small = _small_words()
        votes = {lang: sum(words[w] for w in small[lang] & words.keys()) for lang in langs if lang in small}
        best = max(votes, key=lambda lang: (votes[lang], lang == code), default=code)
        if votes.get(best, 0) >= votes.get(code, 0) + WORDS_DECIDE:
            return best, SURE
    return str(code), float(sure)


@cache
def _small_words() -> Mapping[str, frozenset[str]]:
    """Words of one or more letters that a language cannot do without."""
    rows = tables.rows("function_words.tsv", ("lang", "words", "source"))
    return {row["lang"]: frozenset(row.parts("words")) for row in rows}


def depth(lang: str) -> Depth:
    """`full` where the language has a syntactic model, `cues` where claims come from curated cues, else `none`."""
    if lang in FULL:
        return "full"
    return "cues" if lang in CUES else "none"
