"""Which language a text is in, and how far it can be read."""

from __future__ import annotations

from functools import cache
from typing import Literal

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from nlp.model import Text

Depth = Literal["full", "cues", "none"]
FULL = frozenset({"en"})
CUES = frozenset({"de", "es", "fr", "ru"})
DECIDES_FROM = 120  # letters from which the detector is trusted over a declaration
SURE = 0.9


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def primary(tag: str | None) -> str | None:
    """`en` for `en-GB` or `EN_us`; None for a tag that is not a language."""
    code = (tag or "").replace("_", "-").partition("-")[0].strip().lower()
    return code if code.isalpha() and len(code) in (2, 3) and code != "und" else None


def detect(text: Text) -> str:
    """ISO 639-1 code. A declared language holds for a short text; a longer one speaks for itself. `und` if unknown."""
    declared = primary(text.lang)
    letters = sum(letter.isalpha() for letter in text.text)
    sample = text.text if letters >= DECIDES_FROM else f"{text.title}\n{text.text}"
    if not any(letter.isalpha() for letter in sample):
        return declared or "und"
    if declared and letters < DECIDES_FROM:
        return declared
    code, sure = _identifier().classify(sample[:5000])
    return str(code) if declared is None or sure >= SURE else declared


def depth(lang: str) -> Depth:
    """`full` where the language has a syntactic model, `cues` where claims come from curated cues, else `none`."""
    if lang in FULL:
        return "full"
    return "cues" if lang in CUES else "none"
