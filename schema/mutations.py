"""Root fields that change something: one action each, one input, one payload with an object or with user errors."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

import strawberry

from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Scope
from hub.store.matches import Moved
from hub.store.matches_read import Match as MatchRow
from hub.store.runs import Run
from resolvers import allocation, findings, lifecycle, matches, submission
from schema.context import Info, RequestContext
from schema.fields import plain
from schema.inputs import (
    AllocationRunCreateInput,
    AllocationRunInput,
    AllocationRunRollBackInput,
    FindingDecideInput,
    HouseholdsSubmitInput,
    MatchDeclineInput,
    MatchInput,
)
from schema.payloads import Input, UserError, attempt, mutation
from schema.types.finding import Finding
from schema.types.match import Match
from schema.types.run import AllocationRun
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


@strawberry.type(description="A finding as it stands now.")
class FindingPayload:
    """A finding as it stands now."""

    finding: Finding | None = plain("The finding; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


_KEY_MAX = 200


MUTATION = "What can be changed. Every mutation needs the scope that it is marked with."


@strawberry.type(description=MUTATION)
class Mutation:
    """What can be changed."""

    @mutation(Scope.REGISTRY_WRITE, HouseholdsSubmitPayload, "A district sends households of its own regency.")
    async def households_submit(self, info: Info, what: Annotated[HouseholdsSubmitInput, Input]) -> Any:
        return await attempt(HouseholdsSubmitPayload, "submission", lambda: _submit(info.context, what))

    @mutation(Scope.RUN_WRITE, AllocationRunPayload, "Create an allocation run.")
    async def allocation_run_create(self, info: Info, what: Annotated[AllocationRunCreateInput, Input]) -> Any:
        return await _attempt_run(lambda: allocation.create_run(info.context, what.asked(), what.idempotency_key))

    @mutation(Scope.RUN_WRITE, AllocationRunPayload, "Rank everybody who is eligible and unserved, and place them.")
    async def allocation_run_simulate(self, info: Info, what: Annotated[AllocationRunInput, Input]) -> Any:
        return await _attempt_run(lambda: allocation.simulate_run(info.context, _run_number(what)))

    @mutation(Scope.RUN_APPROVE, AllocationRunPayload, "Approve a simulated run that somebody else created.")
    async def allocation_run_approve(self, info: Info, what: Annotated[AllocationRunInput, Input]) -> Any:
        return await _attempt_run(lambda: allocation.approve_run(info.context, _run_number(what)))

    @mutation(Scope.RUN_WRITE, AllocationRunPayload, "Reserve entitlements for an approved run.")
    async def allocation_run_execute(self, info: Info, what: Annotated[AllocationRunInput, Input]) -> Any:
        return await _attempt_run(lambda: allocation.execute_run(info.context, _run_number(what)))

    @mutation(
        Scope.RUN_APPROVE, AllocationRunPayload, "Take back all that a run gave and no national system issued yet."
    )
    async def allocation_run_roll_back(self, info: Info, what: Annotated[AllocationRunRollBackInput, Input]) -> Any:
        async def roll_back() -> Run:
            number = number_of(Kind.ALLOCATION_RUN, what.id)
            return (await allocation.roll_back_run(info.context, number, keep_issued=what.keep_issued)).run

        return await _attempt_run(roll_back)

    @mutation(Scope.MATCH_WRITE, MatchPayload, "Offer a reserved match to its household.")
    async def match_offer(self, info: Info, what: Annotated[MatchInput, Input]) -> Any:
        ctx = info.context
        return await _attempt_move(ctx, what, lambda number: lifecycle.offer_match(ctx, [number], what.idempotency_key))

    @mutation(Scope.MATCH_WRITE, MatchPayload, "The household accepts the offer.")
    async def match_accept(self, info: Info, what: Annotated[MatchInput, Input]) -> Any:
        ctx = info.context
        return await _attempt_move(
            ctx, what, lambda number: lifecycle.accept_match(ctx, [number], what.idempotency_key)
        )

    @mutation(Scope.MATCH_WRITE, MatchPayload, "The household declines the offer [menolak]; its slot goes to the next.")
    async def match_decline(self, info: Info, what: Annotated[MatchDeclineInput, Input]) -> Any:
        ctx = info.context
        return await _attempt_move(
            ctx, what, lambda number: lifecycle.decline_match(ctx, [number], what.idempotency_key, what.reason_code)
        )

    @mutation(Scope.MATCH_WRITE, FindingPayload, "A person confirms a finding: the entitlement does lie unused.")
    async def finding_confirm(self, info: Info, what: Annotated[FindingDecideInput, Input]) -> Any:
        return await _decide(info.context, what, "CONFIRMED")

    @mutation(Scope.MATCH_WRITE, FindingPayload, "A person dismisses a finding: it is not so.")
    async def finding_dismiss(self, info: Info, what: Annotated[FindingDecideInput, Input]) -> Any:
        return await _decide(info.context, what, "DISMISSED")


async def _decide(ctx: RequestContext, what: FindingDecideInput, status: Literal["CONFIRMED", "DISMISSED"]) -> Any:
    return await attempt(
        FindingPayload,
        "finding",
        lambda: findings.decide_finding(ctx, number_of(Kind.FINDING, what.id), status, what.reason_code),
    )


async def _attempt_run(work: Callable[[], Awaitable[Run]]) -> Any:
    return await attempt(AllocationRunPayload, "allocation_run", work)


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

    return await attempt(MatchPayload, "match", work)


async def _find_match(ctx: RequestContext, number: int) -> MatchRow:
    match = (await matches.matches_by_id(ctx, [number]))[0]
    if match is None:
        raise NotFound(f"match {number} is gone")
    return match


async def _submit(ctx: RequestContext, what: HouseholdsSubmitInput) -> Any:
    records = [household.record(position) for position, household in enumerate(what.households)]
    return await submission.submit(ctx, what.idempotency_key, records)


def _run_number(what: AllocationRunInput) -> int:
    return number_of(Kind.ALLOCATION_RUN, what.id)
