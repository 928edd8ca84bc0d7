"""What a use case works with: who calls, the caller's session, and the outside systems behind their Protocols."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from hub.domain.directory import DistrictAccess, DistrictInspector, Extent, Inspection
from hub.domain.errors import Forbidden, InternalError
from hub.domain.principal import Principal, Scope
from hub.domain.source import Connector
from hub.federation.federation import Federation, no_federation
from hub.store.database import Access, Database, Session
from hub.store.event_feed import EventFeed
from hub.store.registry import Person
from hub.store.village_profiles import BudgetRow
from resolvers.reference import Reference

Clock = Callable[[], datetime]


class _Nobody:
    """For contexts of jobs that change nothing of the directory."""

    async def inspect(self, access: DistrictAccess, extent: Extent) -> Inspection:
        """Raise InternalError: this context was made without an inspector."""
        raise InternalError(f"nobody was given to check district {access.regency_code} ({extent})")


_NOBODY = _Nobody()


class Context(msgspec.Struct, frozen=True):
    """One request: a Struct, since one is made for every request.

    `session` is bound by row-level security to the caller's regions; `jobs` is not, and is only for use cases that check
    the caller's scope themselves and touch no rows by the caller's choice. `reference` is shared by all requests of an
    application, and so are `federation` and `feed`, the events of which a request may follow. `live_members`: of the
    households that this request read live; `live_budget_lines`: of the villages, by their codes.
    """

    principal: Principal
    session: Session
    jobs: Session
    clock: Clock
    connectors: Mapping[str, Connector]
    reference: Reference = msgspec.field(default_factory=Reference)
    inspector: DistrictInspector = _NOBODY
    federation: Federation = msgspec.field(default_factory=no_federation)
    live_members: dict[int, Sequence[Person]] = msgspec.field(default_factory=dict)
    live_budget_lines: dict[str, Sequence[BudgetRow]] = msgspec.field(default_factory=dict)
    feed: EventFeed | None = None

    def require(self, scope: Scope) -> None:
        """Raise Forbidden when the token lacks the scope."""
        if scope not in self.principal.scopes:
            raise Forbidden(f"this needs the scope {scope.value}: ask for a token with it, or for another client")


def context_of(
    database: Database,
    principal: Principal,
    clock: Clock,
    connectors: Mapping[str, Connector],
    inspector: DistrictInspector = _NOBODY,
) -> Context:
    """The context of a caller."""
    session = database.caller(Access.of(principal))
    return Context(principal, session, database.jobs, clock, connectors, inspector=inspector)
