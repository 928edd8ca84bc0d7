"""Verdicts with their explanation."""

from datetime import datetime

from hub.domain.principal import Scope
from hub.matching import findings
from hub.matching.judgement import Outcome, VerdictStatus
from hub.matching.words import Operator
from hub.store import matches_read as rows
from resolvers import verdicts
from resolvers.programmes import programmes_of
from resolvers.registry import households_of, persons_of
from schema.fields import batched, plain
from schema.objects import shape
from schema.types.programme import Programme
from schema.types.registry import Household, Person


@shape(findings.Tally, Scope.REGISTRY_READ, "For how many present members of the household a condition holds.")
class MemberTally:
    """For how many members a condition holds."""

    met: int = plain("For whom it holds.")
    unknown: int = plain("For whom it is not known.")
    total: int = plain("How many members there are.")


@shape(
    verdicts.FactValue,
    Scope.REGISTRY_READ,
    "What is known of one thing that a clause asks for, beside what it would have to be.",
)
class FactValue:
    """What is known of one thing that a clause asks for."""

    field: str = plain(
        "Name of the field, such as decile or age; `draws PKH` for what is drawn; any_member, all_members or count_members."
    )
    label: str = plain("What the field is, in Indonesian.")
    label_en: str = plain("What the field is, in English.")
    value: str | None = plain("Its value as text, of members the number for whom it holds; null: not known.")
    unit: str | None = plain("Unit of a number, such as years; null: it has none.")
    operator: Operator = plain("How the value has to stand to the threshold.")
    threshold: list[str] = plain("What it is compared with: two values for BETWEEN and OUTSIDE, any for IN and NOT_IN.")
    outcome: Outcome = plain("Whether it is so.")
    missing: list[str] = plain("Fields that are not known and would have to be.")
    members: MemberTally | None = plain("For how many members it holds; null when members are not asked.")
    source: str | None = plain("The system that said so: a regency's code, KIS or PKH; null where nothing is known.")
    source_basis: str | None = plain("Whose finding the source passed on, such as DTSEN 2026-1; null: its own.")
    observed_at: datetime | None = plain("When the source observed it; of members, the oldest.")


@shape(verdicts.ClauseOutcome, Scope.REGISTRY_READ, "What one clause of the rule makes of the household or person.")
class ClauseOutcome:
    """What one clause makes of a unit."""

    code: str = plain("Names the clause within its rule.")
    label: str = plain("What the clause asks for, in Indonesian.")
    label_en: str = plain("What the clause asks for, in English.")
    outcome: Outcome = plain("Whether it is met, not met, or not known.")
    is_exclusion: bool = plain("Whether the clause is met by *not* falling under an exclusion.")
    values: list[FactValue] = plain("What is known of everything that it asks for.")
    change: str | None = plain("What would change the outcome, in Indonesian; null when the clause is met.")
    change_en: str | None = plain("What would change the outcome, in English, such as `welfare decile 6 -> 1 to 5`.")
    next_step: str | None = plain("What to do [langkah berikutnya], in Indonesian; null when the clause is met.")
    next_step_en: str | None = plain("What to do, in English; null when the clause is met.")


@shape(rows.RecordedVerdict, Scope.REGISTRY_READ, "The verdict that matching works with, as it was recorded.")
class RecordedVerdict:
    """A recorded verdict."""

    status: VerdictStatus = plain("Status.")
    rule_version: int = plain("Version of the rule.")
    evaluated_at: datetime = plain("When it was found.")


@shape(
    verdicts.Verdict,
    Scope.REGISTRY_READ,
    "What a programme's rule says of a household or person, found from what is known now.",
)
class Verdict:
    """What a rule says of a unit."""

    status: VerdictStatus = plain("Status.")
    programme: Programme | None = batched(programmes_of, key="programme_code", description="The programme.")
    household: Household | None = batched(
        households_of, key="household_id", of="Household", description="The household."
    )
    person: Person | None = batched(persons_of, key="person_id", description="The person, for programmes of persons.")
    rule_version: int = plain("Version of the rule.")
    explanation: list[ClauseOutcome] = plain("Every clause with what it makes of the household or person.")
    sentence: str = plain("The verdict with its reasons in one sentence, in Indonesian.")
    sentence_en: str = plain("The verdict with its reasons in one sentence, in English.")
    next_step: str | None = plain("What to do next, in Indonesian; null: nothing.")
    next_step_en: str | None = plain("What to do next, in English; null: nothing.")
    evaluated_at: datetime = plain("When: now.")
    recorded: RecordedVerdict | None = batched(
        verdicts.recorded_of,
        key="key",
        description="The verdict that matching works with; null when there is none yet.",
    )
