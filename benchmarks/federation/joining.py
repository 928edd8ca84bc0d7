"""How long it takes from the moment at which a district has joined to the first live answer with its rows."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.federation.measure import Hub, require_true
from benchmarks.report import Figure
from hub.domain.directory import DistrictAccess, DistrictTerms
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.store.database import Database, open_database
from hub.store.embedded import embedded_server
from hub.store.provision import ensure_database, provision
from resolvers.context import context_of
from resolvers.directory import Joining, join_district
from server.clock import clock
from server.credentials import Credentials
from server.outside import open_outside
from server.systems import Systems

_TARGET_SECONDS = 1.0
_SECONDS_MOST = 60


async def joining(hub: Hub) -> dict[str, Figure]:
    """A real directory in a real database, followed as `slrt-hub serve` follows it; the check of the district is not counted."""
    newcomer = hub.found[-1]
    variable = f"SLRT_HUB_TOKEN_{newcomer.code.replace('.', '_')}"
    access = DistrictAccess(regency_code=newcomer.code, endpoint=newcomer.url, credential=f"env:{variable}")
    principal = Principal("benchmark", Role.MINISTRY_ANALYST, SCOPES_OF_ROLE[Role.MINISTRY_ANALYST])
    async with _installed() as database:
        credentials = Credentials({variable: newcomer.token}, Path())
        async with open_outside(database, Systems(), credentials, clock) as outside:
            ctx = context_of(database, principal, clock, {}, outside.inspector)
            await join_district(ctx, Joining(access, DistrictTerms(), "benchmark"), "join")
            began = time.perf_counter()
            async with asyncio.timeout(_SECONDS_MOST):
                while outside.directory.shard_of(newcomer.code) is None:  # noqa: ASYNC110 -- as a request would find it
                    await asyncio.sleep(0.001)
            seen = time.perf_counter() - began
            found = await hub.oldest_open(newcomer.code, outside.directory, outside.federation.gather)
            answered = time.perf_counter() - began
    require_true(found, hub.truth(newcomer.code))
    return {
        "seen in the directory after": Figure(
            seen * 1000, "ms after it has joined", seen, _TARGET_SECONDS, lower_is_better=True
        ),
        "first answer with its rows after": Figure(answered * 1000, "ms after it has joined"),
    }


@asynccontextmanager
async def _installed() -> AsyncIterator[Database]:
    with tempfile.TemporaryDirectory(prefix="federation") as folder:
        server = embedded_server(Path(folder) / "state")
        url = await ensure_database(await asyncio.to_thread(server.__enter__), "benchmark")
        try:
            await provision(url)
            async with open_database(url, connections=2) as database:
                yield database
        finally:
            await asyncio.to_thread(server.__exit__, None, None, None)
