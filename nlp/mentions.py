"""Where names and numbers stand in a text: AS numbers, prefixes and the registry's names, not yet what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from itertools import product

from ahocorasick_rs import AhoCorasick

from nlp import tables
from nlp.entries import Alias
from nlp.inflect import CYRILLIC, cyrillic_forms
from nlp.model import EntityType
from nlp.registry import Registry
from nlp.script import DENSE, has_case, plain, words_end

MAX_ASN = 2**32 - 1
ASN_WORDS = plain(
    r"AS[NS]?|АС|ASNs|AS ?番号|AS ?编号|AS ?번호|[Aa]utonomous [Ss]ystems?(?: [Nn]umbers?)?|"
    r"[Аа]втономн\w+ систем\w*|[Ss]ystème autonome|[Ss]istema aut[óôo]nomo|[Aa]utonome[sn]? Systems?|"
    r"[Oo]tonom sistem(?: numarası)?|[Ss]ystem\w{0,3} autonomiczn\w+|[Ss]istem otonom|"
    r"自治(?:系统|域)(?:编?号)?|自律システム(?:番号)?|자율 ?시스템(?: ?번호)?|"
    r"(?:ال)?نظام (?:ال)?(?:مستقل|ذاتي)(?: رقم)?|(?:سیستم|سامانه) (?:خودگردان|خودمختار)(?: شماره)?|شماره AS"
)
_BEFORE, _BEHIND = rf"(?<![^\W{DENSE}])(?<![.])", rf"(?![^\W{DENSE}]|\.\d)"
"""Edges of a number: Chinese, Korean and Arabic letters may touch it."""
_ASN = re.compile(
    rf"{_BEFORE}(?:as(?=\d{{3}})|(?:{ASN_WORDS})(?: \(ASN?\))?[ ]?[-#:№]?[ ]?)(\d{{1,10}}(?:\.\d{{1,5}})?){_BEHIND}"
)
_LIST = re.compile(
    r"\b(?:ASNs|ASes|AS numbers|[Aa]utonomous [Ss]ystems?(?: [Nn]umbers)?):? "
    r"(\d{1,10}(?:(?:, ?| and | or | to |, and |, or | ?[-–/] ?)\d{1,10})+)(?![\w/:]|\.\d)"
)
_PATH = re.compile(
    r"\b(?:AS[-_ ]?)?(?:[Pp]aths?|PATH)\b(?: \w+){0,3}?[ :\"'“«(]{1,3}((?:\d{1,10}[ ,→>-]+){1,}\d{1,10})(?![\w/:]|\.\d)"
)
_PREFIX = re.compile(
    rf"{_BEFORE}(?<![:/])(?:\d{{1,3}}(?:\.\d{{1,3}}){{1,3}}/\d{{1,2}}|\d{{1,3}}(?:\.\d{{1,3}}){{3}})(?!/){_BEHIND}"
)
_PREFIX6 = re.compile(
    rf"{_BEFORE}(?<![:/])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)(?:[0-9A-Fa-f:]{{3,39}}|::(?=/\d))(?:(?:\.\d{{1,3}}){{3}})?"
    rf"(?:/\d{{1,3}})?(?![:/]){_BEHIND}"
)
_WORD = re.compile(r"[\u0400-\u04ff]+(?:['’-][\u0400-\u04ff]+)*")
_FOLD = {"’": "'", "\u2018": "'", "ʼ": "'", "\u2011": "-", "\u2010": "-", "–": "-", "\n": " "}
LONGEST_NAME = 8  # words of a Cyrillic name


@dataclass(frozen=True, slots=True)
class Number:
    """A printed AS number or prefix; `id` is normalised (`AS20485`, a network in its short form)."""

    start: int
    end: int
    type: EntityType
    id: str


@dataclass(frozen=True, slots=True)
class Named:
    """A span that is written like one or more registry names, all of equal length."""

    start: int
    end: int
    aliases: tuple[Alias, ...]


def numbers(text: str) -> tuple[Number, ...]:
    """AS numbers and prefixes in reading order, without overlap. Numbers that no network can have are left out."""
    text = plain(text)
    found = [*_asns(text), *_prefixes(text)]
    taken: list[Number] = []
    for number in sorted(found, key=lambda n: (n.start, -n.end)):
        if not taken or number.start >= taken[-1].end:
            taken.append(number)
    return tuple(taken)


def _asns(text: str) -> Iterator[Number]:
    for match in _ASN.finditer(text):
        asn = _asn(match[1])
        if asn:
            yield Number(match.start(), match.end(), EntityType.ASN, asn)
    for several in (*_PATH.finditer(text), *_LIST.finditer(text)):
        for one in re.finditer(r"\d+", several[1]):
            asn = _asn(one[0])
            if asn:
                start = several.start(1) + one.start()
                yield Number(start, start + len(one[0]), EntityType.ASN, asn)


def _asn(digits: str) -> str | None:
    """`AS<number>` for a number in plain or dotted notation (RFC 5396); None for one that is out of range."""
    high, dot, low = digits.partition(".")
    value = int(high) * 65536 + int(low) if dot else int(high)
    return f"AS{value}" if 0 < value <= MAX_ASN else None


def _prefixes(text: str) -> Iterator[Number]:
    for match in [*_PREFIX.finditer(text), *_PREFIX6.finditer(text)]:
        network = _network(match[0])
        if network:
            yield Number(match.start(), match.end(), EntityType.PREFIX, network)


def _network(printed: str) -> str | None:
    """A prefix or address in its short form, a shortened one (`10.1/16`) filled up; None if it is neither."""
    address, slash, length = printed.partition("/")
    if slash and ":" not in address:
        address += ".0" * (3 - address.count("."))
    try:
        return str(ip_network(f"{address}/{length}", strict=False) if slash else ip_address(address))
    except ValueError:
        return None


class Names:
    """Finds registry names: letters of any script by an automaton, Cyrillic ones word by word in any case."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        self._by_text: dict[str, list[Alias]] = {}
        self._by_words: dict[tuple[str, ...], list[Alias]] = {}
        self._bases: dict[str, set[str]] = {}
        for alias in aliases:
            if CYRILLIC.search(alias.text):
                self._add_cyrillic(alias)
            else:
                self._by_text.setdefault(fold(alias.text), []).append(alias)
        self._keys = list(self._by_text)
        self._automaton = AhoCorasick(self._keys)

    def _add_cyrillic(self, alias: Alias) -> None:
        words = tuple(_WORD.findall(alias.text))
        self._by_words.setdefault(words, []).append(alias)
        for word in words:
            for form in cyrillic_forms(word):
                self._bases.setdefault(form, set()).add(word)

    @staticmethod
    @cache
    def of(registry: Registry) -> Names:
        """The automaton of a registry, built once."""
        return Names([*registry.names, *_not_names()])

    def find(self, text: str, lang: str) -> tuple[Named, ...]:
        """Longest names that stand as words of their own, in reading order, without overlap.

        Names of another language than `lang` or English are left out.
        """
        found = [*self._find_text(text), *self._find_cyrillic(text)]
        kept: list[Named] = []
        taken = bytearray(len(text))
        for named in sorted(found, key=lambda n: (n.start - n.end, n.start)):
            if taken[named.start] or taken[named.end - 1] or _is_function_word(text, named, lang):
                continue
            aliases = tuple(a for a in named.aliases if a.lang in {None, lang, "en"} and _written_like(text, named, a))
            if aliases:
                taken[named.start : named.end] = b"\1" * (named.end - named.start)
                common = not all(a.id for a in aliases)
                meant = tuple(a for a in aliases if a.id and not (common and a.flag == "place"))
                kept += [Named(named.start, named.end, meant)] if meant else []
        return tuple(sorted(kept, key=lambda n: n.start))

    def _find_text(self, text: str) -> Iterator[Named]:
        folded = fold(text)
        for key, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if _stands_alone(text, start, end):
                yield Named(start, end, tuple(self._by_text[self._keys[key]]))

    def _find_cyrillic(self, text: str) -> Iterator[Named]:
        words = list(_WORD.finditer(text))
        bases = [self._bases.get(word[0].lower().replace("ё", "е"), set()) for word in words]
        for first, word in enumerate(words):
            for last in range(first, min(first + LONGEST_NAME, len(words))):
                broken = last > first and text[words[last - 1].end() : words[last].start()].strip(" \u00a0-")
                if broken or not bases[last]:
                    break
                for key in product(*bases[first : last + 1]):
                    if key in self._by_words:
                        yield Named(word.start(), words[last].end(), tuple(self._by_words[key]))


