"""Regions and source stamps."""

from datetime import datetime

from hub.domain.principal import Scope
from hub.store import regions as rows
from hub.store import rows as stamps
from resolvers.regions import children_of, regions_of
from resolvers.village_profiles import poverty_series_of, profiles_of
from schema.connection import Connection
from schema.fields import batched, paged, plain
from schema.objects import Node, entity, shape
from schema.types.village_profile import PovertySeries, VillageProfile
from schema.types.words import RegionLevel


@entity(rows.Region, Scope.REGION_READ, "A region [wilayah] by its Kemendagri code.", keys=("id", "code"))
class Region(Node):
    """A region."""

    code: str = plain("Kemendagri code with dots, such as 35.10.01.2001.")
    name: str = plain("Name. Names repeat across the country: go by the code.")
    level: RegionLevel = plain("Level.")
    kind: str = plain("What it is called, such as KABUPATEN, KOTA, DESA or KELURAHAN.")
    population: int | None = plain("Population [jumlah penduduk] as the shipped reference has it.")
    area_km2: float | None = plain("Area in square kilometres.")
    parent: "Region | None" = batched(
        regions_of, key="parent_code", description="The region above; null for a province."
    )
    children: Connection["Region"] = paged(children_of, key="code", description="The regions right below.")
    village_profile: VillageProfile | None = batched(
        profiles_of,
        key="code",
        description="Of a village: its indicators and budget; null when its district reported none.",
    )
    poverty_series: Connection[PovertySeries] = paged(
        poverty_series_of, key="code", description="Poverty figures, one series for each origin and method."
    )


@shape(stamps.SourceStamp, Scope.REGION_READ, "Where a record comes from.")
class SourceStamp:
    """Where a record comes from."""

    system: str = plain("Code of the system: a regency code, KIS, PKH or HUB.")
    record_id: str = plain("The record's own id in that system.")
    observed_at: datetime = plain("When the system observed it.")
    fetched_at: datetime = plain("When the hub fetched it.")
