"""Which of the districts can be asked at all, and why the others cannot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.domain.district import DistrictCapability, DistrictStatus
from hub.domain.principal import RegionRange
from hub.federation.directory import Directory, Shard
from hub.federation.gather import Failed


@dataclass(frozen=True, slots=True)
class Routed:
    """The districts to ask, and those that are not asked, by code."""

    ask: Sequence[Shard]
    failures: Mapping[str, Failed]


def shards_of(directory: Directory, region_code: str | None, regions: RegionRange) -> Sequence[Shard]:
    """The districts that may hold anything of a region that the caller may see; None is all of the caller's regions.

    A code of a regency or below names one district, a province those in it.
    """
    return [shard for shard in directory.shards_under(region_code) if _meet(shard.regency_code, regions)]


def shards_of_keys(directory: Directory, regency_codes: Iterable[str]) -> Sequence[Shard]:
    """The districts that own the keys, each once; those that did not join are left out."""
    found = {code: directory.shard_of(code) for code in regency_codes}
    return [shard for _, shard in sorted(found.items()) if shard is not None]


def route(shards: Sequence[Shard], capability: DistrictCapability, kept: frozenset[str] = frozenset()) -> Routed:
    """Ask those that can do it; `kept` names those for which the replica stands in already."""
    failures = {
        shard.regency_code: failure for shard in shards if (failure := _failure(shard, capability, kept)) is not None
    }
    return Routed([shard for shard in shards if shard.regency_code not in failures], failures)


def _failure(shard: Shard, capability: DistrictCapability, kept: frozenset[str]) -> Failed | None:
    code = shard.regency_code
    if shard.status is DistrictStatus.SUSPENDED:
        return Failed("SUSPENDED", f"District {code} is suspended: the hub asks it nothing until somebody resumes it")
    if capability not in shard.capabilities:
        can = ", ".join(sorted(shard.capabilities)) or "nothing"
        return Failed("NOT_CAPABLE", f"District {code} cannot {capability}: it declares {can}")
    if code in kept:
        return Failed(
            "REPLICA_KEPT",
            f"District {code} did not answer on an earlier page of this list, so the replica stands in until it ends: "
            "begin again without after for its rows of now",
        )
    return None


def _meet(regency_code: str, regions: RegionRange) -> bool:
    own = RegionRange.under(regency_code)
    return max(own.start, regions.start) < min(own.end, regions.end)
