"""The Protocol behind which every outside system stands, district or national.

The hub knows a system by its code (`KIS`, `PKH`, or the regency code of a district, such as `35.10`)
and by what it declares that it can do. What is not declared is not called.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

import msgspec

from hub.domain.records import CaseUpdate, PoolRecord, Record, Reject
from hub.domain.referral_exchange import ReferralDelivery, ReferralReceipt
from hub.domain.village_profiles import PovertySeriesRecord, VillageProfileRecord


class Capability(StrEnum):
    """What an outside system can do for the hub."""

    PULL = "PULL"
    """Gives its records as an ordered feed that can be resumed."""
    POOLS = "POOLS"
    """Reports pools of entitlements."""
    PROFILES = "PROFILES"
    """Reports what villages are like, and poverty figures."""
    ISSUE = "ISSUE"
    """Issues an entitlement to a person or household."""
    DELIVER = "DELIVER"
    """Takes matches for its households, and reports their outcomes in its feed."""
    CASE_UPDATES = "CASE_UPDATES"
    """Takes changes of its case files, orders them among its own, and reports all of them in its feed."""
    REFERRALS = "REFERRALS"
    """Takes referrals to it, and reports what it does with them in its feed."""


def regency_of(system_code: str) -> str | None:
    """The regency of a district's system; None for a national one, whose code is no number."""
    return system_code if system_code[:1].isdigit() else None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a feed. `cursor` continues after it; `has_more` False means that the feed is drained."""

    records: list[Record]
    rejects: list[Reject]
    cursor: str
    has_more: bool


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """What a district reports of its villages and of poverty; `rejects` names what could not be read."""

    villages: list[VillageProfileRecord]
    series: list[PovertySeriesRecord]
    rejects: list[Reject]


class IssueRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask the national system to issue one entitlement. `key` makes it safe to ask again."""

    key: str
    programme_code: str
    pool_region_code: str | None
    nik: str | None
    kk_number: str | None
    name: str | None
    birth_date: date | None


class IssueOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The national answer to one request: ISSUED with its reference, or REFUSED with its reason code."""

    key: str
    status: Literal["ISSUED", "REFUSED"]
    reference: str | None = None
    reason_code: str | None = None


class MatchDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """What a district is told of a match for one of its households."""

    match_reference: str
    household_record_id: str
    person_record_id: str | None
    programme_code: str
    status: str
    expires_at: datetime | None


class DeliveryOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the district took the delivery; `reason` when it did not."""

    match_reference: str
    is_accepted: bool
    reason: str | None = None


class CaseUpdateOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the district made of an update: `refusal` when it was not taken, `version` of the group, its own record's id."""

    key: str
    is_accepted: bool
    refusal: str | None = None
    version: int | None = None
    case_file_record_id: str | None = None


class Connector(Protocol):
    """An outside system. Every method keeps its own deadline and raises only SourceError."""

    @property
    def code(self) -> str:
        """`KIS`, `PKH`, or a regency code."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this system can do; calling what is absent raises Fatal."""
        ...

    async def check(self) -> None:
        """Return when the system answers and fits its contract; raise Fatal or Retriable when not."""
        ...

    async def pull(self, after: str | None) -> Page:
        """The next page of the feed after a cursor; None starts from the beginning."""
        ...

    async def pools(self) -> Sequence[PoolRecord]:
        """The pools as the system reports them now."""
        ...

    async def profiles(self) -> Profiles:
        """Villages and poverty figures as the system reports them now, all of them."""
        ...

    async def issue(self, requests: Sequence[IssueRequest]) -> Sequence[IssueOutcome]:
        """Issue a set; one outcome for each request, in their order. Safe to repeat with the same keys."""
        ...

    async def deliver(self, matches: Sequence[MatchDelivery]) -> Sequence[DeliveryOutcome]:
        """Deliver a set; one outcome for each, in their order. Safe to repeat."""
        ...

    async def deliver_case_updates(self, updates: Sequence[CaseUpdate]) -> Sequence[CaseUpdateOutcome]:
        """Deliver in this order; one outcome for each. Safe to repeat: what is known by its key is answered as before."""
        ...

    async def deliver_referrals(self, referrals: Sequence[ReferralDelivery]) -> Sequence[ReferralReceipt]:
        """Deliver a set; one receipt for each, in their order. Safe to repeat: the greatest version counts."""
        ...

    async def aclose(self) -> None:
        """Give back connections."""
        ...
