"""The federation of an installation: who takes part, and the way to ask them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx2

from connectors.district.client import CONTRACT_VERSION
from connectors.district.live import LiveDistricts
from hub.domain.district import DistrictCapability, DistrictStatus
from hub.federation.directory import Directory, Shard
from hub.federation.federation import Federation
from hub.federation.gather import Gather
from server.systems import Systems

_FRESH_FOR = timedelta(hours=24)
_CONCURRENCY = 4


@asynccontextmanager
async def open_federation(
    systems: Systems, directory: Callable[[], Directory] | None = None
) -> AsyncIterator[Federation]:
    """The federation over the districts of `directory`, or of the systems file; connections are given back at the end."""
    tokens = {district.code: district.token for district in systems.districts}
    tls = httpx2.create_ssl_context(trust_env=False)
    districts = LiveDistricts(tokens.get, systems.http, tls)
    configured = directory_of(systems)
    try:
        yield Federation(directory or (lambda: configured), Gather(districts, systems.live))
    finally:
        await districts.aclose()


def directory_of(systems: Systems) -> Directory:
    """The districts of the systems file, each able to do all of the contract."""
    shards = (
        Shard(
            regency_code=district.code,
            endpoint=district.url,
            capabilities=frozenset(DistrictCapability),
            contract_version=CONTRACT_VERSION,
            status=DistrictStatus.ONLINE,
            concurrency=_CONCURRENCY,
            freshness_target=_FRESH_FOR,
        )
        for district in systems.districts
    )
    return Directory(shards, revision=0)
