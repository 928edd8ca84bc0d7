"""A sensitive case file is seen by those alone who have the scope: in the database, in lists, by id, in what hangs on it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from hub.domain.case_search import CaseFileCriteria
from hub.domain.errors import Forbidden, NotFound
from hub.domain.opaque_id import Kind, Name
from hub.domain.principal import ONLY_IF_NAMED, SCOPES_OF_ROLE, Principal, RegionRange, Role, Scope
from hub.store.casework import Description
from hub.store.database import Access, Database, open_database
from resolvers import assignments, attachments, case_work
from resolvers.case_files import create_case_file
from resolvers.case_histories import history_of
from resolvers.case_lists import CaseFileList, count_case_files, list_case_files
from resolvers.held_case import Step
from resolvers.nodes import find_nodes
from tests.resolvers.casework import HEALTH, WORKERS, case_in, draft, of
from tests.schema.world import context, copy_of_world
from tests.schema.world_records import OWN

TABLES = ("case_file", "case_assignment", "case_event", "case_attachment", "prelist_entry")
ALL = CaseFileList(None, CaseFileCriteria())


@pytest.fixture(scope="session")
def sensitive_url(server_url: str, template: str) -> str:
    return copy_of_world(server_url, template, "world_of_sensitive_cases")


@pytest.fixture
async def hidden(sensitive_url: str) -> AsyncIterator[Database]:
    """A copy of the world for the case files of these tests."""
    async with open_database(sensitive_url) as database:
        yield database


def _blind(worker: str) -> Principal:
    principal = WORKERS[worker]
    return replace(principal, client_id=f"blind {worker}", scopes=principal.scopes - {Scope.CASE_SENSITIVE})


async def test_who_lacks_the_scope_sees_nothing_of_it_and_cannot_touch_it(hidden: Database) -> None:
    case = await case_in(hidden, "IN_PROGRESS", "seen")
    seeing, blind = of(hidden, "SECRETARIAT"), context(hidden, _blind("SECRETARIAT"))
    before = (await count_case_files(blind, ALL)).count
    await case_work.mark_sensitive(seeing, Step(case.case_file_id, "mark", "violence at home"), is_sensitive=True)
    name = Name(Kind.CASE_FILE, case.case_file_id)
    assert await find_nodes(blind, [name]) == [None]
    assert [one.case_file_id for one in await find_nodes(seeing, [name])] == [case.case_file_id]
    assert (await count_case_files(blind, ALL)).count == before - 1
    listed = (await list_case_files(blind, ALL, 100, None)).nodes
    assert case.case_file_id not in [one.case_file_id for one in listed]
    assert [list(page.nodes) for page in await history_of(blind, [case.case_file_id], first=5, after=None)] == [[]]
    assert await assignments.assignments_of(blind, [case.case_file_id]) == [[]]
    assert await attachments.attachments_of(blind, [case.case_file_id]) == [[]]
    work = await assignments.list_agency_work(blind, HEALTH, 100, None)
    assert case.case_file_id not in [one.case_file_id for one in work.nodes]
    with pytest.raises(NotFound):
        await case_work.note_on_case(blind, Step(case.case_file_id, "n"), "seen")
    await case_work.mark_sensitive(seeing, Step(case.case_file_id, "unmark"), is_sensitive=False)
    assert (await count_case_files(blind, ALL)).count == before


@pytest.mark.parametrize("table", TABLES)
async def test_the_database_itself_hides_it(hidden: Database, table: str) -> None:
    async with hidden.jobs.connection() as connection:
        number = await connection.fetchval(
            "update case_file set is_sensitive = true where case_file_id = ("
            " select min(case_file_id) from prelist_entry where regency_code = $1) returning case_file_id",
            OWN,
        )
        if number is None:
            number = await connection.fetchval(
                "select min(case_file_id) from prelist_entry where regency_code = $1", OWN
            )
    question = f"select count(*) from {table} where case_file_id = $1"
    regions = RegionRange.under(OWN)
    async with hidden.caller(Access(regions, "blind")).connection() as connection:
        assert await connection.fetchval(question, number) == 0
    async with hidden.caller(Access(regions, "seeing", sees_sensitive=True)).connection() as connection:
        assert await connection.fetchval(question, number) > 0


async def test_it_is_opened_and_marked_only_with_the_scope(hidden: Database) -> None:
    blind = context(hidden, _blind("SECRETARIAT"))
    with pytest.raises(Forbidden, match="case:sensitive"):
        await create_case_file(blind, draft(is_sensitive=True), "k")
    case = await create_case_file(of(hidden, "SECRETARIAT"), draft(is_sensitive=True), "k")
    assert case.is_sensitive
    with pytest.raises(NotFound):
        await case_work.triage_case(blind, Step(case.case_file_id, "t"), Description())


def test_the_scope_is_given_only_to_whom_it_is_named_for() -> None:
    may_have = {role for role, scopes in SCOPES_OF_ROLE.items() if Scope.CASE_SENSITIVE in scopes}
    assert may_have == {Role.MINISTRY_ANALYST, Role.DISTRICT_OFFICER, Role.DISTRICT_SYSTEM}
    assert all(Scope.CASE_SENSITIVE in ONLY_IF_NAMED[role] for role in may_have)
