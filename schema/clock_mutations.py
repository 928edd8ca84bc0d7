"""The root field that sets a policy."""

from datetime import datetime, time
from typing import Annotated, Any

import strawberry

from hub.domain.clocks import ResponseHours, SlaTerms
from hub.domain.errors import Invalid
from hub.domain.principal import Scope
from resolvers import sla_policies
from resolvers.sla_policies import PolicyDraft
from schema.context import Info
from schema.fields import plain
from schema.payloads import Input, UserError, attempt, mutation
from schema.types.clock import SlaPolicy


@strawberry.input(description="A version of a policy, whole.")
class SlaPolicySetInput:
    """A version of a policy, whole."""

    idempotency_key: str = plain(
        "Makes the request safe to repeat: the same key with the same input gives the first answer again."
    )
    first_response_minutes: int = plain("Minutes until an agency has to acknowledge, 1 to 43,200.")
    first_response_hours: ResponseHours = plain("When these minutes run.")
    information_days: int = plain("Working days for a question or information, 1 to 366.")
    regular_days: int = plain("Working days for an ordinary matter, 1 to 366.")
    oversight_days: int = plain("Working days for a complaint about officials, 1 to 366.")
    reason: str = plain("Why, for those who read it later.")
    regency_code: str | None = strawberry.field(
        default=None, description="For this regency; left out: the nation, for regencies without a policy of their own."
    )
    valid_from: datetime | None = strawberry.field(
        default=None, description="For case files received from then on, not in the past; left out: from now on."
    )
    office_opens: str = strawberry.field(default="08:00", description="When a working day begins, local time.")
    office_closes: str = strawberry.field(default="16:00", description="When a working day ends, local time.")
    at_risk_percent: int = strawberry.field(
        default=75, description="Percentage from which a clock is AT_RISK, 1 to 99."
    )
    regency_percent: int | None = strawberry.field(
        default=75, description="Percentage at which the regency is told, 1 to 1,000; null: never."
    )
    province_percent: int | None = strawberry.field(
        default=100, description="Percentage at which the province is told, 1 to 1,000; null: never."
    )
    ministry_percent: int | None = strawberry.field(
        default=150, description="Percentage at which the ministry is told, 1 to 1,000; null: never."
    )

    def draft(self) -> PolicyDraft:
        """As the use case takes it."""
        terms = SlaTerms(
            first_response_minutes=self.first_response_minutes,
            first_response_hours=self.first_response_hours.value,
            office_opens=_time(self.office_opens, "officeOpens"),
            office_closes=_time(self.office_closes, "officeCloses"),
            information_days=self.information_days,
            regular_days=self.regular_days,
            oversight_days=self.oversight_days,
            at_risk_percent=self.at_risk_percent,
            regency_percent=self.regency_percent,
            province_percent=self.province_percent,
            ministry_percent=self.ministry_percent,
        )
        return PolicyDraft(self.regency_code, self.valid_from, terms, self.reason)


@strawberry.type(description="The policy that was set.")
class SlaPolicyPayload:
    """The policy that was set."""

    sla_policy: SlaPolicy | None = plain("The policy; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type
class ClockMutations:
    """Policies."""

    @mutation(
        Scope.SLA_WRITE,
        SlaPolicyPayload,
        "Set a further version of a policy. It counts for case files received from its moment on, and moves no clock that runs. "
        "A district may set its own, stricter than the nation's, never looser.",
    )
    async def sla_policy_set(self, info: Info, what: Annotated[SlaPolicySetInput, Input]) -> Any:
        async def work() -> Any:
            return await sla_policies.set_policy(info.context, what.draft(), what.idempotency_key)

        return await attempt(SlaPolicyPayload, "sla_policy", work)


def _time(text: str, name: str) -> time:
    try:
        hour, minute = text.split(":")
        return time(int(hour), int(minute))
    except ValueError:
        raise Invalid(f"{text[:20]!r} is no time of a day: write it as 08:00", (name,)) from None
