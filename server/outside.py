"""The outside systems as they are now: national ones from the systems file, districts from the directory.

A district that joins, is suspended or leaves is seen within a second by every process, without a restart: the database
tells that the directory changed, and in case a word is lost every process looks again by itself. What was asked with is an
immutable snapshot; a connector that is no longer wanted is closed when its last calls must have ended.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType

import structlog

from connectors.district.live import LiveDistricts
from connectors.registry import ConnectorRegistry
from connectors.settings import DistrictSettings
from hub.domain.directory import DirectoryPage, DistrictEntry
from hub.domain.district import DistrictStatus
from hub.domain.errors import Invalid, SourceError
from hub.domain.source import Connector
from hub.federation.directory import NO_DISTRICTS, Directory, Shard
from hub.federation.federation import Federation
from hub.federation.gather import Gather
from hub.store.database import Database
from hub.store.directory import CHANNEL, read_directory
from hub.store.listen import heard, listening
from resolvers.context import Clock
from resolvers.outbox_delivery import OutboxCounters
from server.credentials import Credentials
from server.health import Health
from server.inspection import Inspector
from server.systems import Systems

LOOK_SECONDS = 2.0
"""A process looks by itself so often: for a word that was lost, and for what time alone changes (STALE, OFFLINE)."""
_AGAIN_SECONDS = 1.0
_SETTLE_SECONDS = 0.05
"""Changes that come one after the other are read together."""
_log = structlog.get_logger(__name__)


class Outside:
    """What the hub asks. `connectors` and `directory` are snapshots: take them once for a piece of work."""

    def __init__(self, database: Database, systems: Systems, credentials: Credentials, clock: Clock) -> None:
        self.directory: Directory = NO_DISTRICTS
        self.unresolved: Mapping[str, Invalid] = {}
        """Districts that cannot be asked because their credential leads to no secret."""
        self.inspector = Inspector(credentials)
        self.health = Health(database.jobs, self.inspector, clock)
        self._live = LiveDistricts(self._token_of, systems.http, self.inspector.tls, self.health.observe)
        self.federation = Federation(lambda: self.directory, Gather(self._live, systems.live))
        self.outbox = OutboxCounters()
        """What of the outbox this process delivered."""
        self.entries: Mapping[str, DistrictEntry] = {}
        self._database = database
        self._credentials = credentials
        self._clock = clock
        self._registry = ConnectorRegistry(
            contract=self.inspector.contract, http=systems.http, observe=self.health.observe
        )
        self._grace = systems.http.deadline
        self._national = {c.code: c for c in map(self._registry.build, systems.national)}
        self.connectors: Mapping[str, Connector] = MappingProxyType(self._national)
        """By the codes of their systems; suspended districts have none."""
        self._districts: dict[str, tuple[DistrictSettings, Connector]] = {}
        self._retiring: dict[asyncio.Task[None], Connector] = {}
        self.version = 0
        """Which snapshot this is, counted in this process."""
        self._changed = asyncio.Condition()

    async def refresh(self) -> None:
        """Take the directory over as it is now."""
        page = await read_directory(self._database.jobs, self._clock())
        is_same = page.revision == self.directory.revision and page.entries == tuple(self.entries.values())
        if is_same and not self._has_new_secret():
            return
        self._take(page)
        async with self._changed:
            self._changed.notify_all()

    async def wait_for_change(self, known: int) -> None:
        """Return when a newer snapshot than `known`, a value of `version`, was taken over."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.version != known)

    async def follow(self) -> None:
        """Keep the snapshot fresh until cancelled; a database that is away is waited for."""
        while True:
            try:
                async with listening(self._database.url, CHANNEL) as told:
                    while True:
                        await self.refresh()
                        if await heard(told, LOOK_SECONDS):
                            await asyncio.sleep(_SETTLE_SECONDS)
                        told.clear()
            except Exception as error:  # noqa: BLE001 -- whatever keeps it from looking, it looks again
                _log.warning("directory_not_read", kind=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def aclose(self) -> None:
        """Give back all connections."""
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        for connector in (*self.connectors.values(), *self._retiring.values()):
            await connector.aclose()
        await self._live.aclose()

    def _token_of(self, regency_code: str) -> str | None:
        known = self._districts.get(regency_code)
        return None if known is None else known[0].token

    def _take(self, page: DirectoryPage) -> None:
        asked = [entry for entry in page.entries if entry.status is not DistrictStatus.SUSPENDED]
        resolved, self.unresolved = self._resolve(asked)
        districts: dict[str, tuple[DistrictSettings, Connector]] = {}
        for code, settings in resolved.items():
            known = self._districts.get(code)
            same = known is not None and known[0] == settings
            districts[code] = known if known is not None and same else (settings, self._registry.build(settings))
        gone = [c for code, (_, c) in self._districts.items() if code not in districts or districts[code][1] is not c]
        self._districts = districts
        self.entries = MappingProxyType({entry.regency_code: entry for entry in page.entries})
        self.connectors = MappingProxyType(self._national | {code: c for code, (_, c) in districts.items()})
        self.directory = Directory(map(_shard, page.entries), page.revision)
        self.version += 1
        self.health.know(self.entries)
        for connector in gone:
            self._retire(connector)

    def _resolve(self, entries: list[DistrictEntry]) -> tuple[dict[str, DistrictSettings], dict[str, Invalid]]:
        resolved, unresolved = {}, {}
        for entry in entries:
            try:
                resolved[entry.regency_code] = self._settings(entry)
            except Invalid as error:
                unresolved[entry.regency_code] = error
                if entry.regency_code not in self.unresolved:
                    _log.error("credential_not_found", system=entry.regency_code, message=error.message)
                self.health.observe(entry.regency_code, SourceError(entry.regency_code, error.message))
        return resolved, unresolved

    def _settings(self, entry: DistrictEntry) -> DistrictSettings:
        return DistrictSettings(
            url=entry.endpoint,
            code=entry.regency_code,
            token=self._credentials.resolve(entry.credential),
            page_size=entry.terms.page_size,
            capabilities=entry.capabilities,
            concurrency=entry.terms.concurrency,
        )

    def _has_new_secret(self) -> bool:
        """Whether a token was changed where it is kept."""
        asked = [entry for entry in self.entries.values() if entry.status is not DistrictStatus.SUSPENDED]
        resolved, _ = self._resolve(asked)
        return resolved != {code: settings for code, (settings, _) in self._districts.items()}

    def _retire(self, connector: Connector) -> None:
        async def close() -> None:
            await asyncio.sleep(self._grace)
            await connector.aclose()

        task = asyncio.create_task(close())
        self._retiring[task] = connector
        task.add_done_callback(lambda done: None if done.cancelled() else self._retiring.pop(done, None))


def _shard(entry: DistrictEntry) -> Shard:
    return Shard(
        regency_code=entry.regency_code,
        endpoint=entry.endpoint,
        capabilities=entry.capabilities,
        contract_version=entry.contract_version,
        status=entry.status,
        concurrency=entry.terms.concurrency,
        freshness_target=entry.terms.freshness_target,
    )


@asynccontextmanager
async def open_outside(
    database: Database, systems: Systems, credentials: Credentials, clock: Clock
) -> AsyncIterator[Outside]:
    """The outside systems, kept as the directory says until the block ends; what calls told of them is noted before."""
    outside = Outside(database, systems, credentials, clock)
    await outside.refresh()
    tasks = [asyncio.create_task(outside.follow()), asyncio.create_task(outside.health.work())]
    try:
        yield outside
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(Exception):  # what could not be noted will be seen again
            await outside.health.note_all()
        await outside.aclose()
