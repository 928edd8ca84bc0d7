"""Webhooks, and what they never took."""

from datetime import datetime

import strawberry

from hub.domain.events import Topic
from hub.domain.principal import Scope
from hub.domain.webhooks import WebhookStatus
from hub.store import webhooks as rows
from resolvers.webhooks import dead_letters_of
from schema.connection import Connection
from schema.fields import paged, plain
from schema.objects import Node, entity, shape, words

words(
    "What events are about.",
    MATCH="Matches [pencocokan]; needs the scope match:read.",
    CASE="Case files [laporan]; needs the scope case:read.",
    REFERRAL="Referrals [rujukan]; needs the scope case:read.",
)(Topic)
words(
    "Whether a webhook is delivered to.",
    ACTIVE="It is.",
    DISABLED="It is not: by its client, by the ministry, because its receiver answered 410, or because it took nothing for days.",
)(WebhookStatus)


@shape(rows.DeadLetter, Scope.WEBHOOK_WRITE, "An event that a webhook never took.")
class WebhookDeadLetter:
    """An event that a webhook never took."""

    event_name: strawberry.ID = strawberry.field(
        name="eventId", description="Names the event: the `webhook-id` with which it was sent."
    )
    kind: str = plain("What happened, such as match.offered.")
    occurred_at: datetime = plain("When it happened.")
    attempts: int = plain("How often it was sent.")
    reason: str = plain("Why it was not taken the last time, such as TIMEOUT.")
    died_at: datetime = plain("When it was given up.")
    asked_again_at: datetime | None = plain("Set while it waits to be sent once more.")


@entity(rows.Endpoint, Scope.WEBHOOK_WRITE, "Where the hub sends what happens, for who cannot hold a socket.")
class Webhook(Node):
    """A webhook."""

    url: str = plain("Where events are sent.")
    topics: list[Topic] = plain("What they are about.")
    region_code: str | None = plain("Province or regency whose events are sent; null: all.")
    credential: str = plain("Where the hub finds the secret that signs; never the secret itself.")
    former_credential: str | None = plain("Where the secret before is, which signed or signs as well.")
    former_until: datetime | None = plain("Until when that one signs as well.")
    status: WebhookStatus = plain("Whether it is delivered to.")
    reason: str | None = plain("Why the last attempt failed, such as TIMEOUT, or why it is disabled.")
    attempts: int = plain("How often the next event was sent in vain.")
    next_attempt_at: datetime = plain("When it is sent again at the earliest.")
    failing_since: datetime | None = plain("Since when nothing was taken; null: all is well.")
    created_at: datetime = plain("When it was registered.")
    dead_letters: Connection[WebhookDeadLetter] = paged(
        dead_letters_of, key="endpoint_id", description="What it never took, the oldest first."
    )
