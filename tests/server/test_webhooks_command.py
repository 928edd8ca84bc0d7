"""`slrt-hub webhooks`: how each address stands, and what an operator can do about it."""

import pytest

from hub.domain.errors import Conflict, NotFound
from hub.domain.events import Interest, Topic
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import SCOPES_OF_ROLE, Principal, RegionRange, Role
from hub.store import webhooks
from hub.store.database import Database
from hub.store.events import give_positions, list_events
from hub.store.webhooks import Endpoint, NewEndpoint
from resolvers import webhooks as cases
from resolvers.context import Context, context_of
from server.webhooks_command import webhook_table
from tests.casework import NOW, note, open_case_files
from tests.server.commands import run_command


@pytest.fixture
async def endpoint_id(database: Database) -> int:
    """A webhook with two dead letters."""
    interest = Interest(frozenset({Topic.CASE}), RegionRange.under("35.10"), with_sensitive=False)
    new = NewEndpoint("system", "https://hook.example/in", interest, "file:35.10.webhook")
    endpoint_id = await webhooks.put_endpoint(database.jobs, new, NOW)
    await open_case_files(database.jobs, "35.10", 1)
    for key in ("a", "b"):
        await note(database.jobs, 1, key)
    last = await give_positions(database.jobs, NOW)
    for event in await list_events(database.jobs, last - 2, last):
        await webhooks.give_up(database.jobs, endpoint_id, event, 10, ("TIMEOUT", NOW))
    return endpoint_id


@pytest.fixture
def operator(database: Database) -> Context:
    role = Role.MINISTRY_ANALYST
    return context_of(database, Principal("cli:operator", role, SCOPES_OF_ROLE[role]), lambda: NOW, {})


async def one(database: Database, endpoint_id: int) -> Endpoint:
    (found,) = await webhooks.find_endpoints(database.jobs, [endpoint_id])
    assert found is not None
    return found


async def test_a_webhook_is_listed_disabled_enabled_and_retried(
    database_url: str, database: Database, endpoint_id: int
) -> None:
    name = opaque_id(Kind.WEBHOOK, endpoint_id)
    ended = await run_command(database_url, "webhooks", "list")
    assert ended.code == 0, ended.error
    [row] = [line for line in ended.out.splitlines() if name in line]
    assert [cell.strip() for cell in row.strip("│ ").split("│")][:7] == [
        *(name, "system", "https://hook.example/in", "35.10", "ACTIVE", "", "2"),
    ]
    ended = await run_command(database_url, "webhooks", "disable", name)
    assert ended.out == f"{name}  DISABLED  https://hook.example/in  DISABLED_BY_THE_MINISTRY\n"
    ended = await run_command(database_url, "webhooks", "retry", name)
    assert (ended.code, ended.out) == (2, "")
    assert ended.error == "error: this webhook is disabled (DISABLED_BY_THE_MINISTRY): enable it first\n"
    ended = await run_command(database_url, "webhooks", "enable", name)
    assert ended.out == f"{name}  ACTIVE  https://hook.example/in\n"
    ended = await run_command(database_url, "webhooks", "retry", name)
    assert ended.out == f"{name} is tried at once, and 2 dead letters once more\n"
    assert len(await webhooks.list_asked_again(database.jobs, endpoint_id, 10)) == 2


async def test_one_dead_letter_is_retried_by_its_name_and_an_unknown_one_retries_nothing(
    database: Database, operator: Context, endpoint_id: int
) -> None:
    [[first, second]] = await webhooks.list_dead_letters(database.jobs, [endpoint_id], after_id=0, first=10)
    for wrong in ("evt_0", "evt_²", ""):
        with pytest.raises(NotFound, match="no dead letter"):
            await cases.retry(operator, endpoint_id, [first.event_name, wrong])
    assert await webhooks.list_asked_again(database.jobs, endpoint_id, 10) == []
    assert await cases.retry(operator, endpoint_id, [second.event_name]) == 1
    asked = await webhooks.list_asked_again(database.jobs, endpoint_id, 10)
    assert [letter.event_name for letter in asked] == [second.event_name]


async def test_an_unknown_webhook_is_refused_by_name(database_url: str, operator: Context, endpoint_id: int) -> None:
    for change in (cases.enable, cases.disable):
        with pytest.raises(NotFound, match="there is no webhook"):
            await change(operator, endpoint_id + 1)
    ended = await run_command(database_url, "webhooks", "enable", "seven")
    assert (ended.code, ended.out) == (2, "")
    assert "'seven'" in ended.error


async def test_enabling_one_too_many_is_refused(database: Database, operator: Context, endpoint_id: int) -> None:
    await cases.disable(operator, endpoint_id)
    interest = Interest(frozenset({Topic.CASE}), RegionRange.under("35.10"), with_sensitive=False)
    for number in range(20):
        new = NewEndpoint("system", f"https://hook.example/{number}", interest, "file:35.10.webhook")
        await webhooks.put_endpoint(database.jobs, new, NOW)
    with pytest.raises(Conflict, match="20 active webhooks: disable one first"):
        await cases.enable(operator, endpoint_id)
    assert (await one(database, endpoint_id)).status == "DISABLED"


async def test_a_table_of_none_has_its_columns() -> None:
    table = webhook_table([], {})
    assert [column.header for column in table.columns][:5] == ["Webhook", "Client", "Address", "Region", "Status"]
