from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.entries import Alias
from nlp.mentions import Names, fold, numbers
from nlp.model import EntityType
from nlp.registry import Registry


def printed(text: str) -> list[str]:
    return [number.id for number in numbers(text)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("seen from AS64500.", ["AS64500"]),
        ("AS 64500 and ASN 64501", ["AS64500", "AS64501"]),
        ("autonomous system 64502", ["AS64502"]),
        ("автономная система 64503", ["AS64503"]),
        ("the AS path 64496 64497 64498 was new", ["AS64496", "AS64497", "AS64498"]),
        ("AS1.10", ["AS65546"]),
        ("АС64504 и АС 64505", ["AS64504", "AS64505"]),
        ("автономна система 64506", ["AS64506"]),
        ("自治系统AS64507的前缀192.0.2.0/24被劫持", ["AS64507", "192.0.2.0/24"]),
        ("自治系統64508、AS番号64509", ["AS64508", "AS64509"]),
        ("AS 번호 64510이", ["AS64510"]),
        ("النظام المستقل ٦٤٥٠٠ وAS64501", ["AS64500", "AS64501"]),
        ("سیستم خودگردان ۶۴۵۰۲", ["AS64502"]),
        ("AS0 and AS4294967296", []),
        ("as 20 networks fell, at 09:07:51", []),
        ("192.0.2.0/24 and 2001:db8::/32", ["192.0.2.0/24", "2001:db8::/32"]),
        ("2001:0db8:0:0::1 answered", ["2001:db8::1"]),
        ("version 1.2.3.4.5 of 300.1.1.1/24", []),
        ("towards 10.1/16", ["10.1.0.0/16"]),
        ("ASNs 64500, 64501 and 64502", ["AS64500", "AS64501", "AS64502"]),
        ("autonomous system number (ASN) 64512", ["AS64512"]),
        ("AS_PATH: 64496 64497 64498", ["AS64496", "AS64497", "AS64498"]),
        ("as64500, as we said in 2017, as 300 networks", ["AS64500"]),
        ("from ::ffff:192.0.2.1", [str(ip_address("::ffff:192.0.2.1"))]),
        ("from 192.0.2.0-192.0.2.255", ["192.0.2.0", "192.0.2.255"]),
    ],
)
def test_numbers_are_read_as_they_are_printed(text: str, ids: list[str]) -> None:
    assert printed(text) == ids


