"""Districts that take part, as tests begin with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.domain.directory import DistrictAccess, DistrictTerms, Inspection
from hub.domain.district import DistrictCapability
from hub.federation.federation import Federation, no_federation
from hub.store import directory
from hub.store.database import Session
from hub.store.directory import Change
from resolvers.outbox_delivery import OutboxCounters


@dataclass(frozen=True)
class Still:
    """Outside systems that stay as they are."""

    connectors: Any = field(default_factory=dict)
    inspector: Any = None
    federation: Federation = field(default_factory=no_federation)
    outbox: OutboxCounters = field(default_factory=OutboxCounters)


FITS = Inspection(
    extent="FULL", has_answered=True, contract_version=1, capabilities=frozenset(DistrictCapability), findings=()
)


def access(code: str, endpoint: str = "http://district.invalid/graphql") -> DistrictAccess:
    return DistrictAccess(
        regency_code=code, endpoint=endpoint, credential=f"env:SLRT_HUB_TOKEN_{code.replace('.', '_')}"
    )


async def join_districts(session: Session, endpoints: Mapping[str, str] | Iterable[str], now: datetime) -> None:
    """Districts that were checked and fit; by their codes, or codes with endpoints."""
    named = endpoints if isinstance(endpoints, Mapping) else dict.fromkeys(endpoints, "http://district.invalid/graphql")
    for code, endpoint in named.items():
        change = Change("test", "begins", now)
        assert await directory.put_entry(session, access(code, endpoint), FITS, DistrictTerms(), change)
