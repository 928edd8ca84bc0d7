"""What is done with a case file as a whole: triaged, worked on, answered, closed, opened again."""

from dataclasses import asdict

from hub.domain.casework import CaseAction
from hub.domain.errors import Forbidden, Invalid, NotFound
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import Scope
from hub.store import casework, registry
from hub.store.case_files import CaseFile
from hub.store.casework import Description
from hub.store.database import Session
from resolvers.context import Context
from resolvers.held_case import HeldCase, Step, acts_as_lead, check_text, do_step
from resolvers.needs import propose_for_need

_SUMMARY_MAX = 4_000


async def triage_case(ctx: Context, step: Step, description: Description) -> CaseFile:
    """RECEIVED to TRIAGED; whoever does it may put type, category, class and summary right."""

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.TRIAGE)
        await held.move(CaseAction.TRIAGE, step)
        await _describe(held, description, step.reason)
        await propose_for_need(held)

    return await do_step(ctx, "caseFileTriage", step, {"description": asdict(description)}, work)


async def start_case(ctx: Context, step: Step) -> CaseFile:
    """The lead begins to work on it."""
    return await _move(ctx, "caseFileStart", CaseAction.START, step)


async def wait_for_citizen(ctx: Context, step: Step) -> CaseFile:
    """Nothing goes on before the citizen does something; the reason says what."""
    return await _move(ctx, "caseFileWaitForCitizen", CaseAction.WAIT_FOR_CITIZEN, step, needs_reason=True)


async def wait_for_agency(ctx: Context, step: Step) -> CaseFile:
    """Nothing goes on before another agency does something; the reason says what."""
    return await _move(ctx, "caseFileWaitForAgency", CaseAction.WAIT_FOR_AGENCY, step, needs_reason=True)


async def refer_case(ctx: Context, step: Step) -> CaseFile:
    """Another system goes on with it; for the referral that takes it there."""
    return await _move(ctx, "caseFileRefer", CaseAction.REFER, step)


async def resume_case(ctx: Context, step: Step) -> CaseFile:
    """What it waited for has come."""
    return await _move(ctx, "caseFileResume", CaseAction.RESUME, step)


async def resolve_case(ctx: Context, step: Step, resolution: str) -> CaseFile:
    """The lead answers it; the lead's own assignment is completed with the answer."""
    check_text("resolution", resolution)

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.RESOLVE)
        await acknowledge_by_working(held)
        await held.move(CaseAction.RESOLVE, step, resolution=resolution)
        leads = [one for one in held.active.values() if one.role == "LEAD" and one.status == "ACKNOWLEDGED"]
        for lead in leads:
            await held.move_assignment(CaseAction.COMPLETE, lead, resolution)

    return await do_step(ctx, "caseFileResolve", step, {"resolution": resolution}, work)


async def close_case(ctx: Context, step: Step) -> CaseFile:
    """RESOLVED to CLOSED; agencies that still had it have it no longer."""

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.CLOSE)
        await held.move(CaseAction.CLOSE, step)
        await held.end_assignments(step.reason)

    return await do_step(ctx, "caseFileClose", step, {}, work)


async def reopen_case(ctx: Context, step: Step) -> CaseFile:
    """The answer was none: it goes back to the agency that led it last."""
    require_reason(step)

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.REOPEN)
        await held.move(CaseAction.REOPEN, step)
        leads = [one for one in held.assignments if one.role == "LEAD"]
        if leads and not any(one.role == "LEAD" for one in held.active.values()):
            last = leads[-1].agency_code
            if last not in held.active:
                await held.assign([(last, "LEAD")], step.reason)

    return await do_step(ctx, "caseFileReopen", step, {}, work)


async def reject_case(ctx: Context, step: Step) -> CaseFile:
    """It is not for anybody here; the reason says why."""
    require_reason(step)

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.REJECT)
        await held.move(CaseAction.REJECT, step)
        await held.end_assignments(step.reason)

    return await do_step(ctx, "caseFileReject", step, {}, work)


async def note_on_case(ctx: Context, step: Step, text: str) -> CaseFile:
    """Write something down about it that changes nothing."""
    check_text("text", text)

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.NOTE)
        held.tell("NOTE", changes={"text": text}, reason=step.reason)

    return await do_step(ctx, "caseFileNote", step, {"text": text}, work)


