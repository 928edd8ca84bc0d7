"""Assignments [disposisi]: a case file is given to agencies, who take note, work, answer, decline or hand over."""

from collections.abc import Sequence
from datetime import datetime

from hub.domain.agencies import NATION, Agencies, read_agency
from hub.domain.casework import CASE_MOVES, CaseAction, Standing
from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.principal import Role
from hub.store import casework
from hub.store.case_files import CaseFile
from hub.store.casework import Assignment
from resolvers.case_work import require_reason
from resolvers.context import Context
from resolvers.held_case import HeldCase, Step, check_text, do_step, who
from resolvers.paging import Page, window
from resolvers.routing import route_case

_AGENCIES_MAX = 10


async def assignments_of(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[list[Assignment]]:
    """The assignments of each case file, the first ones first."""
    return await casework.list_assignments(ctx.session, case_file_ids)


async def list_agency_work(ctx: Context, agency_code: str, first: int, after: str | None) -> Page[Assignment]:
    """What an agency has to work on, the oldest first."""
    _require_agency(agency_code, "agencyCode")
    asked = window(first, after, "agencyWork", agency_code)
    place = (datetime.fromisoformat("0001-01-01T00:00:00+00:00"), 0)
    if asked.after is not None:
        place = (datetime.fromisoformat(str(asked.after[0])), int(asked.after[1]))
    found = await casework.list_agency_work(ctx.session, agency_code, place, asked.limit)
    return asked.page(found, lambda one: (one.assigned_at.isoformat(), one.case_file_id))


async def assign_case(ctx: Context, step: Step, agencies: Agencies) -> CaseFile:
    """Give a case file to agencies; with a new lead it is ASSIGNED."""

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.ASSIGN)
        chosen = (
            agencies if agencies.lead or agencies.supports else await route_case(held.session, held.case_file, held.now)
        )
        _check(held, chosen)
        if chosen.lead is not None:
            await held.assign([(chosen.lead, "LEAD")], step.reason)
        if chosen.supports:
            await held.assign([(code, "SUPPORT") for code in chosen.supports], step.reason)
        if chosen.lead is not None and held.case_file.status in CASE_MOVES[CaseAction.ASSIGN].from_statuses:
            await held.move(CaseAction.ASSIGN, step)
        else:
            held.expect("status", step.expected_version, held.case_file.status_version)

    return await do_step(ctx, "caseFileAssign", step, {"agencies": agencies}, work)


async def acknowledge_assignment(ctx: Context, step: Step, agency_code: str | None) -> CaseFile:
    """The agency has taken note: this is the first response, if no other agency was faster."""
    return await _move(ctx, "assignmentAcknowledge", CaseAction.ACKNOWLEDGE, step, agency_code, None)


async def complete_assignment(ctx: Context, step: Step, agency_code: str | None, result: str) -> CaseFile:
    """The agency has done its part; the result says what."""
    check_text("result", result)
    return await _move(ctx, "assignmentComplete", CaseAction.COMPLETE, step, agency_code, result)


async def decline_assignment(ctx: Context, step: Step, agency_code: str | None) -> CaseFile:
    """It is not the agency's to do; the reason says why."""
    require_reason(step)
    return await _move(ctx, "assignmentDecline", CaseAction.DECLINE, step, agency_code, step.reason)


async def withdraw_assignment(ctx: Context, step: Step, agency_code: str) -> CaseFile:
    """The case file is taken back from an agency; the reason says why."""
    require_reason(step)
    return await _move(ctx, "assignmentWithdraw", CaseAction.WITHDRAW, step, agency_code, step.reason)


