"""Every misbehaviour of every system while the hub syncs: nothing lost, doubled or half applied, and the rest goes on."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.store import sources
from hub.store.database import open_database
from hub.store.pools import audit_pools
from simulators.faults import Fault, FaultKind

sys.path.insert(0, str(Path(__file__).parent))
from stage import CODES, Stage, small_world, staged

pytestmark = pytest.mark.asyncio(loop_scope="module")

F = FaultKind
SYSTEMS = ("KIS", "PKH", "35.10")
FEED = {"KIS": "/participants", "PKH": "/households", "35.10": "/graphql"}
PASSING = {F.LATENCY, F.DUPLICATES, F.OUT_OF_ORDER, F.HALF_PAGE}
"""What a sync does not even notice."""
FATAL = {F.HUGE, F.DEEP}
NEVER_ENDING = {F.TIMEOUT, F.SLOW}
"""Only the deadline ends them."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(shared_url: str) -> AsyncIterator[Stage]:
    async with open_database(shared_url) as database, staged(database, small_world(households=30)) as stage:
        await stage.forget_everything()
        yield stage
        await stage.forget_everything()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clean(stage: Stage) -> dict[str, frozenset[str]]:
    """All that an undisturbed sync leaves."""
    return await stage.read_page_by_page()


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(stage: Stage, clean: dict[str, frozenset[str]]) -> Stage:
    await stage.forget_everything()
    return stage


def fault(kind: FaultKind, **details: object) -> Fault:
    seconds = {F.LATENCY: 0.01, F.RATE_LIMITED: 0.0}.get(kind, 20.0)
    return Fault(kind=kind, seconds=seconds, megabytes=3, **details)


async def assert_others_are_complete(stage: Stage, reports: dict, clean: dict, system: str) -> None:
    for code in set(CODES) - {system}:
        assert reports[code].error is None
        assert await stage.ids(code) == stage.prefixes[code][await sources.find_cursor(stage.database.jobs, code)]
        assert f"cursor of {code}" in clean
        assert frozenset({await sources.find_cursor(stage.database.jobs, code)}) == clean[f"cursor of {code}"]


async def assert_whole(stage: Stage, system: str) -> None:
    """The records are exactly those up to the cursor: both moved together, or neither."""
    cursor = await sources.find_cursor(stage.database.jobs, system)
    assert await stage.ids(system) == stage.prefixes[system][cursor]
    assert await audit_pools(stage.database.jobs) == []


async def test_a_clean_sync_takes_every_feed_page_by_page(stage: Stage, clean: dict) -> None:
    assert min(len(stage.prefixes[code]) for code in CODES) >= 8
    world = stage.simulation.world
    for code in ("35.10", "35.09"):
        final = next(iter(clean[f"cursor of {code}"]))
        district = world.districts[code]
        sent = {*district.households, *district.removed}
        unknown = {row for row in clean["reject"] if f"'{code}'" in row and "'HOUSEHOLD'" in row and "'RECORD'" in row}
        assert (len(unknown) > 0) == (code == "35.10")
        held = {name for name in stage.prefixes[code][final] if name.startswith("household/")}
        assert held <= {f"household/{record_id}" for record_id in sent}
        assert len(held) + len(unknown) == len(sent)
    assert len(clean["roster_entry"]) == len(world.kis.participants) + len(world.pkh.recipients)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", sorted(set(FaultKind) - {F.WRONG_TYPES}))
