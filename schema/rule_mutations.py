"""Root fields that move a rule set along its life."""

from datetime import date
from typing import Annotated, Any

import strawberry

from hub.domain.principal import Scope
from resolvers import rule_sets, simulation
from resolvers.rule_sets import RuleDraft, RuleStep
from schema.context import Info
from schema.fields import plain
from schema.payloads import Input, UserError, attempt, mutation
from schema.types.rule_set import RuleSet, RuleSimulation

_KEY = "Makes the request safe to repeat: the same key with the same input gives the first answer again."


def _optional(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="A rule's document.")
class RuleDraftInput:
    """A rule's document."""

    idempotency_key: str = plain(_KEY)
    programme_code: str = plain("Code of the programme.")
    document: str = plain('JSON text: {"rule": {...}, "examples": [...]}, examples at will.')
    reason: str = plain("Why, for the history.")
    version: int | None = _optional("The version to change; left out: a new one.")


@strawberry.input(description="Which rule set, and why it moves.")
class RuleSetInput:
    """Which rule set, and why it moves."""

    idempotency_key: str = plain(_KEY)
    programme_code: str = plain("Code of the programme.")
    version: int = plain("Number of the version.")
    reason: str = plain("Why, for the history.")

    def step(self) -> RuleStep:
        """As the use cases take it."""
        return RuleStep(self.programme_code, self.version, self.reason)


@strawberry.input(description="Which rule set, from when it counts, and why.")
class RulePublishInput(RuleSetInput):
    """Which rule set, and from when it counts."""

    effective_from: date = plain("First day on which it counts, not in the past.")


@strawberry.input(description="Which rule set, how long it counts, and why.")
class RuleRetireInput(RuleSetInput):
    """Which rule set, and how long it counts."""

    effective_to: date | None = _optional("First day on which it counts no longer; left out: today.")


@strawberry.type(description="A rule set as it stands now.")
class RuleSetPayload:
    """A rule set as it stands now."""

    rule_set: RuleSet | None = plain("The rule set; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type(description="A simulation as it stands now.")
class RuleSimulationPayload:
    """A simulation as it stands now."""

    rule_simulation: RuleSimulation | None = plain("The simulation; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type
class RuleMutations:
    """The life of a rule set."""

    @mutation(
        Scope.RULE_WRITE, RuleSetPayload, "Write a rule, or change one that is not published: it is a draft again."
    )
    async def rule_draft(self, info: Info, what: Annotated[RuleDraftInput, Input]) -> Any:
        draft = RuleDraft(what.programme_code, what.version, what.document, what.reason)
        return await _attempt(lambda: rule_sets.draft_rule(info.context, draft, what.idempotency_key))

    @mutation(Scope.RULE_WRITE, RuleSetPayload, "Check a draft: form, fields, amounts, examples.")
    async def rule_validate(self, info: Info, what: Annotated[RuleSetInput, Input]) -> Any:
        return await _attempt(lambda: rule_sets.validate_rule(info.context, what.step(), what.idempotency_key))

    @mutation(
        Scope.RULE_WRITE,
        RuleSimulationPayload,
        "Find what a validated version would change. Ask again with the same key while it is RUNNING: it goes on.",
    )
    async def rule_simulate(self, info: Info, what: Annotated[RuleSetInput, Input]) -> Any:
        return await attempt(
            RuleSimulationPayload,
            "rule_simulation",
            lambda: simulation.simulate_rule(info.context, what.step(), what.idempotency_key),
        )

    @mutation(Scope.RULE_APPROVE, RuleSetPayload, "Approve a simulated version that others wrote.")
    async def rule_approve(self, info: Info, what: Annotated[RuleSetInput, Input]) -> Any:
        return await _attempt(lambda: rule_sets.approve_rule(info.context, what.step(), what.idempotency_key))

    @mutation(Scope.RULE_APPROVE, RuleSetPayload, "Let an approved version count from a day on.")
    async def rule_publish(self, info: Info, what: Annotated[RulePublishInput, Input]) -> Any:
        return await _attempt(
            lambda: rule_sets.publish_rule(info.context, what.step(), what.effective_from, what.idempotency_key)
        )

    @mutation(Scope.RULE_APPROVE, RuleSetPayload, "Give up a version, withdraw it before its day, or let it end.")
    async def rule_retire(self, info: Info, what: Annotated[RuleRetireInput, Input]) -> Any:
        return await _attempt(
            lambda: rule_sets.retire_rule(info.context, what.step(), what.effective_to, what.idempotency_key)
        )


async def _attempt(work: Any) -> Any:
    return await attempt(RuleSetPayload, "rule_set", work)
