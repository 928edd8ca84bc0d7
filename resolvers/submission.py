"""Households that a district system pushes."""

from collections.abc import Sequence

from hub.domain.errors import Forbidden
from hub.domain.ids import household_id
from hub.domain.principal import Scope
from hub.domain.records import HouseholdRecord
from hub.ingest.push import Sender, Submission, submit_households
from resolvers.context import Context
from resolvers.linking import link_newcomers


async def submit(ctx: Context, key: str, records: Sequence[HouseholdRecord]) -> Submission:
    """Take households of the caller's own regency in, and link their members; what lies elsewhere is rejected by the merge."""
    ctx.require(Scope.REGISTRY_WRITE)
    regency_code = ctx.principal.regency_code
    if regency_code is None:
        raise Forbidden("only the system of a district can submit households: use its own client")
    sender = Sender(ctx.principal.client_id, regency_code)
    submission = await submit_households(ctx.session, sender, key=key, records=records, now=ctx.clock())
    household_ids = [household_id(regency_code, record.source_record_id) for record in records]
    await link_newcomers(ctx.jobs, ctx.clock, household_ids)
    return submission
