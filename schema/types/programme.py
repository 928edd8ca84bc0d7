"""Programmes, enrolments, pools and coverage."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.principal import Scope
from hub.matching.fields import Subject
from hub.store import programmes as rows
from resolvers.programmes import programmes_of, rules_of
from resolvers.regions import regions_of
from resolvers.registry import persons_of
from schema.fields import batched, plain
from schema.objects import Node, entity, shape
from schema.scalars import Long
from schema.types.region import Region, SourceStamp
from schema.types.words import EnrolmentStatus, LinkMethod

if TYPE_CHECKING:
    from schema.types.registry import Person

_Person = Annotated["Person", strawberry.lazy("schema.types.registry")]


@shape(rows.RuleClause, Scope.REGION_READ, "One condition of a rule.")
class Clause:
    """One condition of a rule."""

    code: str = plain("Names the clause within its rule.")
    label: str = plain("What it asks for, in Indonesian.")
    label_en: str = plain("What it asks for, in English.")
    is_exclusion: bool = plain("Whether who meets it is excluded; else it is a requirement.")


@shape(rows.RuleInForce, Scope.REGION_READ, "The version of a programme's rule that counts today.")
class ProgrammeRule:
    """A version of a rule."""

    version: int = plain("Number of the version.")
    effective_from: date = plain("Counts from this day on.")
    clauses: list[Clause] = plain("Requirements first, then exclusions.")


@entity(rows.Programme, Scope.REGION_READ, "A programme of assistance [program bantuan].", keys=("id", "code"))
class Programme(Node):
    """A programme."""

    code: str = plain("Code, such as KIS_PBI, PKH, SEMBAKO or PIP.")
    name: str = plain("Name in Indonesian.")
    name_en: str = plain("Name in English.")
    unit: Subject = plain("Whom it is given to.")
    roster_source: str | None = plain(
        "The national system whose roster counts; null: the districts report who draws it."
    )
    rule: ProgrammeRule | None = batched(
        rules_of, key="code", description="The rule in force; null when there is none."
    )


@shape(rows.Component, Scope.REGISTRY_READ, "A component [komponen] of an enrolment.")
class EnrolmentComponent:
    """A component of an enrolment."""

    code: str = plain("Code, such as EARLY_CHILD or ELDERLY.")
    count: int = plain("For how many members it is counted.")


@shape(rows.Enrolment, Scope.REGISTRY_READ, "A household or person on a programme [peserta].")
class Enrolment:
    """A household or person on a programme."""

    status: EnrolmentStatus = plain("Status.")
    programme: Programme | None = batched(programmes_of, key="programme_code", description="The programme.")
    person: _Person | None = batched(
        persons_of, key="person_id", description="The person, when the programme is given to persons."
    )
    link_method: LinkMethod = plain("How the roster line was held to be this household or person.")
    segment: str | None = plain("Segment of the roster, such as PBI.")
    components: list[EnrolmentComponent] = plain("Components, for programmes that have them.")
    amount: Long | None = plain("Rupiah a year.")
    source_stamp: SourceStamp = plain("Where this comes from.")


@entity(
    rows.EntitlementPool,
    Scope.COVERAGE_READ,
    "Entitlements [kuota, buffer stok] for a region and a period: total = available + reserved + offered + issued.",
)
class EntitlementPool(Node):
    """A pool of entitlements."""

    programme: Programme | None = batched(programmes_of, key="programme_code", description="The programme.")
    region: Region | None = batched(regions_of, key="region_code", description="For whom; null: for the nation.")
    period: str = plain("For which period.")
    reported_total: int = plain("How many the national system reports.")
    total: int = plain("How many the hub keeps account of.")
    available: int = plain("Free.")
    reserved: int = plain("Held for a match.")
    offered: int = plain("Offered to a household, or accepted and not issued yet.")
    issued: int = plain("Issued.")
    observed_at: datetime = plain("When the national system reported it.")
    fetched_at: datetime = plain("When the hub fetched it.")


@shape(
    rows.Coverage,
    Scope.COVERAGE_READ,
    "Need and supply [cakupan] of a programme in a region, in units of the programme.",
)
class Coverage:
    """Need and supply of a programme in a region."""

    region: Region | None = batched(regions_of, key="region_code", description="The region.")
    programme: Programme | None = batched(programmes_of, key="programme_code", description="The programme.")
    households: int = plain("Households in the registry.")
    persons: int = plain("Persons in the registry.")
    need: int = plain("Who meet the rule, served or not.")
    undetermined: int = plain("Of whom too much is unknown to say; they are in none of the other counts.")
    enrolled: int = plain("Who are on the programme.")
    unserved: int = plain("Who are eligible and not on the programme.")
    matched: int = plain("Who have an active match.")
    issued: int = plain("To whom the hub had the entitlement issued.")
    refused: int = plain("Whom the national system refused.")
    counted_at: datetime = plain("When this was counted.")
