"""Identity by weight: the rest is linked one to one, doubtful pairs wait, and what somebody decided is never touched."""

from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from hub.domain.ids import household_id, person_id
from hub.domain.records import HouseholdRecord, PersonRecord, RosterRecord
from hub.matching.linkage import load_weights
from hub.matching.linkage.numbers import usable_kk, usable_nik
from hub.store import linking
from hub.store.batches import Batch, merge_batch
from hub.store.database import Session
from hub.store.link_review import Decision, decide
from hub.store.linking import link_by_number, link_by_weight, link_households, refresh_keys
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
VILLAGE = "35.10.01.2001"
NIK, KK = "3510010101800001", "3510010101100001"
RATNA: dict[str, Any] = {"name": "Ratna Kusumawardani", "birth_date": date(1988, 8, 17), "sex": "FEMALE"}
BAYU: dict[str, Any] = {"name": "Bayu Firmansyah", "birth_date": date(1979, 3, 4), "sex": "MALE"}


@pytest.fixture
async def hub(session: Session) -> Session:
    await join_districts(session, {"35.10": "http://district.invalid/graphql"}, NOW)
    return session


async def district(
    session: Session, record_id: str, *members: dict[str, Any], revision: int = 1, **details: Any
) -> int:
    persons = tuple(
        PersonRecord(**({"source_record_id": f"{record_id}-{n}"} | member)) for n, member in enumerate(members, 1)
    )
    values = {"region_code": VILLAGE} | details
    record = HouseholdRecord(source_record_id=record_id, revision=revision, observed_at=NOW, members=persons, **values)
    await _merge(session, "35.10", record)
    return household_id("35.10", record_id)


async def roster(
    session: Session, record_id: str, programme: str = "KIS_PBI", revision: int = 1, **details: Any
) -> None:
    values = {"region_code": VILLAGE, "segment": "PBI", "status": "ACTIVE"} | details
    record = RosterRecord(
        source_record_id=record_id, revision=revision, observed_at=NOW, programme_code=programme, **values
    )
    await _merge(session, "PKH" if programme == "PKH" else "KIS", record)


async def _merge(session: Session, source: str, record: Any) -> None:
    async with session.transaction() as transaction:
        await merge_batch(transaction, Batch(source, source if source == "35.10" else None, "PULL", [record], [], NOW))
    async with session.connection() as connection:  # a commit would empty the stages
        await connection.execute("truncate stage_household, stage_person, stage_roster, stage_elsewhere, stage_reject")


async def link(session: Session) -> None:
    await link_by_number(session, NOW)
    await refresh_keys(session, load_weights())
    await link_by_weight(session, load_weights(), NOW)


async def fetch(session: Session, statement: str, *values: object) -> list[tuple[Any, ...]]:
    async with session.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement, *values)]


async def links(session: Session) -> list[tuple[Any, ...]]:
    return await fetch(
        session,
        "select l.source_record_id, coalesce(p.source_record_id, h.source_record_id), l.method, l.status from link l"
        " join household h using (household_id) left join person p on p.person_id = l.person_id order by 1, 2",
    )


async def enrolments(session: Session) -> list[tuple[Any, ...]]:
    return await fetch(session, "select source_record_id, link_method from enrolment order by 1")


async def dump(session: Session) -> list[list[tuple[Any, ...]]]:
    tables = ("link", "link_event", "enrolment", "person_keyed", "person_key", "roster_key", "link_job", "link_pair")
    return [await fetch(session, f"select to_jsonb(t)::text from {table} t order by 1") for table in tables]


async def test_who_has_no_number_is_linked_by_what_is_known_and_the_evidence_adds_up(hub):
    await district(hub, "H1", RATNA, BAYU)
    await roster(hub, "R1", **(RATNA | {"name": "RATNA KUSUMA WARDANI"}))
    await link(hub)
    assert await links(hub) == [("R1", "H1-1", "PROBABILISTIC", "LINKED")]
    assert await enrolments(hub) == [("R1", "PROBABILISTIC")]
    [(weight, added, compared, member)] = await fetch(
        hub,
        "select weight, (select sum((c->>'bits')::float8) from jsonb_array_elements(evidence) c),"
        " (select array_agg(c->>'comparison') from jsonb_array_elements(evidence) c), member_id from link",
    )
    assert weight == pytest.approx(added, abs=0.01)
    assert weight >= load_weights().link_at
    assert compared == ["prior", "name", "birth_date", "nik", "kk_number", "place", "sex"]
    assert member == person_id("35.10", "H1-1")


async def test_a_second_job_changes_nothing(hub):
    await district(hub, "H1", RATNA | {"nik": NIK}, BAYU)
    await roster(hub, "R1", **RATNA, nik=NIK)
    await roster(hub, "R2", **BAYU)
    await link(hub)
    before = await dump(hub)
    assert len(before[0]) == 2
    await link(hub)
    assert await dump(hub) == before


async def test_a_number_comes_first_and_weight_never_gives_its_person_to_another_line(hub):
    await district(hub, "H1", RATNA | {"nik": NIK})
    await roster(hub, "R1", nik=NIK)
    await roster(hub, "R2", **RATNA)
    await link(hub)
    assert await links(hub) == [("R1", "H1-1", "NIK", "LINKED")]