async def hand_over_assignment(ctx: Context, step: Step, agency_code: str | None, to_agency: str) -> CaseFile:
    """Another agency goes on in the same role: there is one lead before and after."""
    require_reason(step)
    _require_agency(to_agency, "toAgencyCode")

    async def work(held: HeldCase) -> None:
        found = _own_assignment(held, CaseAction.HAND_OVER, agency_code)
        held.expect("assignment", step.expected_version, found.version)
        if not _serves(to_agency, held.case_file.regency_code):
            raise Invalid(_does_not_serve(to_agency, held.case_file.regency_code), ("toAgencyCode",))
        other = held.active.get(to_agency)
        if other is not None and (other is found or found.role == "SUPPORT" or other.role == "LEAD"):
            raise Conflict(f"{to_agency} is on {held.name} already as {other.role}: hand over to another agency")
        await held.move_assignment(CaseAction.HAND_OVER, found, step.reason)
        if other is not None:  # a support that takes the lead is the support no longer
            await held.move_assignment(CaseAction.HAND_OVER, other, step.reason)
        await held.assign([(to_agency, found.role)], step.reason)
        if found.role == "LEAD" and held.case_file.status in CASE_MOVES[CaseAction.ASSIGN].from_statuses:
            await held.move(CaseAction.ASSIGN, Step(step.case_file_id, step.key, step.reason))

    asked = {"agency_code": agency_code, "to_agency": to_agency}
    return await do_step(ctx, "assignmentHandOver", step, asked, work)


async def _move(
    ctx: Context, operation: str, action: CaseAction, step: Step, agency_code: str | None, text: str | None
) -> CaseFile:
    async def work(held: HeldCase) -> None:
        found = _own_assignment(held, action, agency_code)
        held.expect("assignment", step.expected_version, found.version)
        await held.move_assignment(action, found, text)

    return await do_step(ctx, operation, step, {"agency_code": agency_code, "text": text}, work)


def _own_assignment(held: HeldCase, action: CaseAction, agency_code: str | None) -> Assignment:
    """The assignment that the caller means and may move; the last one of the agency when none is active."""
    held.require(action)
    principal = held.ctx.principal
    named = agency_code or principal.agency_code
    if named is None:
        raise Invalid("say for which agency: you work for none", ("agencyCode",))
    for_all = bool(held.standings & {Standing.SECRETARIAT, Standing.DISTRICT_SYSTEM}) and (
        action is CaseAction.WITHDRAW or principal.role is Role.DISTRICT_SYSTEM
    )
    if not for_all and named != principal.agency_code:
        raise Forbidden(f"{action} of {held.name} for {named} is not yours: {who(principal, held.standings)}")
    if principal.role is Role.DISTRICT_SYSTEM and action is not CaseAction.WITHDRAW:
        held.acting_agency = named
    found = [one for one in held.assignments if one.agency_code == named]
    if not found:
        raise NotFound(f"{named} has no assignment in {held.name}: ask for its assignments")
    return held.active.get(named) or found[-1]


def _check(held: HeldCase, chosen: Agencies) -> None:
    codes = [*([chosen.lead] if chosen.lead else []), *chosen.supports]
    if len(codes) > _AGENCIES_MAX or len(set(codes)) < len(codes):
        raise Invalid(f"name 1 to {_AGENCIES_MAX} agencies, each of them once", ("supportAgencyCodes",))
    for code in codes:
        _require_agency(code, "leadAgencyCode" if code == chosen.lead else "supportAgencyCodes")
        if not _serves(code, held.case_file.regency_code):
            raise Invalid(_does_not_serve(code, held.case_file.regency_code), ("leadAgencyCode",))
        if code in held.active:
            raise Conflict(f"{code} is on {held.name} already as {held.active[code].role}")
    lead = next((one.agency_code for one in held.active.values() if one.role == "LEAD"), None)
    if chosen.lead is not None and lead is not None:
        raise Conflict(f"{held.name} has the lead {lead} already: it hands over, or its assignment is withdrawn first")
    if chosen.lead is None and lead is None:
        raise Conflict(f"{held.name} has no lead: name one beside the supports")


def _require_agency(code: str, argument: str) -> None:
    if read_agency(code) is None:
        raise Invalid(
            f"{code[:60]!r} is not the code of an agency: it is a region and a kind, such as 35.10/DINAS_KESEHATAN",
            (argument,),
        )


def _serves(code: str, regency_code: str) -> bool:
    return code.startswith((f"{regency_code}/", f"{regency_code}.", f"{NATION}/"))


def _does_not_serve(code: str, regency_code: str) -> str:
    return f"{code} does not work in {regency_code}: name an agency of it, or a national one"
