"""From what came in to who is eligible: link, judge, count."""

from hub.store.coverage_job import refresh_coverage
from hub.store.database import Session
from hub.store.eligibility import evaluate, list_rules
from resolvers.context import Clock
from resolvers.linking import link_all


async def evaluate_all(jobs: Session, clock: Clock) -> None:
    """Link rosters to the registry, judge every unit by every rule in force, and count coverage anew."""
    await link_all(jobs, clock)
    now = clock()
    for version in await list_rules(jobs, now.date()):
        await evaluate(jobs, version, now)
    await refresh_coverage(jobs, now)