def _not_names() -> Iterator[Alias]:
    """Words that hold a name and do not mean it, or are rather words than towns, as aliases without an id.

    Maryland in Chinese begins with Mali.
    """
    for row in tables.rows("not_names.tsv", ("lang", "words", "source")):
        for text in row.parts("words"):
            yield Alias(text=text, id="", type=EntityType.WORK, lang=row["lang"])


def fold(text: str) -> str:
    """Lower case with plain quotes, spaces and hyphens, each code point for one."""
    return "".join(_fold_letter(letter) for letter in text)


@cache
def _fold_letter(letter: str) -> str:
    letter = plain(letter)
    lower = letter.lower()
    return _FOLD.get(letter, lower if len(lower) == 1 else letter)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """False inside a word, an address or a host name."""
    if not words_end(text, start, end):
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    if before in {"@", "_", "#"} or after == "_":
        return False
    if before == "." and text[start - 2 : start - 1].isalnum():
        return False
    return not (before == "/" or (after in {".", "@"} and text[end + 1 : end + 2].islower()))


@cache
def _function_words() -> Mapping[str, frozenset[str]]:
    rows = tables.rows("function_words.tsv", ("lang", "words", "source"))
    return {row["lang"]: frozenset(fold(word) for word in row.parts("words")) for row in rows}


