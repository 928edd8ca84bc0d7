"""Findings of unused entitlements and of what is about to change."""

from datetime import datetime

from hub.domain.principal import Scope
from hub.store import finder as rows
from resolvers.programmes import programmes_of
from resolvers.regions import regions_of
from resolvers.registry import households_of, persons_of
from schema.fields import batched, plain
from schema.objects import Node, entity, shape
from schema.scalars import Long
from schema.types.finding_words import FindingKind, FindingStatus
from schema.types.programme import Programme
from schema.types.region import Region
from schema.types.registry import Household, Person


@shape(rows.Evidence, Scope.MATCH_READ, "What one record of one system says.")
class FindingEvidence:
    """What one record of one system says."""

    system: str = plain("Code of the system.")
    record: str | None = plain("The system's own id of the record; null: it has no such record.")
    fact: str = plain("What it speaks of, such as VITAL_STATUS, DECILE or the type of a letter.")
    value: str | None = plain("What it says.")
    observed_at: datetime = plain("When the system observed it.")


@entity(rows.Finding, Scope.MATCH_READ, "An entitlement that lies unused, or a change that is coming [temuan].")
class Finding(Node):
    """A finding."""

    kind: FindingKind = plain("What was found.")
    status: FindingStatus = plain("Where it stands. Nothing follows from it before a person has confirmed it.")
    programme: Programme | None = batched(
        programmes_of,
        key="programme_code",
        description="The programme whose roster line it is about, where it is about one.",
    )
    household: Household | None = batched(
        households_of, key="household_id", of="Household", description="The household, where it is known."
    )
    person: Person | None = batched(persons_of, key="person_id", description="The person, where it is about one.")
    region: Region | None = batched(regions_of, key="regency_code", description="The regency.")
    value: Long | None = plain("Rupiah a year that the roster line draws, where the roster says so.")
    evidence: list[FindingEvidence] = plain("The records that it follows from.")
    found_at: datetime = plain("When it was found first.")
    seen_at: datetime = plain("When it was found last.")
    decided_by: str | None = plain("Client of the person who decided; `hub` where the records have changed.")
    decided_at: datetime | None = plain("When.")
    reason_code: str | None = plain("Why, where a reason was given.")


@shape(rows.FindingCount, Scope.MATCH_READ, "How many findings of a kind a regency has.")
class FindingCount:
    """How many findings of a kind a regency has."""

    region: Region | None = batched(
        regions_of, key="regency_code", description="The regency; null: the roster line names none."
    )
    kind: FindingKind = plain("What was found.")
    open: int = plain("Nobody has decided on these.")
    confirmed: int = plain("A person confirmed these.")
    dismissed: int = plain("A person dismissed these, or the records have changed.")
    recovered: int = plain("These have ended.")
    value: Long = plain("Rupiah a year of the open and confirmed ones, where the roster says so.")
