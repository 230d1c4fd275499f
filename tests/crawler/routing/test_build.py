"""The bundled networks are rebuilt from two packages: names, countries by most addresses, and sizes."""

import json
from pathlib import Path

from crawler.routing.reference.data.build import build


def test_a_line_has_number_size_country_and_name(tmp_path: Path) -> None:
    asn, country = tmp_path / "asn", tmp_path / "country"
    for folder in (asn, country):
        folder.mkdir()
    (asn / "package.json").write_text(json.dumps({"version": "2.3.2026061719"}))
    (asn / "asn-ipv4-num.csv").write_text('0,255,70,"One,  Ltd"\n256,511,71,Two\n512,1023,70,"One,  Ltd"\n')
    (asn / "asn-ipv6-num.csv").write_text("0,99,72,Three\n100,199,64512,Private\n")
    (country / "geo-whois-asn-country-ipv4-num.csv").write_text("0,255,DE\n256,300,FR\n512,1023,NL\n")
    (country / "geo-whois-asn-country-ipv6-num.csv").write_text("0,49,SE\n50,99,NO\n")
    assert build(asn, country).splitlines() == [
        "#\t20260617",
        "70\t9.6\tNL\tOne, Ltd",
        "71\t8.0\tFR\tTwo",
        "72\t\t\tThree",
    ]