async def test_when_the_number_becomes_known_the_link_goes_to_whom_it_names(hub):
    await district(hub, "H1", RATNA)
    await district(hub, "H2", BAYU)
    await roster(hub, "R1", **RATNA, nik=NIK)
    await link(hub)
    assert await links(hub) == [("R1", "H1-1", "PROBABILISTIC", "LINKED")]
    await district(hub, "H1", RATNA | {"nik": NIK}, revision=2)
    await link(hub)
    assert await links(hub) == [("R1", "H1-1", "NIK", "LINKED")]
    await district(hub, "H1", RATNA, revision=3)
    await district(hub, "H2", BAYU | {"nik": NIK}, revision=2)
    await link(hub)
    assert await links(hub) == [("R1", "H2-1", "NIK", "LINKED")]
    assert await enrolments(hub) == [("R1", "NIK")]


async def test_two_who_could_be_meant_alike_wait_for_somebody(hub):
    await district(hub, "H1", RATNA)
    await district(hub, "H2", RATNA)
    await roster(hub, "R1", **RATNA)
    await link(hub)
    assert await links(hub) == [
        ("R1", "H1-1", "PROBABILISTIC", "REVIEW"),
        ("R1", "H2-1", "PROBABILISTIC", "REVIEW"),
    ]
    assert await enrolments(hub) == []


async def test_a_link_by_weight_goes_when_the_person_is_gone(hub):
    await district(hub, "H1", RATNA, BAYU)
    await roster(hub, "R1", **RATNA)
    await link(hub)
    await district(hub, "H1", BAYU | {"source_record_id": "H1-2"}, revision=2)
    await link(hub)
    assert (await links(hub), await enrolments(hub)) == ([], [])
    assert await fetch(hub, "select from_status, to_status from link_event order by event_id") == [
        (None, "LINKED"),
        ("LINKED", None),
    ]
    assert await fetch(hub, "select count(*) from person_key where person_id = $1", person_id("35.10", "H1-1")) == [
        (0,)
    ]


async def test_a_household_is_linked_through_the_member_who_is_meant(hub):
    await district(hub, "H1", BAYU, RATNA)
    await roster(hub, "K1", "PKH", **RATNA, segment=None)
    await link(hub)
    assert await links(hub) == [("K1", "H1", "PROBABILISTIC", "LINKED")]
    assert await fetch(hub, "select person_id, member_id from link") == [(None, person_id("35.10", "H1-2"))]
    assert await fetch(hub, "select household_id, person_id from enrolment") == [(household_id("35.10", "H1"), None)]


@pytest.mark.parametrize("placeholder", ["1111111111111111", "1234560101800001", "9999990101800001"])
async def test_a_placeholder_links_nobody(hub, placeholder):
    await district(hub, "H1", BAYU | {"nik": placeholder}, kk_number=placeholder)
    await roster(hub, "R1", nik=placeholder)
    await roster(hub, "K1", "PKH", kk_number=placeholder, segment=None)
    await link(hub)
    assert await links(hub) == []


async def test_sql_and_python_call_the_same_numbers_placeholders(hub):
    numbers = ["1111111111111111", "1234560101800001", "9999990101800001", "0000000101800001", NIK, "3510014101800001"]
    found = await fetch(hub, "select n, is_placeholder(n) from unnest($1::text[]) n", numbers)
    assert dict(found) == {n: usable_nik(n) is None and usable_kk(n) is None for n in numbers}
    assert [n for n, is_one in found if not is_one] == [NIK, "3510014101800001"]


@pytest.mark.parametrize("status", ["REJECTED", "UNDONE", "REVIEW"])
async def test_what_somebody_decided_of_a_pair_no_later_job_touches(hub, status):
    await district(hub, "H1", RATNA | {"nik": NIK})
    await roster(hub, "R1", **RATNA)
    await link(hub)
    [(link_id,)] = await fetch(hub, "select link_id from link")
    await decide(hub, link_id, Decision(status, "officer", NOW, "another woman"))
    await roster(hub, "R1", **RATNA, nik=NIK, revision=2)
    await link(hub)
    assert await links(hub) == [("R1", "H1-1", "PROBABILISTIC", status)]
    assert await enrolments(hub) == []


async def test_a_number_that_says_otherwise_than_somebody_did_waits_for_somebody(hub):
    await district(hub, "H1", RATNA)
    await roster(hub, "R1", **RATNA)
    await link(hub)
    [(link_id,)] = await fetch(hub, "select link_id from link")
    await decide(hub, link_id, Decision("LINKED", "officer", NOW, "the same card"))
    await district(hub, "H2", BAYU | {"nik": NIK})
    await roster(hub, "R1", **RATNA, nik=NIK, revision=2)
    await link(hub)
    assert await links(hub) == [("R1", "H1-1", "PROBABILISTIC", "LINKED"), ("R1", "H2-1", "NIK", "REVIEW")]
    assert await enrolments(hub) == [("R1", "REVIEWED")]


