"""Households that a district pushes: safe to repeat by key, and the same rules as for its feed."""

import asyncio
from datetime import UTC, datetime

import pytest

from hub.domain.errors import Conflict, Invalid
from hub.domain.principal import RegionRange
from hub.ingest.push import Sender, submit_households
from hub.store.database import Access, Database
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SENDER = Sender("banyuwangi", "35.10")


async def submit(session, *records, key: str = "k", sender: Sender = SENDER):
    return await submit_households(session, sender, key=key, records=records, now=NOW)


async def addresses(session):
    async with session.connection() as connection:
        rows = await connection.fetch("select source_record_id, address from household order by 1")
    return {row["source_record_id"]: row["address"] for row in rows}


async def count_of(session, table: str) -> int:
    async with session.connection() as connection:
        return await connection.fetchval(f"select count(*) from {table}")


async def test_the_answer_counts_households_and_names_what_stayed_out(session, household, person):
    answer = await submit(
        session,
        household("H1", decile=11, members=(person(nik="1"),)),
        household("H2", region_code="99"),
        household("H3"),
    )
    assert (answer.received, answer.merged, answer.unchanged) == (3, 2, 0)
    assert [(r.record_kind, r.source_record_id, r.field, r.code, r.severity, r.value) for r in answer.rejects] == [
        ("HOUSEHOLD", "H1", "decile", "DECILE_OUT_OF_RANGE", "FIELD", "11"),
        ("HOUSEHOLD", "H2", "regionCode", "REGION_UNKNOWN", "RECORD", "99"),
        ("PERSON", "P1", "nik", "NIK_NOT_16_DIGITS", "FIELD", "1"),
    ]
    assert await addresses(session) == {"H1": None, "H3": None}


async def test_the_same_key_gives_the_same_answer_and_does_nothing_again(database: Database, household):
    await join_districts(database.jobs, {"35.10": "http://district.invalid/graphql"}, NOW)
    first = await submit(database.jobs, household(address="one"))
    await submit(database.jobs, household(revision=2, address="two"), key="other")
    assert await submit(database.jobs, household(address="one")) == first
    assert await addresses(database.jobs) == {"H1": "two"}
    assert await count_of(database.jobs, "ingest_batch") == 2


async def test_the_same_key_with_another_body_is_a_conflict_and_changes_nothing(session, household):
    await submit(session, household(address="one"))
    with pytest.raises(Conflict, match="'k' was used for another householdsSubmit"):
        await submit(session, household(revision=2, address="two"))
    assert await addresses(session) == {"H1": "one"}


async def test_the_key_of_another_client_is_another_key(database: Database, household):
    await join_districts(database.jobs, {"35.10": "http://district.invalid/graphql"}, NOW)
    await submit(database.jobs, household(address="one"))
    await submit(database.jobs, household(revision=2, address="two"), sender=Sender("another", "35.10"))
    assert await addresses(database.jobs) == {"H1": "two"}


async def test_twins_in_flight_do_the_work_once_and_get_one_answer(database: Database, household):
    await join_districts(database.jobs, {"35.10": "http://district.invalid/graphql"}, NOW)
    records = [household(f"H{n}") for n in range(50)]
    answers = await asyncio.gather(*(submit(database.jobs, *records) for _ in range(8)))
    assert answers == [answers[0]] * 8
    assert (answers[0].received, answers[0].merged) == (50, 50)
    assert await count_of(database.jobs, "ingest_batch") == 1


async def test_a_failed_push_leaves_its_key_free(session, household, monkeypatch):
    async def broken(*_: object) -> None:
        raise ConnectionError("in the middle")

    with monkeypatch.context() as patch:
        patch.setattr("hub.ingest.push.staged_rejects", broken)
        with pytest.raises(ConnectionError):
            await submit(session, household())
    assert await addresses(session) == {}
    assert (await submit(session, household(address="again"))).merged == 1


async def test_a_household_of_another_regency_stays_out(session, household):
    answer = await submit(session, household(region_code="35.09.01.2001"))
    assert (answer.merged, [reject.code for reject in answer.rejects]) == (0, ["REGION_FOREIGN"])
    assert await addresses(session) == {}


async def test_a_district_can_push_with_no_more_than_its_own_rights(database: Database, household, person):
    await join_districts(database.jobs, {"35.10": "http://district.invalid/graphql"}, NOW)
    caller = database.caller(Access(RegionRange("35.10", "35.10/"), "banyuwangi"))
    for revision in (1, 2):
        answer = await submit(
            caller,
            household(
                revision=revision, kk_number=f"351001010110000{revision}", members=(person(assistance=("PIP",)),)
            ),
            household("H9", region_code="35.09.01.2001"),
            key=f"k{revision}",
        )
        assert (answer.merged, len(answer.rejects)) == (1, 1)


@pytest.mark.parametrize("count", [0, 501])
async def test_too_few_or_too_many_households_are_refused_by_number(session, household, count):
    with pytest.raises(Invalid, match=f"send 1 to 500 households at a time, not {count}"):
        await submit(session, *(household(f"H{n}") for n in range(count)))
    assert await count_of(session, "idempotency_key") == 0


@pytest.mark.parametrize("key", ["", "k" * 201, "k\0", "k\ud800"], ids=lambda key: repr(key[:3]))
async def test_a_key_that_cannot_be_one_is_refused(session, household, key):
    with pytest.raises(Invalid, match="idempotency key") as caught:
        await submit(session, household(), key=key)
    assert caught.value.path == ("idempotencyKey",)


@pytest.mark.parametrize("unfit", [{"address": "\0"}, {"address": "\ud800"}, {"decile": 2**70}], ids=repr)
async def test_what_cannot_be_stored_takes_only_its_own_household_out(session, household, unfit):
    answer = await submit(session, household("H1", **unfit), household("H2", address="fine"))
    assert (answer.received, answer.merged) == (2, 1)
    assert [(r.source_record_id, r.code) for r in answer.rejects] == [("H1", "NOT_STORABLE")]
    assert await addresses(session) == {"H2": "fine"}
