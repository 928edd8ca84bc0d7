"""Profiles of villages and poverty series: read with their regions, in as few statements for many as for one."""

from datetime import UTC, datetime
from typing import Any

from hub.domain.village_profiles import BudgetLine, PovertyPoint, PovertySeriesRecord, VillageProfileRecord
from hub.store.database import Database
from hub.store.village_profiles import ProfileBatch, merge_profiles
from tests.schema.world import Client
from tests.schema.world_records import OWN, VILLAGES

NOW = datetime(2026, 7, 1, tzinfo=UTC)


async def fill(world: Database) -> None:
    lines = tuple(
        BudgetLine(year=year, activity=activity, planned=100, released=90, spent=80)
        for year in (2025, 2026)
        for activity in ("Jalan desa", "Posyandu")
    )
    profile = VillageProfileRecord(
        source_record_id="V1",
        revision=1,
        observed_at=NOW,
        region_code=VILLAGES[OWN],
        has_doctor=True,
        bandwidth_mbps=50.0,
        smart_kampung={"HEALTH": True},
        budget_lines=lines,
    )
    series = [
        PovertySeriesRecord(
            source_record_id=origin,
            revision=1,
            observed_at=NOW,
            region_code=OWN,
            origin=origin,
            method="Maret",
            points=(PovertyPoint(year=2024, percent=7.0), PovertyPoint(year=2025, percent=6.5, persons=106_000)),
        )
        for origin in ("BPS_SUSENAS", "DTSEN")
    ]
    await merge_profiles(world.jobs, ProfileBatch(OWN, OWN, [profile], series, NOW))


PROFILE = """query ($code: String!, $after: String) { region(code: $code) { villageProfile {
  hasDoctor hasWifi bandwidthMbps criteria { criterion isMet } sourceStamp { system }
  budgetLines(first: 3, after: $after) {
    nodes { year activity planned released spent } pageInfo { hasNextPage endCursor } } } } }"""


async def test_indicators_and_budget_lines_are_public_and_paged(own_world: Database, writer: Client) -> None:
    await fill(own_world)
    first = (await writer.ask(PROFILE, "partner", code=VILLAGES[OWN]))["region"]["villageProfile"]
    assert (first["hasDoctor"], first["hasWifi"], first["bandwidthMbps"]) == (True, None, 50.0)
    assert [c["isMet"] for c in first["criteria"]] == [None, None, True, None, None, None, None]
    assert first["sourceStamp"] == {"system": OWN}
    nodes: list[Any] = first["budgetLines"]["nodes"]
    assert [(line["year"], line["activity"]) for line in nodes] == [
        (2026, "Jalan desa"),
        (2026, "Posyandu"),
        (2025, "Jalan desa"),
    ]
    assert nodes[0] | {"year": 0} == {"year": 0, "activity": "Jalan desa", "planned": 100, "released": 90, "spent": 80}
    after = first["budgetLines"]["pageInfo"]["endCursor"]
    rest = (await writer.ask(PROFILE, "partner", code=VILLAGES[OWN], after=after))["region"]["villageProfile"][
        "budgetLines"
    ]
    assert [(line["year"], line["activity"]) for line in rest["nodes"]] == [(2025, "Posyandu")]
    assert rest["pageInfo"]["hasNextPage"] is False


async def test_each_poverty_series_has_its_own_origin_and_method(own_world: Database, writer: Client) -> None:
    await fill(own_world)
    query = """{ region(code: "35.10") { villageProfile { hasDoctor } povertySeries { nodes {
      origin method points { year persons percent } } pageInfo { hasNextPage } } } }"""
    region = (await writer.ask(query, "officer"))["region"]
    points = [{"year": 2024, "persons": None, "percent": 7.0}, {"year": 2025, "persons": 106000, "percent": 6.5}]
    assert region == {
        "villageProfile": None,
        "povertySeries": {
            "nodes": [
                {"origin": "BPS_SUSENAS", "method": "Maret", "points": points},
                {"origin": "DTSEN", "method": "Maret", "points": points},
            ],
            "pageInfo": {"hasNextPage": False},
        },
    }
