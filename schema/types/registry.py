"""Households and persons."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.principal import Scope
from hub.store import registry as rows
from resolvers.case_files import case_files_of
from resolvers.household_moves import moves_of
from resolvers.matches import matches_of_households, matches_of_persons
from resolvers.programmes import enrolments_of_households, enrolments_of_persons
from resolvers.regions import regions_of
from resolvers.registry import households_of, members_of
from resolvers.verdicts import verdicts_of_households, verdicts_of_persons
from schema.fields import batched, plain
from schema.objects import Node, entity, shape
from schema.types.programme import Enrolment
from schema.types.region import Region, SourceStamp
from schema.types.words import Disability, NumberStatus, OccupationClass, SchoolLevel, Sex, VitalStatus

if TYPE_CHECKING:
    from schema.types.case_file import CaseFile
    from schema.types.household_move import HouseholdMove
    from schema.types.match import Match
    from schema.types.verdict import Verdict

_CaseFile = Annotated["CaseFile", strawberry.lazy("schema.types.case_file")]
_HouseholdMove = Annotated["HouseholdMove", strawberry.lazy("schema.types.household_move")]
_Match = Annotated["Match", strawberry.lazy("schema.types.match")]
_Verdict = Annotated["Verdict", strawberry.lazy("schema.types.verdict")]
_BRIEF_VERDICT = frozenset(
    {"__typename", "status", "ruleVersion", "evaluatedAt", "programme", "household", "person", "recorded"}
)


@shape(rows.Welfare, Scope.REGISTRY_READ, "Welfare [kesejahteraan] of a household as BPS gave it (DTSEN).")
class Welfare:
    """Welfare of a household."""

    decile: int | None = plain("Decile [desil] from 1, the poorest, to 10.")
    source: str | None = plain("Who gave the decile.")
    period: str | None = plain("For which period.")


@entity(rows.Household, Scope.REGISTRY_READ, "A household [keluarga] as its district knows it.")
class Household(Node):
    """A household."""

    region: Region | None = batched(regions_of, key="region_code", description="Where the household lives [domisili].")
    kk_number: str | None = plain(
        "Family card number [nomor KK], masked as 3510**********01 unless the token has identity:read."
    )
    kk_status: NumberStatus = plain("What is known of the family card number.")
    address: str | None = plain("Address [alamat].")
    welfare: Welfare | None = plain("Welfare; null when the district knows nothing of it.")
    removed_at: datetime | None = plain("Set when its district removed the household.")
    source_stamp: SourceStamp = plain("Where this comes from.")
    members: list["Person"] = batched(
        members_of,
        key="household_id",
        description="The present members [anggota keluarga], the head first.",
        of="Person",
    )
    enrolments: list[Enrolment] = batched(
        enrolments_of_households,
        key="household_id",
        description="Enrolments of the household and its members.",
        of="Enrolment",
    )
    matches: list[_Match] = batched(
        matches_of_households,
        key="household_id",
        description="Matches of the household and its members, newest first.",
        of="Match",
    )
    case_files: list[_CaseFile] = batched(case_files_of, key="household_id", description="Case files, newest first.")
    moves: list[_HouseholdMove] = batched(
        moves_of, key="household_id", description="Moves between regencies [pindah domisili], the first one first."
    )
    verdicts: list[_Verdict] = batched(
        verdicts_of_households,
        key="household_id",
        description="What the rules in force say of the household now. For programmes of persons, ask the members.",
        brief=_BRIEF_VERDICT,
    )


@entity(rows.Person, Scope.REGISTRY_READ, "A person [penduduk] as the district knows the person.")
class Person(Node):
    """A person."""

    nik: str | None = plain(
        "Number of the identity card [NIK], masked as 3510**********01 unless the token has identity:read."
    )
    nik_status: NumberStatus = plain("What is known of the NIK.")
    nik_warnings: list[str] = plain("What in the NIK disagrees with the record, such as NIK_SEX_DIFFERS.")
    name: str | None = plain("Name [nama].")
    sex: Sex | None = plain("Sex.")
    birth_date: date | None = plain("Date of birth [tanggal lahir].")
    birth_place: str | None = plain("Place of birth [tempat lahir].")
    is_head: bool = plain("Whether the person is the head of the household [kepala keluarga].")
    vital_status: VitalStatus | None = plain("Vital status.")
    is_pregnant: bool | None = plain("Whether the person is pregnant now [ibu hamil].")
    pregnancy_due_on: date | None = plain("Expected day of birth [hari perkiraan lahir].")
    school_level: SchoolLevel | None = plain("Level of schooling.")
    is_enrolled_in_school: bool | None = plain("Whether the person goes to school now.")
    disability: Disability | None = plain("Disability.")
    has_chronic_illness: bool | None = plain("Whether the person has a chronic illness [penyakit kronis].")
    occupation_class: OccupationClass | None = plain("Class of occupation.")
    left_at: datetime | None = plain("Set when the newest record of the household no longer names the person.")
    source_stamp: SourceStamp = plain("Where this comes from.")
    household: Household | None = batched(
        households_of, key="household_id", of="Household", description="The person's household."
    )
    enrolments: list[Enrolment] = batched(enrolments_of_persons, key="unit", description="Enrolments of the person.")
    matches: list[_Match] = batched(
        matches_of_persons, key="unit", description="Matches of the person, the newest first."
    )
    verdicts: list[_Verdict] = batched(
        verdicts_of_persons,
        key="unit",
        description="What the rules in force say of the person now.",
        brief=_BRIEF_VERDICT,
    )
