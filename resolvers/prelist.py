"""The pre-list [daftar awal]: a case file about a household that is not listed follows it until it is."""

from collections.abc import Sequence
from typing import Any

from hub.domain.casework import PRELIST_MOVES, PRELIST_TRANSITIONS, CaseAction
from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.nik import kk_error, nik_error
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.rejects import WAY_OUT
from hub.store import prelist
from hub.store.case_files import CaseFile
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from hub.store.prelist import Listed, NewPrelistEntry, PrelistEntry
from resolvers.case_changes import note_changes
from resolvers.case_work import require_reason, require_subject, set_subject
from resolvers.context import Clock, Context
from resolvers.held_case import HeldCase, Step, check_text, do_step
from resolvers.registry import sees_whole_numbers

_TEXT_MAX = 200
_AT_A_TIME = 1_000


async def prelist_entries_of(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[PrelistEntry | None]:
    """The pre-list entry of each case file."""
    return await prelist.find_entries(ctx.session, case_file_ids, whole=sees_whole_numbers(ctx))


async def prelist_case(ctx: Context, step: Step, new: NewPrelistEntry) -> CaseFile:
    """Make a pre-list entry of the household that a case file is about; raises Conflict when the registry has it."""
    _check(new)

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.PRELIST)
        case_file = held.case_file
        if case_file.household_id is not None:
            raise Conflict(f"{held.name} is about a household that is listed: nothing is to be pre-listed")
        listed = await prelist.find_listed(held.session, case_file.regency_code, new.kk_number, new.nik)
        if listed is not None:
            shown = opaque_id(Kind.HOUSEHOLD, listed)
            raise Conflict(
                f"the registry has this household as {shown}: say with caseFileSubjectChange that it is meant"
            )
        if await _find(held) is not None:
            raise Conflict(f"{held.name} has a pre-list entry already: there is one for each case file")
        await prelist.add_entry(held.session, step.case_file_id, new, held.now)
        held.tell("PRELIST", version=1, to_value="PRELIST", reason=step.reason)

    return await do_step(ctx, "caseFilePrelist", step, {"entry": new}, work)


async def verify_prelist_entry(ctx: Context, step: Step) -> CaseFile:
    """Somebody saw the household: PRELIST to VERIFIED; the reason says how."""
    require_reason(step)
    return await _move(ctx, "prelistEntryVerify", CaseAction.VERIFY_PRELIST, step)


async def submit_prelist_entry(ctx: Context, step: Step) -> CaseFile:
    """It was put forward for the list: VERIFIED to SUBMITTED."""
    return await _move(ctx, "prelistEntrySubmit", CaseAction.SUBMIT_PRELIST, step)


async def list_prelist_entry(ctx: Context, step: Step, household_id: int) -> CaseFile:
    """The household is listed, as this one of the registry; the case file is about it from now on."""
    return await _move(ctx, "prelistEntryList", CaseAction.LIST_PRELIST, step, household_id)


async def list_prelisted(jobs: Session, clock: Clock) -> int:
    """Entries whose household the registry has by now, by family card or NIK, become LISTED; returns how many."""
    listed = after_id = 0
    while found := await prelist.list_appeared(jobs, after_id, _AT_A_TIME):
        now = clock()
        before = {one.case_file_id: one.status for one in found}
        async with jobs.transaction() as transaction:
            done = await prelist.list_all(transaction, found, now)
            lines = [line for one in done for line in _lines(one, before[one.case_file_id])]
            await note_changes(transaction, [NewCaseEvent(**line, happened_at=now) for line in lines], now)
        listed += len(done)
        after_id = found[-1].prelist_entry_id
    return listed


async def _move(
    ctx: Context, operation: str, action: CaseAction, step: Step, household_id: int | None = None
) -> CaseFile:
    async def work(held: HeldCase) -> None:
        held.require(action)
        entry = await _find(held)
        if entry is None:
            raise NotFound(f"{held.name} has no pre-list entry: make one with caseFilePrelist")
        held.expect("pre-list entry", step.expected_version, entry.version)
        moving = PRELIST_MOVES[action]
        if entry.status not in moving.from_statuses:
            ways = ", ".join(sorted(PRELIST_TRANSITIONS[entry.status])) or "nothing else"
            raise Conflict(f"the pre-list entry of {held.name} is {entry.status} and can move to {ways}")
        if household_id is not None:
            await require_subject(held.session, held.case_file.regency_code, household_id, None)
        version = await prelist.move_entry(held.session, step.case_file_id, moving.to_status, household_id, held.now)
        held.tell(
            "PRELIST",
            base_version=entry.version,
            version=version,
            from_value=entry.status,
            to_value=moving.to_status,
            reason=step.reason,
        )
        if household_id is not None and held.case_file.household_id is None:
            await set_subject(held, household_id, None, step.reason)

    return await do_step(ctx, operation, step, {"household_id": household_id}, work)


async def _find(held: HeldCase) -> PrelistEntry | None:
    return (await prelist.find_entries(held.session, [held.case_file.case_file_id], whole=False))[0]


def _lines(one: Listed, was: str) -> list[dict[str, Any]]:
    common: dict[str, Any] = {
        "case_file_id": one.case_file_id,
        "actor": "hub",
        "actor_role": "HUB",
        "reason": "the registry has it",
    }
    moved = {"field_group": "PRELIST", "event_key": "hub/listed", "version": one.version, "from_value": was}
    lines: list[dict[str, Any]] = [common | moved | {"to_value": "LISTED", "base_version": one.version - 1}]
    if one.subject_version is not None:
        changes = {"householdId": opaque_id(Kind.HOUSEHOLD, one.household_id)}
        about = {"field_group": "SUBJECT", "event_key": "hub/listed#2", "version": one.subject_version}
        lines.append(common | about | {"changes": changes, "base_version": one.subject_version - 1})
    return lines


def _check(new: NewPrelistEntry) -> None:
    for name, text in (("headName", new.head_name), ("address", new.address)):
        check_text(name, text, longest=_TEXT_MAX)
    if new.head_name is None and new.kk_number is None and new.nik is None:
        raise Invalid("name the head of the household, its family card number or a NIK", ("headName",))
    for name, error in (
        ("kkNumber", None if new.kk_number is None else kk_error(new.kk_number)),
        ("nik", None if new.nik is None else nik_error(new.nik)),
    ):
        if error is not None:
            raise Invalid(f"this is no {name} ({error}): {WAY_OUT[error]}", (name,))
