"""Case files and village services."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.principal import Scope
from hub.store import case_files as rows
from hub.store import village_effects
from resolvers.assignments import assignments_of
from resolvers.attachments import attachments_of
from resolvers.case_files import case_files_by_id, effects_of
from resolvers.case_histories import history_of
from resolvers.clocks import clocks_of
from resolvers.duplicates import duplicate_candidates_of, duplicates_of
from resolvers.needs import matches_of_needs
from resolvers.prelist import prelist_entries_of
from resolvers.referrals import referrals_of_cases
from resolvers.regions import regions_of
from resolvers.registry import households_of, persons_of
from schema.connection import Connection
from schema.fields import batched, paged, plain
from schema.objects import Node, entity, shape
from schema.types.case_extras import CaseAttachment, DuplicateCandidate, PrelistEntry
from schema.types.casework import CaseAssignment, CaseEvent
from schema.types.casework_words import ResolutionClass
from schema.types.clock import CaseClock
from schema.types.region import Region, SourceStamp
from schema.types.village_words import VillageServiceOutcome, VillageServiceStatus, VillageServiceType
from schema.types.work_words import CaseCategory, CaseStatus, CaseType

if TYPE_CHECKING:
    from schema.types.match import Match
    from schema.types.referral import Referral
    from schema.types.registry import Household, Person

_CaseFile = Annotated["CaseFile", strawberry.lazy("schema.types.case_file")]
_Match = Annotated["Match", strawberry.lazy("schema.types.match")]
_Person = Annotated["Person", strawberry.lazy("schema.types.registry")]
_Household = Annotated["Household", strawberry.lazy("schema.types.registry")]
_Referral = Annotated["Referral", strawberry.lazy("schema.types.referral")]


@entity(rows.CaseFile, Scope.CASE_READ, "A case file [laporan, pengaduan].")
class CaseFile(Node):
    """A case file."""

    number: str = plain("Number [nomor laporan] in its system.")
    type: CaseType = plain("Type.")
    category: CaseCategory = plain("Category.")
    channel: str = plain("How it came in [kanal], such as WALK_IN or WHATSAPP; districts have words of their own.")
    status: CaseStatus = plain("Status.")
    summary: str | None = plain("What it is about.")
    region: Region | None = batched(regions_of, key="region_code", description="Where it belongs.")
    household: _Household | None = batched(
        households_of, key="household_id", of="Household", description="Whom it is about."
    )
    person: _Person | None = batched(persons_of, key="person_id", description="The person of it whom it is about.")
    is_sensitive: bool = plain("Whether those alone see it who have case:sensitive.")
    resolution_class: ResolutionClass = plain("How long its resolution may take.")
    resolution: str | None = plain("The answer, once there is one.")
    duplicate_of: _CaseFile | None = batched(
        case_files_by_id, key="duplicate_of", description="The case file in which it goes on, of one that is DUPLICATE."
    )
    status_version: int = plain("Counts the changes of status and resolution, for expectedVersion.")
    description_version: int = plain("Counts the changes of type, category, class, summary and sensitivity.")
    subject_version: int = plain("Counts the changes of whom it is about.")
    assignments: list[CaseAssignment] = batched(
        assignments_of, key="case_file_id", description="The agencies that work or worked on it, the first ones first."
    )
    history: Connection[CaseEvent] = paged(
        history_of, key="case_file_id", description="All that happened to it [riwayat], in order."
    )
    attachments: list[CaseAttachment] = batched(
        attachments_of, key="case_file_id", description="What belongs to it and lies elsewhere [lampiran], at most 20."
    )
    duplicates: list[_CaseFile] = batched(
        duplicates_of, key="case_file_id", description="The case files that were joined to it, at most 100."
    )
    duplicate_candidates: list[DuplicateCandidate] = batched(
        duplicate_candidates_of,
        key="case_file_id",
        description="Open case files that may be the same, the likeliest first, at most 10.",
    )
    prelist_entry: PrelistEntry | None = batched(
        prelist_entries_of,
        key="case_file_id",
        description="The way of its unlisted household onto the list [daftar awal].",
    )
    matches: list[_Match] = batched(
        matches_of_needs, key="case_file_id", description="The matches that are to meet its need; none for other types."
    )
    received_at: datetime = plain("When it was received.")
    closed_at: datetime | None = plain("When it was closed.")
    removed_at: datetime | None = plain("Set when its system removed it.")
    clocks: list[CaseClock] = batched(
        clocks_of, key="case_file_id", description="How long until it is answered, and until it is resolved [tenggat]."
    )
    referrals: list[_Referral] = batched(
        referrals_of_cases,
        key="case_file_id",
        description="Referrals [rujukan] that it was sent with, or that opened it; at most 50.",
    )
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
    household: _Household | None = batched(households_of, key="household_id", of="Household", description="For whom.")
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
