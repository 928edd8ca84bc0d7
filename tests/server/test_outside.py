"""A running hub sees at once what changes in the directory, notes how districts do, and keeps their secrets to itself."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.responses import Response
from structlog.testing import capture_logs

from connectors.settings import HttpSettings, PkhSettings
from hub.domain.directory import DistrictAccess, DistrictTerms
from hub.domain.errors import Invalid, SourceError
from hub.domain.principal import EVERYWHERE, SCOPES_OF_ROLE, Principal, Role
from hub.ingest.pull import Sync
from hub.store import districts
from hub.store.database import Database
from hub.store.directory import Change, put_entry
from hub.store.districts import DistrictSystem
from resolvers import directory
from resolvers.context import Context, context_of
from resolvers.directory import Joining, Unfit
from server.credentials import Credentials
from server.outside import Outside, open_outside
from server.sync import pull_outside
from server.systems import Systems
from simulators.serving import served
from tests.conformance_district.example import Switched, load_example
from tests.districts import FITS

CODES = ("35.10", "35.09")
PATIENCE = 60.0
HTTP = HttpSettings(deadline=2.0, attempts=1, calls_per_second=10_000)
SECRET = "secret-of-35.10"


def clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 -- what changes with time is tested with the store


@dataclass
class Installation:
    """A hub that runs, another one on the same database, and real districts on real sockets."""

    database: Database
    systems: dict[str, Switched]
    endpoints: dict[str, str]
    outside: Outside
    other: Outside

    @property
    def ctx(self) -> Context:
        role = Role.MINISTRY_ANALYST
        principal = Principal("ministry", role, SCOPES_OF_ROLE[role])
        return context_of(self.database, principal, clock, {}, self.outside.inspector)

    def access(self, code: str, **changes: str) -> DistrictAccess:
        credential = f"env:SLRT_HUB_TOKEN_{code.replace('.', '_')}"
        values = {"regency_code": code, "endpoint": self.endpoints[code], "credential": credential}
        return DistrictAccess(**(values | changes))

    async def join(self, *codes: str, **changes: str) -> None:
        for code in codes:
            change = Change("ministry", "ready", clock())
            await put_entry(self.database.jobs, self.access(code, **changes), FITS, DistrictTerms(), change)
        await until(lambda: all(set(codes) <= outside.connectors.keys() for outside in (self.outside, self.other)))

    async def district(self, code: str) -> DistrictSystem:
        (found,) = await districts.find_districts(self.database.jobs, [code], EVERYWHERE, clock())
        assert found is not None
        return found

    async def until(self, code: str, status: str) -> DistrictSystem:
        async with asyncio.timeout(PATIENCE):
            while (found := await self.district(code)).status != status:
                await asyncio.sleep(0.02)
        return found


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Installation]:
    example = load_example()
    systems = {code: Switched(example, code, f"secret-of-{code}") for code in CODES}
    tokens = {f"SLRT_HUB_TOKEN_{code.replace('.', '_')}": f"secret-of-{code}" for code in CODES}
    credentials = Credentials(tokens, tmp_path)
    async with AsyncExitStack() as stack:
        ports = {code: await stack.enter_async_context(served(app)) for code, app in systems.items()}
        endpoints = {code: f"http://127.0.0.1:{port}/graphql" for code, port in ports.items()}
        outside, other = [
            await stack.enter_async_context(open_outside(database, Systems(http=HTTP), credentials, clock))
            for _ in range(2)
        ]
        yield Installation(database, systems, endpoints, outside, other)
    for system in systems.values():
        system.records.db.close()


async def test_every_process_sees_a_district_that_joins_is_suspended_resumes_and_leaves(hub: Installation) -> None:
    assert dict(hub.outside.connectors) == dict(hub.other.connectors) == {}
    await directory.join_district(hub.ctx, Joining(hub.access("35.10"), DistrictTerms(), "ready"), "k0")
    await until(lambda: "35.10" in hub.outside.connectors and "35.10" in hub.other.connectors)
    for outside in (hub.outside, hub.other):
        shard = outside.federation.directory().shard_of("35.10.01.2001")
        assert shard is not None
        assert (shard.endpoint, shard.status, len(shard.capabilities)) == (hub.endpoints["35.10"], "ONLINE", 9)
    before = hub.other.connectors["35.10"]
    await directory.suspend_district(hub.ctx, "35.10", "mends its system", "k1")
    await until(lambda: "35.10" not in hub.outside.connectors and "35.10" not in hub.other.connectors)
    suspended = hub.other.directory.shard_of("35.10")
    assert suspended is not None
    assert suspended.status == "SUSPENDED"
    await before.pull(None)  # who asks with an older snapshot is not cut off
    await directory.resume_district(hub.ctx, "35.10", "mended", "k2")
    await until(lambda: "35.10" in hub.other.connectors)
    await directory.leave_district(hub.ctx, "35.10", "closed", "k3")
    await until(lambda: hub.other.directory.shards_under(None) == () and not hub.other.connectors)


async def test_national_systems_are_there_without_any_district(database: Database, tmp_path: Path) -> None:
    systems = Systems(pkh=PkhSettings(url="http://pkh.invalid", api_key="k"), http=HTTP)
    async with open_outside(database, systems, Credentials({}, tmp_path), clock) as outside:
        assert set(outside.connectors) == {"PKH"}


@pytest.fixture
def no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for before the hub: no process looks by itself."""
    monkeypatch.setattr("server.outside.LOOK_SECONDS", 3_600.0)


