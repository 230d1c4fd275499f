"""What the reference data say of a network, a prefix or a country."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.errors import Permanent, RoutewireError
from ops.cli.common import DataDir, Json, end, instant, note, plain, settings_for, write_rows

if TYPE_CHECKING:
    from crawler.routing.reference.known import Reference


def lookup(
    what: Annotated[
        list[str], typer.Argument(metavar="WHAT…", help="AS numbers, prefixes, and countries by their codes.")
    ],
    origin: Annotated[
        str | None, typer.Option(metavar="ASN", help="Judge each prefix as announced by this network.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="By the relationships and VRPs of this time; now unless set.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Look up a network, a prefix or a country: names, holders, neighbours, what the RPKI allows; each with its source.

    Names, countries and organisations are those of today's files; relationships and VRPs those of the time asked for.
    """
    from crawler.routing.reference.known import Reference
    from crawler.routing.reference.snapshots import FOLDER

    subjects = [_subject(text) for text in what]
    by = None if origin is None else _asn(origin)
    moment = instant(at) or datetime.now(UTC)
    known = Reference.load(settings_for(data_dir).data_dir / FOLDER)
    wrong: list[RoutewireError] = []
    for subject in subjects:
        try:
            row = _looked_up(known, subject, by, moment)
        except RoutewireError as error:
            note(wrong, error)
            continue
        if json:
            write_rows([row])
        else:
            _describe(row)
    end(wrong)


def _subject(text: str) -> int | str:
    """An AS number, a country's code or a prefix."""
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    try:
        return str(ip_network(text)) if "/" in text else _asn(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no prefix, such as 192.0.2.0/24") from None


def _asn(text: str) -> int:
    digits = text[2:] if text[:2].upper() == "AS" else text
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10 and 0 < int(digits) < 2**32):
        raise typer.BadParameter(f"{text!r} is not an AS number, such as AS64500")
    return int(digits)


def _looked_up(known: Reference, subject: int | str, origin: int | None, moment: datetime) -> dict[str, Any]:
    if isinstance(subject, int):
        return _network_row(known, subject, moment)
    if "/" in subject:
        return _prefix_row(known, subject, origin, moment)
    asns = known.networks(subject)
    if not asns:
        raise Permanent("no network is known there", subject=subject, remedy="give an ISO 3166-1 code, such as KE")
    return {"country": subject, "networks": len(asns), "asns": list(asns), "sources": [known.country_source]}


def _network_row(known: Reference, asn: int, moment: datetime) -> dict[str, Any]:
    """Null is what no file tells; `neighbours` are counts."""
    from crawler.routing.knowledge import Relationship

    knowledge = known.knowledge(moment)
    organisation, peering, relations = known.organisation(asn), known.peeringdb(asn), known.relations(moment)
    counts = relations.neighbours(asn) if relations else None
    return {
        "asn": asn,
        "name": known.name(asn),
        "country": known.country(asn),
        "organisation": asdict(organisation) if organisation else None,
        "peeringdb": asdict(peering) if peering else None,
        "neighbours": {f"{kind}s": counts[kind] for kind in Relationship} if counts is not None else None,
        "transit_free": asn in knowledge.transit_free,
        "sources": [
            known.names_source,
            known.country_source,
            *([relations.source] if relations else []),
            knowledge.transit_free_source,
        ],
    }


def _prefix_row(known: Reference, prefix: str, origin: int | None, moment: datetime) -> dict[str, Any]:
    """Raises `Permanent` where no payloads of about that day were fetched."""
    vrps = known.vrps(moment)
    if vrps is None:
        remedy = f"fetch them: routewire reference update --only vrps --day {moment:%Y-%m-%d}"
        raise Permanent(f"no VRPs of about {moment:%Y-%m-%d} are here", subject=prefix, remedy=remedy)
    payloads = [
        {"prefix": vrp.prefix, "max_length": vrp.max_length, "origin_asn": vrp.origin} for vrp in vrps.covering(prefix)
    ]
    rpki = None if origin is None else vrps.validity(prefix, origin).value
    return {"prefix": prefix, "origin_asn": origin, "rpki": rpki, "payloads": payloads, "sources": [vrps.source]}


def _describe(row: dict[str, Any]) -> None:
    for name, value in row.items():
        if value is not None:
            print(plain(f"{name}: {_in_words(value)}"))
    print()


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_in_words(part)}" for name, part in value.items() if part not in (None, "", ()))
    if isinstance(value, (list, tuple)):
        return "; ".join(map(_in_words, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
