"""What may be fetched: schemes, ports and addresses; checked on each address, each redirect and each DNS answer.

An address of a page comes from strangers (a feed, a redirect), so it must not lead the crawler into this machine or
its network. `refusal` judges the text of an address; `address_refusal` judges what its name resolves to, where the
connection is made (`crawler.spiders.resolver`), so that a name cannot answer differently between check and use.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}

# RFC 6052's prefix: a translator would carry the last 32 bits to an IPv4 address.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# RFC 6890: protocol assignments; some clouds serve their metadata here and Python counts parts of it as global.
_PROTOCOL_ASSIGNMENTS = ipaddress.ip_network("192.0.0.0/24")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")
_IDNA_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_LOCAL_NAMES = ("localhost", "localdomain", "internal", "local", "home.arpa", "onion")


def refusal(url: str) -> str | None:
    """Why `url` must not be fetched, in words; None where nothing in its text forbids it."""
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in url) or "\\" in url:
        return "the address holds white space, control characters or a backslash"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        return f"not a valid address ({error})"
    if parts.scheme not in PORTS:
        return f"scheme {parts.scheme or 'missing'!r} is not http or https"
    if "@" in parts.netloc:
        return "user names and passwords in an address are not allowed"
    if not host:
        return "the address has no host"
    if port is not None and port not in PORTS.values():
        return f"port {port} is not 80 or 443"
    return host_refusal(host)


def host_refusal(host: str) -> str | None:
    """Why `host` (a name or an address in any spelling that a resolver takes) must not be reached, or None."""
    name = unicodedata.normalize("NFKC", host.translate(_IDNA_DOTS)).lower().removesuffix(".")
    address = parse_ip(name)
    if address is not None:
        return address_refusal(address)
    if not _NAME.fullmatch(name):
        return f"host {host!r} is not a name"
    if name in _LOCAL_NAMES or name.endswith(tuple(f".{local}" for local in _LOCAL_NAMES)):
        return f"host {host!r} is a name of this machine or network"
    return None


def parse_ip(name: str) -> IPv4Address | IPv6Address | None:
    """The address that `name` spells, None where it is a name.

    IPv4 in every form that `inet_aton` takes: one to four parts, each decimal, octal (leading 0) or hexadecimal (0x).
    """
    try:
        return IPv6Address(name.strip("[]").partition("%")[0])
    except ValueError:
        pass
    parts = name.split(".")
    if len(parts) > 4:
        return None
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        return None
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (4 - len(leading)):
        return None
    value = last
    for place, number in enumerate(leading):
        value += number << (24 - 8 * place)
    return IPv4Address(value)


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    if not part.isdecimal():
        raise ValueError(part)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def address_refusal(address: IPv4Address | IPv6Address) -> str | None:
    """Why `address` must not be connected to, or None. Only addresses of the public internet pass."""
    for inner in _embedded(address):
        if (reason := address_refusal(inner)) is not None:
            return f"{address} stands for {reason}"
    private = not address.is_global or address.is_multicast or address.is_reserved
    if private or address in _PROTOCOL_ASSIGNMENTS:
        return f"{address}, which is not an address of the public internet"
    return None


def _embedded(address: IPv4Address | IPv6Address) -> Iterable[IPv4Address]:
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
