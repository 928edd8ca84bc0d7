"""Which district system answers for which region: a snapshot in memory that never changes; a newer one replaces it."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.domain.district import DistrictCapability, DistrictStatus
from hub.domain.principal import RegionRange

REGENCY_LENGTH = 5
"""Of a code such as 35.10: a code that begins so lies in that regency."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A district system. `concurrency` is how many calls it takes at the same time; `endpoint` is its GraphQL URL."""

    regency_code: str
    endpoint: str
    capabilities: frozenset[DistrictCapability]
    contract_version: int
    status: DistrictStatus
    concurrency: int
    freshness_target: timedelta


class Directory:
    """All shards at one revision, by their regency codes."""

    def __init__(self, shards: Iterable[Shard], revision: int) -> None:
        self._shards = sorted(shards, key=lambda shard: shard.regency_code)
        self._codes = [shard.regency_code for shard in self._shards]
        self._by_code = dict(zip(self._codes, self._shards, strict=True))
        self.revision = revision

    def shard_of(self, region_code: str) -> Shard | None:
        """The shard that answers for a regency or a region in it; None when no district joined for it."""
        return self._by_code.get(region_code[:REGENCY_LENGTH])

    def shards_under(self, region_code: str | None) -> Sequence[Shard]:
        """The shards that may hold anything of a region, in the order of their codes; None is the whole country."""
        if region_code is None:
            return tuple(self._shards)
        if len(region_code) >= REGENCY_LENGTH:
            shard = self.shard_of(region_code)
            return () if shard is None else (shard,)
        below = RegionRange.under(region_code)
        return tuple(self._shards[bisect_left(self._codes, below.start) : bisect_left(self._codes, below.end)])


NO_DISTRICTS = Directory((), 0)
