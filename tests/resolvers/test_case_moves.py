"""Every transition of a case file and of an assignment for every role: allowed ones happen with history, others change nothing.

The case file is led by the health office and supported by the social office wherever it has been assigned.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import pytest

from hub.domain.cases import ACTIVE_ASSIGNMENT, ASSIGNMENT_TRANSITIONS, CASE_STATUSES
from hub.domain.casework import ASSIGNMENT_MOVES, CASE_MOVES, WHO_MAY, CaseAction, Standing
from hub.domain.errors import CallerError, Conflict, Forbidden
from hub.store import case_history, casework
from hub.store.case_files import CaseFile
from hub.store.case_history import CaseEvent
from hub.store.casework import Assignment, Description
from hub.store.database import Database, open_database
from resolvers import assignments, case_work, duplicates
from resolvers.context import Context
from resolvers.held_case import Step
from tests.resolvers.casework import HEALTH, SOCIAL, WORKERS, case_in, of, opened
from tests.schema.world import copy_of_world

Move = Callable[[Context, Step, int], Awaitable[CaseFile]]
_NUMBERS = count(1)

CASE_ACTIONS: dict[CaseAction, Move] = {
    CaseAction.TRIAGE: lambda ctx, step, _: case_work.triage_case(ctx, step, Description()),
    CaseAction.START: lambda ctx, step, _: case_work.start_case(ctx, step),
    CaseAction.RESUME: lambda ctx, step, _: case_work.resume_case(ctx, step),
    CaseAction.WAIT_FOR_CITIZEN: lambda ctx, step, _: case_work.wait_for_citizen(ctx, step),
    CaseAction.WAIT_FOR_AGENCY: lambda ctx, step, _: case_work.wait_for_agency(ctx, step),
    CaseAction.REFER: lambda ctx, step, _: case_work.refer_case(ctx, step),
    CaseAction.RESOLVE: lambda ctx, step, _: case_work.resolve_case(ctx, step, "Sudah dibantu"),
    CaseAction.CLOSE: lambda ctx, step, _: case_work.close_case(ctx, step),
    CaseAction.REOPEN: lambda ctx, step, _: case_work.reopen_case(ctx, step),
    CaseAction.REJECT: lambda ctx, step, _: case_work.reject_case(ctx, step),
    CaseAction.JOIN: lambda ctx, step, other: duplicates.join_case(ctx, step, other),
}

TAKES_OVER = "35.10/KESRA"
_ONE_OF_THE_AGENCY = {
    CaseAction.ACKNOWLEDGE: lambda ctx, step, agency: assignments.acknowledge_assignment(ctx, step, agency),
    CaseAction.DECLINE: lambda ctx, step, agency: assignments.decline_assignment(ctx, step, agency),
    CaseAction.COMPLETE: lambda ctx, step, agency: assignments.complete_assignment(ctx, step, agency, "Sudah"),
    CaseAction.HAND_OVER: lambda ctx, step, agency: assignments.hand_over_assignment(ctx, step, agency, TAKES_OVER),
    CaseAction.WITHDRAW: lambda ctx, step, agency: assignments.withdraw_assignment(ctx, step, agency),
}


@pytest.fixture(scope="session")
def moves_url(server_url: str, template: str) -> str:
    return copy_of_world(server_url, template, "world_of_case_moves")


@pytest.fixture
async def moving(moves_url: str) -> AsyncIterator[Database]:
    """A copy of the world in which each test has a case file of its own."""
    async with open_database(moves_url) as database:
        yield database


def _as_lead_at(status: str) -> bool:
    """Whether the lead still has it: before it was assigned it has not, and afterwards it is done with it."""
    return status not in {"RECEIVED", "TRIAGED", "RESOLVED", "CLOSED", "DUPLICATE", "REJECTED"}


def _standing(worker: str, status: str) -> Standing | None:
    if worker in {"PARTNER_APP", "ROUTER"}:
        return None
    standing = Standing(worker)
    if standing is Standing.LEAD and not _as_lead_at(status):
        return Standing.UNINVOLVED
    if standing is Standing.SUPPORT and status in {"RECEIVED", "TRIAGED", "CLOSED", "DUPLICATE", "REJECTED"}:
        return Standing.UNINVOLVED
    return standing


async def _at(database: Database, status: str, key: str) -> CaseFile:
    if status != "DUPLICATE":
        return await case_in(database, status, key)
    case, other = await opened(database, key), await opened(database, f"{key}-other")
    return await duplicates.join_case(
        of(database, "SECRETARIAT"), Step(case.case_file_id, f"{key}-join"), other.case_file_id
    )


async def _state(database: Database, case: CaseFile) -> tuple[object, ...]:
    async with database.jobs.connection() as connection:
        row = await connection.fetchrow("select * from case_file where case_file_id = $1", case.case_file_id)
    given = (await casework.list_assignments(database.jobs, [case.case_file_id]))[0]
    return tuple(row), given, (await case_history.list_events(database.jobs, [case.case_file_id]))[0]


@pytest.mark.parametrize("action", CASE_ACTIONS)
@pytest.mark.parametrize("status", CASE_STATUSES)
async def test_a_case_file_moves_for_those_who_may_and_else_stays(
    moving: Database, status: str, action: CaseAction
) -> None:
    expected = {worker: _expected_of_case(status, action, worker) for worker in WORKERS}
    key = f"case-{next(_NUMBERS)}"
    kept = await _at(moving, status, key)
    target = (await opened(moving, f"{key}-target")).case_file_id
    before = await _state(moving, kept)
    for worker, error in expected.items():
        if error is not None:
            with pytest.raises(error, match=rf"{kept.number}|case:write"):
                await CASE_ACTIONS[action](of(moving, worker), _step(kept, key), target)
    assert await _state(moving, kept) == before
    for worker, error in expected.items():
        if error is None:
            case = await _at(moving, status, f"{key}-{worker}")
            await _check_move(moving, case, action, worker, target)


async def _check_move(database: Database, case: CaseFile, action: CaseAction, worker: str, target: int) -> None:
    before = (await case_history.list_events(database.jobs, [case.case_file_id]))[0]
    moved = await CASE_ACTIONS[action](of(database, worker), _step(case, "go"), target)
    assert moved.status == CASE_MOVES[action].to_status
    assert moved.status_version == case.status_version + 1
    lines = (await case_history.list_events(database.jobs, [case.case_file_id]))[0][len(before) :]
    (line,) = [line for line in lines if line.field_group == "STATUS"]
    assert (line.from_value, line.to_value, line.reason) == (case.status, moved.status, "because")
    assert (line.actor, line.actor_role) == (WORKERS[worker].client_id, WORKERS[worker].role.value)


def _step(case: CaseFile, key: str) -> Step:
    return Step(case.case_file_id, f"{key}-{case.case_file_id}", "because")


def _expected_of_case(status: str, action: CaseAction, worker: str) -> type[CallerError] | None:
    standing = _standing(worker, status)
    if standing is None:
        return Forbidden
    if standing not in WHO_MAY[action]:
        return Forbidden
    return None if status in CASE_MOVES[action].from_statuses else Conflict


@pytest.mark.parametrize("action", _ONE_OF_THE_AGENCY)
@pytest.mark.parametrize("found", ASSIGNMENT_TRANSITIONS)
@pytest.mark.parametrize("agency", [HEALTH, SOCIAL])
async def test_an_assignment_moves_for_those_whose_it_is_and_else_stays(
    moving: Database, agency: str, found: str, action: CaseAction
) -> None:
    expected = {worker: _expected_of_assignment(agency, found, action, worker) for worker in WORKERS}
    key = f"assignment-{next(_NUMBERS)}"
    kept = await _given(moving, agency, found, key)
    before = await _state(moving, kept)
    for worker, error in expected.items():
        if error is not None:
            with pytest.raises(error, match=rf"{kept.number}|case:write"):
                await _ONE_OF_THE_AGENCY[action](of(moving, worker), _step(kept, key), agency)
    assert await _state(moving, kept) == before
    for worker, error in expected.items():
        if error is None:
            case = await _given(moving, agency, found, f"{key}-{worker}")
            await _check_assignment_move(moving, case, agency, action, worker)


async def _check_assignment_move(
    database: Database, case: CaseFile, agency: str, action: CaseAction, worker: str
) -> None:
    before, (was,) = await _of_agency(database, case, agency)
    await _ONE_OF_THE_AGENCY[action](of(database, worker), _step(case, "go"), agency)
    after, (now,) = await _of_agency(database, case, agency)
    to = ASSIGNMENT_MOVES[action].to_status
    assert (now.role, now.status, now.version) == (was.role, to, was.version + 1)
    line, *more = after[len(before) :]
    assert (line.field_group, line.item, line.from_value, line.to_value) == ("ASSIGNMENT", agency, was.status, to)
    assert (line.actor, line.agency_code is None) == (WORKERS[worker].client_id, action is CaseAction.WITHDRAW)
    taken_over = [(TAKES_OVER, None, "ASSIGNED")] if action is CaseAction.HAND_OVER else []
    assert [(line.item, line.from_value, line.to_value) for line in more] == taken_over


async def _of_agency(database: Database, case: CaseFile, agency: str) -> tuple[list[CaseEvent], list[Assignment]]:
    lines = (await case_history.list_events(database.jobs, [case.case_file_id]))[0]
    given = (await casework.list_assignments(database.jobs, [case.case_file_id]))[0]
    return lines, [one for one in given if one.agency_code == agency]


async def _given(database: Database, agency: str, status: str, key: str) -> CaseFile:
    case = await case_in(database, "ASSIGNED", key)
    await _bring(database, case, agency, status, key)
    return case


async def _bring(database: Database, case: CaseFile, agency: str, status: str, key: str) -> None:
    """Let an agency's assignment come so far."""
    own, secretariat = of(database, "LEAD" if agency == HEALTH else "SUPPORT"), of(database, "SECRETARIAT")

    def step(name: str) -> Step:
        return Step(case.case_file_id, f"{key}-{name}", "so far")

    if status in {"ACKNOWLEDGED", "COMPLETED"}:
        await assignments.acknowledge_assignment(own, step("acknowledge"), None)
    if status == "COMPLETED":
        await assignments.complete_assignment(own, step("complete"), None, "Sudah")
    if status == "DECLINED":
        await assignments.decline_assignment(own, step("decline"), None)
    if status == "HANDED_OVER":
        await assignments.hand_over_assignment(own, step("hand-over"), None, f"{case.regency_code}/DUKCAPIL")
    if status == "WITHDRAWN":
        await assignments.withdraw_assignment(secretariat, step("withdraw"), agency)


def _expected_of_assignment(agency: str, found: str, action: CaseAction, worker: str) -> type[CallerError] | None:
    own = {HEALTH: "LEAD", SOCIAL: "SUPPORT"}[agency]
    if (worker in {"SECRETARIAT", "DISTRICT_SYSTEM"} and action is CaseAction.WITHDRAW) or worker == "DISTRICT_SYSTEM":
        is_allowed = True
    else:
        is_allowed = worker == own and action is not CaseAction.WITHDRAW and found in ACTIVE_ASSIGNMENT
    if not is_allowed:
        return Forbidden
    return None if found in ASSIGNMENT_MOVES[action].from_statuses else Conflict
