"""Root fields that tell what happens, over a WebSocket."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import strawberry
from strawberry.federation.schema_directives import RequiresScopes

from execution.fallback import Together
from hub.domain.events import Topic
from hub.domain.principal import Scope
from resolvers.events import follow_events
from schema.context import Info
from schema.types.event import CaseFileChange, MatchChange, ReferralChange

SUBSCRIPTION = (
    "What can be followed, over a WebSocket with the subprotocol graphql-transport-ws. Every event is told in order and at least "
    "once: go on after the last `cursor` that you had, and leave out an `id` that you had already."
)
_Region = Annotated[
    str | None,
    strawberry.argument(description="Only of this province or regency; leave it out for all that you may see."),
]
_After = Annotated[
    str | None,
    strawberry.argument(description="The `cursor` of the last event that you were told; leave it out to begin now."),
]


def _followed(scope: Scope, description: str) -> Any:
    return strawberry.subscription(description=description, directives=[RequiresScopes(scopes=[[scope.value]])])


@strawberry.type(description=SUBSCRIPTION)
class Subscription:
    """What can be followed."""

    @_followed(Scope.MATCH_READ, "Matches of a region move.")
    async def match_events(
        self, info: Info, region_code: _Region = None, after: _After = None
    ) -> AsyncGenerator[MatchChange]:
        async for events in _follow(info, Topic.MATCH, region_code, after):
            yield events

    @_followed(Scope.CASE_READ, "Something happens to case files of a region.")
    async def case_events(
        self, info: Info, region_code: _Region = None, after: _After = None
    ) -> AsyncGenerator[CaseFileChange]:
        async for events in _follow(info, Topic.CASE, region_code, after):
            yield events

    @_followed(Scope.REFERRAL_READ, "Referrals from or to a region move.")
    async def referral_events(
        self, info: Info, region_code: _Region = None, after: _After = None
    ) -> AsyncGenerator[ReferralChange]:
        async for events in _follow(info, Topic.REFERRAL, region_code, after):
            yield events


async def _follow(info: Info, topic: Topic, region_code: str | None, after: str | None) -> AsyncGenerator[Any]:
    """Some events at a time, which the executor tells one by one."""
    async with aclosing(follow_events(info.context, topic, region_code, after)) as stretches:
        async for stretch in stretches:
            yield Together(stretch)
