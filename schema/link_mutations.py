"""Root fields with which people decide about links, and about the matches that such a decision put to review."""

from typing import Annotated, Any

import strawberry

from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Scope
from resolvers import link_review
from schema.context import Info
from schema.fields import plain
from schema.payloads import Input, UserError, attempt, mutation
from schema.types.link import Link, LinkDecision, MatchReview, ReviewResolution

_KEY = "Makes the request safe to repeat: the same key with the same input gives the first answer again."
_WHY = "Why, in 1 to 500 characters; it stays in the history. No names or numbers of persons."


@strawberry.input(description="What you say of a pair.")
class LinkDecideInput:
    """What you say of a pair."""

    id: strawberry.ID = plain("The link's `id`.")
    decision: LinkDecision = plain("Whether both are one.")
    reason: str = plain(_WHY)
    idempotency_key: str = plain(_KEY)


@strawberry.input(description="Which link or decision to take back.")
class LinkUndoInput:
    """Which link to take back."""

    id: strawberry.ID = plain("The link's `id`.")
    reason: str = plain(_WHY)
    idempotency_key: str = plain(_KEY)


@strawberry.input(description="What becomes of a match in review.")
class MatchReviewResolveInput:
    """What becomes of a match in review."""

    id: strawberry.ID = plain("The review's `id`.")
    resolution: ReviewResolution = plain("What becomes of it.")
    reason: str = plain(_WHY)
    idempotency_key: str = plain(_KEY)


@strawberry.type(description="A link as it stands now.")
class LinkPayload:
    """A link as it stands now."""

    link: Link | None = plain("The link; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type(description="A review as it stands now.")
class MatchReviewPayload:
    """A review as it stands now."""

    match_review: MatchReview | None = plain("The review; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type
class LinkMutations:
    """Decisions about links."""

    @mutation(
        Scope.LINK_WRITE, LinkPayload, "Say of a pair in review, or of one that the hub linked, whether it is one."
    )
    async def link_decide(self, info: Info, what: Annotated[LinkDecideInput, Input]) -> Any:
        ctx = info.context
        return await attempt(
            LinkPayload,
            "link",
            lambda: link_review.decide_link(
                ctx, number_of(Kind.LINK, what.id), what.decision.value, what.reason, what.idempotency_key
            ),
        )

    @mutation(
        Scope.LINK_WRITE,
        LinkPayload,
        "Take a link back (un-merge), or put a rejected or undone pair into the queue again.",
    )
    async def link_undo(self, info: Info, what: Annotated[LinkUndoInput, Input]) -> Any:
        ctx = info.context
        return await attempt(
            LinkPayload,
            "link",
            lambda: link_review.undo_link(ctx, number_of(Kind.LINK, what.id), what.reason, what.idempotency_key),
        )

    @mutation(Scope.MATCH_WRITE, MatchReviewPayload, "Say what becomes of a match that a decision put to review.")
    async def match_review_resolve(self, info: Info, what: Annotated[MatchReviewResolveInput, Input]) -> Any:
        ctx = info.context
        return await attempt(
            MatchReviewPayload,
            "match_review",
            lambda: link_review.resolve_review(
                ctx, number_of(Kind.MATCH_REVIEW, what.id), what.resolution.value, what.reason, what.idempotency_key
            ),
        )
