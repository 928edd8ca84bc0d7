"""Policies [standar pelayanan]: what is promised to whoever brings a case file, version after version."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time

from hub.domain.clocks import SlaTerms
from hub.domain.principal import RegionRange
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import by_key, read


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """A version of a policy; `regency_code` None: the nation's."""

    regency_code: str | None
    version: int
    valid_from: datetime
    first_response_minutes: int
    first_response_hours: str
    office_opens: time
    office_closes: time
    information_days: int
    regular_days: int
    oversight_days: int
    at_risk_percent: int
    regency_percent: int | None
    province_percent: int | None
    ministry_percent: int | None
    reason: str
    set_by: str
    set_at: datetime

    @property
    def terms(self) -> SlaTerms:
        """What it promises."""
        return SlaTerms(**{name: getattr(self, name) for name in SlaTerms.__dataclass_fields__})


async def list_policies(
    session: Session, regions: RegionRange, after: tuple[str, int] | None, first: int
) -> list[SlaPolicy]:
    """The nation's first, then by regency; of each the newest first. `after` is (regency or empty, version)."""
    region, version = ("", -(2**31)) if after is None else (after[0], -after[1])
    rows = await session.fetch(
        query("sla_policy", "list_policies"),
        region_from=regions.start,
        region_to=regions.end,
        after_region=region,
        after_version=version,
        first=first,
    )
    return read(SlaPolicy, rows)


async def find_policies(session: Session, policy_ids: Sequence[int]) -> list[SlaPolicy | None]:
    """The policy of each id."""
    rows = await session.fetch(query("sla_policy", "list_policies_by_id"), policy_ids=list(policy_ids))
    return by_key(policy_ids, ((row[0], SlaPolicy(*list(row)[1:])) for row in rows))


async def find_policy(session: Session, regency_code: str | None, version: int) -> SlaPolicy | None:
    """One version."""
    row = await session.fetch_row(query("sla_policy", "find_policy"), regency_code=regency_code, version=version)
    return None if row is None else SlaPolicy(*row)


async def find_newest(session: Session, regency_code: str | None) -> SlaPolicy | None:
    """The newest version of a regency's own policy, or of the nation's."""
    row = await session.fetch_row(query("sla_policy", "find_newest_policy"), regency_code=regency_code)
    return None if row is None else SlaPolicy(*row)


async def lock_policies(session: Session, regency_code: str | None) -> None:
    """Hold the right to add a version until the transaction ends."""
    await session.execute(query("sla_policy", "lock_policies"), regency_code=regency_code)


async def add_policy(session: Session, policy: SlaPolicy) -> None:
    """Add a version; the caller holds the right."""
    await session.execute(query("sla_policy", "add_policy"), **asdict(policy))
