"""Allocation runs: what they are about, their candidates in rank order, and what they do to the regencies."""

from datetime import date, datetime

import strawberry

from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import Scope
from hub.matching.allocation.fairness import RegencyShare as ShareRow
from hub.store import matches_read as rows
from hub.store import runs
from resolvers.programmes import pools_of
from resolvers.regions import regions_of
from resolvers.registry import households_of, persons_of
from resolvers.runs import (
    RunFairness as FairnessRow,
)
from resolvers.runs import candidates_of, fairness_of, moved_candidates_of, programmes_of_runs, shares_of
from schema.connection import Connection
from schema.fields import batched, paged, plain
from schema.objects import Node, entity, shape
from schema.scalars import Long
from schema.types.programme import EntitlementPool, Programme
from schema.types.region import Region
from schema.types.registry import Household, Person
from schema.types.run_words import AllocationPolicy, FairnessState
from schema.types.work_words import RunStatus


def _run_id(root: runs.Run) -> strawberry.ID:
    return strawberry.ID(opaque_id(Kind.ALLOCATION_RUN, root.run_id))


def _candidate_count(root: runs.Run) -> int | None:
    return root.candidates


@shape(rows.RunCandidate, Scope.RUN_READ, "A household or person in the ranking of a run.")
class RunCandidate:
    """A household or person in the ranking of a run."""

    rank: int = plain("Rank by need, from 1.")
    household: Household | None = batched(
        households_of, key="household_id", of="Household", description="The household."
    )
    person: Person | None = batched(persons_of, key="person_id", description="The person, for programmes of persons.")
    pool: EntitlementPool | None = batched(
        pools_of, key="pool_id", description="Where the unit was placed; null: it waits for a slot that comes back."
    )
    decile: int = plain("Welfare decile when the run was simulated.")
    vulnerability: int = plain("Points for elderly, small children, severe disability, pregnancy and chronic illness.")
    waiting_since: date | None = plain(
        "When the oldest open case file of the household came in; decides after vulnerability."
    )
    by_priority: bool = plain("Whether strict priority serves the unit when the run is simulated.")
    by_floors: bool = plain("Whether regional floors serve the unit when the run is simulated.")


@shape(FairnessRow, Scope.RUN_READ, "How fairly a run serves the regencies, before it or under a policy.")
class RunFairness:
    """Fairness at one state."""

    state: FairnessState = plain("Before the run, or after it under a policy.")
    is_chosen: bool = plain("Whether it is the policy of the run.")
    served: int = plain("Units that the run serves, counted once for each group of programmes that exclude each other.")
    served_alone: int = plain("How many of them the other policy would not serve.")
    minimum_coverage: float = plain(
        "Coverage of the least covered regency: those who draw or are served, of all in need."
    )
    minimum_region: Region | None = batched(regions_of, key="minimum_regency", description="The least covered regency.")
    gini: float = plain("Gini coefficient of coverage among the regencies: 0 where all are covered alike.")


@shape(ShareRow, Scope.RUN_READ, "What a run does to one regency.")
class RegencyShare:
    """What a run does to one regency."""

    region: Region | None = batched(regions_of, key="regency_code", description="The regency.")
    held: int = plain("Units that drew already when the run was simulated.")
    candidates: int = plain("Units that were eligible and drew nothing.")
    by_priority: int = plain("How many of these strict priority serves.")
    by_floors: int = plain("How many of these regional floors serve.")
    coverage_before: float = plain("Share of the need that was covered before.")
    coverage_by_priority: float = plain("Share of the need that is covered under strict priority.")
    coverage_by_floors: float = plain("Share of the need that is covered under regional floors.")


@entity(runs.Run, Scope.RUN_READ, "A run [alokasi] that ranks the unserved by need and gives them entitlements.")
class AllocationRun(Node):
    """An allocation run."""

    id: strawberry.ID = strawberry.field(
        resolver=_run_id, description="Opaque: it names the object in the whole hub, and says nothing else."
    )
    programmes: list[Programme] = batched(
        programmes_of_runs, key="programme_codes", description="Its programmes, the preferred ones first."
    )
    rule_versions: list[int] = plain("Versions of their rules that it works with, in the same order.")
    one_per_unit: bool = plain(
        "Whether a household or person gets at most one of the programmes; else only what the rules exclude is kept apart."
    )
    policy: AllocationPolicy = plain("In which order candidates draw on the pools.")
    period: str = plain("Period of the pools that it draws from.")
    seed: Long = plain("Decides ties between units of equal need; published.")
    status: RunStatus = plain("Status.")
    input_digest: str | None = plain(
        "Digest of all that the simulation worked with: the same input gives the same result."
    )
    candidate_count: int | None = strawberry.field(
        resolver=_candidate_count, description="How many were ranked, once simulated."
    )
    placed: int | None = plain("How many of them got a place in a pool.")
    executed_rank: int = plain("Up to which rank slots are reserved.")
    created_by: str = plain("Client that created it.")
    created_at: datetime = plain("When it was created.")
    simulated_at: datetime | None = plain("When it was simulated last.")
    approved_by: str | None = plain("Client that approved it, never its creator.")
    approved_at: datetime | None = plain("When it was approved.")
    executed_at: datetime | None = plain("When execution came to its end.")
    rolled_back_by: str | None = plain("Client that rolled it back.")
    rolled_back_at: datetime | None = plain("When it was rolled back.")
    fairness: list[RunFairness] = batched(
        fairness_of, key="run_id", description="Before the run and under each policy; empty until it is simulated."
    )
    shares: list[RegencyShare] = batched(
        shares_of, key="run_id", description="What it does to each regency; empty until it is simulated."
    )
    moved_candidates: Connection[RunCandidate] = paged(
        moved_candidates_of,
        key="run_id",
        description="Whom the choice of the policy decided: served under one of the two policies alone.",
    )
    candidates: Connection[RunCandidate] = paged(
        candidates_of, key="run_id", description="The ranking, as far as the caller may see it."
    )
