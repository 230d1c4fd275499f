"""RIPEstat: what RIS saw of a network or a prefix, update by update and by its 8-hourly history (RIPE NCC)."""

from __future__ import annotations

from crawler.monitors.asking import Asking
from crawler.monitors.model import Question
from crawler.routing.model import RoutingView
from crawler.service import Service


class Ripestat:
    id: str = "ripestat"
    name: str = "RIPEstat"
    licence: str = "RIPEstat Service Terms and Conditions, RIPE NCC"
    may_export: bool = False
    base_url: str = "https://stat.ripe.net/data/"
    interval_s: float = 0.1
    needs_token: bool = False

    def __init__(self, service: Service) -> None:
        self._service = service

    def view(self, question: Question) -> RoutingView:
        return Asking(self, question).view([])
