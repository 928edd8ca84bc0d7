"""Root fields that change something: one action each, one input, one payload with an object or with user errors."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import strawberry

from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Scope
from hub.store.case_files import CaseFileChange
from hub.store.matches import Moved
from hub.store.matches_read import Match as MatchRow
from hub.store.runs import Run
from resolvers import allocation, case_files, lifecycle, matches, submission
from resolvers.case_files import CaseFileDraft
from schema.context import Info, RequestContext
from schema.fields import plain
from schema.inputs import (
    AllocationRunCreateInput,
    AllocationRunInput,
    CaseFileCreateInput,
    CaseFileUpdateInput,
    HouseholdsSubmitInput,
    MatchDeclineInput,
    MatchInput,
)
from schema.payloads import UserError
from schema.payloads import attempt as _attempt
from schema.payloads import mutation as _mutation
from schema.types.case_file import CaseFile
from schema.types.match import AllocationRun, Match
from schema.types.submission import Submission


@strawberry.type(description="What became of submitted households.")
class HouseholdsSubmitPayload:
    """What became of submitted households."""

    submission: Submission | None = plain("The result; null when nothing was taken.")
    user_errors: list[UserError] = plain("Why nothing was taken.")


@strawberry.type(description="An allocation run as it stands now.")
class AllocationRunPayload:
    """An allocation run as it stands now."""

    allocation_run: AllocationRun | None = plain("The run; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type(description="A match as it stands now.")
class MatchPayload:
    """A match as it stands now."""

    match: Match | None = plain("The match; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type(description="A case file as it stands now.")
class CaseFilePayload:
    """A case file as it stands now."""

    case_file: CaseFile | None = plain("The case file; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


_KEY_MAX = 200
_Input = strawberry.argument(name="input", description="What to do.")


@strawberry.type(description="What can be changed. Every mutation needs the scope that it is marked with.")
class Mutation:
    """What can be changed."""

    @_mutation(Scope.REGISTRY_WRITE, HouseholdsSubmitPayload, "A district sends households of its own regency.")
    async def households_submit(self, info: Info, what: Annotated[HouseholdsSubmitInput, _Input]) -> Any:
        return await _attempt(HouseholdsSubmitPayload, "submission", lambda: _submit(info.context, what))

    @_mutation(Scope.RUN_WRITE, AllocationRunPayload, "Create an allocation run.")
    async def allocation_run_create(self, info: Info, what: Annotated[AllocationRunCreateInput, _Input]) -> Any:
        return await _attempt_run(
            lambda: allocation.create_run(
                info.context, what.programme_code, what.period, what.seed, what.idempotency_key
            )
        )

    @_mutation(Scope.RUN_WRITE, AllocationRunPayload, "Rank everybody who is eligible and unserved, and place them.")
    async def allocation_run_simulate(self, info: Info, what: Annotated[AllocationRunInput, _Input]) -> Any:
        return await _attempt_run(lambda: allocation.simulate_run(info.context, _run_number(what)))

    @_mutation(Scope.RUN_APPROVE, AllocationRunPayload, "Approve a simulated run that somebody else created.")
    async def allocation_run_approve(self, info: Info, what: Annotated[AllocationRunInput, _Input]) -> Any:
        return await _attempt_run(lambda: allocation.approve_run(info.context, _run_number(what)))

    @_mutation(Scope.RUN_WRITE, AllocationRunPayload, "Reserve entitlements for an approved run.")
    async def allocation_run_execute(self, info: Info, what: Annotated[AllocationRunInput, _Input]) -> Any:
        return await _attempt_run(lambda: allocation.execute_run(info.context, _run_number(what)))

    @_mutation(Scope.MATCH_WRITE, MatchPayload, "Offer a reserved match to its household.")
    async def match_offer(self, info: Info, what: Annotated[MatchInput, _Input]) -> Any:
        ctx = info.context
        return await _attempt_move(ctx, what, lambda number: lifecycle.offer_match(ctx, [number], what.idempotency_key))

    @_mutation(Scope.MATCH_WRITE, MatchPayload, "The household accepts the offer.")
    async def match_accept(self, info: Info, what: Annotated[MatchInput, _Input]) -> Any:
        ctx = info.context
        return await _attempt_move(
            ctx, what, lambda number: lifecycle.accept_match(ctx, [number], what.idempotency_key)
        )

    @_mutation(
        Scope.MATCH_WRITE, MatchPayload, "The household declines the offer [menolak]; its slot goes to the next."
    )
    async def match_decline(self, info: Info, what: Annotated[MatchDeclineInput, _Input]) -> Any:
        ctx = info.context
        return await _attempt_move(
            ctx, what, lambda number: lifecycle.decline_match(ctx, [number], what.idempotency_key, what.reason_code)
        )

    @_mutation(Scope.CASE_WRITE, CaseFilePayload, "Open a case file [laporan] in the hub.")
    async def case_file_create(self, info: Info, what: Annotated[CaseFileCreateInput, _Input]) -> Any:
        return await _attempt(
            CaseFilePayload,
            "case_file",
            lambda: case_files.create_case_file(info.context, _draft(what), what.idempotency_key),
        )

    @_mutation(Scope.CASE_WRITE, CaseFilePayload, "Move a case file of the hub on.")
    async def case_file_update(self, info: Info, what: Annotated[CaseFileUpdateInput, _Input]) -> Any:
        return await _attempt(CaseFilePayload, "case_file", lambda: _update(info.context, what))


async def _attempt_run(work: Callable[[], Awaitable[Run]]) -> Any:
    return await _attempt(AllocationRunPayload, "allocation_run", work)


async def _attempt_move(
    ctx: RequestContext, what: MatchInput | MatchDeclineInput, move: Callable[[int], Awaitable[Sequence[Moved]]]
) -> Any:
    async def work() -> MatchRow:
        number = number_of(Kind.MATCH, what.id)
        if not 1 <= len(what.idempotency_key) <= _KEY_MAX:
            raise Invalid(f"an idempotency key has 1 to {_KEY_MAX} characters", ("idempotencyKey",))
        moved = (await move(number))[0]
        if moved.result == "NOT_FOUND":
            raise NotFound(f"there is no match {what.id!r} that you may move")
        if moved.result == "KEY_REUSED":
            raise Conflict(f"the idempotency key {what.idempotency_key!r} was used for another move of match {number}")
        if moved.result == "REFUSED":
            raise Conflict(
                f"match {number} is {moved.from_status} and cannot move so: ask for it to see where it stands"
            )
        return await _find_match(ctx, number)

    return await _attempt(MatchPayload, "match", work)


async def _find_match(ctx: RequestContext, number: int) -> MatchRow:
    match = (await matches.matches_by_id(ctx, [number]))[0]
    if match is None:
        raise NotFound(f"match {number} is gone")
    return match


async def _submit(ctx: RequestContext, what: HouseholdsSubmitInput) -> Any:
    records = [household.record(position) for position, household in enumerate(what.households)]
    return await submission.submit(ctx, what.idempotency_key, records)


async def _update(ctx: RequestContext, what: CaseFileUpdateInput) -> Any:
    change = CaseFileChange(
        status=None if what.status is None else what.status.value,
        category=None if what.category is None else what.category.value,
        summary=what.summary,
    )
    number = number_of(Kind.CASE_FILE, what.id)
    return await case_files.update_case_file(ctx, number, change, what.idempotency_key)


def _draft(what: CaseFileCreateInput) -> CaseFileDraft:
    return CaseFileDraft(
        region_code=what.region_code,
        household_id=None if what.household_id is None else number_of(Kind.HOUSEHOLD, what.household_id),
        number=what.number,
        type=what.type.value,
        category=what.category.value,
        channel=what.channel,
        summary=what.summary,
    )


def _run_number(what: AllocationRunInput) -> int:
    return number_of(Kind.ALLOCATION_RUN, what.id)
