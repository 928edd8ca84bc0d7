"""The switches over HTTP, and the command that serves a world."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from simulators.__main__ import options_of
from simulators.evolve import Changes, Evolution
from simulators.kis import CardRequest
from simulators.server import announcement
from simulators.simulation import Simulation
from simulators.truth import is_covered, kis_links, real_need
from simulators.world import AS_OF, World

Call = Callable[..., Awaitable[httpx2.Response]]


async def test_the_truth_streams_as_lines_that_score_in_full(client: httpx2.AsyncClient, world: World) -> None:
    truth = (await client.get("/_control/truth")).content
    lines = [json.loads(line) for line in truth.splitlines()]
    assert {(line["kind"], line["programme"]) for line in lines} >= {("links", "KIS_PBI"), ("unserved", "PKH")}

    scored = (await client.post("/_control/score", content=truth)).json()

    need = real_need(world, AS_OF)
    assert scored["programmes"] == {
        programme: {"unserved": len(units), "found": len(units), "wrong": 0, "missed": 0}
        for programme, units in need.items()
    }
    assert scored["identity"]["KIS_PBI"]["found"] == len(kis_links(world))
    assert scored["identity"]["PKH"]["missing"] == scored["identity"]["PKH"]["surplus"] == []


async def test_the_truth_is_as_of_a_day(client: httpx2.AsyncClient) -> None:
    now = (await client.get("/_control/truth", params={"as_of": "2026-07-01"})).content
    later = (await client.get("/_control/truth", params={"as_of": "2046-07-01"})).content

    assert now == (await client.get("/_control/truth")).content
    assert now != later


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/_control/truth?as_of=yesterday", "", "BAD_DATE"),
        ("POST", "/_control/score", "nonsense", "BAD_BODY"),
        ("POST", "/_control/score", '{"kind": "matched", "programme": "BLT", "rows": []}', "BAD_FINDING"),
        ("POST", "/_control/BPJS/fault", '{"kind": "HTML"}', "UNKNOWN_SYSTEM"),
        ("POST", "/_control/KIS/fault", '{"kind": "EARTHQUAKE"}', "BAD_BODY"),
        ("POST", "/_control/evolve", '{"deaths": "many"}', "BAD_BODY"),
        ("POST", "/_control/evolve", '{"births": 1, "deaths": -1}', "BAD_BODY"),
    ],
)
async def test_what_the_control_does_not_understand_is_refused(
    client: httpx2.AsyncClient, method: str, path: str, body: str, code: str
) -> None:
    response = await client.request(method, path, content=body)

    assert (response.status_code, response.json()["error"]) == (422, code)


async def test_faults_are_switched_and_counted_over_http(client: httpx2.AsyncClient, kis: Call) -> None:
    await client.post("/_control/KIS/fault", json={"kind": "UNAVAILABLE"})
    assert (await kis("GET", "/pools")).status_code == 503
    assert (await client.get("/_control/KIS/fault")).json() == {"happened": {"UNAVAILABLE": 1}}

    await client.delete("/_control/KIS/fault")

    assert (await kis("GET", "/pools")).status_code == 200


async def test_cursors_are_expired_over_http(client: httpx2.AsyncClient, pkh: Call) -> None:
    cursor = (await pkh("/changes")).json()["cursor"]

    await client.post("/_control/PKH/expire-cursors")

    assert (await pkh("/changes", params={"after": cursor})).status_code == 410


async def test_time_passes_over_http_and_the_counts_say_so(client: httpx2.AsyncClient, world: World) -> None:
    before = (await client.get("/_control/stats")).json()
    changes = {"deaths": 3, "deactivations": 2, "births": 4, "moves": 2, "revisions": 5, "exits": 1}

    done = (await client.post("/_control/evolve", json=changes)).json()

    after = (await client.get("/_control/stats")).json()
    assert done == changes | dict.fromkeys(("silent_deaths", "duplicates", "birth_letters", "death_letters"), 0)
    assert after["kis"]["buffer"]["total"] == before["kis"]["buffer"]["total"] + 5
    persons = [sum(d["persons"] for d in stats["districts"].values()) for stats in (before, after)]
    assert persons[1] == persons[0] + 4
    assert after["districts"]["35.10"]["households"] == len(world.districts["35.10"].households)


def test_evolution_is_the_same_for_the_same_seed(make_world: Callable[..., World]) -> None:
    changes = Changes(deaths=3, deactivations=3, births=3, moves=3, revisions=3, exits=3, seed=4)
    first, again = make_world(), make_world()
    for world in (first, again):
        Evolution(world).make(changes)

    assert first.population.people == again.population.people
    assert [d.households for d in first.districts.values()] == [d.households for d in again.districts.values()]


def test_truth_follows_deaths_births_and_moves(make_world: Callable[..., World]) -> None:
    world = make_world(households=200)
    Evolution(world).make(Changes(deaths=10, births=10, moves=10))

    everybody = {
        member.nik: member
        for settlement in world.population.settlements.values()
        for household in (*settlement.households.values(), *settlement.elsewhere.values())
        for member in household.members
    }
    assert everybody == world.population.people
    for link in kis_links(world).values():
        assert world.districts[link.district].household_of(link.person_id) is not None
    dead = [nik for nik, person in everybody.items() if person.vital_status == "DECEASED"]
    assert sum(is_covered(world, nik) for nik in dead) < len(dead)


def test_evolving_more_than_there_is_changes_what_there_is(make_world: Callable[..., World]) -> None:
    world = make_world(households=3)
    done = Evolution(world).make(Changes(deaths=1_000, deactivations=1_000, exits=1_000))

    assert world.kis.stocks[None].total >= done["deaths"] + done["deactivations"]
    assert not [p for p in world.kis.participants.values() if p.segment == "PBI" and p.status == "ACTIVE"]


def test_no_pool_ever_gives_out_more_than_it_has(make_world: Callable[..., World]) -> None:
    world = make_world(households=200, buffer_stock=10)
    for round_of_cards in range(4):
        for key, person in enumerate(world.population.people.values()):
            pool = (None, "35.10", "35.09")[key % 3]
            world.kis.issue(CardRequest(f"{round_of_cards}/{key}", person.nik, person.name, person.birth_date, pool))
            assert all(0 <= stock.issued <= stock.total for stock in world.kis.stocks.values())
        Evolution(world).make(Changes(deactivations=7, deaths=3, seed=round_of_cards))
    assert world.kis.stocks[None].total == 50


async def started(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators",
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize("way", ["SIGTERM", "end of stdin"])
async def test_the_command_announces_itself_in_one_line_and_stops(way: str) -> None:
    process = await started("--districts", "35.10,35.09", "--households", "20", "--seed", "3")
    assert process.stdout is not None
    assert process.stdin is not None
    said: dict[str, Any] = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))

    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{said['port']}") as client:
        quotas = await client.get("/pkh/quotas", headers={"X-Api-Key": said["pkh"]["api_key"]})
        assert len(quotas.json()["quotas"]) == 2
        district = said["districts"][0]
        assert (district["code"], district["name"]) == ("35.10", "Kabupaten Banyuwangi")
        answer = await client.post(
            district["path"],
            json={"query": "{ district { regionCode } }"},
            headers={"Authorization": f"Bearer {district['token']}"},
        )
        assert answer.json() == {"data": {"district": {"regionCode": "35.10"}}}

    if way == "SIGTERM":
        os.kill(process.pid, signal.SIGTERM)
    else:
        process.stdin.close()
    _, complaints = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, complaints) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--districts", "35.10,99.99"], "no regency has the code '99.99'"),
        (["--districts", "515"], "515 districts asked for"),
        (["--as-of", "soon"], "invalid fromisoformat value: 'soon'"),
    ],
)
def test_the_command_names_what_does_not_fit(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        options_of(arguments)

    assert stopped.value.code == 2
    assert complaint in capsys.readouterr().err


def test_the_announcement_holds_all_that_a_client_needs(simulation: Simulation) -> None:
    said = announcement(simulation, 1234)

    assert said["port"] == 1234
    assert said["as_of"] == "2026-07-01"
    assert [district["path"] for district in said["districts"]] == [
        "/districts/35.10/graphql",
        "/districts/35.09/graphql",
    ]
    assert announcement(simulation, 1234) == said