async def describe_case(ctx: Context, step: Step, description: Description) -> CaseFile:
    """Put type, category, class or summary right."""
    if not any(value is not None for value in asdict(description).values()):
        raise Invalid("name what is to change: type, category, resolutionClass or summary", ("summary",))

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.DESCRIBE)
        held.expect("description", step.expected_version, held.case_file.description_version)
        await _describe(held, description, step.reason)
        await propose_for_need(held)

    return await do_step(ctx, "caseFileDescribe", step, {"description": asdict(description)}, work)


async def mark_sensitive(ctx: Context, step: Step, *, is_sensitive: bool) -> CaseFile:
    """Show it to those alone who have the scope for sensitive case files, or to all again."""
    ctx.require(Scope.CASE_SENSITIVE)

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.MARK_SENSITIVE)
        held.expect("description", step.expected_version, held.case_file.description_version)
        await _describe(held, Description(is_sensitive=is_sensitive), step.reason)

    return await do_step(ctx, "caseFileMarkSensitive", step, {"is_sensitive": is_sensitive}, work)


async def change_subject(ctx: Context, step: Step, household_id: int, person_id: int | None) -> CaseFile:
    """Say whom it is about."""

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.CHANGE_SUBJECT)
        held.expect("subject", step.expected_version, held.case_file.subject_version)
        await require_subject(held.session, held.case_file.regency_code, household_id, person_id)
        await set_subject(held, household_id, person_id, step.reason)

    asked = {"household_id": household_id, "person_id": person_id}
    return await do_step(ctx, "caseFileSubjectChange", step, asked, work)


async def set_subject(held: HeldCase, household_id: int, person_id: int | None, reason: str | None) -> None:
    """Note whom a held case file is about."""
    base = held.case_file.subject_version
    version = await casework.change_subject(
        held.session, held.case_file.case_file_id, household_id, person_id, held.now
    )
    changes = {"householdId": opaque_id(Kind.HOUSEHOLD, household_id)}
    if person_id is not None:
        changes["personId"] = opaque_id(Kind.PERSON, person_id)
    held.tell("SUBJECT", base_version=base, version=version, changes=changes, reason=reason)
    await held.read_again()
    await propose_for_need(held)


async def require_subject(session: Session, regency_code: str, household_id: int, person_id: int | None) -> None:
    """Raise NotFound unless the household lies in the regency and the person belongs to it."""
    household = (await registry.find_households(session, [household_id], whole=False))[0]
    if household is None or household.regency_code != regency_code:
        raise NotFound(f"there is no household {opaque_id(Kind.HOUSEHOLD, household_id)!r} in {regency_code}")
    if person_id is None:
        return
    person = (await registry.find_persons(session, [person_id], whole=False))[0]
    if person is None or person.household_id != household_id:
        raise NotFound(f"there is no person {opaque_id(Kind.PERSON, person_id)!r} in that household")


async def acknowledge_by_working(held: HeldCase) -> None:
    """Whoever works on a case file has taken note of it."""
    own = acts_as_lead(held)
    if own is None:
        return
    held.acting_agency = own.agency_code
    if own.status == "ASSIGNED":
        await held.move_assignment(CaseAction.ACKNOWLEDGE, own, None)


def require_reason(step: Step) -> None:
    """Raise Invalid when it is not said why."""
    if step.reason is None:
        raise Invalid("say why: this cannot be done without a reason", ("reason",))


async def _move(
    ctx: Context, operation: str, action: CaseAction, step: Step, *, needs_reason: bool = False
) -> CaseFile:
    if needs_reason:
        require_reason(step)

    async def work(held: HeldCase) -> None:
        held.require(action)
        await acknowledge_by_working(held)
        await held.move(action, step)

    return await do_step(ctx, operation, step, {}, work)


async def _describe(held: HeldCase, description: Description, reason: str | None) -> None:
    check_text("summary", description.summary, longest=_SUMMARY_MAX)
    was = held.case_file
    changes = {
        name: value for name, value in asdict(description).items() if value is not None and value != getattr(was, name)
    }
    if not changes:
        return
    if "is_sensitive" in changes and not held.ctx.principal.sees_sensitive:
        raise Forbidden(f"this needs the scope {Scope.CASE_SENSITIVE.value}")
    version = await casework.describe_case_file(held.session, was.case_file_id, description, held.now)
    held.tell("DESCRIPTION", base_version=was.description_version, version=version, changes=changes, reason=reason)
    await held.read_again()
