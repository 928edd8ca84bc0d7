"""From what came in to who is eligible: what letters bring about, link, judge, count."""

from hub.store.coverage_job import refresh_coverage
from hub.store.database import Session
from hub.store.village_effects import apply_services
from resolvers.context import Clock
from resolvers.evaluation import judge_all
from resolvers.linking import link_all


async def evaluate_all(jobs: Session, clock: Clock, actor: str = "hub") -> int:
    """Let letters have their effect, link rosters to the registry, judge every unit by every rule in force, and count
    coverage anew; the id of the report.
    """
    await apply_services(jobs, clock())
    await link_all(jobs, clock)
    evaluation_id = await judge_all(jobs, clock, actor)
    await refresh_coverage(jobs, clock())
    return evaluation_id
