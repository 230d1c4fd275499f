from pathlib import Path

import pytest

from crawler.errors import Permanent
from crawler.routing.knowledge import Relationship
from crawler.routing.reference.relations import read_relations
from tests.crawler.routing.referencefiles import as_rel


def write(tmp_path: Path, body: bytes) -> Path:
    path = tmp_path / "20210201.as-rel2.txt.bz2"
    path.write_bytes(body)
    return path


def test_a_provider_is_told_from_a_customer_and_a_peer(tmp_path: Path) -> None:
    path = write(tmp_path, as_rel(["64500|64510|-1|bgp", "64511|64501|-1|bgp", "64500|64501|0|mlp"]))
    relations = read_relations(path, "CAIDA, 2021-02-01")
    assert relations.source == "CAIDA, 2021-02-01"
    assert relations.between(64500, 64510) is Relationship.PROVIDER
    assert relations.between(64510, 64500) is Relationship.CUSTOMER
    assert relations.between(64511, 64501) is Relationship.PROVIDER
    assert relations.between(64501, 64511) is Relationship.CUSTOMER
    assert relations.between(64500, 64501) is relations.between(64501, 64500) is Relationship.PEER
    assert relations.between(64510, 64511) is None
    assert relations.between(64500, 64500) is None


def test_the_clique_of_either_wording_is_read(tmp_path: Path) -> None:
    for word in (b"input", b"inferred"):
        path = tmp_path / "plain.txt"
        path.write_bytes(b"# " + word + b" clique: 174 3356\n174|3356|0\n")
        assert read_relations(path, "").clique == {174, 3356}


def test_of_two_lines_on_one_pair_the_first_stands(tmp_path: Path) -> None:
    relations = read_relations(write(tmp_path, as_rel(["64500|64510|-1|bgp", "64510|64500|0|mlp"])), "")
    assert len(relations) == 1
    assert relations.between(64500, 64510) is Relationship.PROVIDER


def test_neighbours_are_counted_by_what_they_are(tmp_path: Path) -> None:
    lines = ["64500|64510|-1|bgp", "64500|64511|-1|bgp", "64501|64500|-1|bgp", "64500|64499|0|bgp", "64502|64503|0|bgp"]
    found = read_relations(write(tmp_path, as_rel(lines)), "").neighbours(64500)
    assert found == {Relationship.CUSTOMER: 2, Relationship.PROVIDER: 1, Relationship.PEER: 1}


def test_bad_lines_are_counted(tmp_path: Path) -> None:
    good = [f"{asn}|{asn + 1000}|-1|bgp" for asn in range(1, 500)]
    relations = read_relations(write(tmp_path, as_rel([*good, "1|x|0|bgp", "7|7|0|bgp", "1|99999999999|0"])), "CAIDA")
    assert relations.bad_lines == 3
    assert relations.source == "CAIDA (3 lines could not be read)"
    assert len(relations) == 499


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html><body>Not Found</body></html>\n", "does not hold AS relationships: 0 lines could be read"),
        (b"", "does not hold AS relationships"),
        (as_rel(["1|2|0"] * 1000)[:-30], "cannot be read whole"),
    ],
    ids=["a page", "empty", "cut"],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, body: bytes, says: str) -> None:
    with pytest.raises(Permanent, match=says):
        read_relations(write(tmp_path, body), "")
