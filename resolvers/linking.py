"""Who is who: the whole linking job, and the households that just came in."""

from collections.abc import Sequence

from hub.matching.linkage.weights import load_weights
from hub.store.database import Session
from hub.store.linking import link_by_number, link_by_weight, link_households, refresh_keys, silent
from hub.store.linking_batch import Progress
from resolvers.context import Clock


async def link_all(jobs: Session, clock: Clock, progress: Progress = silent) -> None:
    """Link all rosters to the registry: by number, then by weight; safe to run again, and after a kill it goes on."""
    weights = load_weights()
    now = clock()
    await link_by_number(jobs, now)
    await refresh_keys(jobs, weights, progress)
    await link_by_weight(jobs, weights, now, progress)


async def link_newcomers(jobs: Session, clock: Clock, household_ids: Sequence[int]) -> None:
    """Link the members of households that a district just sent, against all rosters."""
    await link_households(jobs, household_ids, load_weights(), clock())
