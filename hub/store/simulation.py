"""Simulates a version of a rule beside the one in force, some regencies at a time: each stretch is one transaction that sees one
moment of the registry, writes its part of the report, and records no verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

import msgspec

from hub.domain.errors import Conflict
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import RegionRange
from hub.matching.benefit import Benefit, compile_benefit, read_benefit
from hub.matching.compile import compile_rule, mask_of
from hub.matching.fields import Subject
from hub.matching.rules import Rule, read_rule
from hub.store.database import Session
from hub.store.eligibility import clauses_of, facts_of, parameters_of
from hub.store.queries import query, template
from hub.store.rows import by_key, grouped, read
from hub.store.rule_sets import RuleKey, RuleSet

STRETCH = 100_000
"""Households of one transaction, about: a few small regencies, or one that is large."""


class RuleSimulation(msgspec.Struct, frozen=True, gc=False):
    """A simulation as it stands; its report is whole when it is DONE."""

    simulation_id: int
    programme_code: str
    version: int
    revision: int
    baseline_version: int | None
    as_of: date
    period: str | None
    status: str
    regencies: int
    regencies_done: int
    units: int
    input_digest: str | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.RULE_SIMULATION, self.simulation_id)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions that are compared, ready to be run."""

    rule: Rule
    benefit: Benefit | None

    @classmethod
    def of(cls, document: object) -> "Side":
        """From a rule's document; raises Invalid."""
        return cls(read_rule(document), read_benefit(document))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a simulation compares: a version with the one in force (None: there is none)."""

    simulation: RuleSimulation
    before: Side | None
    after: Side


async def start_simulation(
    session: Session, rule_set: RuleSet, baseline_version: int | None, actor: str, now: datetime
) -> int:
    """A simulation of the revision as it stands, with one stretch for each regency; its id."""
    simulation_id: int = await session.fetch_value(
        query("simulation", "start_simulation"),
        programme_code=rule_set.programme_code,
        version=rule_set.version,
        revision=rule_set.revision,
        baseline_version=baseline_version,
        as_of=now.date(),
        created_by=actor,
        created_at=now,
    )
    await session.execute(query("simulation", "add_stretches"), simulation_id=simulation_id)
    return simulation_id


async def find_unfinished(session: Session, rule_set: RuleSet, day: date) -> int | None:
    """A simulation of this revision that was begun on the day and not brought to its end."""
    found: int | None = await session.fetch_value(
        query("simulation", "find_unfinished"),
        programme_code=rule_set.programme_code,
        version=rule_set.version,
        revision=rule_set.revision,
        as_of=day,
    )
    return found


async def find_simulations(session: Session, simulation_ids: Sequence[int]) -> list[RuleSimulation | None]:
    """The simulation of each id."""
    rows = await session.fetch(query("simulation", "find_simulations"), simulation_ids=list(simulation_ids))
    return by_key(simulation_ids, ((found.simulation_id, found) for found in read(RuleSimulation, rows)))


async def list_simulations_of(session: Session, keys: Sequence[RuleKey]) -> list[list[RuleSimulation]]:
    """The simulations of each version, the newest first."""
    rows = await session.fetch(
        query("simulation", "list_simulations_of"),
        codes=[code for code, _ in keys],
        versions=[version for _, version in keys],
    )
    return grouped(keys, (((found.programme_code, found.version), found) for found in read(RuleSimulation, rows)))


async def find_last_simulation(session: Session, programme_code: str, version: int | None) -> int | None:
    """The newest finished simulation of a version, or of any."""
    found: int | None = await session.fetch_value(
        query("simulation", "find_last_simulation"), programme_code=programme_code, version=version
    )
    return found


async def simulate_next(session: Session, compared: Comparison, households: int = STRETCH) -> int:
    """Simulate the next regencies, about so many households, in a transaction of its own; how many regencies, 0: all are done.

    Raises Conflict while another worker is at this simulation.
    """
    simulation_id = compared.simulation.simulation_id
    async with session.transaction() as transaction:
        await transaction.execute(query("simulation", "see_one_moment"))
        if not await transaction.fetch_value(query("simulation", "hold_simulation"), simulation_id=simulation_id):
            raise Conflict(f"simulation {simulation_id} is under way: ask for it again to see how far it came")
        row = await transaction.fetch_row(
            query("simulation", "next_stretch"), simulation_id=simulation_id, households=households
        )
        if row is None or not row["regencies"]:
            return 0
        await _simulate_stretch(transaction, compared, RegionRange(row["first_code"], row["last_code"] + "/"))
        await transaction.execute(query("simulation", "note_progress"), simulation_id=simulation_id)
        regencies: int = row["regencies"]
        return regencies


async def finish_simulation(session: Session, compared: Comparison, documents: Sequence[object], now: datetime) -> None:
    """Count the slots and fix the digest of all that the report rests on."""
    simulation_id = compared.simulation.simulation_id
    await session.execute(query("simulation", "count_slots"), simulation_id=simulation_id)
    found = compared.simulation
    digest = sha256(msgspec.json.encode([documents, found.as_of, found.period], order="sorted"))
    for row in await session.fetch(query("simulation", "list_digests"), simulation_id=simulation_id):
        digest.update(f"\n{row['name']} {row['digest']}".encode())
    await session.execute(
        query("simulation", "finish_simulation"),
        simulation_id=simulation_id,
        input_digest=digest.hexdigest(),
        finished_at=now,
    )


async def _simulate_stretch(session: Session, compared: Comparison, regions: RegionRange) -> None:
    for name in ("create_simulated_verdict", "create_simulated_amount", "create_simulated_unit"):
        await session.execute(query("simulation", name))
    where = _Where(session, compared.simulation.as_of, {"region_from": regions.start, "region_to": regions.end})
    for is_after, side in ((False, compared.before), (True, compared.after)):
        if side is not None:
            await where.judge(side, is_after=is_after)
            await where.price(side, is_after=is_after)
    before, after = compared.before, compared.after
    named = {"simulation_id": compared.simulation.simulation_id}
    priced = {
        "is_priced_before": before is not None and before.benefit is not None,
        "is_priced_after": after.benefit is not None,
    }
    await session.execute(
        query("simulation", "describe_units"),
        programme_code=compared.simulation.programme_code,
        is_of_persons=after.rule.unit is Subject.PERSON,
        segment_before=None if before is None else before.rule.segment,
        segment_after=after.rule.segment,
        amount_before=_flat(before),
        amount_after=_flat(after),
        **named,
        **where.regions,
        **priced,
    )
    await session.execute(query("simulation", "count_effects"), **named, **priced)
    await session.execute(query("simulation", "count_overlaps"), **named)
    await session.execute(query("simulation", "note_stretch"), **named, **where.regions)


def _flat(side: Side | None) -> int | None:
    return None if side is None or side.benefit is None else side.benefit.amount


@dataclass(frozen=True, slots=True)
class _Where:
    """Some regencies on a day, in a transaction."""

    session: Session
    as_of: date
    regions: dict[str, object]

    async def judge(self, side: Side, *, is_after: bool) -> None:
        compiled = compile_rule(side.rule)
        statement = template("simulation", "judge_stretch").fill(
            facts=facts_of(side.rule, compiled, of_regions=True),
            clauses=clauses_of(compiled),
            failed=mask_of(compiled, "not j.c{0}"),
            missing=mask_of(compiled, "j.c{0} is null"),
        )
        values = parameters_of(statement, compiled, self.as_of)
        await self.session.execute(statement, **values, **self.regions, is_after=is_after)

    async def price(self, side: Side, *, is_after: bool) -> None:
        if side.benefit is None or side.benefit.conditions is None:
            return
        compiled = compile_rule(side.benefit.conditions)
        facts = facts_of(side.benefit.conditions, compiled, of_regions=True)
        amount = compile_benefit(side.benefit, compiled)
        statement = template("simulation", "price_stretch").fill(facts=facts, amount=amount)
        await self.session.execute(
            statement,
            **parameters_of(statement, compiled, self.as_of),
            **self.regions,
            is_after=is_after,
            is_of_persons=side.rule.unit is Subject.PERSON,
            max_counted=side.benefit.max_counted,
        )


class Effect(msgspec.Struct, frozen=True, gc=False):
    """Counts of units in one cell of a report, before (the version in force) and after (the one that is simulated). None:
    withheld, for it would tell of a few people; costs are None too where the rule states no amounts.
    """

    region_code: str
    dimension: str
    value: str
    units: int | None
    meets_before: int | None
    meets_after: int | None
    winners: int | None
    losers: int | None
    unsettled: int | None
    losers_enrolled: int | None
    undetermined_before: int | None
    undetermined_after: int | None
    unserved_before: int | None
    unserved_after: int | None
    cost_before: int | None
    cost_after: int | None

    @property
    def counts(self) -> tuple[int, ...]:
        """All counts of people."""
        return tuple(
            getattr(self, name) or 0 for name in self.__struct_fields__[3:] if name not in ("cost_before", "cost_after")
        )


class Overlap(msgspec.Struct, frozen=True, gc=False):
    """Units that meet a version beside another programme. None: withheld."""

    programme_code: str
    enrolled_before: int | None
    enrolled_after: int | None
    eligible_before: int | None
    eligible_after: int | None


class SlotBalance(msgspec.Struct, frozen=True, gc=False):
    """What the pools of one region can give; `region_code` empty: the nation."""

    region_code: str
    available: int
    wanted_before: int
    wanted_after: int
    left_before: int
    left_after: int
    short_before: int
    short_after: int


async def sum_effects(session: Session, simulation_id: int, region_code: str) -> list[Effect]:
    """The cells of a region; the nation is the empty code."""
    values = {"simulation_id": simulation_id, "region_code": region_code}
    return read(Effect, await session.fetch(query("simulation", "sum_effects"), **values))


async def sum_effects_below(session: Session, simulation_id: int, region_code: str) -> list[Effect]:
    """The totals of the provinces, or of the regencies of a province."""
    values = {"simulation_id": simulation_id, "region_code": region_code, "length": 5 if region_code else 2}
    return read(Effect, await session.fetch(query("simulation", "sum_effects_below"), **values))


async def sum_overlaps(session: Session, simulation_id: int, region_code: str) -> list[Overlap]:
    """The overlaps of a region with every other programme."""
    values = {"simulation_id": simulation_id, "region_code": region_code}
    return read(Overlap, await session.fetch(query("simulation", "sum_overlaps"), **values))


async def list_slots(session: Session, simulation_id: int, region_code: str) -> list[SlotBalance]:
    """The pools of a region and of those right below it."""
    length = {0: 2, 2: 5}.get(len(region_code), 5)
    values = {"simulation_id": simulation_id, "region_code": region_code, "length": length}
    return read(SlotBalance, await session.fetch(query("simulation", "list_slots"), **values))


async def list_all_effects(session: Session, simulation_id: int) -> list[Effect]:
    """Every row of a report."""
    return read(Effect, await session.fetch(query("simulation", "list_all_effects"), simulation_id=simulation_id))
