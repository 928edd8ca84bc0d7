"""Rule sets, their simulation, and what evaluating anew changed."""

from datetime import date, datetime

from hub.domain.principal import Scope
from hub.domain.rule_sets import RuleOrigin, RuleStatus
from hub.store import evaluation, rule_sets, simulation
from resolvers import simulation as impact
from resolvers.evaluation import causes_of, programmes_of_evaluations
from resolvers.programmes import programmes_of
from resolvers.regions import regions_of
from resolvers.rule_sets import history_of
from resolvers.simulation import simulations_of, simulations_of_rule_sets
from schema.fields import batched, plain
from schema.objects import Node, entity, shape
from schema.scalars import Long
from schema.types.programme import Programme
from schema.types.region import Region
from schema.types.rule_words import EffectDimension, SimulationStatus


@shape(rule_sets.RuleMove, Scope.RULE_READ, "One line of the history of a rule set; the database only adds to it.")
class RuleMove:
    """One line of a rule set's history."""

    from_status: RuleStatus | None = plain("Status before; null: it was created.")
    to_status: RuleStatus = plain("Status after.")
    revision: int = plain("Revision of the document then.")
    is_written: bool = plain("Whether this move brought the document.")
    effective_from: date | None = plain("First day on which it counts, as known then.")
    effective_to: date | None = plain("First day on which it counts no longer, as known then.")
    actor: str = plain("Client that did it.")
    reason: str = plain("Why, in the client's words.")
    moved_at: datetime = plain("When.")


@entity(
    simulation.RuleSimulation,
    Scope.RULE_READ,
    "What a rule set would change, found beside the version in force without recording a verdict.",
)
class RuleSimulation(Node):
    """A simulation of a rule set."""

    version: int = plain("Version that is simulated.")
    revision: int = plain("Revision of its document.")
    baseline_version: int | None = plain("Version in force, with which it is compared; null: there was none.")
    as_of: date = plain("Day on which ages and rules count.")
    period: str | None = plain("Period of the pools; null: the programme has none.")
    status: SimulationStatus = plain("How far it is.")
    regencies: int = plain("Regencies to be simulated.")
    regencies_done: int = plain("Of these, done.")
    units: Long = plain("Households or persons that were judged.")
    input_digest: str | None = plain("Digest of all that the report rests on: the same input gives the same report.")
    created_by: str = plain("Client that began it.")
    created_at: datetime = plain("When it began.")
    finished_at: datetime | None = plain("When the report was whole.")


@entity(rule_sets.RuleSet, Scope.RULE_READ, "A version of a programme's rule [aturan program], on its way into force.")
class RuleSet(Node):
    """A version of a programme's rule."""

    code: str = plain("Programme and version, such as PKH/2.")
    programme: Programme | None = batched(programmes_of, key="programme_code", description="The programme.")
    version: int = plain("Number of the version.")
    status: RuleStatus = plain("Status.")
    origin: RuleOrigin = plain("Where it comes from.")
    revision: int = plain("Counts the changes of the document.")
    effective_from: date | None = plain("First day on which it counts; null: not published.")
    effective_to: date | None = plain("First day on which it counts no longer; null: no end is known.")
    drafted_by: str = plain("Client that began it.")
    approved_by: str | None = plain("Client that approved it, none of its authors.")
    document: str = plain("Rule and examples, as JSON text.")
    simulation: RuleSimulation | None = batched(
        simulations_of, key="simulation_id", description="The simulation that its approval rests on."
    )
    simulations: list[RuleSimulation] = batched(
        simulations_of_rule_sets, key="key", description="All simulations of it, the newest first."
    )
    history: list[RuleMove] = batched(history_of, key="key", description="What became of it, in order.")


@shape(
    simulation.Effect,
    Scope.COVERAGE_READ,
    "Units before (by the version in force) and after. Null where it would tell of a few people.",
)
class RuleEffect:
    """Units before and after, in one cell of a report."""

    region: Region | None = batched(regions_of, key="region_code", description="The region; null: the nation.")
    dimension: EffectDimension = plain("By what the cell is told apart.")
    value: str = plain("Its value, such as FEMALE, SEVERE, 3, or UNKNOWN.")
    units: Long | None = plain("Households or persons.")
    meets_before: Long | None = plain("Who meet the version in force, served or not.")
    meets_after: Long | None = plain("Who meet the simulated version, served or not.")
    winners: Long | None = plain("Who meet the simulated version and not the one in force.")
    losers: Long | None = plain("Who meet the version in force and fail a clause of the simulated one.")
    unsettled: Long | None = plain("Who meet the version in force, and the simulated one cannot be decided.")
    losers_enrolled: Long | None = plain("Of the losers, who are on the programme.")
    undetermined_before: Long | None = plain("Of whom the version in force cannot be decided.")
    undetermined_after: Long | None = plain("Of whom the simulated version cannot be decided.")
    unserved_before: Long | None = plain("Who meet the version in force and are not on the programme.")
    unserved_after: Long | None = plain("Who meet the simulated version and are not on the programme.")
    cost_before: Long | None = plain(
        "Rupiah a year for all who meet the version in force; null too: it has no amounts."
    )
    cost_after: Long | None = plain("Rupiah a year for all who meet the simulated version.")


