"""Who gets the entitlements: strict priority by need, regency quota first, then what the province and the nation have left.

Pure: the same candidates, pools and seed give the same placements. Caps are nested (a regency's pool lies within its
province and nation), a matroid, so one greedy pass in rank order is exact.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import NamedTuple


class Candidate(NamedTuple):
    """An eligible, unserved unit. `waiting_since` is days since the epoch of the oldest open case file, or None."""

    household_id: int
    person_id: int | None
    regency_code: str
    decile: int
    vulnerability: int
    waiting_since: int | None


@dataclass(frozen=True, slots=True)
class Pool:
    """Free slots of one region, or of the nation (None)."""

    pool_id: int
    region_code: str | None
    available: int


class Placement(NamedTuple):
    """A candidate with its rank (from 1) and its pool; None waits for a slot that comes back."""

    rank: int
    candidate: Candidate
    pool_id: int | None


def allocate(candidates: Iterable[Candidate], pools: Sequence[Pool], seed: int) -> list[Placement]:
    """All candidates in rank order, each placed in the nearest pool that still has a slot."""
    left = {pool.pool_id: pool.available for pool in pools}
    by_region: dict[str | None, list[int]] = {}
    for pool in sorted(pools, key=lambda pool: pool.pool_id):
        by_region.setdefault(pool.region_code, []).append(pool.pool_id)
    placements = []
    for rank, candidate in enumerate(rank_by_need(candidates, seed), start=1):
        pool_id = _nearest(candidate.regency_code, by_region, left)
        if pool_id is not None:
            left[pool_id] -= 1
        placements.append(Placement(rank, candidate, pool_id))
    return placements


def rank_by_need(candidates: Iterable[Candidate], seed: int) -> list[Candidate]:
    """Poorest decile first, then the more vulnerable, then who waits longest, then a published, seeded hash."""
    salt = seed.to_bytes(8, "big", signed=True)

    def need(candidate: Candidate) -> tuple[int, int, int, bytes]:
        key = f"{candidate.household_id}/{candidate.person_id}".encode()
        waiting = 2**31 if candidate.waiting_since is None else candidate.waiting_since
        return (
            candidate.decile,
            -candidate.vulnerability,
            waiting,
            blake2b(key, digest_size=8, salt=salt).digest(),
        )

    return sorted(candidates, key=need)


def digest_of_input(rule: str, seed: int, candidates: Iterable[Candidate], pools: Iterable[Pool]) -> str:
    """One fingerprint of all that an allocation depends on; equal input has an equal digest in any order."""
    digest = sha256(f"{rule}\n{seed}\n".encode())
    for pool in sorted(pools, key=lambda pool: pool.pool_id):
        digest.update(f"{pool.pool_id} {pool.region_code} {pool.available}\n".encode())
    for candidate in sorted(candidates, key=lambda c: (c.household_id, c.person_id or 0)):
        digest.update(f"{tuple(candidate)}\n".encode())
    return digest.hexdigest()


def _nearest(regency_code: str, by_region: dict[str | None, list[int]], left: dict[int, int]) -> int | None:
    for region in (regency_code, regency_code[:2], None):
        for pool_id in by_region.get(region, ()):
            if left[pool_id] > 0:
                return pool_id
    return None
