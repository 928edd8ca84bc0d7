"""`slrt-hub outbox`: what is retried and dropped is what there is; all else is refused with the way out, and nothing is done."""

from typing import Any

import pytest

from hub.domain.errors import NotFound
from hub.store import outbox
from hub.store.database import Database
from hub.store.outbox import NewMessage
from resolvers.undelivered import drop_messages, retry_messages
from tests.casework import NOW
from tests.districts import join_districts
from tests.server.commands import run_command


@pytest.fixture
async def ids(database: Database) -> list[int]:
    """Two messages for 35.10, of which the first is dead."""
    await join_districts(database.jobs, ["35.09", "35.10"], NOW)
    messages = [NewMessage("35.10", "CASE_UPDATE", number, f"k{number}", {}, "35.10") for number in (1, 2)]
    await outbox.put(database.jobs, messages, NOW)
    async with database.jobs.connection() as connection:
        rows = await connection.fetch("select message_id from outbox_message order by 1")
        await connection.execute(
            "update outbox_message set status = 'DEAD', settled_at = now() where message_id = $1", rows[0][0]
        )
    return [row[0] for row in rows]


async def statuses(database: Database) -> list[Any]:
    async with database.jobs.connection() as connection:
        return [row[0] for row in await connection.fetch("select status from outbox_message order by message_id")]


async def test_an_unknown_destination_is_refused_by_name(database_url: str, database: Database, ids: list[int]) -> None:
    ended = await run_command(database_url, "outbox", "retry", "35.1O")
    assert (ended.code, ended.out) == (2, "")
    assert ended.error == (
        "error: there is no destination '35.1O': `slrt-hub district list` names all districts, and `slrt-hub outbox list` "
        "those with messages\n"
    )
    assert await statuses(database) == ["DEAD", "PENDING"]
    ended = await run_command(database_url, "outbox", "retry", "35.10")
    assert (ended.code, ended.out) == (0, "2 messages for 35.10 are due now\n")
    assert await statuses(database) == ["PENDING", "PENDING"]


async def test_a_district_that_waits_for_nothing_is_known(database: Database, ids: list[int]) -> None:
    assert await retry_messages(database.jobs, "35.09", None, NOW) == 0
    async with database.jobs.connection() as connection:
        await connection.execute("delete from district_system")
    assert await retry_messages(database.jobs, "35.10", None, NOW) == 2, "one that left still has its messages"


@pytest.mark.parametrize(("destination", "which"), [("35.10", [99]), ("35.09", [0]), ("35.10", [0, 99])])
async def test_messages_that_are_not_there_are_named_and_none_is_retried(
    database: Database, ids: list[int], destination: str, which: list[int]
) -> None:
    numbers = [ids[number] if number < len(ids) else number for number in which]
    with pytest.raises(
        NotFound, match=rf"no messages for {destination} that are PENDING or DEAD: {numbers[-1]}; `slrt"
    ):
        await retry_messages(database.jobs, destination, numbers, NOW)
    assert await statuses(database) == ["DEAD", "PENDING"]


async def test_what_is_not_dead_is_not_dropped_and_then_nothing_is(database: Database, ids: list[int]) -> None:
    with pytest.raises(NotFound, match=f"no messages for 35.10 that are DEAD: {ids[1]}; `slrt-hub outbox list`"):
        await drop_messages(database.jobs, "35.10", ids, "no use")
    assert await statuses(database) == ["DEAD", "PENDING"]
    assert await drop_messages(database.jobs, "35.10", ids[:1], "no use") == 1
    assert await statuses(database) == ["REFUSED", "PENDING"]
    with pytest.raises(NotFound, match="there is no destination 'x'"):
        await drop_messages(database.jobs, "x", ids[:1], "no use")