async def test_a_killed_job_goes_on_after_its_last_page(hub, monkeypatch):
    monkeypatch.setattr(linking, "SCORING_PAGE", 1)
    await district(hub, "H1", RATNA, BAYU)
    await roster(hub, "R1", **RATNA)
    await roster(hub, "R2", **BAYU)
    await link_by_number(hub, NOW)
    await refresh_keys(hub, load_weights())
    pages: list[int] = []

    def kill(_step: str, count: int) -> None:
        pages.append(count)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await link_by_weight(hub, load_weights(), NOW, kill)
    assert await links(hub) == []
    await link_by_weight(hub, load_weights(), NOW, lambda _step, count: pages.append(count))
    assert pages == [1, 1]
    assert await links(hub) == [
        ("R1", "H1-1", "PROBABILISTIC", "LINKED"),
        ("R2", "H1-2", "PROBABILISTIC", "LINKED"),
    ]
    assert await fetch(hub, "select count(*) from link_pair") == [(0,)]


async def test_a_batch_links_the_same_as_page_after_page(hub, monkeypatch):
    people = [
        {"name": name, "birth_date": date(1950 + n, 1 + n % 12, 2 + n), "sex": "MALE"}
        for n, name in enumerate(("Sugeng Hartono", "Made Wirawan", "Yohanes Tarigan", "Iwan Chaniago", "Umar Basri"))
    ]
    for n, person in enumerate(people):
        await district(hub, f"H{n}", person, RATNA | {"name": f"Sri {person['name'].split()[1]}"})
        await roster(hub, f"R{n}", **person)
        await roster(hub, f"K{n}", "PKH", **person, segment=None)
    await link(hub)
    page_by_page = await links(hub)
    assert [status for *_, status in page_by_page] == ["LINKED"] * 10
    monkeypatch.setattr(linking, "BATCH_FROM", 1)
    await link_by_weight(hub, load_weights(), NOW)
    assert await links(hub) == page_by_page
    assert await fetch(hub, "select count(*) from link_event") == [(10,)]


async def test_households_that_just_came_in_are_linked_by_themselves(hub):
    await district(hub, "H1", RATNA | {"nik": NIK})
    await roster(hub, "R1", nik=NIK)
    await roster(hub, "R2", **BAYU)
    await roster(hub, "R3", name="Somebody Else", birth_date=date(2001, 1, 2))
    await link(hub)
    assert await links(hub) == [("R1", "H1-1", "NIK", "LINKED")]
    before = await fetch(hub, "select * from link")
    new = await district(hub, "H2", BAYU)
    await link_households(hub, [new], load_weights(), NOW)
    assert await links(hub) == [("R1", "H1-1", "NIK", "LINKED"), ("R2", "H2-1", "PROBABILISTIC", "LINKED")]
    assert (await fetch(hub, "select * from link order by link_id"))[:1] == before
    linked = await dump(hub)
    await link_households(hub, [new], load_weights(), NOW)
    await link(hub)
    assert await dump(hub) == linked


async def test_a_number_that_two_hold_links_nobody_also_before_a_job_found_out(hub):
    await link(hub)
    first = await district(hub, "H1", {"nik": NIK}, kk_number=KK)
    second = await district(hub, "H2", {"nik": NIK}, kk_number=KK)
    await roster(hub, "R1", nik=NIK)
    await roster(hub, "K1", "PKH", kk_number=KK, segment=None)
    await refresh_keys(hub, load_weights())
    await link_households(hub, [first, second], load_weights(), NOW)
    assert [status for *_, status in await links(hub) if status == "LINKED"] == []
    await link(hub)
    assert [status for *_, status in await links(hub) if status == "LINKED"] == []


async def test_the_number_of_statements_does_not_grow_with_the_roster_lines(hub):
    statements: list[str] = []
    counts = []
    for lines in (2, 3, 12):  # the driver asks about types once
        for n in range(lines):
            await district(hub, f"H{lines}-{n}", RATNA | {"birth_date": date(1950 + n % 50, 1 + n % 12, 3)})
            await roster(hub, f"R{lines}-{n}", **(RATNA | {"birth_date": date(1950 + n % 50, 1 + n % 12, 3)}))
        async with hub.connection() as connection:
            with connection.query_logger(lambda record: statements.append(record.query)):
                await link(hub)
        counts.append(len(statements))
        statements.clear()
    assert counts[2] == counts[1] > 10


async def test_history_is_only_ever_added_to(hub):
    await district(hub, "H1", RATNA)
    await roster(hub, "R1", **RATNA)
    await link(hub)
    for statement in ("update link_event set actor = 'nobody'", "delete from link_event", "truncate link_event"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="link_event is only ever added to"):
            async with hub.transaction() as within, within.connection() as connection:
                await connection.execute(statement)
    [(link_id,)] = await fetch(hub, "select link_id from link")
    await decide(hub, link_id, Decision("REJECTED", "officer", NOW, "no"))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="a decided link stays"):
        async with hub.transaction() as within, within.connection() as connection:
            await connection.execute("delete from link")