def _is_function_word(text: str, named: Named, lang: str) -> bool:
    """True where the span is written as `lang` writes one of its small words, as the "du" and "Sur" of French.

    Not where it is quoted, in other letters ("US", or "Du" inside a sentence), or has its number behind it.
    """
    printed = text[named.start : named.end]
    if fold(printed) not in _function_words().get(lang, ()):
        return False
    before, after = text[: named.start].rstrip(), text[named.end :].lstrip()
    quoted = before[-1:] in set('"“«‘„') and after[:1] in set('"”»’“')
    if quoted or re.match(rf"\s?\(?(?:{ASN_WORDS})\s?\d", text[named.end :]):
        return False
    first = not before or before[-1] in '.!?…:;"“«„(—–-' or "\n" in text[len(before) : named.start]
    return printed.islower() or (printed[1:].islower() and first)


_LEADING_ARTICLE = re.compile(r"(?:The|El|La|Los|Las|Le|Les) (?=\w)")


def _written_like(text: str, named: Named, alias: Alias) -> bool:
    """Whether the case of the span can mean the alias: short capitals must be capitals, names begin with one."""
    printed = text[named.start : named.end]
    if alias.type is not EntityType.NORP and fold(text[named.start - 2 : named.start]) == "ال":
        return False  # الاتصالات is telecommunications, no company; a name that has the article has it in the table
    if printed == alias.text or fold(printed) == alias.text or not has_case(printed):
        return True
    letters = [letter for letter in alias.text if letter.isalpha()]
    if alias.type is EntityType.NORP:
        return printed[0].isupper() or alias.lang != "en"
    if len(letters) <= 4 and "".join(letters).isupper() and alias.text.isalpha():
        return False
    article = _LEADING_ARTICLE.match(alias.text)
    if article and alias.text[article.end()].isupper() and printed[article.end()].islower():
        return False  # "El país", "The guardian of"
    return printed[0].isupper() or not alias.text[0].isalpha()
