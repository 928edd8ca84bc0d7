"""What connectors have in common: their name, and refusing what they did not declare."""

from collections.abc import Sequence

from connectors.errors import System
from connectors.http import Channel
from hub.domain.errors import Fatal
from hub.domain.records import CaseUpdate, PoolRecord
from hub.domain.referral_exchange import ReferralDelivery, ReferralReceipt
from hub.domain.source import (
    Capability,
    CaseUpdateOutcome,
    DeliveryOutcome,
    IssueOutcome,
    IssueRequest,
    MatchDelivery,
    Profiles,
)


class BaseConnector:
    """A connector that can do nothing yet: a subclass declares capabilities and overrides their methods."""

    capabilities: frozenset[Capability] = frozenset()

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @property
    def code(self) -> str:
        """`KIS`, `PKH`, or a regency code."""
        return self._system.code

    async def pools(self) -> Sequence[PoolRecord]:
        """Raise Fatal: this system reports no pools."""
        raise self._incapable(Capability.POOLS)

    async def profiles(self) -> Profiles:
        """Raise Fatal: this system knows no villages."""
        raise self._incapable(Capability.PROFILES)

    async def issue(self, requests: Sequence[IssueRequest]) -> Sequence[IssueOutcome]:
        """Raise Fatal: this system issues nothing."""
        raise self._incapable(Capability.ISSUE, asked=len(requests))

    async def deliver(self, matches: Sequence[MatchDelivery]) -> Sequence[DeliveryOutcome]:
        """Raise Fatal: this system takes no matches."""
        raise self._incapable(Capability.DELIVER, asked=len(matches))

    async def deliver_case_updates(self, updates: Sequence[CaseUpdate]) -> Sequence[CaseUpdateOutcome]:
        """Raise Fatal: this system takes no changes of case files."""
        raise self._incapable(Capability.CASE_UPDATES, asked=len(updates))

    async def deliver_referrals(self, referrals: Sequence[ReferralDelivery]) -> Sequence[ReferralReceipt]:
        """Raise Fatal: this system takes no referrals."""
        raise self._incapable(Capability.REFERRALS, asked=len(referrals))

    async def aclose(self) -> None:
        """Give back connections."""
        await self._channel.aclose()

    @property
    def _system(self) -> System:
        return self._channel.system

    def _incapable(self, capability: Capability, asked: int = 0) -> Fatal:
        name = self._system.name
        can = ", ".join(sorted(self.capabilities))
        message = f"{name} cannot {capability}: it declares {can}"
        return Fatal(self.code, message, f"asked for {asked}")
