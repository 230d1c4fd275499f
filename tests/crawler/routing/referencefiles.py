"""Reference files in the form of their publishers, with contents of our own."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

AS_NAMES = "64500 EXAMPLE-NET Example, Inc., DE\n64501 SECOND-AS, EU\n64496 -Reserved AS-, ZZ\n"


def as_rel(pairs: Iterable[str], clique: Sequence[int] = (64500, 64501), day: str = "20210201") -> bytes:
    head = f"# input clique: {' '.join(map(str, clique))}\n" if clique else ""
    head += f"# IXP ASes: 1200 4635\n# source:topology|BGP|{day}|ripe|rrc00\n"
    return bz2.compress((head + "".join(f"{pair}\n" for pair in pairs)).encode())


def as_org() -> bytes:
    text = (
        "# name: AS Org\n# program start time: 2021-01-01 00:00:00\n"
        "# format:org_id|changed|org_name|country|source\n"
        "EX-1|20120130|Example, Inc.|DE|RIPE\n"
        "EX-2||Second Kft.|HU|RIPE\n"
        "# format:aut|changed|aut_name|org_id|opaque_id|source\n"
        "64501|20120224|SECOND-AS|EX-1||RIPE\n"
        "64500|20120224|EXAMPLE-NET|EX-1|abc_RIPE|RIPE\n"
        "64502|20120224|THIRD|EX-2||RIPE\n"
        "64503|20120224|LOST|EX-9||RIPE\n"
    )
    return gzip.compress(text.encode())


def delegated(registry: str, rows: Sequence[str], day: str = "20261121") -> bytes:
    head = f"2|{registry}|1790287199|{len(rows)}|19700101|{day}|+0000\n"
    return (head + f"{registry}|*|asn|*|{len(rows)}|summary\n" + "".join(f"{row}\n" for row in rows)).encode()


def vrps_json(roas: Iterable[tuple[int, str, int]]) -> bytes:
    rows = [{"asn": a, "prefix": p, "maxLength": m, "ta": "ripe", "expires": 1790000000} for a, p, m in roas]
    whole = {"metadata": {"buildtime": "2026-11-22T00:12:00Z", "vrps": len(rows)}, "roas": rows, "aspas": []}
    return json.dumps(whole, indent=1).encode()


def roas_csv(roas: Iterable[tuple[int, str, int | str]]) -> bytes:
    uri = "rsync://rpki.example.net/repository/a,b.roa"
    rows = [f'"{uri}",AS{a},{p},{m},2021-02-01 10:00:00,2022-07-01 00:00:00' for a, p, m in roas]
    return lzma.compress("\n".join(["URI,ASN,IP Prefix,Max Length,Not Before,Not After", *rows, ""]).encode())


def peeringdb(networks: Iterable[Mapping[str, object]]) -> bytes:
    return json.dumps({"meta": {}, "data": [dict(one) for one in networks]}).encode()


def put(folder: Path, name: str, file: str, body: bytes | str) -> Path:
    """A file as an update leaves it."""
    path = folder / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return path
