"""Case files and village services."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.principal import Scope
from hub.store import case_files as rows
from hub.store import village_effects
from resolvers.case_files import effects_of
from resolvers.regions import regions_of
from resolvers.registry import households_of, persons_of
from schema.fields import batched, plain
from schema.objects import Node, entity, shape
from schema.types.region import Region, SourceStamp
from schema.types.village_words import VillageServiceOutcome, VillageServiceStatus, VillageServiceType
from schema.types.work_words import CaseCategory, CaseStatus, CaseType

if TYPE_CHECKING:
    from schema.types.registry import Household, Person

_Person = Annotated["Person", strawberry.lazy("schema.types.registry")]
_Household = Annotated["Household", strawberry.lazy("schema.types.registry")]


@entity(rows.CaseFile, Scope.CASE_READ, "A case file [laporan, pengaduan].")
class CaseFile(Node):
    """A case file."""

    number: str = plain("Number [nomor laporan] in its system.")
    type: CaseType = plain("Type.")
    category: CaseCategory = plain("Category.")
    channel: str = plain("How it came in [kanal], such as WALK_IN or WHATSAPP.")
    status: CaseStatus = plain("Status.")
    summary: str | None = plain("What it is about.")
    region: Region | None = batched(regions_of, key="region_code", description="Where it belongs.")
    household: _Household | None = batched(households_of, key="household_id", description="Whom it is about.")
    received_at: datetime = plain("When it was received.")
    closed_at: datetime | None = plain("When it was closed.")
    removed_at: datetime | None = plain("Set when its system removed it.")
    source_stamp: SourceStamp = plain("Where this comes from.")


@shape(village_effects.ServiceEffect, Scope.REGISTRY_READ, "What followed from a completed village service.")
class VillageServiceEffect:
    """What followed from a completed village service."""

    effect: VillageServiceOutcome = plain("What followed.")
    person: _Person | None = batched(persons_of, key="person_id", description="The child or the deceased, where known.")
    move_reference: strawberry.ID | None = plain("`id` of the move of the household, where it was one.")
    slots_freed: int = plain("Slots that went back to their pools.")
    applied_at: datetime = plain("When.")


@entity(rows.VillageService, Scope.REGISTRY_READ, "A service of a village [layanan desa], such as an SPM letter.")
class VillageService(Node):
    """A service of a village."""

    type: VillageServiceType = plain("What the village gives.")
    status: VillageServiceStatus = plain("Where it stands.")
    region: Region | None = batched(regions_of, key="region_code", description="The village.")
    household: _Household | None = batched(households_of, key="household_id", description="For whom.")
    person: _Person | None = batched(
        persons_of,
        key="person_id",
        description="Who died, or who moves alone; null in a move letter: the whole household moves.",
    )
    event_on: date | None = plain("Day of the birth, death or move.")
    other_region: Region | None = batched(
        regions_of, key="other_region_code", description="Of a move: where to, or where from."
    )
    requested_at: datetime | None = plain("When it was asked for.")
    completed_at: datetime | None = plain("When it was given.")
    effect: VillageServiceEffect | None = batched(
        effects_of, key="village_service_id", description="What followed from it; null: nothing yet."
    )
    removed_at: datetime | None = plain("Set when its system removed it.")
    source_stamp: SourceStamp = plain("Where this comes from.")
