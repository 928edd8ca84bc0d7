"""Root fields of webhooks."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any

import strawberry

from hub.domain.events import Topic
from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Scope
from resolvers import webhooks
from resolvers.paging import FIRST
from resolvers.webhooks import Registration
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First, plain
from schema.payloads import Input, UserError, attempt, mutation
from schema.types.webhook import Webhook

_CREDENTIAL = (
    "Where the hub finds the secret that signs: env:SLRT_HUB_TOKEN_NAME, or file:NAME in its folder of credentials. The secret "
    "is whsec_ and 24 to 64 bytes in base64."
)
_DAY = 86_400


@strawberry.input(description="What is to be sent where.")
class WebhookRegisterInput:
    """What is to be sent where."""

    idempotency_key: str = plain(
        "Makes the request safe to repeat: the same key with the same input gives the same webhook."
    )
    url: str = plain("Where events are sent: https, or http on the hub's own machine.")
    topics: list[Topic] = plain("What they are about.")
    credential: str = plain(_CREDENTIAL)
    region_code: str | None = strawberry.field(
        default=None, description="Only of this province or regency; leave it out for all that you may see."
    )


@strawberry.input(description="Which webhook.")
class WebhookInput:
    """Which webhook."""

    id: strawberry.ID = plain("The webhook.")


@strawberry.input(description="Another secret of a webhook.")
class WebhookRotateSecretInput:
    """Another secret."""

    id: strawberry.ID = plain("The webhook.")
    credential: str = plain(_CREDENTIAL)
    overlap_seconds: int = strawberry.field(
        default=_DAY, description="How long the secret before signs as well, up to 30 days."
    )


@strawberry.input(description="A dead letter of a webhook.")
class WebhookRedeliverInput:
    """A dead letter."""

    id: strawberry.ID = plain("The webhook.")
    event_id: strawberry.ID = plain("The `eventId` of the dead letter.")


@strawberry.type(description="A webhook as it stands now.")
class WebhookPayload:
    """A webhook as it stands now."""

    webhook: Webhook | None = plain("The webhook; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type
class WebhookQueries:
    """What can be asked of webhooks."""

    @strawberry.federation.field(
        graphql_type=Connection[Webhook],
        requires_scopes=[[Scope.WEBHOOK_WRITE.value]],
        description="Your own webhooks, of the ministry all, in the order in which they were registered.",
    )
    async def webhooks(self, info: Info, first: First = FIRST, after: After = None) -> Any:
        return await webhooks.list_webhooks(info.context, first, after)


@strawberry.type
class WebhookMutations:
    """What can be changed of webhooks."""

    @mutation(Scope.WEBHOOK_WRITE, WebhookPayload, "Send what happens from now on to an address of yours.")
    async def webhook_register(self, info: Info, what: Annotated[WebhookRegisterInput, Input]) -> Any:
        topics = tuple(dict.fromkeys(topic.value for topic in what.topics))
        wanted = Registration(what.url, topics, what.region_code, what.credential)
        return await _attempt(lambda: webhooks.register(info.context, wanted, what.idempotency_key))

    @mutation(
        Scope.WEBHOOK_WRITE, WebhookPayload, "Sign with another secret, and for a while with the one before, too."
    )
    async def webhook_rotate_secret(self, info: Info, what: Annotated[WebhookRotateSecretInput, Input]) -> Any:
        overlap = timedelta(seconds=what.overlap_seconds)
        return await _attempt(
            lambda: webhooks.rotate_secret(info.context, number_of(Kind.WEBHOOK, what.id), what.credential, overlap)
        )

    @mutation(Scope.WEBHOOK_WRITE, WebhookPayload, "Send nothing to this webhook any more.")
    async def webhook_disable(self, info: Info, what: Annotated[WebhookInput, Input]) -> Any:
        return await _attempt(lambda: webhooks.disable(info.context, number_of(Kind.WEBHOOK, what.id)))

    @mutation(
        Scope.WEBHOOK_WRITE,
        WebhookPayload,
        "Send to a disabled webhook again, from where it stood; what the ministry disabled only the ministry enables.",
    )
    async def webhook_enable(self, info: Info, what: Annotated[WebhookInput, Input]) -> Any:
        return await _attempt(lambda: webhooks.enable(info.context, number_of(Kind.WEBHOOK, what.id)))

    @mutation(Scope.WEBHOOK_WRITE, WebhookPayload, "Send a dead letter once more, with the same id.")
    async def webhook_redeliver(self, info: Info, what: Annotated[WebhookRedeliverInput, Input]) -> Any:
        return await _attempt(lambda: webhooks.redeliver(info.context, number_of(Kind.WEBHOOK, what.id), what.event_id))


async def _attempt(work: Callable[[], Awaitable[Any]]) -> Any:
    return await attempt(WebhookPayload, "webhook", work)
