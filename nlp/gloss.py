"""What the words of a language are in English, as far as reading for claims needs them (`data/gloss/<lang>.toml`).

`[verbs]` has infinitives, `[words]` all others by lemma or form, `[phrases]` groups of words with the one word that
stands for them before parsing, `[plain]` the words that stand for mentions and times.
A verb may say what its prepositions mean: `acheter = "buy à=from"`, `disposer = "have de=obj"` (an object).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from spacy.tokens import Token

LANGUAGES = ("es", "fr")
"""Languages with a glossary."""
_PARTICIPLES = {
    "fr": (("é", "er"), ("i", "ir"), ("u", "re"), ("u", "oir"), ("is", "ettre"), ("is", "endre"), ("t", "re")),
    "es": (("ado", "ar"), ("ido", "er"), ("ido", "ir"), ("uesto", "oner"), ("uelto", "olver"), ("ierto", "rir")),
}  # fmt: skip
_AGREEMENT = {"fr": re.compile(r"(?:es|e|s)$"), "es": re.compile(r"(?:o|a|os|as)$")}
_ENDINGS = {
    "fr": re.compile(
        r"(?:e|es|ent|ons|ez|ait|aient|a|èrent|era|eront|erait|eraient|ant|it|irent|issent|issait|issaient|ira|iront|is"
        r"|ra|ront|rait|raient|er|ir|re|d|t|oit|oient|oyait|ut|urent|)$"
    ),
    "es": re.compile(
        r"(?:a|an|e|en|ó|aron|ió|ieron|aba|aban|ía|ían|ará|arán|erá|erán|irá|irán|aría|arían|ería|erían|iría|irían|ara"
        r"|aran|iera|ieran|ando|iendo|yendo|yó|yeron|ye|yen|ar|er|ir|o|uso|usieron|ujo|ujeron)$"
    ),
}
_INFINITIVE = {"fr": re.compile(r"(?:er|ir|oir|re)$"), "es": re.compile(r"(?:ar|er|ir)(?:se)?$")}
_ENCLITIC = re.compile(r"r(?:se|l[aeo]s?)$")
STEM = 4
"""Letters that a verb must share with a form that the model did not trace back to it."""


@dataclass(frozen=True, slots=True)
class Verb:
    """An English verb and what it makes of the prepositions behind it; `obj` makes an object of what they lead."""

    lemma: str
    prepositions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Glossary:
    lang: str
    verbs: Mapping[str, Verb]
    words: Mapping[str, str]
    phrases: Mapping[str, str]
    phrase: re.Pattern[str]
    plain: Mapping[str, str]
    before_times: frozenset[str]
    presents: Mapping[str, str]
    stems: Mapping[str, tuple[str, ...]]

    def verb(self, *forms: str) -> Verb | None:
        """The verb of the first of `forms` (a lemma, a form, a participle) that is one."""
        forms = tuple(_ENCLITIC.sub("r", form) if self.lang == "es" else form for form in forms)
        for form in forms:
            if form in self.verbs:
                return self.verbs[form]
        return next((found for form in forms if (found := self.participle(form) or self._conjugated(form))), None)

    def participle(self, form: str) -> Verb | None:
        """The verb whose past participle `form` is, in any gender and number."""
        masculine = {form, _AGREEMENT[self.lang].sub("" if self.lang == "fr" else "o", form)}
        for word in masculine:
            for ending, infinitive in _PARTICIPLES[self.lang]:
                if word.endswith(ending) and (found := self.verbs.get(word.removesuffix(ending) + infinitive)):
                    return found
        return None

    def _conjugated(self, form: str) -> Verb | None:
        for stem_end in range(len(form), STEM - 1, -1):
            if _ENDINGS[self.lang].fullmatch(form[stem_end:]):
                for verb in self.stems.get(form[:stem_end], ()):
                    return self.verbs[verb]
        return None

    def present(self, form: str) -> str | None:
        """The infinitive of a known verb whose third person of the present `form` is, written as other words may be."""
        return self.presents.get(unaccented_all(form))

    def word(self, *forms: str) -> str | None:
        return next((self.words[form] for form in forms if form in self.words), None)


@lru_cache(maxsize=len(LANGUAGES))
def glossary(lang: str) -> Glossary:
    """The glossary of `lang`, read once."""
    data = tomllib.loads((files("nlp") / "data" / "gloss" / f"{lang}.toml").read_text(encoding="utf-8"))
    verbs = {word: _verb(entry) for entry, words in data["verbs"].items() for word in words.split()}
    words = {word: entry for entry, group in data["words"].items() for word in group.split()}
    stems: dict[str, tuple[str, ...]] = {}
    for verb in verbs:
        stem = _INFINITIVE[lang].sub("", verb)
        if len(stem) >= STEM:
            stems[stem] = (*stems.get(stem, ()), verb)
    return Glossary(
        lang,
        verbs,
        words,
        data["phrases"],
        _any_of(data["phrases"]),
        data["plain"],
        frozenset(data["before_times"]["words"].split()),
        {unaccented_all(form): verb for verb in verbs for form in _presents(verb, lang) if _is_plain(form, words)},
        stems,
    )


def _is_plain(form: str, words: Mapping[str, str]) -> bool:
    """False for "se", "para", "entre", which are other words first."""
    return len(form) >= STEM and words.get(form) not in {"between", "for", "against", "under", "on", "without"}


def _presents(verb: str, lang: str) -> Iterator[str]:
    """The third persons of a regular verb; a form that the glossary lists beside the infinitive is one itself."""
    endings = {"er": ("e", "ent")} if lang == "fr" else {"ar": ("a", "an"), "er": ("e", "en"), "ir": ("e", "en")}
    for ending in endings.get(verb[-2:], ()):
        yield verb[:-2] + ending
    if not _INFINITIVE[lang].search(verb) and verb[-1] not in "éiu":
        yield verb


def unaccented_all(word: str) -> str:
    """`word` without any mark on a letter: rachète, rachete."""
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(phrases, key=len, reverse=True)
    told = (re.escape(p).replace("'", "['’]") + ("" if p.endswith("'") else r"(?!\w)") for p in longest)
    return re.compile(rf"(?<!\w)(?:{'|'.join(told)})", re.IGNORECASE)


def english_lemma(token: Token) -> str:
    """The English lemma of a verb of any language that is read in full; the token's own where none is known."""
    if token.lang_ not in LANGUAGES:
        return token.lemma_
    verb = glossary(token.lang_).verb(token.lemma_.lower(), token.lower_)
    return verb.lemma if verb else token.lemma_


def _verb(entry: str) -> Verb:
    lemma, *rest = entry.split()
    return Verb(lemma, dict(item.split("=") for item in rest))
