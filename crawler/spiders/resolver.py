"""The crawl's DNS: a name that leads into this machine or its network has no address.

The check stands where the connection is made, after the cache, so every connection passes it, also one to an address
that was spelled as a number.
"""

# ruff: noqa: N802, N803  (Twisted's interfaces name the methods and arguments of a resolver)
from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scrapy.resolver import CachingHostnameResolver

from crawler.guard import address_refusal

if TYPE_CHECKING:
    from scrapy.crawler import CrawlerProcess
    from twisted.internet.base import ReactorBase
    from twisted.internet.interfaces import IAddress

GATEWAYS_SETTING = "ROUTEWIRE_GATEWAYS"


class _PublicOnly:
    """An `IResolutionReceiver` that passes on the addresses that may be reached and notes why the others may not."""

    def __init__(self, receiver: Any, name: str) -> None:
        self._receiver = receiver
        self._name = name

    def resolutionBegan(self, resolution: object) -> None:
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        reason = address_refusal(ipaddress.ip_address(str(address.host).partition("%")[0]))
        if reason is None:
            self._receiver.addressResolved(address)
        else:
            GuardedResolver.refused[self._name] = reason

    def resolutionComplete(self) -> None:
        self._receiver.resolutionComplete()


class GuardedResolver(CachingHostnameResolver):
    """Scrapy's caching resolver that gives out addresses of the public internet alone (`TWISTED_DNS_RESOLVER`).

    `ROUTEWIRE_GATEWAYS` lists the `(host, port)` pairs of proxies that the operator named; they alone are let through.
    `refused` says of a name why an answer was dropped; a dropped answer is a lookup that finds nothing.
    """

    refused: dict[str, str] = {}  # noqa: RUF012  (one process, one crawl: the resolver is the reactor's)

    def __init__(self, reactor: ReactorBase, cache_size: int, gateways: frozenset[tuple[str, int]]) -> None:
        super().__init__(reactor, cache_size)
        self._gateways = gateways

    @classmethod
    def from_crawler(cls, crawler: CrawlerProcess, reactor: ReactorBase) -> GuardedResolver:  # type: ignore[override]
        gateways = frozenset((host, port) for host, port in crawler.settings.getlist(GATEWAYS_SETTING))
        return cls(reactor, crawler.settings.getint("DNSCACHE_SIZE"), gateways)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        allowed = (hostName, portNumber) in self._gateways
        receiver: Any = resolutionReceiver if allowed else _PublicOnly(resolutionReceiver, hostName)
        return super().resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)
