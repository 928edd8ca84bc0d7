"""Case files and village services."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.principal import Scope
from hub.store import case_files as rows
from resolvers.clocks import clocks_of
from resolvers.referrals import referrals_of_cases
from resolvers.regions import regions_of
from resolvers.registry import households_of
from schema.fields import batched, plain
from schema.objects import Node, entity
from schema.types.clock import CaseClock
from schema.types.region import Region, SourceStamp
from schema.types.work_words import CaseCategory, CaseStatus, CaseType

if TYPE_CHECKING:
    from schema.types.referral import Referral
    from schema.types.registry import Household

_Household = Annotated["Household", strawberry.lazy("schema.types.registry")]
_Referral = Annotated["Referral", strawberry.lazy("schema.types.referral")]


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
    clocks: list[CaseClock] = batched(
        clocks_of, key="case_file_id", description="How long until it is answered, and until it is resolved [tenggat]."
    )
    referrals: list[_Referral] = batched(
        referrals_of_cases,
        key="case_file_id",
        description="Referrals [rujukan] that it was sent with, or that opened it; at most 50.",
    )
    source_stamp: SourceStamp = plain("Where this comes from.")


@entity(rows.VillageService, Scope.REGISTRY_READ, "A service of a village [layanan desa], such as an SPM letter.")
class VillageService(Node):
    """A service of a village."""

    type: str = plain("What the village gives, in the district's words.")
    status: str = plain("Where it stands, in the district's words.")
    region: Region | None = batched(regions_of, key="region_code", description="The village.")
    household: _Household | None = batched(households_of, key="household_id", description="For whom.")
    requested_at: datetime | None = plain("When it was asked for.")
    completed_at: datetime | None = plain("When it was given.")
    removed_at: datetime | None = plain("Set when its system removed it.")
    source_stamp: SourceStamp = plain("Where this comes from.")