@given(st.text(max_size=200))
def test_numbers_never_overlap_and_stand_in_the_text(text: str) -> None:
    found = numbers(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(0 <= n.start < n.end <= len(text) for n in found)


@given(
    st.integers(1, 2**32 - 1),
    st.sampled_from(["AS{}", "AS {}", "ASN {}", "ASN{}", "AS-{}", "AS#{}", "autonomous system {}", "AS номер {}"]),
    st.sampled_from(["{}", "({})", "from {}.", "{}, {}", "Example's {}", "“{}”", "{}/{}", "{}: gone"]),
)
def test_an_as_number_is_read_in_each_wording(asn: int, wording: str, around: str) -> None:
    text = around.replace("{}", wording.replace("номер ", "").format(asn))
    found = numbers(text)
    assert {number.id for number in found} == {f"AS{asn}"}
    assert len(found) == around.count("{}")


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_dotted_and_plain_notation_mean_the_same_number(high: int, low: int) -> None:
    assert printed(f"AS{high}.{low}") == ([f"AS{high * 65536 + low}"] if high or low else [])


@given(st.lists(st.integers(1, 2**32 - 1), min_size=2, max_size=8))
def test_each_hop_of_a_path_is_a_number(path: list[int]) -> None:
    assert printed("seen with the AS path " + " ".join(map(str, path)) + ".") == [f"AS{asn}" for asn in path]


@given(st.ip_addresses(), st.integers(0, 128), st.sampled_from(["{}", "({})", "of {}, gone", "{}."]), st.booleans())
def test_addresses_and_prefixes_of_both_families_are_normalised(
    address: IPv4Address | IPv6Address, bits: int, around: str, whole: bool
) -> None:
    length = min(bits, address.max_prefixlen)
    network = ip_network(f"{address}/{length}", strict=False)
    written = network.exploded if whole else str(network).upper()
    assert printed(around.format(written)) == [str(network)]
    assert printed(around.format(address.exploded)) == [str(address)]


@given(st.text(max_size=200))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def names(text: str, lang: str = "en") -> list[str]:
    return [text[n.start : n.end] for n in Names.of(Registry.load()).find(text, lang)]


def test_the_longest_name_is_taken_and_only_as_a_word_of_its_own() -> None:
    assert names("North Koreans in South Korea read northkorea.example and koreatown") == [
        "North Koreans",
        "South Korea",
    ]


def test_russian_names_are_met_in_every_case() -> None:
    text = "Трафик Северной Кореи шёл через ТрансТелеКом; у ТрансТелеКома и Ростелекома сбоев в России не было."
    assert names(text, "ru") == ["Северной Кореи", "ТрансТелеКом", "ТрансТелеКома", "Ростелекома", "России"]


def test_names_of_other_languages_are_left_out() -> None:
    assert names("Chili con carne, served in Chile") == ["Chile"]
    assert "Chili" in names("Le Chili a perdu un câble", "fr")


@pytest.mark.parametrize(
    ("lang", "text", "found"),
    [
        ("uk", "В Україні та Іраці, за даними Білорусі, у Харкові", ["Україні", "Іраці", "Білорусі", "Харкові"]),
        ("pl", "W Syrii, Iraku i Niemczech; rosyjski ruch", ["Syrii", "Iraku", "Niemczech", "rosyjski"]),
        ("de", "Russlands Behörde und iranische Netze", ["Russlands", "iranische"]),
        ("tr", "İran'da ve Irak'taki Türk operatörler", ["İran", "Irak", "Türk"]),
        ("ar", "وإيران وبالعراق وللسودان، والحكومة السورية", ["إيران", "العراق", "للسودان", "سورية"]),
        ("ar", "دعم مالي للشركة", []),
        ("fa", "کابل زیردریایی میان مشهد و کابل", ["مشهد", "کابل"]),
        ("de", "Ende November in München und Köln", ["München", "Köln"]),
        ("fa", "ایران‌سل نه؛ ایران و عراقی‌ها", ["ایران", "ایران", "عراقی‌ها"]),
        ("zh", "伊朗和臺灣的網路，印度洋海缆；马里兰州", ["伊朗", "臺灣", "印度洋"]),
        ("zh", "中国电信和中華電信使用KDDI的线路", ["中国电信", "中華電信", "KDDI"]),
        ("ja", "イラン政府とKDDIは、ドイツテレコムに", ["イラン", "KDDI"]),
        ("ko", "이란에서는 북한의 SK텔레콤이 KDDI와", ["이란", "북한", "SK텔레콤", "KDDI"]),
        ("ko", "해킹이란 무엇인가; 통신 수단", []),
        ("fr", "Le réseau du pays passe par un câble.", []),
        ("fr", "Du Bénin au Togo", ["Bénin", "Togo"]),
        ("fr", "Sur le littoral, la panne dure.", []),
        ("fr", "L'opérateur « du » a perdu un câble.", ["du"]),
        ("fr", "À Dubaï, du (AS15802) a perdu un câble.", ["Dubaï", "du"]),
        ("ru", "Того же мнения оператор.", []),
        ("ru", "Оператор из Того молчит.", ["Того"]),
        ("es", "El país perdió un cable, dice El País.", ["El País"]),
        ("fr", "Le monde a perdu un câble.", []),
        ("es", "Una avería dejó sin servicio a miles.", []),
        ("en", "Most users of the US noticed; few of us did.", ["US"]),
        ("en", "The Emirati operator du lost a cable.", ["Emirati", "du"]),
    ],
)
def test_a_small_word_of_the_language_is_no_name(lang: str, text: str, found: list[str]) -> None:
    assert names(text, lang) == found


def test_short_capitals_are_no_common_words() -> None:
    one = Names([Alias(text="ACE", id="cable:ace", type=EntityType.CABLE)])
    assert one.find("an ace pilot", "en") == ()
    assert len(one.find("the ACE cable", "en")) == 1