async def test_a_fault_takes_nothing_doubles_nothing_and_holds_up_nobody_else(
    fresh: Stage, clean: dict, system: str, kind: FaultKind
) -> None:
    faults = fresh.simulation.faults
    async with fresh.connectors(hasty=system if kind in NEVER_ENDING else "") as connectors:
        # The fault begins in the middle of the feed, and stays.
        def begin(code: str, _records: int) -> None:
            if code == system and not faults.happened(system):
                faults.switch_on(system, fault(kind, path=FEED[system]))

        reports = await fresh.sync(connectors, progress=begin)
        await assert_others_are_complete(fresh, reports, clean, system)
        await assert_whole(fresh, system)
        assert sum(faults.happened(system).values()) > 0
        assert (reports[system].error is None) == (kind in PASSING)
        if reports[system].error is not None:
            assert reports[system].error.code == ("SOURCE_FATAL" if kind in FATAL else "SOURCE_RETRIABLE")

        # It strikes every second request, of whatever kind.
        faults.switch_off()
        faults.switch_on(system, fault(kind, share=0.5, seed=3))
        reports = await fresh.sync(connectors)
        assert [code for code, report in reports.items() if report.error is not None and code != system] == []
        await assert_whole(fresh, system)

        # It is over.
        faults.switch_off()
        async with fresh.connectors() as calm:
            reports = await fresh.sync(calm)
    assert [report.error for report in reports.values()] == [None] * 4
    assert await fresh.everything() == clean


@pytest.mark.parametrize("system", SYSTEMS)
async def test_records_of_wrong_types_wait_in_quarantine_until_they_come_again(
    fresh: Stage, clean: dict, system: str
) -> None:
    async with fresh.connectors() as connectors:
        fresh.simulation.faults.switch_on(system, fault(F.WRONG_TYPES, path=FEED[system]))
        reports = await fresh.sync(connectors)
        assert [report.error for report in reports.values()] == [None] * 4
        assert reports[system].rejects["WRONG_TYPE"] > 0
        await assert_others_are_complete(fresh, reports, clean, system)

        # What is here is right, and whatever is missing is in quarantine, by its name where it had one.
        missing = await missing_of(fresh, clean, system)
        quarantined = await quarantine(fresh, system)
        nameless = {record_id for record_id in quarantined if record_id.startswith("?")}
        assert len(missing) > 0
        assert len(missing - quarantined) <= len(nameless)
        assert await registry(fresh, system) <= {row for table in REGISTRY for row in clean[table]}

        # Once mended, they come when they change, or when the feed is read anew: then all of them are here, and their
        # rejects are gone, but for those that never had a name.
        fresh.simulation.faults.switch_off()
        await sources.forget_cursor(fresh.database.jobs, system)
        reports = await fresh.sync(connectors)
    after = await fresh.everything()
    assert {**after, "reject": None} == {**clean, "reject": None}
    assert {row for row in after["reject"] if "'WRONG_TYPE'" not in row} == clean["reject"]
    assert len(after["reject"]) - len(clean["reject"]) <= len(nameless)


REGISTRY = ("household", "roster_entry")


async def registry(stage: Stage, system: str) -> frozenset[str]:
    """Households or roster lines of a source."""
    return frozenset().union(*[await stage.rows(table, system) for table in REGISTRY])


async def missing_of(stage: Stage, clean: dict, system: str) -> set[str]:
    """Record ids of households, case files, village services and roster lines that a clean sync has and this one not."""
    final = next(iter(clean[f"cursor of {system}"]))
    names = stage.prefixes[system][final] - await stage.ids(system)
    return {name.partition("/")[2] for name in names if not name.startswith("person/")}


async def quarantine(stage: Stage, system: str) -> set[str]:
    """Record ids of what was of a wrong type."""
    async with stage.database.jobs.connection() as connection:
        rows = await connection.fetch(
            "select source_record_id from reject where source_code = $1 and code = 'WRONG_TYPE'", system
        )
    return {row["source_record_id"] for row in rows}


@pytest.mark.parametrize(("system", "path"), [("KIS", "/pools"), ("PKH", "/quotas")])
async def test_pools_of_wrong_types_stop_their_own_system_and_change_no_pool(
    fresh: Stage, clean: dict, system: str, path: str
) -> None:
    fresh.simulation.faults.switch_on(system, fault(F.WRONG_TYPES, path=path))
    async with fresh.connectors() as connectors:
        reports = await fresh.sync(connectors)
        await assert_others_are_complete(fresh, reports, clean, system)
        assert reports[system].error.code == "SOURCE_FATAL"
        assert await fresh.rows("entitlement_pool", system) == frozenset()
        assert await fresh.ids(system) == frozenset()
        fresh.simulation.faults.switch_off()
        await fresh.sync(connectors)
    assert await fresh.everything() == clean
