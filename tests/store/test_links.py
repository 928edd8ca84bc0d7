"""Identity by number: who holds a number alone is linked, and the link follows the number."""

from datetime import UTC, datetime

import pytest

from hub.domain.records import HouseholdRecord, PersonRecord, RosterRecord
from hub.store.batches import Batch, merge_batch
from hub.store.links import link_rosters
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NIK, OTHER_NIK = "3510010101800001", "3510010101800002"
KK, OTHER_KK = "3510010101100001", "3510010101100002"


@pytest.fixture
async def hub(session):
    await join_districts(session, {"35.10": "http://district.invalid/graphql"}, NOW)
    return session


async def district(
    session, record_id: str, revision: int, kk: str | None, niks: dict[str, str | None], **details
) -> None:
    members = tuple(PersonRecord(source_record_id=person, nik=nik) for person, nik in niks.items())
    record = HouseholdRecord(
        source_record_id=record_id,
        revision=revision,
        observed_at=NOW,
        region_code="35.10.01.2001",
        kk_number=kk,
        members=members,
        **details,
    )
    await _merge(session, "35.10", record)


async def roster(session, programme: str, **details) -> None:
    record = RosterRecord(
        source_record_id="R1", revision=1, observed_at=NOW, programme_code=programme, status="ACTIVE", **details
    )
    await _merge(session, "PKH" if programme == "PKH" else "KIS", record)


async def _merge(session, source: str, record) -> None:
    async with session.transaction() as transaction:
        regency = source if source == "35.10" else None
        await merge_batch(transaction, Batch(source, regency, "PULL", [record], [], NOW))
    async with session.connection() as connection:  # a commit would empty the stages
        await connection.execute("truncate stage_household, stage_person, stage_roster, stage_elsewhere, stage_reject")


async def links(session) -> list[tuple[str, str | None, str]]:
    await link_rosters(session)
    async with session.connection() as connection:
        rows = await connection.fetch(
            "select h.source_record_id, p.source_record_id, e.link_method from enrolment e join household h using (household_id)"
            " left join person p on p.household_id = e.household_id and p.person_id = e.person_id order by 1, 2"
        )
    return [tuple(row) for row in rows]


async def test_a_card_follows_the_nik_from_one_member_to_another(hub):
    await roster(hub, "KIS_PBI", nik=NIK, segment="PBI")
    await district(hub, "H1", 1, KK, {"P1": NIK, "P2": OTHER_NIK})
    assert await links(hub) == [("H1", "P1", "NIK")]
    await district(hub, "H1", 2, KK, {"P1": OTHER_NIK, "P2": NIK})
    assert await links(hub) == [("H1", "P2", "NIK")]
    assert await links(hub) == [("H1", "P2", "NIK")]


async def test_a_card_follows_the_nik_to_another_household(hub):
    await roster(hub, "KIS_PBI", nik=NIK, segment="PBI")
    await district(hub, "H1", 1, KK, {"P1": NIK})
    await links(hub)
    await district(hub, "H1", 2, KK, {"P1": None})
    assert await links(hub) == []
    await district(hub, "H2", 1, OTHER_KK, {"P2": NIK})
    assert await links(hub) == [("H2", "P2", "NIK")]


async def test_a_number_that_two_hold_links_nobody_until_only_one_is_left(hub):
    await roster(hub, "KIS_PBI", nik=NIK, segment="PBI")
    await district(hub, "H1", 1, KK, {"P1": NIK})
    await district(hub, "H2", 1, OTHER_KK, {"P2": NIK})
    assert await links(hub) == []
    await district(hub, "H2", 2, OTHER_KK, {})
    assert await links(hub) == [("H1", "P1", "NIK")]


@pytest.mark.parametrize(
    ("kk", "former", "nik", "expected"),
    [
        (KK, (), NIK, "KK"),
        (OTHER_KK, (KK,), NIK, "KK_HISTORY"),
        (OTHER_KK, (), NIK, "MEMBER_NIK"),
        (None, (), NIK, "MEMBER_NIK"),
        (None, (KK,), None, "KK_HISTORY"),
        (OTHER_KK, (), None, None),
    ],
)
async def test_a_household_is_found_by_card_then_former_card_then_members_nik(hub, kk, former, nik, expected):
    await roster(hub, "PKH", kk_number=KK, nik=NIK)
    await district(hub, "H1", 1, kk, {"P1": nik}, previous_kk_numbers=former)
    assert await links(hub) == ([] if expected is None else [("H1", None, expected)])


async def test_a_removed_household_is_linked_no_more(hub):
    await roster(hub, "PKH", kk_number=KK)
    await district(hub, "H1", 1, KK, {})
    assert await links(hub) == [("H1", None, "KK")]
    await district(hub, "H1", 2, KK, {}, is_removed=True)
    assert await links(hub) == []
