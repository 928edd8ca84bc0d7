"""Matches with their history, and allocation runs with their candidates."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.matches import MatchStatus
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import Scope
from hub.store import matches_read as rows
from hub.store import runs
from resolvers.link_review import open_reviews_of
from resolvers.matches import events_of
from resolvers.programmes import pools_of, programmes_of
from resolvers.registry import households_of, persons_of
from resolvers.runs import candidates_of, runs_of
from schema.connection import Connection
from schema.fields import batched, paged, plain
from schema.objects import Node, entity, shape
from schema.scalars import Long
from schema.types.programme import EntitlementPool, Programme
from schema.types.registry import Household, Person
from schema.types.work_words import RunStatus

if TYPE_CHECKING:
    from schema.types.link import MatchReview


_MatchReview = Annotated["MatchReview", strawberry.lazy("schema.types.link")]


def _run_id(root: runs.Run) -> strawberry.ID:
    return strawberry.ID(opaque_id(Kind.ALLOCATION_RUN, root.run_id))


def _candidate_count(root: runs.Run) -> int | None:
    return root.candidates


@shape(rows.RunCandidate, Scope.RUN_READ, "A household or person in the ranking of a run.")
class RunCandidate:
    """A household or person in the ranking of a run."""

    rank: int = plain("Rank by need, from 1.")
    household: Household | None = batched(households_of, key="household_id", description="The household.")
    person: Person | None = batched(persons_of, key="person_id", description="The person, for programmes of persons.")
    pool: EntitlementPool | None = batched(
        pools_of, key="pool_id", description="Where the unit was placed; null: it waits for a slot that comes back."
    )
    decile: int = plain("Welfare decile when the run was simulated.")
    vulnerability: int = plain("Points for elderly, small children, severe disability, pregnancy and chronic illness.")


@entity(runs.Run, Scope.RUN_READ, "A run [alokasi] that ranks the unserved by need and gives them entitlements.")
class AllocationRun(Node):
    """An allocation run."""

    id: strawberry.ID = strawberry.field(
        resolver=_run_id, description="Opaque: it names the object in the whole hub, and says nothing else."
    )
    programme: Programme | None = batched(programmes_of, key="programme_code", description="The programme.")
    rule_version: int = plain("Version of the rule that it works with.")
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
    candidates: Connection[RunCandidate] = paged(
        candidates_of, key="run_id", description="The ranking, as far as the caller may see it."
    )


@shape(rows.MatchEvent, Scope.MATCH_READ, "One move of a match.")
class MatchEvent:
    """One move of a match."""

    version: int = plain("Number of the move, from 1.")
    from_status: MatchStatus | None = plain("Status before; null: it was proposed.")
    to_status: MatchStatus = plain("Status after.")
    actor: str = plain("Client or system that moved it.")
    reason_code: str | None = plain("Why, where a reason was given.")
    moved_at: datetime = plain("When.")


@entity(
    rows.Match, Scope.MATCH_READ, "A household or person and an entitlement [pencocokan], on the way to each other."
)
class Match(Node):
    """A match."""

    reference: str = plain("How districts and officers name it.")
    status: MatchStatus = plain("Status.")
    programme: Programme | None = batched(programmes_of, key="programme_code", description="The programme.")
    household: Household | None = batched(households_of, key="household_id", description="The household.")
    person: Person | None = batched(persons_of, key="person_id", description="The person, for programmes of persons.")
    pool: EntitlementPool | None = batched(
        pools_of, key="pool_id", description="The pool whose slot it holds; null when it holds none."
    )
    run: AllocationRun | None = batched(runs_of, key="run_id", description="The run that proposed it.")
    rank: int | None = plain("Rank in that run.")
    rule_version: int = plain("Version of the programme's rule that it goes by.")
    expires_at: datetime | None = plain("Until when the offer stands.")
    reason_code: str | None = plain("Why it was declined or rejected.")
    national_reference: str | None = plain("The national system's reference, once issued.")
    created_at: datetime = plain("When it was proposed.")
    changed_at: datetime = plain("When it moved last.")
    review: _MatchReview | None = batched(
        open_reviews_of,
        key="match_id",
        description="Set while it waits for a person on duty to say what becomes of it.",
    )
    history: list[MatchEvent] = batched(events_of, key="key", description="Every move, in order.")
