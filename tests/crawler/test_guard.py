import ipaddress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address

from crawler.guard import address_refusal, refusal
from crawler.spiders.resolver import GuardedResolver

EVASIONS = """
http://127.0.0.1/                      http://127.0.0.1./                     http://127.1/
http://2130706433/                     http://0x7f000001/                     http://0x7F.1/
http://0177.0.0.1/                     http://017700000001/                   http://0/
http://0.0.0.0/                        http://0x/                             http://3232235521/
http://①②⑦.⓪.⓪.①/                      http://127。0。0。1/                    http://١٢٧.0.0.1/
http://%31%32%37.0.0.1/                http://localhost/                      http://LOCALHOST./
http://a.localhost/                    http://printer.local/                  http://metadata.google.internal/
http://10.1.2.3/                       http://172.16.0.1/                     http://192.168.0.1/
http://169.254.169.254/latest          http://0xA9FEA9FE/                     http://100.100.100.200/
http://192.0.0.192/                    http://198.18.0.1/                     http://203.0.113.5/
http://224.0.0.1/                      http://255.255.255.255/                http://240.0.0.1/
http://[::1]/                          http://[::]/                           http://[::127.0.0.1]/
http://[::ffff:127.0.0.1]/             http://[::ffff:7f00:1]/                http://[64:ff9b::7f00:1]/
http://[2002:7f00:1::]/                http://[2001:0:7f00:1::]/              http://[fd00:ec2::254]/
http://[fe80::1]/                      http://[fe80::1%25eth0]/               http://[ff02::1]/
http://user@press.example/             http://user:pw@press.example/          http://press.example@127.0.0.1/
http://press.example:22/               http://press.example:8080/             http://press.example:99999/
http://press.example\\@127.0.0.1/       http:\\\\127.0.0.1/                     http://press..example/
ftp://press.example/                   file:///etc/passwd                     gopher://press.example/
data:text/html,x                       javascript:alert(1)                    //press.example/
http:///path                           http://[::1/                           http://?x
"""


@pytest.mark.parametrize("url", EVASIONS.split())
def test_every_way_into_this_machine_or_network_is_refused(url: str) -> None:
    assert refusal(url)


@pytest.mark.parametrize(
    "url", ["http://press.example/a\nb", "http://press.example/\t", "http://127.0.0.1 /", "http://\x7f/"]
)
def test_white_space_and_control_characters_are_refused(url: str) -> None:
    assert refusal(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://press.example/a?b=c",
        "https://press.example:443/",
        "http://press.example:80/",
        "https://пример.example/новости",
        "https://xn--e1afmkfd.example/",
        "http://under_score.example/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://127.example/",
        "https://1e100.example/",
    ],
)
def test_public_addresses_pass(url: str) -> None:
    assert refusal(url) is None


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_spelling(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    a, b, c, d = address.packed
    spellings = [str(number), hex(number), f"0{number:o}", f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}"]
    spellings.append(f"{a:#x}.{b:#x}.{c:#x}.{d:#x}")
    expected = address_refusal(address) is None
    if not expected:
        spellings += [f"[::ffff:{address}]", f"[64:ff9b::{address}]"]
    assert [refusal(f"http://{spelling}/") is None for spelling in spellings] == [expected] * len(spellings)


class Answers:
    """A resolver that gives the answers that it was made with."""

    def __init__(self, *hosts: str) -> None:
        self._hosts = hosts

    def resolveHostName(self, receiver: Any, name: str, port: int, types: Any, semantics: str) -> None:  # noqa: N802
        receiver.resolutionBegan(None)
        for host in self._hosts:
            kind = IPv6Address if ":" in host else IPv4Address
            receiver.addressResolved(kind("TCP", host, port))
        receiver.resolutionComplete()


class Receiver:
    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.complete = False

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802
        self.hosts = []

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.hosts.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.complete = True


def resolved(name: str, port: int, *answers: str) -> Receiver:
    reactor: Any = SimpleNamespace(nameResolver=Answers(*answers))
    receiver = Receiver()
    GuardedResolver(reactor, 0, frozenset({("127.0.0.1", 8123)})).resolveHostName(receiver, name, port)
    assert receiver.complete
    return receiver


def test_dns_answers_inside_the_network_are_dropped_and_said() -> None:
    assert resolved("rebinding.example", 80, "127.0.0.1", "10.0.0.1", "::1", "fe80::1%eth0").hosts == []
    assert "not an address of the public internet" in GuardedResolver.refused["rebinding.example"]
    assert resolved("mixed.example", 80, "192.168.1.1", "8.8.8.8").hosts == ["8.8.8.8"]


def test_only_the_named_gateway_is_reached_on_this_machine() -> None:
    assert resolved("127.0.0.1", 8123, "127.0.0.1").hosts == ["127.0.0.1"]
    assert resolved("127.0.0.1", 80, "127.0.0.1").hosts == []
    assert resolved("localhost", 8123, "127.0.0.1").hosts == []
