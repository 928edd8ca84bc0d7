"""Builds connectors from their settings."""

from typing import assert_never

import httpx2
import msgspec

from connectors.district.client import DistrictConnector, district_system
from connectors.errors import System
from connectors.http import Channel, Observer, unobserved
from connectors.kis import client as kis
from connectors.pkh import client as pkh
from connectors.pooled_line import PooledLine
from connectors.settings import DistrictSettings, HttpSettings, KisSettings, PkhSettings
from hub.domain.source import Connector

SystemSettings = KisSettings | PkhSettings | DistrictSettings


class ConnectorRegistry:
    """Builds any number of connectors; they share the trusted certificates, which take long to load."""

    def __init__(self, *, contract: str, http: HttpSettings | None = None, observe: Observer = unobserved) -> None:
        self._contract = contract
        self._observe = observe
        self._http = http or HttpSettings()
        self._tls = httpx2.create_ssl_context(trust_env=False)

    def build(self, settings: SystemSettings) -> Connector:
        """The connector of one system; no call goes out before it is used."""
        match settings:
            case KisSettings():
                return kis.KisConnector(settings, self._channel(kis.SYSTEM, settings.url))
            case PkhSettings():
                return pkh.PkhConnector(settings, self._channel(pkh.SYSTEM, settings.url))
            case DistrictSettings():
                most = settings.concurrency or self._http.max_concurrent
                http = msgspec.structs.replace(self._http, max_concurrent=most)
                channel = self._channel(district_system(settings.code), settings.url, http)
                return DistrictConnector(settings, channel, self._contract)
        assert_never(settings)

    def _channel(self, system: System, url: str, http: HttpSettings | None = None) -> Channel:
        settings = http or self._http
        return Channel(system, PooledLine(url, settings, self._tls), settings, self._observe)