@shape(simulation.Overlap, Scope.COVERAGE_READ, "Units that meet a version beside another programme.")
class RuleOverlap:
    """Units that meet a version beside another programme."""

    programme: Programme | None = batched(programmes_of, key="programme_code", description="The other programme.")
    enrolled_before: Long | None = plain("By the version in force, in households that draw the other programme.")
    enrolled_after: Long | None = plain("By the simulated version, in households that draw the other programme.")
    eligible_before: Long | None = plain("By the version in force, where somebody is eligible for it and not served.")
    eligible_after: Long | None = plain("By the simulated version, where somebody is eligible for it and not served.")


@shape(
    simulation.SlotBalance,
    Scope.COVERAGE_READ,
    "Free slots against who would want them; what a region lacks is wanted from the one above.",
)
class RuleSlots:
    """Free slots of a region against who would want them."""

    region: Region | None = batched(regions_of, key="region_code", description="The region; null: the nation.")
    available: int = plain("Free slots of its own pools.")
    wanted_before: Long = plain("Wanted by the version in force.")
    wanted_after: Long = plain("Wanted by the simulated version.")
    left_before: Long = plain("Left over by the version in force.")
    left_after: Long = plain("Left over by the simulated version.")
    short_before: Long = plain("Lacking by the version in force.")
    short_after: Long = plain("Lacking by the simulated version.")


@shape(impact.RuleImpact, Scope.COVERAGE_READ, "What a rule set would change in a region.")
class RuleImpact:
    """What a rule set would change in a region."""

    version: int = plain("Version that was simulated.")
    baseline_version: int | None = plain("Version in force, with which it was compared.")
    as_of: date = plain("Day of the simulation.")
    input_digest: str | None = plain("Digest of all that the report rests on.")
    region: Region | None = batched(regions_of, key="region_code", description="The region; null: the nation.")
    effects: list[RuleEffect] = plain("Over all, by sex, by disability, by decile.")
    below: list[RuleEffect] = plain("Over all, for each region right below.")
    overlaps: list[RuleOverlap] = plain("Beside other programmes.")
    slots: list[RuleSlots] = plain("The pools of the region and of those right below; empty for callers of a district.")


@shape(evaluation.EvaluatedProgramme, Scope.RULE_READ, "What an evaluation did for a programme.")
class EvaluatedProgramme:
    """What an evaluation did for a programme."""

    programme: Programme | None = batched(programmes_of, key="programme_code", description="The programme.")
    rule_version: int | None = plain("Version by which it judged; null: none was in force, and the verdicts went.")
    units_before: Long = plain("Units with a verdict before.")
    units_after: Long = plain("Units with a verdict after.")
    changed: Long = plain("Units whose verdict changed, came or went.")
    evaluated_at: datetime = plain("When.")


@entity(evaluation.Evaluation, Scope.RULE_READ, "All units judged anew [evaluasi ulang], with what changed.")
class Evaluation(Node):
    """All units judged anew."""

    as_of: date = plain("Day on which ages and rules count.")
    welfare_periods: list[str] = plain("Periods of the deciles that it worked with, such as 2026-1.")
    started_by: str = plain("Client or system that started it.")
    started_at: datetime = plain("When it started.")
    finished_at: datetime | None = plain("When it ended; null: it runs, or was killed on its way.")
    programmes: list[EvaluatedProgramme] = batched(
        programmes_of_evaluations, key="evaluation_id", description="By programme."
    )


@shape(
    evaluation.ChangeCause, Scope.COVERAGE_READ, "Because of what a verdict changed; a unit counts under every cause."
)
class VerdictChangeCause:
    """Because of what verdicts changed."""

    cause: str = plain("Code of a clause; or ENROLMENT, REGISTRY (came or went), RULE (only the version changed).")
    from_outcome: str = plain("Before: PASS, FAIL, MISSING of a clause, ABSENT where there was none.")
    to_outcome: str = plain("After.")
    units: Long = plain("How many.")


@shape(evaluation.VerdictChange, Scope.COVERAGE_READ, "Units of a regency whose verdict changed.")
class VerdictChange:
    """Units of a regency whose verdict changed."""

    programme: Programme | None = batched(programmes_of, key="programme_code", description="The programme.")
    region: Region | None = batched(regions_of, key="regency_code", description="The regency.")
    from_status: str = plain("Verdict before; ABSENT: there was none.")
    to_status: str = plain("Verdict after; ABSENT: there is none.")
    units: Long | None = plain("How many; null where it would tell of a few people.")
    causes: list[VerdictChangeCause] = batched(causes_of, key="key", description="Because of what.")
