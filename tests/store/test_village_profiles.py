"""Profiles of villages and poverty series: newer wins, lines are replaced as a whole, series are never mixed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.domain.records import Reject
from hub.domain.village_profiles import BudgetLine, PovertyPoint, PovertySeriesRecord, VillageProfileRecord
from hub.store.database import Session
from hub.store.village_profiles import (
    ProfileBatch,
    ProfileCounts,
    find_profiles,
    list_budget_lines,
    list_series,
    merge_profiles,
)
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
VILLAGE = "35.10.01.2001"
ROAD = BudgetLine(year=2026, activity="Jalan desa", planned=300, released=200, spent=150)
POSYANDU = BudgetLine(year=2026, activity="Posyandu", planned=80)
OLD_ROAD = BudgetLine(year=2025, activity="Jalan desa", planned=250, released=250, spent=250)


@pytest.fixture(autouse=True)
async def joined(session: Session) -> None:
    await join_districts(session, ["35.10"], NOW)


def profile(revision: int = 1, **details: Any) -> VillageProfileRecord:
    known = {"source_record_id": "V1", "observed_at": NOW, "region_code": VILLAGE}
    return VillageProfileRecord(revision=revision, **known | details)


def series(revision: int = 1, **details: Any) -> PovertySeriesRecord:
    known = {
        "source_record_id": "PS1",
        "observed_at": NOW,
        "region_code": "35.10",
        "origin": "BPS_SUSENAS",
        "method": "Garis kemiskinan, Maret",
    }
    return PovertySeriesRecord(revision=revision, **known | details)


async def merge(session: Session, *records: Any) -> ProfileCounts:
    profiles = [r for r in records if isinstance(r, VillageProfileRecord)]
    found = [r for r in records if isinstance(r, PovertySeriesRecord)]
    return await merge_profiles(session, ProfileBatch("35.10", "35.10", profiles, found, NOW))


async def lines(
    session: Session, first: int = 10, after: tuple[int, str] = (9999, "")
) -> list[tuple[int, str, int | None]]:
    [found] = await list_budget_lines(session, [VILLAGE], after=after, first=first)
    return [(line.year, line.activity, line.spent) for line in found]


async def quarantine(session: Session) -> list[tuple[Any, ...]]:
    async with session.connection() as connection:
        return [
            tuple(r)
            for r in await connection.fetch("select record_kind, source_record_id, code from reject order by 2")
        ]


async def test_the_newer_profile_replaces_indicators_and_lines_and_older_ones_change_nothing(session: Session) -> None:
    met = {"HEALTH": True, "LEGAL_LITERACY": False}
    first = profile(2, has_doctor=False, has_wifi=True, smart_kampung=met, budget_lines=(ROAD, POSYANDU, OLD_ROAD))
    assert await merge(session, first) == ProfileCounts(1, 1, 0)
    assert await lines(session) == [(2026, "Jalan desa", 150), (2026, "Posyandu", None), (2025, "Jalan desa", 250)]
    assert await merge(session, profile(2, has_doctor=True), profile(1)) == ProfileCounts(2, 0, 0)
    [found] = await find_profiles(session, [VILLAGE])
    assert found is not None
    assert (found.has_doctor, found.has_wifi, found.bandwidth_mbps) == (False, True, None)
    assert [(c.criterion, c.is_met) for c in found.criteria] == [
        ("PUBLIC_SERVICE", None),
        ("ECONOMY", None),
        ("HEALTH", True),
        ("EDUCATION_AND_CULTURE", None),
        ("HUMAN_RESOURCES", None),
        ("POVERTY_REDUCTION", None),
        ("LEGAL_LITERACY", False),
    ]
    assert await merge(
        session, profile(3, has_doctor=True, bandwidth_mbps=20.5, budget_lines=(ROAD,))
    ) == ProfileCounts(1, 1, 0)
    assert await lines(session) == [(2026, "Jalan desa", 150)]


async def test_of_one_batch_the_newest_counts_with_its_own_lines(session: Session) -> None:
    assert await merge(
        session, profile(1, budget_lines=(ROAD,)), profile(2, budget_lines=(POSYANDU,))
    ) == ProfileCounts(2, 1, 0)
    assert await lines(session) == [(2026, "Posyandu", None)]


async def test_lines_are_paged_from_the_newest_year(session: Session) -> None:
    await merge(session, profile(budget_lines=(OLD_ROAD, POSYANDU, ROAD)))
    assert await lines(session, first=1) == [(2026, "Jalan desa", 150)]
    assert await lines(session, after=(2026, "Jalan desa")) == [(2026, "Posyandu", None), (2025, "Jalan desa", 250)]


async def test_a_series_keeps_its_figures_apart_from_those_of_other_sources(session: Session) -> None:
    point = PovertyPoint(year=2025, persons=109_000, percent=6.54)
    others = series(
        source_record_id="PS2", origin="DTSEN", method="Desil 1", points=(PovertyPoint(year=2025, persons=90_000),)
    )
    assert await merge(session, series(points=(point,)), others) == ProfileCounts(2, 2, 0)
    [found] = await list_series(session, ["35.10"], first=10)
    assert [(s.origin, s.method, s.points) for s in found] == [
        ("BPS_SUSENAS", "Garis kemiskinan, Maret", [point]),
        ("DTSEN", "Desil 1", [PovertyPoint(year=2025, persons=90_000)]),
    ]
    later = PovertyPoint(year=2026, percent=6.2)
    assert await merge(session, series(2, points=(point, later))) == ProfileCounts(1, 1, 0)
    [[first, _]] = await list_series(session, ["35.10"], first=10)
    assert first.points == [point, later]


@pytest.mark.parametrize(
    "mixed",
    [
        {"revision": 2, "origin": "DTSEN"},
        {"revision": 2, "method": "Garis kemiskinan, September"},
        {"source_record_id": "PS9"},
    ],
)
async def test_a_series_that_would_mix_sources_or_methods_goes_into_quarantine(
    session: Session, mixed: dict[str, Any]
) -> None:
    await merge(session, series(points=(PovertyPoint(year=2025, percent=6.5),)))
    assert await merge(session, series(**mixed)) == ProfileCounts(1, 0, 1)
    assert await quarantine(session) == [("POVERTY_SERIES", mixed.get("source_record_id", "PS1"), "SERIES_MIXED")]
    [[kept]] = await list_series(session, ["35.10"], first=10)
    assert (kept.origin, [p.year for p in kept.points]) == ("BPS_SUSENAS", [2025])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"region_code": "35.10"}, "REGION_UNKNOWN"),
        ({"region_code": "99.99.99.9999"}, "REGION_FOREIGN"),
        ({"region_code": "35.09.01.2001"}, "REGION_FOREIGN"),
        ({"smart_kampung": {"SWIMMING_POOL": True}}, "VALUE_UNKNOWN"),
    ],
)
async def test_a_profile_that_does_not_fit_stays_out_until_it_is_mended(
    session: Session, change: dict[str, Any], code: str
) -> None:
    assert await merge(session, profile(**change)) == ProfileCounts(1, 0, 1)
    [(kind, record, found)] = await quarantine(session)
    assert (kind, record) == ("VILLAGE_PROFILE", "V1")
    assert found in (code, "REGION_UNKNOWN")
    assert await merge(session, profile(2)) == ProfileCounts(1, 1, 0)
    assert await quarantine(session) == []


async def merge_whole(session: Session, *records: Any, rejects: Sequence[Reject] = ()) -> ProfileCounts:
    """All that the district lists."""
    profiles = [r for r in records if isinstance(r, VillageProfileRecord)]
    found = [r for r in records if isinstance(r, PovertySeriesRecord)]
    batch = ProfileBatch("35.10", "35.10", profiles, found, NOW, rejects=rejects, is_whole=True)
    return await merge_profiles(session, batch)


OTHER = {"source_record_id": "V2", "region_code": "35.10.01.2002"}


async def test_what_a_district_lists_no_more_is_gone_after_a_whole_reading(session: Session) -> None:
    await merge_whole(
        session, profile(budget_lines=(ROAD,)), profile(**OTHER), series(points=(PovertyPoint(year=2025),))
    )
    counts = await merge_whole(session, profile(**OTHER))
    assert counts == ProfileCounts(1, 0, 0, removed=2)
    assert [found is None for found in await find_profiles(session, [VILLAGE, "35.10.01.2002"])] == [True, False]
    assert await lines(session) == []
    assert await list_series(session, ["35.10"], first=10) == [[]]
    assert await merge_whole(session, profile(2, budget_lines=(ROAD,)), profile(**OTHER)) == ProfileCounts(2, 1, 0)
    assert await lines(session) == [(2026, "Jalan desa", 150)]


async def test_other_districts_keep_theirs(session: Session) -> None:
    await join_districts(session, ["35.09"], NOW)
    elsewhere = profile(source_record_id="V1", region_code="35.09.01.2001")
    await merge_profiles(session, ProfileBatch("35.09", "35.09", [elsewhere], [], NOW, is_whole=True))
    assert await merge_whole(session) == ProfileCounts(0, 0, 0)
    assert await find_profiles(session, ["35.09.01.2001"]) != [None]


async def test_a_series_that_is_listed_under_another_id_is_the_same_one(session: Session) -> None:
    await merge_whole(session, series(points=(PovertyPoint(year=2024),)))
    renamed = series(source_record_id="PS9", points=(PovertyPoint(year=2025),))
    assert await merge_whole(session, renamed) == ProfileCounts(1, 1, 0, removed=1)
    [[kept]] = await list_series(session, ["35.10"], first=10)
    assert (kept.source_stamp.record_id, [point.year for point in kept.points]) == ("PS9", [2025])
    assert await quarantine(session) == []


def unread(record_id: str) -> Reject:
    return Reject(
        record_kind="VILLAGE_PROFILE", source_record_id=record_id, field="hasWifi", code="WRONG_TYPE", value=""
    )


async def test_a_record_that_is_listed_and_does_not_fit_keeps_what_was_known(session: Session) -> None:
    await merge_whole(session, profile(has_wifi=True), profile(**OTHER))
    assert await merge_whole(session, rejects=[unread("V1")]) == ProfileCounts(1, 0, 1, removed=1)
    [first, second] = await find_profiles(session, [VILLAGE, "35.10.01.2002"])
    assert (first is not None, second) == (True, None)
    wrong = profile(2, smart_kampung={"SWIMMING_POOL": True})
    assert await merge_whole(session, wrong) == ProfileCounts(1, 0, 1)
    assert await find_profiles(session, [VILLAGE]) == [first]


async def test_a_record_without_a_readable_id_says_nothing_of_what_has_gone(session: Session) -> None:
    await merge_whole(session, profile(), profile(**OTHER))
    assert await merge_whole(session, profile(**OTHER), rejects=[unread("")]) == ProfileCounts(2, 0, 1)
    assert None not in await find_profiles(session, [VILLAGE, "35.10.01.2002"])


async def test_a_reading_that_is_not_whole_removes_nothing(session: Session) -> None:
    await merge(session, profile(), series())
    assert await merge(session) == ProfileCounts(0, 0, 0)
    assert await find_profiles(session, [VILLAGE]) != [None]
    async with session.connection() as connection:
        read_at = "select profiles_read_at from source where source_code = '35.10'"
        assert await connection.fetchval(read_at) is None
        await merge_whole(session)
        assert await connection.fetchval(read_at) == NOW
    assert await find_profiles(session, [VILLAGE]) == [None]
