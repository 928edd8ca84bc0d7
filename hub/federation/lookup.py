"""Households by the keys that their districts gave them: one call per district, whatever the number of keys."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.records import HouseholdRecord, Reject
from hub.federation.checks import check_households
from hub.federation.completeness import Completeness, completeness_of
from hub.federation.directory import Directory
from hub.federation.gather import Failed, Gather
from hub.federation.questions import HouseholdLookup
from hub.federation.routing import route, shards_of_keys

Key = tuple[str, str]
"""Regency code, and the district's own id."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the districts have now, by key. A key of a district in `answered` that is not found is gone there."""

    records: Mapping[Key, HouseholdRecord]
    answered: frozenset[str]
    completeness: Completeness


async def look_up_households(
    gather: Gather,
    directory: Directory,
    keys: Iterable[Key],
    drained_at: Callable[[Sequence[str]], Awaitable[Mapping[str, datetime | None]]],
) -> LookedUp:
    """The households of these keys; `drained_at` says of when the replica is, for districts that do not answer."""
    wanted: dict[str, list[str]] = {}
    for code, record_id in dict.fromkeys(keys):
        wanted.setdefault(code, []).append(record_id)
    shards = shards_of_keys(directory, wanted)
    routed = route(shards, HouseholdLookup.capability)
    questions = {shard.regency_code: HouseholdLookup(tuple(wanted[shard.regency_code])) for shard in routed.ask}
    asked = ((shard, questions[shard.regency_code]) for shard in routed.ask)
    outcomes = await gather.ask_all(asked, check_households, gather.deadline_at())
    failures = dict(routed.failures)
    records: dict[Key, HouseholdRecord] = {}
    rejects: dict[str, list[Reject]] = {}
    for shard in routed.ask:
        code, outcome = shard.regency_code, outcomes[shard.regency_code]
        if isinstance(outcome, Failed):
            failures[code] = outcome
            continue
        records |= {(code, record.source_record_id): record for record in outcome.value.records}
        rejects[code] = outcome.value.rejects
    failures |= _not_joined(wanted, frozenset(shard.regency_code for shard in shards))
    as_of = await drained_at(sorted(failures)) if failures else {}
    answered = frozenset(wanted) - failures.keys()
    return LookedUp(records, answered, completeness_of(len(wanted), failures, as_of, rejects))


def _not_joined(wanted: Iterable[str], joined: frozenset[str]) -> dict[str, Failed]:
    return {
        code: Failed("NOT_JOINED", f"No district system takes part for {code}: the hub has what it read before")
        for code in wanted
        if code not in joined
    }