async def test_the_word_comes_without_waiting_for_the_next_look(no_look: None, hub: Installation) -> None:
    await hub.join("35.10")


async def test_a_word_that_was_lost_is_made_up_for(hub: Installation) -> None:
    async with hub.database.jobs.connection() as connection:
        await connection.execute("alter table district_system disable trigger tell_directory")
    await hub.join("35.10")


async def test_a_lost_connection_to_the_database_is_made_again(hub: Installation) -> None:
    async with hub.database.jobs.connection() as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'slrt-hub listener' and datname = current_database()"
        )
    await hub.join("35.10")


async def test_one_that_does_not_serve_the_contract_cannot_join_and_the_field_is_named(hub: Installation) -> None:
    system = hub.systems["35.10"]
    system.app = system.make(without="  kkNumber: String\n")
    with pytest.raises(Unfit, match=r"contract\.fits Household\.kkNumber: nothing: it is missing; wanted: String"):
        await directory.join_district(hub.ctx, Joining(hub.access("35.10"), DistrictTerms(), "ready"), "k")
    assert hub.outside.directory.shard_of("35.10") is None


async def test_drift_that_a_check_finds_degrades_one_district_names_the_field_and_ends_when_mended(
    hub: Installation,
) -> None:
    await hub.join(*CODES)
    system = hub.systems["35.10"]
    system.app = system.make(without="  kkNumber: String\n")
    await hub.outside.health.check_all()
    drifted = await hub.until("35.10", "DEGRADED")
    assert drifted.last_check is not None
    assert [(f.check, f.path) for f in drifted.last_check.findings] == [("contract.fits", "Household.kkNumber")]
    assert (await hub.district("35.09")).status == "ONLINE"
    await until(lambda: hub.outside.entries["35.10"].has_drifted and hub.other.entries["35.10"].has_drifted)
    system.app = system.make()
    await hub.outside.health.check_all()
    await hub.until("35.10", "ONLINE")
    (events,) = await directory.events_of(hub.ctx, ["35.10"])
    assert [event.action for event in events] == ["MENDED", "DEGRADED", "JOINED"]


async def test_drift_that_a_call_meets_degrades_the_district_and_names_the_field(hub: Installation) -> None:
    await hub.join(*CODES)
    system = hub.systems["35.10"]
    system.app = system.make(without="  kkNumber: String\n")
    with pytest.raises(SourceError):
        await hub.other.connectors["35.10"].pull(None)
    await hub.other.connectors["35.09"].pull(None)
    drifted = await hub.until("35.10", "DEGRADED")
    assert drifted.last_check is not None
    assert [(f.check, f.path) for f in drifted.last_check.findings] == [("contract.fits", "Household.kkNumber")]
    assert (await hub.district("35.09")).status == "ONLINE"


async def test_an_answer_that_does_not_fit_is_named_where_the_schema_does_not_tell(hub: Installation) -> None:
    await hub.join("35.10")
    whole = hub.systems["35.10"].app

    async def garbled(scope, receive, send):
        messages = []

        async def keep(message):
            messages.append(message)

        await whole(scope, receive, keep)
        body = (
            messages[1]["body"]
            .replace(b'"hasMore":false', b'"hasMore":"no"')
            .replace(b'"hasMore":true', b'"hasMore":"no"')
        )
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({**messages[0], "headers": headers})
        await send({**messages[1], "body": body})

    hub.systems["35.10"].app = garbled
    with pytest.raises(SourceError):
        await hub.outside.connectors["35.10"].pull(None)
    drifted = await hub.until("35.10", "DEGRADED")
    assert drifted.last_check is not None
    assert [(f.check, f.path) for f in drifted.last_check.findings] == [("answer.fits", "changes.hasMore")]
    hub.systems["35.10"].app = whole
    await until(lambda: hub.outside.entries["35.10"].has_drifted)
    await hub.outside.health.check_all()  # of a degraded district in full, for its schema alone says nothing
    await hub.until("35.10", "ONLINE")


