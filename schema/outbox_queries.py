"""Root fields that show what other systems were not told."""

from typing import Annotated, Any

import strawberry

from resolvers import undelivered
from resolvers.paging import FIRST
from schema.arguments import RegionCode, asked
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First
from schema.types.outbox import UndeliveredMessage, UndeliveredStatus


@strawberry.type
class OutboxQueries:
    """Messages to other systems."""

    @asked(
        Connection[UndeliveredMessage],
        "Messages to other systems that are not delivered, with the reason, in the order of regencies.",
    )
    async def undelivered(
        self,
        info: Info,
        region_code: RegionCode = None,
        statuses: Annotated[
            list[UndeliveredStatus] | None, strawberry.argument(description="Only these; left out: all of them.")
        ] = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = None if statuses is None else [status.value for status in statuses]
        return await undelivered.list_undelivered(info.context, region_code, wanted, first, after)
