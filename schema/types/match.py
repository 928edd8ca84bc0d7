"""Matches with their history."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.matches import MatchStatus
from hub.domain.principal import Scope
from hub.store import matches_read as rows
from resolvers.link_review import open_reviews_of
from resolvers.matches import events_of
from resolvers.programmes import pools_of, programmes_of
from resolvers.registry import households_of, persons_of
from resolvers.runs import runs_of
from schema.fields import batched, plain
from schema.objects import Node, entity, shape
from schema.types.programme import EntitlementPool, Programme
from schema.types.registry import Household, Person
from schema.types.run import AllocationRun

if TYPE_CHECKING:
    from schema.types.link import MatchReview

_MatchReview = Annotated["MatchReview", strawberry.lazy("schema.types.link")]


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
    household: Household | None = batched(
        households_of, key="household_id", of="Household", description="The household."
    )
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
