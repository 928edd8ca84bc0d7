"""Districts that are asked live without a directory in the database: told by the test, and changed by it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx2
import msgspec

from connectors.district.client import load_contract
from connectors.district.contract import CONTRACT_VERSION
from connectors.district.live import LiveDistricts
from connectors.registry import ConnectorRegistry
from connectors.settings import DistrictSettings, HttpSettings
from hub.domain.district import DistrictCapability, DistrictStatus
from hub.domain.source import Connector
from hub.federation.directory import Directory, Shard
from hub.federation.federation import Federation
from hub.federation.gather import Gather, GatherSettings
from hub.store.database import Session
from tests.districts import join_districts


class Systems(msgspec.Struct, frozen=True, kw_only=True):
    """Which districts there are, and how the hub behaves towards them."""

    districts: tuple[DistrictSettings, ...] = ()
    http: HttpSettings = HttpSettings()
    live: GatherSettings = GatherSettings()


def directory_of(systems: Systems) -> Directory:
    """The districts, each able to do all of the contract."""
    shards = (
        Shard(
            regency_code=district.code,
            endpoint=district.url,
            capabilities=frozenset(DistrictCapability),
            contract_version=CONTRACT_VERSION,
            status=DistrictStatus.ONLINE,
            concurrency=4,
            freshness_target=timedelta(hours=24),
        )
        for district in systems.districts
    )
    return Directory(shards, revision=0)


@asynccontextmanager
async def open_federation(systems: Systems, directory: Callable[[], Directory]) -> AsyncIterator[Federation]:
    """The federation over the districts of `directory`."""
    tokens = {district.code: district.token for district in systems.districts}
    districts = LiveDistricts(tokens.get, systems.http, httpx2.create_ssl_context(trust_env=False))
    try:
        yield Federation(directory, Gather(districts, systems.live))
    finally:
        await districts.aclose()


@asynccontextmanager
async def open_connectors(systems: Systems) -> AsyncIterator[dict[str, Connector]]:
    """A connector to each of them."""
    registry = ConnectorRegistry(contract=load_contract(), http=systems.http)
    connectors = {connector.code: connector for connector in map(registry.build, systems.districts)}
    try:
        yield connectors
    finally:
        for connector in connectors.values():
            await connector.aclose()


async def join(jobs: Session, systems: Systems, now: datetime) -> None:
    """They take part, for the replica."""
    await join_districts(jobs, {district.code: district.url for district in systems.districts}, now)
