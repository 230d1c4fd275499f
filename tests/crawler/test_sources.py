from pathlib import Path

import pytest

from crawler.errors import Permanent
from crawler.model import SourceKind
from crawler.sources import load_sources

ROW = """
[[source]]
id = "press"
name = "Press"
kind = "feed"
url = "https://press.example/feed"
role = "press"
licence = "all rights reserved"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_bundled_catalogue_is_valid_and_careful() -> None:
    sources = load_sources()
    assert len(sources) >= 28
    assert len({source.url for source in sources}) == len(sources)
    assert all(source.url.startswith("https://") and source.gateway is None for source in sources)
    assert all(not source.reexport for source in sources if source.licence == "all rights reserved")


def test_a_row_becomes_a_source(tmp_path: Path) -> None:
    text = ROW + 'gateway = "http://127.0.0.1:8123"\ncountry = "KR"\nlanguage = "ko"\npoll_min_s = 60\n'
    (source,) = load_sources(write(tmp_path, text))
    assert (source.id, source.kind, source.country, source.poll_min_s) == ("press", SourceKind.FEED, "KR", 60)
    assert source.gateway == "http://127.0.0.1:8123"
    assert source.reexport is False


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (ROW.replace('"press"', '"Pr ess"', 1), "field id"),
        (
            ROW.replace('kind = "feed"', 'kind = "rss"'),
            "field kind: 'rss' is not known; use one of feed, sitemap, listing",
        ),
        (ROW.replace("https://press.example/feed", "http://10.0.0.1/feed"), "field url: 10.0.0.1"),
        (ROW.replace('licence = "all rights reserved"\n', ""), "field licence: is missing"),
        (ROW + 'licence_url = "x"\n', "field licence_url: is not known"),
        (ROW + 'reexport = "no"\n', "field reexport: 'no' does not fit; write true or false"),
        (ROW + "poll_min_s = 1\n", "field poll_min_s"),
        (ROW + "poll_min_s = 900\npoll_max_s = 600\n", "field poll_min_s"),
        (ROW + "poll_max_s = true\n", "field poll_max_s"),
        (ROW + 'country = "kr"\n', "field country"),
        (ROW + 'language = "korean"\n', "field language"),
        (ROW + 'gateway = "127.0.0.1:8123"\n', "field gateway"),
        (ROW + 'gateway = "http://127.0.0.1"\n', "field gateway"),
        (ROW.replace('name = "Press"', "name = 7"), "field name"),
    ],
)
def test_a_fault_names_file_row_field_and_remedy(tmp_path: Path, wrong: str, field: str) -> None:
    good = ROW.replace('"press"', '"other"', 1)
    path = write(tmp_path, good + wrong)
    with pytest.raises(Permanent) as caught:
        load_sources(path)
    assert f"{path}: source 2" in str(caught.value)
    assert field in str(caught.value)
    assert caught.value.remedy


def test_an_id_stands_for_one_source(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="source 2, field id: 'press' is taken"):
        load_sources(write(tmp_path, ROW + ROW))


@pytest.mark.parametrize("text", ["[[source]\n", "", "source = 3\n", "source = [3]\n"])
def test_a_file_that_holds_no_sources_is_told(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(Permanent, match=str(path)):
        load_sources(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="cannot be read"):
        load_sources(tmp_path / "none.toml")
