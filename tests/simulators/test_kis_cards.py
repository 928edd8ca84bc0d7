"""Cards of KIS over a real socket: never given twice, never more than there are."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from simulators.enrolment import certain
from simulators.evolve import Changes, Evolution
from simulators.faults import Fault, FaultKind
from simulators.records import Person
from simulators.simulation import Simulation
from simulators.truth import real_need
from simulators.world import World

Call = Callable[..., Awaitable[httpx2.Response]]


def people_in_need(world: World) -> list[Person]:
    found = []
    for code, household_id, person_id in sorted(real_need(world, world.settings.as_of)["KIS_PBI"]):
        members = world.population.settlements[code].households[household_id].members
        found.append(next(member for member in members if member.id == person_id))
    return found


def card(key: str, person: Person, **values: Any) -> dict[str, Any]:
    nik, name, birth_date, _ = certain(person)
    return {"key": key, "nik": nik, "name": name, "birth_date": str(birth_date), "pool_region": None} | values


async def issue(kis: Call, *items: dict[str, Any]) -> list[dict[str, Any]]:
    response = await kis("POST", "/cards", json={"items": list(items)})
    assert response.status_code == 200
    results: list[dict[str, Any]] = response.json()["results"]
    return results


async def test_a_card_is_issued_and_stands_in_the_feed(kis: Call, world: World) -> None:
    person = people_in_need(world)[0]
    after = (await kis("GET", "/participants", params={"limit": 1})).json()["changes_cursor"]

    (result,) = await issue(kis, card("k1", person))

    assert result == {"key": "k1", "status": "ISSUED", "card_number": result["card_number"]}
    (row,) = (await kis("GET", "/changes", params={"after": after})).json()["changes"]
    assert (row["nik"], row["segment"], row["status"]) == (person.nik, "PBI", "ACTIVE")
    assert world.kis.stocks[None].issued == 1
    assert (await kis("GET", "/pools")).json()["pools"][0]["total"] == 3


async def test_the_same_key_gives_the_same_card_and_other_content_is_refused(kis: Call, world: World) -> None:
    first, second = people_in_need(world)[:2]
    (issued,) = await issue(kis, card("k1", first))

    (again,) = await issue(kis, card("k1", first))
    (reused,) = await issue(kis, card("k1", second))

    assert again == issued
    assert (reused["status"], reused["reason_code"]) == ("REFUSED", "KEY_REUSED")
    assert world.kis.stocks[None].issued == 1


async def test_a_refusal_is_kept_under_its_key_too(kis: Call, world: World) -> None:
    person = people_in_need(world)[0]
    wrong = card("k1", person, pool_region="35.99")
    (refused,) = await issue(kis, wrong)
    assert refused["reason_code"] == "POOL_EMPTY"

    assert await issue(kis, wrong) == [refused]


async def test_after_a_lost_response_the_same_key_finds_the_work_done(
    kis: Call, world: World, simulation: Simulation
) -> None:
    person = people_in_need(world)[0]
    simulation.faults.switch_on("KIS", Fault(kind=FaultKind.LOST_RESPONSE, times=1, path="/cards"))
    with pytest.raises(httpx2.RemoteProtocolError):
        await issue(kis, card("k1", person))
    assert world.kis.stocks[None].issued == 1

    (result,) = await issue(kis, card("k1", person))

    assert result["status"] == "ISSUED"
    assert world.kis.stocks[None].issued == 1
    assert len(world.kis.issued) == 1


async def test_a_pool_gives_out_what_it_has_and_never_more(kis: Call, world: World) -> None:
    people = people_in_need(world)[:10]

    results = await issue(kis, *(card(f"k{n}", person) for n, person in enumerate(people)))

    assert [result["status"] for result in results] == ["ISSUED"] * 3 + ["REFUSED"] * 7
    assert {result["reason_code"] for result in results[3:]} == {"POOL_EMPTY"}
    assert world.kis.stocks[None].issued == 3
    own = world.kis.stocks["35.10"]
    assert own.issued == 0
    more = await issue(kis, *(card(f"r{n}", person, pool_region="35.10") for n, person in enumerate(people[3:])))
    assert [result["status"] for result in more].count("ISSUED") == min(own.total, 7)


async def test_a_death_or_deactivation_of_a_pbi_participant_frees_a_slot(kis: Call, world: World) -> None:
    done = Evolution(world).make(Changes(deaths=2, deactivations=3))

    pools = (await kis("GET", "/pools")).json()["pools"]

    assert (done["deaths"], done["deactivations"]) == (2, 3)
    assert (pools[0]["total"], pools[0]["revision"]) == (8, 6)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"nik": "3510010101900999"}, "NIK_NOT_FOUND"),
        ({"nik": None}, "NIK_NOT_FOUND"),
        ({"birth_date": "1931-05-05"}, "IDENTITY_MISMATCH"),
        ({"birth_date": None, "name": "Zzz"}, "IDENTITY_MISMATCH"),
        ({"pool_region": "99.99"}, "POOL_EMPTY"),
    ],
)
async def test_a_card_is_refused_with_the_reason(kis: Call, world: World, values: dict[str, Any], reason: str) -> None:
    (result,) = await issue(kis, card("k1", people_in_need(world)[0], **values))

    assert (result["key"], result["status"], result["reason_code"]) == ("k1", "REFUSED", reason)
    assert "card_number" not in result
    assert world.kis.issued == set()


async def test_the_default_birth_date_of_registers_is_accepted(kis: Call, world: World) -> None:
    first, second = people_in_need(world)[:2]
    default = f"{first.birth_date.year}-01-01"

    results = await issue(kis, card("k1", first, birth_date=default), card("k2", second, birth_date=None, name=None))

    assert [result["status"] for result in results] == ["ISSUED", "ISSUED"]


async def test_the_dead_and_the_covered_get_no_card(kis: Call, world: World) -> None:
    Evolution(world).make(Changes(deaths=1))
    dead = next(p for p in world.population.people.values() if p.vital_status == "DECEASED")
    covered = next(
        world.population.people[nik]
        for nik in world.kis.covered
        if world.population.people[nik].vital_status == "ALIVE"
    )

    results = await issue(kis, card("k1", dead), card("k2", covered))

    assert [result["reason_code"] for result in results] == ["DECEASED", "ALREADY_COVERED"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "BAD_BODY"),
        (b'{"items": [{"key": 1}]}', "BAD_BODY"),
        (b'{"items": {}}', "BAD_BODY"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused(kis: Call, body: bytes, code: str) -> None:
    response = await kis("POST", "/cards", content=body)

    assert (response.status_code, response.json()["error"]) == (422, code)


async def test_more_than_two_hundred_cards_at_once_are_refused(kis: Call, world: World) -> None:
    items = [card(f"k{n}", people_in_need(world)[0]) for n in range(201)]

    response = await kis("POST", "/cards", json={"items": items})

    assert (response.status_code, response.json()["error"]) == (422, "TOO_MANY_ITEMS")
    assert world.kis.issued == set()
