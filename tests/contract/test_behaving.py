"""What every connector must do with a system that behaves."""

import socket

import msgspec
import pytest

from hub.domain.errors import CursorExpired, Fatal, Retriable
from hub.domain.records import PoolRecord
from hub.domain.source import Capability

pytestmark = pytest.mark.asyncio(loop_scope="session")

WRONG = {"KIS": {"client_secret": "no"}, "PKH": {"api_key": "no"}, "35.10": {"token": "no"}}


async def test_the_check_passes(subject):
    await subject.connector.check()


async def test_the_feed_brings_exactly_what_the_system_holds(subject):
    pulled = await subject.drain()
    assert pulled.records == subject.held
    assert pulled.rejects == []
    assert len(pulled.records) > 2 * subject.page_size


async def test_a_drained_feed_stays_drained_and_its_cursor_goes_on(subject):
    drained = await subject.drain()
    again = await subject.drain(drained.cursor)
    assert (again.records, again.rejects) == ({}, [])


async def test_each_page_can_be_asked_for_again(subject):
    first = await subject.connector.pull(None)
    assert await subject.connector.pull(first.cursor) == await subject.connector.pull(first.cursor)


async def test_undeclared_capabilities_are_fatal(subject):
    connector = subject.connector
    calls = {
        Capability.POOLS: connector.pools,
        Capability.ISSUE: lambda: connector.issue([]),
        Capability.DELIVER: lambda: connector.deliver([]),
    }
    for capability in calls.keys() - connector.capabilities:
        with pytest.raises(Fatal, match=f"cannot {capability}"):
            await calls[capability]()


async def test_a_cursor_that_the_system_forgot_starts_the_feed_again(subject):
    drained = await subject.drain()
    subject.simulation.expire_cursors(subject.code)
    with pytest.raises(CursorExpired):
        await subject.connector.pull(drained.cursor)
    assert (await subject.drain()).records == subject.held


@pytest.mark.parametrize("cursor", ["", "nonsense", "bnVsbA=="])
async def test_a_malformed_cursor_starts_the_feed_again(subject, cursor):
    with pytest.raises(CursorExpired):
        await subject.connector.pull(cursor)


async def test_the_cursor_of_another_system_starts_the_feed_again(subject, connect):
    others = {"KIS", "PKH", "35.10"} - {subject.code}
    for code in sorted(others):
        page = await connect(code).pull(None)
        with pytest.raises(CursorExpired):
            await subject.connector.pull(page.cursor)


async def test_wrong_credentials_are_fatal_and_name_what_to_check(subject, connect):
    connector = connect(subject.code, WRONG[subject.code])
    for call in (connector.check, lambda: connector.pull(None)):
        with pytest.raises(Fatal, match=r"refused our credentials \(401\): check the ") as caught:
            await call()
        assert caught.value.message.endswith(subject.code)


@pytest.mark.parametrize("secret", ["with\nline break", "with é"])
@pytest.mark.parametrize("code", ["PKH", "35.10"])
async def test_credentials_that_cannot_be_sent_are_fatal(connect, code, secret):
    connector = connect(code, dict.fromkeys(WRONG[code], secret))
    with pytest.raises(Fatal, match=f"The .* of .*{code} cannot be sent: take line breaks"):
        await connector.pull(None)


async def test_a_system_that_is_not_there_is_retriable(subject, connect):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    connector = connect(subject.code, {"url": f"http://127.0.0.1:{port}"})
    with pytest.raises(Retriable, match="cannot be reached: check its URL"):
        await connector.pull(None)


@pytest.mark.parametrize("code", ["KIS", "PKH"])
async def test_pools_are_those_of_the_system(world, connect, code):
    system = {"KIS": world.kis, "PKH": world.pkh}[code]
    assert await connect(code).pools() == [
        PoolRecord(
            programme_code=pool.programme,
            region_code=pool.region,
            period=pool.period,
            total=pool.total,
            revision=pool.revision,
            observed_at=pool.observed_at,
        )
        for pool in system.pools()
    ]


async def test_what_changes_while_the_snapshot_is_read_comes_in_the_changes(kis, world):
    first = await kis.connector.pull(None)
    ended = next(r.source_record_id for r in first.records if r.status == "ACTIVE")
    world.kis.end(ended, "DECEASED")
    pulled = await kis.drain(first.cursor)
    assert pulled.records[f"RosterRecord/{ended}"].status == "DECEASED"
    pulled.take(first.records)
    assert pulled.records == kis.held


async def test_a_revoked_token_is_renewed_within_the_call(kis, simulation):
    before = await kis.connector.pull(None)
    simulation.tokens.revoke_all()
    assert await kis.connector.pull(None) == before


async def test_a_household_that_is_removed_comes_as_removed(district, world):
    drained = await district.drain()
    gone = next(iter(world.districts[district.code].households))
    world.districts[district.code].remove(gone)
    page = await district.connector.pull(drained.cursor)
    assert [(r.source_record_id, r.is_removed) for r in page.records] == [(gone, True)]
    known = drained.records[f"HouseholdRecord/{gone}"]
    assert page.records[0].revision > known.revision
    assert page.records[0] == msgspec.structs.replace(known, revision=page.records[0].revision, is_removed=True)
