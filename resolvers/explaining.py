"""Why a household was or was not served: rank, need, what came before, which pool, and what decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.errors import NotFound
from hub.domain.opaque_id import Kind, read_opaque_id
from hub.domain.principal import Scope
from hub.matching.allocation.problem import Policy
from hub.store import matches_read, registry, run_report
from hub.store.matches_read import Match, RecordedVerdict
from hub.store.run_report import Standing
from resolvers.context import Context
from resolvers.programmes import list_programmes

PHASE_OF_LENGTH = {5: "REGENCY", 2: "PROVINCE"}


@dataclass(frozen=True, slots=True)
class Explained:
    """All that decides about a household: its standings in runs, its verdicts, its matches."""

    household_id: int
    standings: Sequence[Standing]
    verdicts: Sequence[RecordedVerdict]
    matches: Sequence[Match]


async def explain(ctx: Context, name: str) -> Explained:
    """By the id of a match or household, or the reference of a match; raises NotFound."""
    ctx.require(Scope.RUN_READ)
    household_id = await _household(ctx, name)
    codes = [programme.code for programme in await list_programmes(ctx)]
    return Explained(
        household_id,
        await run_report.list_standings(ctx.session, household_id),
        await matches_read.list_recorded_verdicts(ctx.session, [household_id], codes),
        (await matches_read.list_matches_of_households(ctx.session, [household_id]))[0],
    )


async def _household(ctx: Context, name: str) -> int:
    if not name.isdecimal():
        named = read_opaque_id(name)
        if named.kind is Kind.HOUSEHOLD:
            return await _known(ctx, int(named.key), name)
        if named.kind is not Kind.MATCH:
            raise NotFound(f"{name!r} is the id of a {named.kind.value}: name a match or a household")
        name = str(named.key)
    found = await run_report.find_household_of_match(ctx.session, int(name))
    if found is None:
        raise NotFound(f"there is no match {name} that you may see: name a match or a household by its `id`")
    return found


async def _known(ctx: Context, household_id: int, name: str) -> int:
    if (await registry.find_households(ctx.session, [household_id], whole=False))[0] is None:
        raise NotFound(f"there is no household {name!r} that you may see")
    return household_id


def phase_of(standing: Standing) -> str | None:
    """In which phase a unit was placed: REGENCY, PROVINCE, NATION; None while it waits."""
    if not standing.is_placed:
        return None
    return PHASE_OF_LENGTH.get(len(standing.pool_region_code or ""), "NATION")


def reason_of(standing: Standing) -> str:
    """One sentence on what decided."""
    if standing.is_placed:
        where = {"REGENCY": "of its regency", "PROVINCE": "of its province"}.get(
            phase_of(standing) or "", "of the nation"
        )
        chosen = "" if _is_served_otherwise(standing) else "; the other policy would not have served it"
        return f"it got a slot of {standing.programme_code} from the pool {where}{chosen}"
    if standing.last_placed is None:
        return "no pool that its regency may draw from had a free slot"
    chosen = "; the other policy would have served it" if _is_served_otherwise(standing) else ""
    return (
        f"all slots that its regency may draw from were taken: the last one in the regency went to rank "
        f"{standing.last_placed}, {standing.waiting_before} others wait before it{chosen}"
    )


def _is_served_otherwise(standing: Standing) -> bool:
    return standing.by_floors if standing.policy == Policy.STRICT_PRIORITY.value else standing.by_priority