async def test_a_district_whose_calls_fail_is_offline_after_its_time_and_back_with_the_first_answer(
    hub: Installation,
) -> None:
    await hub.join("35.09")
    terms = DistrictTerms(offline_after=timedelta(0))
    await put_entry(hub.database.jobs, hub.access("35.10"), FITS, terms, Change("ministry", "ready", clock()))
    await until(lambda: "35.10" in hub.outside.connectors)
    system = hub.systems["35.10"]
    whole, system.app = system.app, Response("away", 503)
    with pytest.raises(SourceError):
        await hub.outside.connectors["35.10"].pull(None)
    await hub.until("35.10", "OFFLINE")
    assert (await hub.district("35.09")).status == "ONLINE"
    await until(lambda: hub.outside.entries["35.10"].is_failing)
    system.app = whole
    await hub.outside.connectors["35.10"].pull(None)
    await hub.until("35.10", "ONLINE")


async def test_secrets_are_in_no_row_no_log_and_no_message(hub: Installation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        await hub.join(*CODES)
        await directory.check_district(hub.ctx, "35.10")
        hub.systems["35.10"].app = Response("no", 401)
        with pytest.raises(SourceError) as caught:
            await hub.outside.connectors["35.10"].pull(None)
    async with hub.database.jobs.connection() as connection:
        tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        names = [name for (name,) in tables if name != "region"]
        rows = [await connection.fetchval(f"select string_agg(t::text, ' ') from {name} t") or "" for name in names]
    objects = [repr(caught.value), repr(hub.outside.entries), repr(hub.outside.inspector.__dict__)]
    told = [*rows, str(logs), caplog.text, *objects]
    assert not any(SECRET in text for text in told)
    assert any("env:SLRT_HUB_TOKEN_35_10" in row for row in rows)


async def test_a_secret_that_changes_where_it_is_kept_is_used_from_then_on(hub: Installation, tmp_path: Path) -> None:
    token = tmp_path / "35.10.token"
    token.write_text("secret-of-35.10\n")
    await hub.join("35.10", credential="file:35.10.token")
    hub.systems["35.10"].token = "renewed"
    hub.systems["35.10"].app = hub.systems["35.10"].make()
    before = hub.outside.connectors["35.10"]
    token.write_text("renewed")
    await until(lambda: hub.outside.connectors["35.10"] is not before)
    await hub.outside.connectors["35.10"].pull(None)


async def test_a_credential_that_leads_nowhere_is_named_and_only_that_district_is_left_out(
    hub: Installation, tmp_path: Path
) -> None:
    access = hub.access("35.10", credential="env:SLRT_HUB_TOKEN_NOWHERE")
    with pytest.raises(Invalid, match="env:SLRT_HUB_TOKEN_NOWHERE leads to no secret: set this variable"):
        await directory.join_district(hub.ctx, Joining(access, DistrictTerms(), "ready"), "k")
    token = tmp_path / "35.10.token"
    token.write_text("secret-of-35.10")
    await hub.join(*CODES[1:])
    await hub.join("35.10", credential="file:35.10.token")
    token.unlink()
    await until(lambda: "35.10" in hub.outside.unresolved)
    assert set(hub.outside.connectors) == {"35.09"}
    reports = await pull_outside(Sync(hub.database.jobs, clock), hub.outside)
    assert {report.source_code: report.error is None for report in reports} == {"35.09": True, "35.10": False}
    (message,) = [report.error.message for report in reports if report.error is not None]
    assert message == (
        "District 35.10 cannot be asked: the credential file:35.10.token leads to no secret: "
        f"put the token into this file of {tmp_path}"
    )


async def test_a_running_sync_reads_a_district_that_joins_and_lets_one_go_that_is_suspended(hub: Installation) -> None:
    await hub.join("35.10")
    held, go_on = asyncio.Event(), asyncio.Event()
    whole = hub.systems["35.10"].app

    async def holding(scope, receive, send):
        held.set()
        await go_on.wait()
        await whole(scope, receive, send)

    hub.systems["35.10"].app = holding
    syncing = asyncio.create_task(pull_outside(Sync(hub.database.jobs, clock), hub.outside))
    await asyncio.wait_for(held.wait(), PATIENCE)
    await hub.join("35.09")
    async with asyncio.timeout(PATIENCE):
        while (await hub.district("35.09")).drained_at is None:
            await asyncio.sleep(0.02)
    await directory.suspend_district(hub.ctx, "35.10", "stop", "k")
    reports = await asyncio.wait_for(syncing, PATIENCE)
    go_on.set()
    assert [(report.source_code, report.error) for report in reports] == [("35.09", None)]
    assert reports[0].received == 163
    assert (await hub.district("35.10")).drained_at is None
