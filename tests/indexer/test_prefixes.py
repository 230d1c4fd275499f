"""What overlaps with a prefix is found by an index as by asking each."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from hypothesis import given
from hypothesis import strategies as st

from indexer.prefixes import Network, PrefixIndex


@st.composite
def prefixes(draw: st.DrawFn) -> Network:
    """In a small space, so that many nest; both families."""
    version = draw(st.sampled_from((4, 6)))
    bits, base = (32, 0xC0000200) if version == 4 else (128, 0x20010DB8 << 96)
    length = draw(st.integers(bits - 6, bits))
    host = bits - length
    number = (base + draw(st.integers(0, 63))) >> host << host
    return IPv4Network((number, length)) if version == 4 else IPv6Network((number, length))


@given(st.lists(prefixes(), max_size=12), prefixes())
def test_the_index_finds_what_asking_each_prefix_finds(held: list[Network], asked: Network) -> None:
    index = PrefixIndex(enumerate(map(str, held)))
    near = [(i, net) for i, net in enumerate(held) if net.version == asked.version and net.overlaps(asked)]
    assert sorted(index.touching(asked)) == [i for i, _ in near]
    assert sorted(index.around(asked)) == [i for i, net in near if net.prefixlen <= asked.prefixlen]
    assert sorted(index.exact(asked)) == [i for i, net in near if net == asked]


def test_what_is_no_prefix_is_left_aside() -> None:
    index = PrefixIndex([(0, "AS64500"), (1, "192.0.2.0/24")])
    assert list(index.touching(ip_network("192.0.2.1/32"))) == [1]
