"""Lists the rows of `operators.tsv` that the bundled AS names or countries do not bear out, for a person to judge.

Run `python nlp/data/check_operators.py`. A brand (`Orange` for `Ikatel SA`) or a later owner may be right all the same.
"""

from __future__ import annotations

import re

from crawler.routing.reference import Reference
from nlp.registry import Registry


def words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.casefold()))


def main() -> None:
    registry, reference = Registry.load(), Reference.load()
    for entry in registry.entries.values():
        if entry.kind != "operator":
            continue
        asn = int(entry.id[2:])
        holder, country = reference.name(asn), reference.country(asn)
        if not words(holder or "") & words(" ".join(registry.aliases(entry.id))):
            print(f"{entry.id}\tname\t{entry.name}\t{holder}")
        if country and country != entry.country:
            print(f"{entry.id}\tcountry\t{entry.country}\t{country}")


if __name__ == "__main__":
    main()
