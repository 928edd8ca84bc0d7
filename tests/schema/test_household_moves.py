"""A household that moves keeps identity, cases, matches and slots, and both regencies see what they may."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from hub.domain.ids import household_id, person_id
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.records import PersonRecord, Record, VillageServiceRecord
from hub.store.batches import Batch, merge_batch
from hub.store.database import Database
from hub.store.moves import apply_moves
from tests.schema.world import Client
from tests.schema.world_records import FOREIGN, NOW, OWN, VILLAGES, household, household_of, nik

NUMBER = 1
HOME = opaque_id(Kind.HOUSEHOLD, household_of(OWN, NUMBER))
LATER = NOW + timedelta(days=1)


def letter(regency: str, kind: str, home: str, other: str) -> VillageServiceRecord:
    return VillageServiceRecord(
        source_record_id=f"{kind}-1",
        revision=9,
        observed_at=LATER,
        region_code=VILLAGES[regency],
        type=kind,
        status="COMPLETED",
        household_record_id=home,
        event_on=date(2026, 6, 30),
        other_region_code=VILLAGES[other],
    )


def arrived() -> Record:
    """The same people in the records of the other regency."""
    here = household(OWN, NUMBER)
    members = [msgspec.structs.replace(m, source_record_id=f"n-{m.source_record_id}") for m in here.members]
    return msgspec.structs.replace(
        here,
        source_record_id="new-home",
        revision=90,
        region_code=VILLAGES[FOREIGN],
        kk_number=None,
        previous_kk_numbers=(),
        address="Jember",
        members=tuple(members),
    )


async def merge(world: Database, regency: str, *records: Record) -> None:
    async with world.jobs.transaction() as transaction:
        await merge_batch(transaction, Batch(regency, regency, "PULL", records, [], LATER))


async def move(world: Database, *, with_letters: bool = True) -> int:
    outgoing = letter(OWN, "MOVE_OUT_LETTER", f"h{NUMBER}", FOREIGN)
    incoming = letter(FOREIGN, "MOVE_IN_LETTER", "new-home", OWN)
    await merge(world, OWN, outgoing)
    await merge(world, FOREIGN, arrived(), *((incoming,) if with_letters else ()))
    return await apply_moves(world.jobs, LATER)


SEEN = """query ($id: ID!) { household(id: $id) {
  id address region { code } members { id name }
  matches { id status region: household { region { code } } pool { region { code } } }
  caseFiles { id number region { code } status }
  moves { status fromRegion { code } toRegion { code } movedOn }
} }"""


async def seen(client: Client, caller: str) -> Any:
    return (await client.ask(SEEN, caller, id=HOME))["household"]


async def test_the_new_regency_sees_the_household_its_matches_and_case_history(
    own_world: Database, writer: Client
) -> None:
    before = await seen(writer, "officer")
    assert before["address"] == f"Dusun {OWN}/1"
    assert (len(before["members"]), len(before["caseFiles"])) == (2, 1)
    assert before["matches"], "the household must have matches, or this test shows nothing"
    assert await seen(writer, "foreign-officer") is None

    assert await move(own_world) == 1

    after = await seen(writer, "foreign-officer")
    assert (after["id"], after["address"], after["region"]["code"]) == (HOME, "Jember", VILLAGES[FOREIGN])
    assert after["members"] == before["members"], "the same people under the same ids"
    assert [m["id"] for m in after["matches"]] == [m["id"] for m in before["matches"]]
    assert after["caseFiles"] == before["caseFiles"], "where it came from, and where its cases are worked on"
    assert after["moves"] == [
        {"status": "MOVED", "fromRegion": {"code": OWN}, "toRegion": {"code": FOREIGN}, "movedOn": "2026-06-30"}
    ]


async def test_slots_of_the_nation_stay_and_the_quota_of_the_old_regency_gets_back_what_was_only_offered(
    own_world: Database, writer: Client
) -> None:
    query = (
        """query ($id: ID!) { household(id: $id) { matches { status programme { code } pool { region { code } } } } }"""
    )
    before = (await writer.ask(query, "officer", id=HOME))["household"]["matches"]
    await move(own_world)
    after = (await writer.ask(query, "foreign-officer", id=HOME))["household"]["matches"]
    for was, now in zip(before, after, strict=True):
        is_national = was["pool"]["region"] is None
        assert now["status"] == (was["status"] if is_national else "RELEASED")
        assert now["pool"] == (was["pool"] if is_national else None)


async def test_the_old_regency_sees_that_it_moved_its_own_case_files_and_nothing_new(
    own_world: Database, writer: Client
) -> None:
    [case] = (await seen(writer, "officer"))["caseFiles"]
    person = (await seen(writer, "officer"))["members"][0]["id"]
    match = (await seen(writer, "officer"))["matches"][0]["id"]
    await move(own_world)

    assert await seen(writer, "officer") is None
    gone = "query ($m: ID!, $p: ID!) { match(id: $m) { id } person(id: $p) { id } }"
    assert await writer.ask(gone, "officer", m=match, p=person) == {"match": None, "person": None}

    moves = """{ householdMoves(regionCode: "35.10", status: MOVED) { nodes {
      householdReference household { id } arrivedHousehold { id } fromRegion { code } toRegion { code } movedOn } } }"""
    nodes = (await writer.ask(moves, "officer"))["householdMoves"]["nodes"]
    assert [node for node in nodes if node["toRegion"] == {"code": FOREIGN}] == [
        {
            "householdReference": HOME,
            "household": None,
            "arrivedHousehold": None,
            "fromRegion": {"code": OWN},
            "toRegion": {"code": FOREIGN},
            "movedOn": "2026-06-30",
        }
    ]
    own = "query ($id: ID!) { caseFile(id: $id) { id number status region { code } household { id } } }"
    assert (await writer.ask(own, "officer", id=case["id"]))["caseFile"] == {**case, "household": None}


async def test_the_new_regency_reads_the_old_case_files_but_its_own_lists_and_counts_do_not_hold_them(
    own_world: Database, writer: Client
) -> None:
    count = "{ caseFileCount { count } caseFiles(first: 100) { nodes { region { code } } } }"
    before = await writer.ask(count, "foreign-officer")
    await move(own_world)
    assert await writer.ask(count, "foreign-officer") == before


async def test_a_sensitive_case_file_does_not_go_along(own_world: Database, writer: Client) -> None:
    async with own_world.jobs.connection() as connection:
        await connection.execute(
            "update case_file set is_sensitive = true where household_id = $1", household_of(OWN, 1)
        )
    await move(own_world)
    assert (await seen(writer, "foreign-officer"))["caseFiles"] == []


DECIDE = """mutation ($in: HouseholdMoveDecideInput!) { householdMoveDecide(input: $in) {
  householdMove { status cause decidedBy reason household { id address } } userErrors { code } } }"""


async def waiting(client: Client) -> str:
    query = '{ householdMoves(status: REVIEW, regionCode: "35.09") { nodes { id toRegion { code } cause } } }'
    nodes = (await client.ask(query, "foreign-officer"))["householdMoves"]["nodes"]
    return str(next(node["id"] for node in nodes if node["toRegion"] == {"code": FOREIGN}))


async def decide(client: Client, caller: str, move_id: str, decision: str, key: str = "k") -> Any:
    given = {"id": move_id, "decision": decision, "reason": "seen both cards", "idempotencyKey": key}
    return (await client.ask(DECIDE, caller, **{"in": given}))["householdMoveDecide"]


@pytest.mark.parametrize("caller", ["foreign-officer", "analyst"])
async def test_a_person_of_the_new_regency_or_the_ministry_confirms_what_is_not_proven(
    own_world: Database, writer: Client, caller: str
) -> None:
    assert await move(own_world, with_letters=False) == 0
    assert (await seen(writer, "officer"))["id"] == HOME
    done = await decide(writer, caller, await waiting(writer), "CONFIRM")
    assert done == {
        "householdMove": {
            "status": "MOVED",
            "cause": "PERSON",
            "decidedBy": "foreign" if caller == "foreign-officer" else "analyst",
            "reason": "seen both cards",
            "household": {"id": HOME, "address": "Jember"},
        },
        "userErrors": [],
    }


async def test_the_old_regency_does_not_decide_and_what_is_rejected_stays_so(
    own_world: Database, writer: Client
) -> None:
    await move(own_world, with_letters=False)
    move_id = await waiting(writer)
    given = {"id": move_id, "decision": "CONFIRM", "reason": "seen both cards", "idempotencyKey": "k"}
    [error] = await writer.refused(DECIDE, "officer", **{"in": given})
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert (await decide(writer, "foreign-officer", move_id, "REJECT"))["householdMove"]["status"] == "REJECTED"
    assert (await decide(writer, "analyst", move_id, "CONFIRM"))["userErrors"] == [{"code": "CONFLICT"}]
    await merge(own_world, FOREIGN, letter(FOREIGN, "MOVE_IN_LETTER", "new-home", OWN))
    assert await apply_moves(own_world.jobs, LATER) == 0
    assert (await seen(writer, "officer"))["id"] == HOME


def test_the_people_are_told_apart_by_niks() -> None:
    members: tuple[PersonRecord, ...] = household(OWN, NUMBER).members
    assert [member.nik for member in members] == [nik(OWN, 1), nik(OWN, 1, woman=True)]


ALONE = """{ householdMoves { nodes { status cause household { id } arrivedHousehold { id } personReference
  person { id name region: household { region { code } } } fromRegion { code } toRegion { code } movedOn } } }"""


async def test_of_who_moves_alone_both_regencies_see_what_they_may(own_world: Database, writer: Client) -> None:
    here = household(OWN, 7)
    leaver = here.members[-1]
    there = msgspec.structs.replace(
        here,
        source_record_id="joined",
        revision=90,
        region_code=VILLAGES[FOREIGN],
        kk_number=None,
        previous_kk_numbers=(),
        members=(msgspec.structs.replace(leaver, source_record_id="joined-1"),),
    )
    out = letter(OWN, "MOVE_OUT_LETTER", here.source_record_id, FOREIGN)
    back = letter(FOREIGN, "MOVE_IN_LETTER", "joined", OWN)
    replace = msgspec.structs.replace
    await merge(own_world, OWN, replace(out, source_record_id="A", person_record_id=leaver.source_record_id))
    await merge(own_world, FOREIGN, there, replace(back, source_record_id="B", person_record_id="joined-1"))
    assert await apply_moves(own_world.jobs, LATER) == 1
    home, joined = (
        opaque_id(Kind.HOUSEHOLD, household_id(*of)) for of in ((OWN, here.source_record_id), (FOREIGN, "joined"))
    )
    reference = opaque_id(Kind.PERSON, person_id(OWN, leaver.source_record_id))

    async def seen_by(caller: str) -> Any:
        nodes = (await writer.ask(ALONE, caller))["householdMoves"]["nodes"]
        return next(node for node in nodes if node["personReference"] == reference)

    person = {"id": reference, "name": leaver.name, "region": {"region": {"code": VILLAGES[FOREIGN]}}}
    everything = {
        "status": "MOVED",
        "cause": "LETTERS",
        "household": {"id": home},
        "arrivedHousehold": {"id": joined},
        "personReference": reference,
        "person": person,
        "fromRegion": {"code": OWN},
        "toRegion": {"code": FOREIGN},
        "movedOn": "2026-06-30",
    }
    assert await seen_by("analyst") == everything
    assert await seen_by("officer") == everything | {"arrivedHousehold": None, "person": None}
    assert await seen_by("foreign-officer") == everything | {"household": None}
    query = "query ($id: ID!) { household(id: $id) { members { id } moves { status } } }"
    left = (await writer.ask(query, "officer", id=home))["household"]
    assert reference not in [member["id"] for member in left["members"]]
    assert left["moves"] == [], "the household stayed"
    joined_by = (await writer.ask(query, "foreign-officer", id=joined))["household"]
    assert [member["id"] for member in joined_by["members"]] == [reference]
