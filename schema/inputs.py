"""What mutations take, and how it becomes the hub's own records."""

from datetime import date, datetime
from typing import Any

import strawberry

from hub.domain.errors import Invalid
from hub.domain.records import HouseholdRecord, PersonRecord
from hub.matching.allocation.problem import Policy
from resolvers.allocation import Asked
from schema.fields import plain
from schema.scalars import Long
from schema.types.run_words import AllocationPolicy
from schema.types.words import Disability, OccupationClass, SchoolLevel, Sex, VitalStatus

_KEY = "Makes the request safe to repeat: the same key with the same input gives the first answer again."


def _optional(description: str, default: Any = None) -> Any:
    return strawberry.field(default=default, description=description)


@strawberry.input(description="A member of a household, as the district knows the person. Unknown is null.")
class PersonInput:
    """A member of a household."""

    record_id: str = plain("The district's own id of the person.")
    nik: str | None = _optional("Number of the identity card [NIK], 16 digits.")
    name: str | None = _optional("Name [nama].")
    sex: Sex | None = _optional("Sex.")
    birth_date: date | None = _optional("Date of birth.")
    birth_place: str | None = _optional("Place of birth.")
    is_head: bool = _optional("Whether the person is the head of the household.", default=False)
    vital_status: VitalStatus | None = _optional("Vital status.")
    is_pregnant: bool | None = _optional("Whether the person is pregnant now.")
    pregnancy_due_on: date | None = _optional("Expected day of birth.")
    school_level: SchoolLevel | None = _optional("Level of schooling.")
    is_enrolled_in_school: bool | None = _optional("Whether the person goes to school now.")
    disability: Disability | None = _optional("Disability.")
    has_chronic_illness: bool | None = _optional("Whether the person has a chronic illness.")
    occupation_class: OccupationClass | None = _optional("Class of occupation.")
    assistance: list[str] = strawberry.field(
        default_factory=list, description="Codes of the programmes that the person draws now."
    )

    def record(self) -> PersonRecord:
        """As ingest takes it."""
        values = {name: _plain(value) for name, value in vars(self).items() if name not in {"record_id", "assistance"}}
        return PersonRecord(source_record_id=self.record_id, assistance=tuple(self.assistance), **values)


@strawberry.input(description="A household with all its members: the whole truth of its district at `revision`.")
class HouseholdInput:
    """A household with all its members."""

    record_id: str = plain("The district's own id of the household.")
    revision: Long = plain("The district's order of changes: the greater wins.")
    observed_at: datetime = plain("When the district observed it, with a time zone.")
    region_code: str = plain("Kemendagri code of the village, in the caller's own regency.")
    kk_number: str | None = _optional("Family card number [nomor KK], 16 digits.")
    previous_kk_numbers: list[str] = strawberry.field(
        default_factory=list, description="Family card numbers that it had before."
    )
    address: str | None = _optional("Address [alamat].")
    decile: int | None = _optional("Welfare decile [desil] 1 to 10 as BPS gave it.")
    welfare_source: str | None = _optional("Who gave the decile.")
    welfare_period: str | None = _optional("For which period.")
    assistance: list[str] = strawberry.field(
        default_factory=list, description="Codes of the programmes that the household draws now."
    )
    members: list[PersonInput] = strawberry.field(default_factory=list, description="All members, at most 60.")
    is_removed: bool = _optional("Whether the household is gone from the district's records.", default=False)

    def record(self, position: int) -> HouseholdRecord:
        """As ingest takes it; raises Invalid where a time has no zone."""
        if self.observed_at.tzinfo is None:
            path = ("households", str(position), "observedAt")
            raise Invalid("a time needs its zone, such as 2026-01-31T08:00:00+07:00", path)
        if len(self.members) > _MEMBERS_MAX:
            path = ("households", str(position), "members")
            raise Invalid(f"a household has at most {_MEMBERS_MAX} members, not {len(self.members)}", path)
        return HouseholdRecord(
            source_record_id=self.record_id,
            revision=self.revision,
            observed_at=self.observed_at,
            region_code=self.region_code,
            kk_number=self.kk_number,
            previous_kk_numbers=tuple(self.previous_kk_numbers),
            address=self.address,
            decile=self.decile,
            welfare_source=self.welfare_source,
            welfare_period=self.welfare_period,
            assistance=tuple(self.assistance),
            members=tuple(member.record() for member in self.members),
            is_removed=self.is_removed,
        )


_MEMBERS_MAX = 60


@strawberry.input(description="Households of the caller's own regency.")
class HouseholdsSubmitInput:
    """Households of the caller's own regency."""

    idempotency_key: str = plain(_KEY)
    households: list[HouseholdInput] = plain("1 to 500 households.")


@strawberry.input(description="A new allocation run.")
class AllocationRunCreateInput:
    """A new allocation run."""

    idempotency_key: str = plain("Your key for this request: sent again with the same key, it gives the same run.")
    programme_codes: list[str] = plain("Codes of the programmes, at most 6, the preferred ones first.")
    period: str = plain("Period of the pools to draw from.")
    seed: Long = plain("Decides ties between units of equal need; published with the run.")
    policy: AllocationPolicy = _optional(
        "In which order candidates draw on the pools.", AllocationPolicy.STRICT_PRIORITY
    )
    one_per_unit: bool = _optional(
        "Whether a household or person gets at most one of the programmes; else only what the rules exclude is kept apart.",
        default=False,
    )

    def asked(self) -> Asked:
        """As the use case takes it."""
        policy = Policy(self.policy.value)
        return Asked(tuple(self.programme_codes), self.period, self.seed, policy, self.one_per_unit)


@strawberry.input(description="Which allocation run.")
class AllocationRunInput:
    """Which allocation run."""

    id: strawberry.ID = plain("Its `id`.")


@strawberry.input(description="Which allocation run is rolled back.")
class AllocationRunRollBackInput:
    """Which allocation run is rolled back."""

    id: strawberry.ID = plain("Its `id`.")
    keep_issued: bool = _optional(
        "Leave the matches that a national system issued and roll the others back; else issued matches refuse it.",
        default=False,
    )


@strawberry.input(description="Which match.")
class MatchInput:
    """Which match."""

    id: strawberry.ID = plain("Its `id`.")
    idempotency_key: str = plain(_KEY)


@strawberry.input(description="Which match, and why it is declined.")
class MatchDeclineInput:
    """Which match, and why it is declined."""

    id: strawberry.ID = plain("Its `id`.")
    idempotency_key: str = plain(_KEY)
    reason_code: str | None = _optional("Why, as a code such as NOT_WANTED.")


@strawberry.input(description="A person's word on a finding.")
class FindingDecideInput:
    """A person's word on a finding."""

    id: strawberry.ID = plain("Its `id`.")
    reason_code: str | None = _optional("Why, as a code such as CERTIFICATE_SEEN.")


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Sex | VitalStatus | SchoolLevel | Disability | OccupationClass) else value
