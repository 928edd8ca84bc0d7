"""Root fields that make and move referrals: one action each."""

from typing import Annotated, Any

import strawberry

from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Scope
from hub.domain.referrals import ReferralAction
from resolvers import referral_actions, referral_drafts
from resolvers.referral_actions import ReferralStep
from resolvers.referral_drafts import ReferralDraft
from schema.context import Info, RequestContext
from schema.fields import plain
from schema.payloads import Input, UserError, attempt, mutation
from schema.types.referral import Referral

_KEY = "Makes the request safe to repeat: the same key with the same input gives the first answer again."
_EXPECTED = "The `version` that you saw: when it has moved since, nothing is done. Left out: whatever it is."


def _optional(description: str, default: Any = None) -> Any:
    return strawberry.field(default=default, description=description)


@strawberry.input(description="A referral to be made.")
class ReferralDraftInput:
    """A referral to be made."""

    idempotency_key: str = plain(_KEY)
    case_file_id: strawberry.ID = plain("The case file whose need is referred, of the caller's regency.")
    purpose_code: str = plain("What it is for: one of `referralPurposes`. It decides what the receiver gets to know.")
    to_party: str = plain("To whom: 35.09, 35.10/DINAS_KESEHATAN, 35.10.01.2001/PUSKESOS, ID/KEMENSOS, KIS, PKH.")
    from_party: str | None = _optional("Who refers; left out: your agency, or the district when you speak for it.")
    household_id: strawberry.ID | None = _optional("The household; left out: that of the case file.")
    person_id: strawberry.ID | None = _optional("The person; left out: that of the case file.")


@strawberry.input(description="Which referral.")
class ReferralInput:
    """Which referral."""

    idempotency_key: str = plain(_KEY)
    id: strawberry.ID = plain("Its `id`.")
    expected_version: int | None = _optional(_EXPECTED)


@strawberry.input(description="Which referral is accepted.")
class ReferralAcceptInput(ReferralInput):
    """Which referral is accepted."""

    opens_case_file: bool = _optional(
        "Whether a case file of the receiver's own is opened for it, with what the package says.", default=False
    )


@strawberry.input(description="Which referral, and why; or what came of it.")
class ReferralReasonInput(ReferralInput):
    """Which referral, and why."""

    reason: str = plain("1 to 500 characters; both sides read it. No numbers of persons.")


@strawberry.input(description="Which referral, to whom it is passed on, and why.")
class ReferralRedirectInput(ReferralReasonInput):
    """Which referral, to whom, and why."""

    to_party: str = plain("The party that can serve it, of a kind that the purpose allows.")


@strawberry.input(description="Which referral is closed.")
class ReferralCloseInput(ReferralInput):
    """Which referral is closed."""

    reason: str | None = _optional("Why; needed to take back what was sent and nobody accepted yet.")


@strawberry.type(description="A referral as it stands now.")
class ReferralPayload:
    """A referral as it stands now."""

    referral: Referral | None = plain("The referral; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type
class ReferralMutations:
    """What the two sides of a referral do."""

    @mutation(
        Scope.REFERRAL_WRITE, ReferralPayload, "Make a referral [rujukan]; nobody else sees it before it is sent."
    )
    async def referral_draft(self, info: Info, what: Annotated[ReferralDraftInput, Input]) -> Any:
        ctx = info.context
        return await attempt(
            ReferralPayload,
            "referral",
            lambda: referral_drafts.draft_referral(ctx, _draft(what), what.idempotency_key),
        )

    @mutation(Scope.REFERRAL_WRITE, ReferralPayload, "The sender sends it; its case file is REFERRED.")
    async def referral_send(self, info: Info, what: Annotated[ReferralInput, Input]) -> Any:
        return await _move(info.context, ReferralAction.SEND, what)

    @mutation(Scope.REFERRAL_WRITE, ReferralPayload, "The receiver takes it on [menyanggupi].")
    async def referral_accept(self, info: Info, what: Annotated[ReferralAcceptInput, Input]) -> Any:
        return await _move(info.context, ReferralAction.ACCEPT, what, opens_case=what.opens_case_file)

    @mutation(Scope.REFERRAL_WRITE, ReferralPayload, "The receiver does not take it on [menolak].")
    async def referral_decline(self, info: Info, what: Annotated[ReferralReasonInput, Input]) -> Any:
        return await _move(info.context, ReferralAction.DECLINE, what, reason=what.reason)

    @mutation(Scope.REFERRAL_WRITE, ReferralPayload, "The receiver passes it on to another party [mengalihkan].")
    async def referral_redirect(self, info: Info, what: Annotated[ReferralRedirectInput, Input]) -> Any:
        return await _move(info.context, ReferralAction.REDIRECT, what, reason=what.reason, to_party=what.to_party)

    @mutation(Scope.REFERRAL_WRITE, ReferralPayload, "The receiver begins the service.")
    async def referral_begin(self, info: Info, what: Annotated[ReferralInput, Input]) -> Any:
        return await _move(info.context, ReferralAction.BEGIN, what)

    @mutation(
        Scope.REFERRAL_WRITE, ReferralPayload, "The receiver has given the service; the sender's case file goes on."
    )
    async def referral_complete(self, info: Info, what: Annotated[ReferralReasonInput, Input]) -> Any:
        return await _move(info.context, ReferralAction.COMPLETE, what, reason=what.reason)

    @mutation(
        Scope.REFERRAL_WRITE,
        ReferralPayload,
        "The receiver could not give the service; the sender's case file goes on.",
    )
    async def referral_fail(self, info: Info, what: Annotated[ReferralReasonInput, Input]) -> Any:
        return await _move(info.context, ReferralAction.FAIL, what, reason=what.reason)

    @mutation(
        Scope.REFERRAL_WRITE,
        ReferralPayload,
        "The sender takes note of how it ended, or takes it back before it is accepted.",
    )
    async def referral_close(self, info: Info, what: Annotated[ReferralCloseInput, Input]) -> Any:
        return await _move(info.context, ReferralAction.CLOSE, what, reason=what.reason)


async def _move(
    ctx: RequestContext,
    action: ReferralAction,
    what: ReferralInput,
    *,
    reason: str | None = None,
    to_party: str | None = None,
    opens_case: bool = False,
) -> Any:
    async def work() -> Any:
        step = ReferralStep(
            action, number_of(Kind.REFERRAL, what.id), what.expected_version, reason, to_party, opens_case
        )
        return await referral_actions.move_referral(ctx, step, what.idempotency_key)

    return await attempt(ReferralPayload, "referral", work)


def _draft(what: ReferralDraftInput) -> ReferralDraft:
    return ReferralDraft(
        case_file_id=number_of(Kind.CASE_FILE, what.case_file_id),
        purpose_code=what.purpose_code,
        to_party=what.to_party,
        from_party=what.from_party,
        household_id=None if what.household_id is None else number_of(Kind.HOUSEHOLD, what.household_id),
        person_id=None if what.person_id is None else number_of(Kind.PERSON, what.person_id),
    )
