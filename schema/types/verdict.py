"""Verdicts with their explanation."""

from datetime import datetime

from hub.domain.principal import Scope
from hub.matching.judgement import Outcome, VerdictStatus
from hub.store import matches_read as rows
from resolvers import verdicts
from resolvers.programmes import programmes_of
from resolvers.registry import households_of, persons_of
from schema.fields import batched, plain
from schema.objects import shape
from schema.types.programme import Programme
from schema.types.registry import Household, Person


@shape(verdicts.FactValue, Scope.REGISTRY_READ, "What is known of one field that a clause asks for.")
class FactValue:
    """What is known of one field."""

    field: str = plain("Name of the field, such as decile or age.")
    value: str | None = plain("Its value as text; null: not known.")


@shape(verdicts.ClauseOutcome, Scope.REGISTRY_READ, "What one clause of the rule makes of the household or person.")
class ClauseOutcome:
    """What one clause makes of a unit."""

    code: str = plain("Names the clause within its rule.")
    label: str = plain("What the clause asks for, in Indonesian.")
    label_en: str = plain("What the clause asks for, in English.")
    outcome: Outcome = plain("Whether it is met, not met, or not known.")
    is_exclusion: bool = plain("Whether the clause is met by *not* falling under an exclusion.")
    values: list[FactValue] = plain("What is known of the fields that it asks for.")
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
    household: Household | None = batched(households_of, key="household_id", description="The household.")
    person: Person | None = batched(persons_of, key="person_id", description="The person, for programmes of persons.")
    rule_version: int = plain("Version of the rule.")
    explanation: list[ClauseOutcome] = plain("Every clause with what it makes of the household or person.")
    evaluated_at: datetime = plain("When: now.")
    recorded: RecordedVerdict | None = batched(
        verdicts.recorded_of,
        key="key",
        description="The verdict that matching works with; null when there is none yet.",
    )
