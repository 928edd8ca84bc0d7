"""What outside systems tell the hub, in the hub's own words: the input of ingest.

One struct per kind of record. Every record carries its source stamp: `source_record_id` (the sender's
own key), `revision` (the sender's order of changes; the greater wins, clocks are not compared) and
`observed_at`. A value that the sender does not know is None, never a default.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

Sex = Literal["MALE", "FEMALE"]
VitalStatus = Literal["ALIVE", "DECEASED", "MOVED_ABROAD"]
SchoolLevel = Literal["NONE", "SD", "SMP", "SMA", "HIGHER"]
Disability = Literal["NONE", "MILD", "SEVERE"]
OccupationClass = Literal[
    "NONE",
    "FARMER",
    "LABOURER",
    "TRADER",
    "EMPLOYEE",
    "CIVIL_SERVANT",
    "MILITARY",
    "POLICE",
    "OTHER",
]
EnrolmentStatus = Literal["ACTIVE", "INACTIVE", "DECEASED"]
MatchOutcome = Literal["ACCEPTED", "DECLINED"]


class PersonRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a household, as its district knows the person."""

    source_record_id: str
    nik: str | None = None
    name: str | None = None
    sex: Sex | None = None
    birth_date: date | None = None
    birth_place: str | None = None
    is_head: bool = False
    vital_status: VitalStatus | None = None
    pregnancy_due_on: date | None = None
    is_pregnant: bool | None = None
    school_level: SchoolLevel | None = None
    is_enrolled_in_school: bool | None = None
    disability: Disability | None = None
    has_chronic_illness: bool | None = None
    occupation_class: OccupationClass | None = None
    assistance: tuple[str, ...] = ()
    """Codes of the programmes that the person draws now, as the district knows it."""


class HouseholdRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A household with all its members: one record is the whole truth of its sender at `revision`."""

    source_record_id: str
    revision: int
    observed_at: datetime
    region_code: str
    kk_number: str | None = None
    previous_kk_numbers: tuple[str, ...] = ()
    address: str | None = None
    decile: int | None = None
    welfare_source: str | None = None
    welfare_period: str | None = None
    assistance: tuple[str, ...] = ()
    members: tuple[PersonRecord, ...] = ()
    is_removed: bool = False


class CaseFileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A case file [laporan] of the district."""

    source_record_id: str
    revision: int
    observed_at: datetime
    number: str
    type: str
    category: str
    channel: str
    region_code: str
    status: str
    received_at: datetime
    household_record_id: str | None = None
    summary: str | None = None
    closed_at: datetime | None = None
    is_removed: bool = False


class VillageServiceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A service that a village gave or is giving, such as an SPM letter."""

    source_record_id: str
    revision: int
    observed_at: datetime
    region_code: str
    type: str
    status: str
    household_record_id: str | None = None
    person_record_id: str | None = None
    """Who died, or who moves alone; None in a move letter: the whole household moves."""
    event_on: date | None = None
    """Day of the birth, death or move."""
    other_region_code: str | None = None
    """Of a move: where to, or where from."""
    other_household_record_id: str | None = None
    """Of a move: the household in the other district, by that district's id."""
    other_kk_number: str | None = None
    requested_at: datetime | None = None
    completed_at: datetime | None = None
    is_removed: bool = False


class MatchOutcomeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a match that was delivered to the district; `match_reference` is the hub's."""

    source_record_id: str
    revision: int
    observed_at: datetime
    match_reference: str
    outcome: MatchOutcome
    reason: str | None = None


class RosterRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a national roster: a person (KIS) or a household (PKH) on a programme.

    `components` maps component code to count of members; `amount` is rupiah a year.
    """

    source_record_id: str
    revision: int
    observed_at: datetime
    programme_code: str
    status: EnrolmentStatus
    nik: str | None = None
    kk_number: str | None = None
    name: str | None = None
    birth_date: date | None = None
    sex: Sex | None = None
    region_code: str | None = None
    segment: str | None = None
    components: dict[str, int] = {}
    amount: int | None = None


class PoolRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Entitlements that a national system gives out: for one regency, or for the nation (None)."""

    programme_code: str
    region_code: str | None
    period: str
    total: int
    revision: int
    observed_at: datetime


Record = HouseholdRecord | CaseFileRecord | VillageServiceRecord | MatchOutcomeRecord | RosterRecord


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could not be taken in: what, which value, why.

    `severity` RECORD: the whole record stays out. FIELD: the value stays out, the record goes in without it.
    `field` is "" for the record as a whole. `value` is kept in quarantine for the person who mends it,
    and is never logged.
    """

    record_kind: str
    source_record_id: str
    field: str
    code: str
    value: str
    severity: Literal["RECORD", "FIELD"] = "RECORD"
