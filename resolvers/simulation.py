"""What a version of a rule would change, before it counts: simulated some regencies at a time, read by region.

What callers outside the ministry see is reduced: cells that would tell of a few people are withheld.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import msgspec

from hub.domain.errors import Conflict, Forbidden, NotFound
from hub.domain.principal import EVERYWHERE, Role, Scope
from hub.domain.rule_sets import RuleStatus
from hub.domain.small_cells import withheld
from hub.store import idempotency, rule_sets, simulation
from hub.store.database import Session
from hub.store.eligibility import list_rules
from hub.store.rule_sets import Hand, RuleKey, RuleSet
from hub.store.simulation import Comparison, Effect, Overlap, RuleSimulation, Side, SlotBalance
from resolvers.context import Context
from resolvers.places import require_regions, within
from resolvers.rule_sets import RuleStep, require_sound

Progress = Callable[[int, int], None]
_REGENCY = 5
_REQUEST_SECONDS = 15.0
_SIMULATABLE = (RuleStatus.VALIDATED, RuleStatus.SIMULATED)


@dataclass(frozen=True, slots=True)
class RuleImpact:
    """What a version would change in a region; `region_code` None is the nation. `below`: totals of the regions right below."""

    version: int
    baseline_version: int | None
    as_of: date
    input_digest: str | None
    region_code: str | None
    effects: list[Effect]
    below: list[Effect]
    overlaps: list[Overlap]
    slots: list[SlotBalance]


async def simulations_of(ctx: Context, simulation_ids: Sequence[int]) -> Sequence[RuleSimulation | None]:
    """The simulation of each id."""
    return await simulation.find_simulations(ctx.session, simulation_ids)


async def simulations_of_rule_sets(ctx: Context, keys: Sequence[RuleKey]) -> Sequence[list[RuleSimulation]]:
    """The simulations of each version, the newest first."""
    return await simulation.list_simulations_of(ctx.session, keys)


async def start_simulation(ctx: Context, step: RuleStep, key: str) -> RuleSimulation:
    """Begin to simulate a validated version, or take up what was begun today. The same key gives the same simulation."""
    ctx.require(Scope.RULE_WRITE)
    now = ctx.clock()
    asked = sha256(msgspec.json.encode([step.programme_code, step.version])).digest()
    claim = idempotency.Claim(ctx.principal.client_id, "ruleSimulate", key, asked)
    async with ctx.jobs.transaction() as transaction:
        known: int | None = await idempotency.claim(transaction, claim, now)
        if known is None:
            known = await _begin(ctx, transaction, step.key)
            await idempotency.keep(transaction, claim, known)
        return await _get(transaction, known)


async def continue_simulation(
    ctx: Context,
    simulation_id: int,
    progress: Progress | None = None,
    *,
    seconds: float | None = None,
    households: int = simulation.STRETCH,
) -> RuleSimulation:
    """Simulate what is left, about so many households at a time, to the end or for so many seconds; then the version is
    SIMULATED.

    Can be killed at any moment and called again: what is done stays done.
    """
    ctx.require(Scope.RULE_WRITE)
    found = await _get(ctx.jobs, simulation_id)
    if found.status == "DONE":
        return found
    compared, documents = await _compare(ctx.jobs, found)
    loop = asyncio.get_running_loop()
    ends = None if seconds is None else loop.time() + seconds
    done = found.regencies_done
    while more := await simulation.simulate_next(ctx.jobs, compared, households):
        done += more
        if progress is not None:
            progress(done, found.regencies)
        if ends is not None and loop.time() > ends:
            return await _get(ctx.jobs, simulation_id)
    return await _finish(ctx, compared, documents)


async def simulate_rule(ctx: Context, step: RuleStep, key: str) -> RuleSimulation:
    """Both, for as long as a request may take; ask again with the same key to go on."""
    begun = await start_simulation(ctx, step, key)
    return await continue_simulation(ctx, begun.simulation_id, seconds=_REQUEST_SECONDS)


async def find_impact(ctx: Context, programme_code: str, version: int | None, region_code: str | None) -> RuleImpact:
    """What the newest simulation of a version found in a region; without a version, the newest of the programme."""
    if region_code is None and ctx.principal.regions != EVERYWHERE:
        raise Forbidden("name the region: you are bound to one, and the nation's figures are the ministry's")
    own = ctx.principal.regency_code
    if own is not None and region_code != own:
        within(ctx, region_code)
        raise Forbidden(f"name the regency {own}: reports are by regency")
    code = region_code or ""
    if len(code) > _REGENCY:
        raise Conflict(f"reports are by regency, and {code} lies within {code[:_REGENCY]}: name that")
    simulation_id = await simulation.find_last_simulation(ctx.session, programme_code, version)
    if simulation_id is None:
        which = programme_code if version is None else f"{programme_code}/{version}"
        raise NotFound(f"no finished simulation of rule {which} that you may see: simulate it first")
    if code:
        await require_regions(ctx.session, [code], "regionCode")
    return await _impact(ctx, simulation_id, code)


async def _impact(ctx: Context, simulation_id: int, code: str) -> RuleImpact:
    found = await _get(ctx.session, simulation_id)
    effects = await simulation.sum_effects(ctx.session, simulation_id, code)
    below = [] if len(code) == _REGENCY else await simulation.sum_effects_below(ctx.session, simulation_id, code)
    overlaps = await simulation.sum_overlaps(ctx.session, simulation_id, code)
    slots = await simulation.list_slots(ctx.session, simulation_id, code)
    if ctx.principal.role is not Role.MINISTRY_ANALYST:
        effects, overlaps, slots = reduced(effects), _reduced_overlaps(overlaps), []
    told = (found.version, found.baseline_version, found.as_of, found.input_digest)
    return RuleImpact(*told, code or None, effects, below, overlaps, slots)


def reduced(effects: Sequence[Effect]) -> list[Effect]:
    """The cells of regions with what is small, or would follow from what is shown, withheld. `effects` holds all cells of
    a region and dimension, or none.
    """
    groups: dict[tuple[str, str], list[Effect]] = {}
    for effect in effects:
        groups.setdefault((effect.region_code, effect.dimension), []).append(effect)
    hidden = {
        (group[position].region_code, group[position].dimension, group[position].value)
        for group in groups.values()
        for position in withheld([effect.counts for effect in group], has_margin=group[0].dimension != "ALL")
    }
    return [
        _blank(effect) if (effect.region_code, effect.dimension, effect.value) in hidden else effect
        for effect in effects
    ]


def _blank(effect: Effect) -> Effect:
    names = effect.__struct_fields__[3:]
    return msgspec.structs.replace(effect, **dict.fromkeys(names))


def _reduced_overlaps(overlaps: Sequence[Overlap]) -> list[Overlap]:
    names = Overlap.__struct_fields__[1:]
    hidden = withheld([[getattr(overlap, name) for name in names] for overlap in overlaps], has_margin=False)
    return [
        msgspec.structs.replace(overlap, **dict.fromkeys(names)) if position in hidden else overlap
        for position, overlap in enumerate(overlaps)
    ]


async def _begin(ctx: Context, transaction: Session, key: RuleKey) -> int:
    rule_set = await rule_sets.lock_rule_set(transaction, key)
    if rule_set.status not in _SIMULATABLE:
        raise Conflict(
            f"rule {rule_set.code} is {rule_set.status} and cannot be simulated: that takes VALIDATED or SIMULATED"
        )
    require_sound(rule_set, await rule_sets.lock_programme(transaction, key[0]))
    now = ctx.clock()
    known = await simulation.find_unfinished(transaction, rule_set, now.date())
    if known is not None:
        return known
    in_force = {rule.programme_code: rule.version for rule in await list_rules(transaction, now.date())}
    actor = ctx.principal.client_id
    return await simulation.start_simulation(transaction, rule_set, in_force.get(key[0]), actor, now)


async def _compare(session: Session, found: RuleSimulation) -> tuple[Comparison, list[object]]:
    keys = [(found.programme_code, found.version)]
    if found.baseline_version is not None:
        keys.append((found.programme_code, found.baseline_version))
    versions: list[RuleSet] = [version for version in await rule_sets.find_rule_sets(session, keys) if version]
    _require_revision(found, versions[0])
    sides = [Side.of(version.rule) for version in versions]
    documents: list[object] = [version.rule for version in versions]
    return Comparison(found, sides[1] if len(sides) > 1 else None, sides[0]), documents


async def _finish(ctx: Context, compared: Comparison, documents: list[object]) -> RuleSimulation:
    found = compared.simulation
    async with ctx.jobs.transaction() as transaction:
        rule_set = await rule_sets.lock_rule_set(transaction, (found.programme_code, found.version))
        current = await _get(transaction, found.simulation_id)
        if current.status == "DONE":
            return current
        _require_revision(found, rule_set)
        now = ctx.clock()
        await simulation.finish_simulation(transaction, compared, documents, now)
        if rule_set.status in _SIMULATABLE:
            hand = Hand(ctx.principal.client_id, now, f"simulation {found.simulation_id}")
            await rule_sets.note_simulated(transaction, rule_set.key, found.simulation_id, hand)
        return await _get(transaction, found.simulation_id)


def _require_revision(found: RuleSimulation, rule_set: RuleSet) -> None:
    if rule_set.revision != found.revision:
        raise Conflict(
            f"rule {rule_set.code} was changed since simulation {found.simulation_id} began: validate and simulate it anew"
        )


async def _get(session: Session, simulation_id: int) -> RuleSimulation:
    found = (await simulation.find_simulations(session, [simulation_id]))[0]
    if found is None:
        raise NotFound(f"there is no simulation {simulation_id} that you may see")
    return found
