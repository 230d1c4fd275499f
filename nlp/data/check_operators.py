"""Lists the rows of `operators.tsv` that the bundled AS names and countries do not bear out and no note explains.

Run `python nlp/data/check_operators.py`: a line for each doubt (the number, what is in doubt, what the table says, what
the bundle says), and exit code 1 while there is one. A brand (`Orange` for `Ikatel SA`) or a later owner may be right
all the same: then say so in the row's note.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator

from crawler.routing.reference.known import Reference
from nlp import inflect, tables
from nlp.registry import COLUMNS
from nlp.slips import COMMON

SHORTEST = 4  # letters that two names written together must share


def doubts(rows: Iterable[tables.Row], reference: Reference) -> Iterator[tuple[str, str, str, str]]:
    """Number, `name`, `country` or `other number`, what the table says and what the bundle says ("" for nothing)."""
    lands = countries()
    for row in rows:
        if row["note"]:
            continue
        common = COMMON | lands.get(row["country"], frozenset())
        names = [row["name"], *(alias.name for alias in tables.aliases(row))]
        holder, country = reference.name(int(row["asn"])), reference.country(int(row["asn"]))
        if not borne_out(names, holder, common):
            yield f"AS{row['asn']}", "name", row["name"], holder or ""
        if country and country != row["country"]:
            yield f"AS{row['asn']}", "country", row["country"], country
        for other in filter(None, row["other_asns"].split(",")):
            if reference.name(int(other)) and not borne_out([*names, holder or ""], reference.name(int(other)), common):
                yield f"AS{row['asn']}", "other number", f"AS{other}", reference.name(int(other)) or ""


def borne_out(names: Iterable[str], holder: str | None, common: frozenset[str]) -> bool:
    """Whether a holder of an AS number shares a word that is not `common` with one of the names, or holds it whole."""
    told, joined = words(holder or "") - common, inflect.company(holder or "")
    whole = [inflect.company(name) for name in names]
    return any(told & words(name) for name in names) or any(len(w) >= SHORTEST and w in joined for w in whole)


def words(name: str) -> set[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return set(re.findall(r"\w{2,}", plain.casefold()))


def countries() -> dict[str, frozenset[str]]:
    """The words of each country's names and peoples, which say nothing about whose a company is."""
    found: dict[str, set[str]] = {}
    for row in tables.rows("country_names.tsv", COLUMNS["country_names"]):
        found.setdefault(row["code"], set()).update(words(row["name"]))
    for row in tables.rows("peoples.tsv", COLUMNS["peoples"]):
        for form in row.parts("forms"):
            found.setdefault(row["id"], set()).update(words(form))
    return {code: frozenset(names) for code, names in found.items()}


def main() -> None:
    """Prints the doubts; exits with 1 where there is one."""
    found = list(doubts(tables.rows("operators.tsv", COLUMNS["operators"]), Reference.load()))
    for doubt in found:
        print("\t".join(doubt))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
