"""Root fields with which agencies take note of their assignments, answer, decline and hand over."""

from typing import Annotated, Any

import strawberry

from resolvers import assignments
from schema.case_inputs import KEY, REASON, optional, step_of
from schema.case_mutations import attempt_case, case_mutation
from schema.context import Info
from schema.fields import plain
from schema.payloads import Input

_AGENCY = "For which agency; left out: your own. The system of a district names it."
_VERSION = "`version` of the assignment that you saw; CONFLICT when there is another one by now."


@strawberry.input(description="Which assignment.")
class AssignmentInput:
    """Which assignment."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    agency_code: str | None = optional(_AGENCY)
    reason: str | None = optional(REASON)
    expected_version: int | None = optional(_VERSION)


@strawberry.input(description="Which assignment is done, and what was done.")
class AssignmentCompleteInput:
    """Which assignment is done."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    agency_code: str | None = optional(_AGENCY)
    result: str = plain("What the agency did.")
    expected_version: int | None = optional(_VERSION)


@strawberry.input(description="Which assignment is declined, and why.")
class AssignmentDeclineInput:
    """Which assignment is declined."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    agency_code: str | None = optional(_AGENCY)
    reason: str = plain(REASON)
    expected_version: int | None = optional(_VERSION)


@strawberry.input(description="Which assignment goes on with another agency.")
class AssignmentHandOverInput:
    """Which assignment goes on with another agency."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    agency_code: str | None = optional(_AGENCY)
    to_agency_code: str = plain("The agency that goes on, in the same role.")
    reason: str = plain(REASON)
    expected_version: int | None = optional(_VERSION)


@strawberry.input(description="Which agency has a case file no longer, and why.")
class AssignmentWithdrawInput:
    """Which agency has a case file no longer."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    agency_code: str = plain("The agency.")
    reason: str = plain(REASON)
    expected_version: int | None = optional(_VERSION)


@strawberry.type
class AssignmentMutations:
    """Assignments."""

    @case_mutation("An agency takes note of its assignment: the first to do so is the case file's first response.")
    async def assignment_acknowledge(self, info: Info, what: Annotated[AssignmentInput, Input]) -> Any:
        return await attempt_case(
            lambda: assignments.acknowledge_assignment(info.context, step_of(what), what.agency_code)
        )

    @case_mutation("An agency has done its part.")
    async def assignment_complete(self, info: Info, what: Annotated[AssignmentCompleteInput, Input]) -> Any:
        return await attempt_case(
            lambda: assignments.complete_assignment(info.context, step_of(what), what.agency_code, what.result)
        )

    @case_mutation("An agency says that it is not its to do.")
    async def assignment_decline(self, info: Info, what: Annotated[AssignmentDeclineInput, Input]) -> Any:
        return await attempt_case(lambda: assignments.decline_assignment(info.context, step_of(what), what.agency_code))

    @case_mutation("Another agency goes on in the same role [pelimpahan].")
    async def assignment_hand_over(self, info: Info, what: Annotated[AssignmentHandOverInput, Input]) -> Any:
        return await attempt_case(
            lambda: assignments.hand_over_assignment(info.context, step_of(what), what.agency_code, what.to_agency_code)
        )

    @case_mutation("Take a case file back from an agency.")
    async def assignment_withdraw(self, info: Info, what: Annotated[AssignmentWithdrawInput, Input]) -> Any:
        return await attempt_case(
            lambda: assignments.withdraw_assignment(info.context, step_of(what), what.agency_code)
        )
