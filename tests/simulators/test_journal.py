"""Simulated systems are durable: after a restart with the same journal they go on where they stopped."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from simulators.enrolment import certain
from simulators.faults import Fault, FaultKind
from simulators.journal import Journal
from simulators.kis import CardRequest
from simulators.server import announcement, running
from simulators.simulation import Simulation
from simulators.truth import real_need
from simulators.world import World

MakeWorld = Callable[..., World]

WRITE = """mutation($matches: [MatchDeliveryInput!]!) {
  matchesDeliver(matches: $matches) { matchReference isAccepted reason }
}"""
REPORT = """mutation($m: ID!) {
  matchOutcomeReport(matchReference: $m, outcome: DECLINED, reason: "MOVED_AWAY") { revision outcome }
}"""
CHANGES = """query($after: String) { changes(after: $after, first: 1000) { cursor nodes { revision isRemoved entity {
  ... on Household { id } ... on MatchOutcome { matchReference outcome } } } } }"""


class Caller:
    """What a hub does with the systems that were announced to it."""

    def __init__(self, client: httpx2.AsyncClient, said: dict[str, Any]) -> None:
        self._client = client
        self._said = said

    async def control(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await (self._client.post(path, json=body) if body else self._client.get(path))
        return _content(answer)

    async def kis(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        kis = self._said["kis"]
        granted = await self._client.post(
            kis["path"] + "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(kis["client_id"], kis["client_secret"]),
        )
        headers = {"Authorization": f"Bearer {granted.json()['access_token']}"}
        return _content(await self._client.request(method, kis["path"] + path, headers=headers, **options))

    async def pkh(self, path: str) -> dict[str, Any]:
        pkh = self._said["pkh"]
        return _content(await self._client.get(pkh["path"] + path, headers={"X-Api-Key": pkh["api_key"]}))

    async def district(self, query: str, **variables: Any) -> dict[str, Any]:
        district = self._said["districts"][0]
        headers = {"Authorization": f"Bearer {district['token']}"}
        body = {"query": query, "variables": variables}
        content = _content(await self._client.post(district["path"], headers=headers, json=body))
        data: dict[str, Any] = content["data"]
        return data

    async def feeds(self) -> list[dict[str, Any]]:
        """All that the feeds and pools of the systems say, and their counts."""
        return [
            await self.kis("GET", "/changes?limit=2000"),
            await self.kis("GET", "/pools"),
            await self.pkh("/changes?limit=2000"),
            await self.pkh("/quotas"),
            await self.district(CHANGES),
            await self.control("/_control/stats"),
        ]


def _content(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


@asynccontextmanager
async def resumed(path: Path, world: World) -> AsyncIterator[tuple[Simulation, Caller]]:
    """A simulation in this process that goes on from the journal."""
    with Journal(path, world.settings) as journal:
        simulation = Simulation(world, journal=journal)
        async with running(simulation) as url, httpx2.AsyncClient(base_url=url, timeout=5) as client:
            yield simulation, Caller(client, announcement(simulation, 0))


def cards_for(world: World, count: int) -> list[dict[str, Any]]:
    """Requests for cards of people in need."""
    people = []
    for code, household_id, person_id in sorted(real_need(world, world.settings.as_of)["KIS_PBI"])[:count]:
        members = world.population.settlements[code].households[household_id].members
        people.append(next(certain(member) for member in members if member.id == person_id))
    return [
        {"key": f"k{n}", "nik": nik, "name": name, "birth_date": str(born), "pool_region": None}
        for n, (nik, name, born, _) in enumerate(people)
    ]


def request_of(item: dict[str, Any]) -> CardRequest:
    return msgspec.convert(list(item.values()), CardRequest)


async def started(journal: Path) -> tuple[Process, dict[str, Any]]:
    """The command on the world of `make_world(buffer_stock=3)`'s size, and what it announced."""
    arguments = ("--districts=35.10,35.09", "--households=60", "--buffer-stock=3", f"--journal={journal}")
    command = (sys.executable, "-m", "simulators", *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    return process, json.loads(await asyncio.wait_for(process.stdout.readline(), 30))


@asynccontextmanager
async def killed_at_the_end(journal: Path) -> AsyncIterator[Caller]:
    process, said = await started(journal)
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{said['port']}", timeout=5) as client:
            yield Caller(client, said)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        await process.communicate()


async def test_a_killed_command_goes_on_with_the_same_feeds_cursors_keys_and_pools(tmp_path: Path) -> None:
    offers = [
        {"matchReference": f"m{n}", "householdId": f"H{n:06}", "programmeCode": "PKH", "status": "OFFERED"}
        for n in range(1, 40)
    ]
    async with killed_at_the_end(tmp_path / "journal") as hub:
        people = (await hub.kis("GET", "/participants?limit=5"))["participants"]
        items = [
            {"key": f"k{n}", "nik": p["nik"], "name": None, "birth_date": None, "pool_region": None}
            for n, p in enumerate(people)
        ]
        done = {
            "deaths": 4,
            "deactivations": 3,
            "births": 5,
            "moves": 6,
            "revisions": 3,
            "exits": 2,
            "silent_deaths": 2,
            "duplicates": 2,
            "birth_letters": 2,
            "death_letters": 1,
        }
        assert await hub.control("/_control/evolve", **done) == done
        results = (await hub.kis("POST", "/cards", json={"items": items}))["results"]
        receipts = await hub.district(WRITE, matches=offers)
        await hub.district(REPORT, m="m1")
        held = (await hub.district(CHANGES))["changes"]["cursor"]
        before = await hub.feeds()

    async with killed_at_the_end(tmp_path / "journal") as hub:
        assert await hub.feeds() == before
        assert (await hub.kis("POST", "/cards", json={"items": items}))["results"] == results
        assert await hub.district(WRITE, matches=offers) == receipts
        assert await hub.feeds() == before
        await hub.district(WRITE, matches=[offers[1] | {"matchReference": "later", "status": "RESERVED"}])
        reported = (await hub.district(REPORT, m="later"))["matchOutcomeReport"]

    async with killed_at_the_end(tmp_path / "journal") as hub:
        (change,) = (await hub.district(CHANGES, after=held))["changes"]["nodes"]
        assert (change["revision"], change["entity"]) == (
            reported["revision"],
            {"matchReference": "later", "outcome": "DECLINED"},
        )


async def test_a_key_whose_answer_was_lost_gives_that_answer_after_a_restart(
    tmp_path: Path, make_world: MakeWorld
) -> None:
    path = tmp_path / "journal"
    items = cards_for(make_world(buffer_stock=3), 5)
    async with resumed(path, make_world(buffer_stock=3)) as (simulation, hub):
        simulation.faults.switch_on("KIS", Fault(kind=FaultKind.LOST_RESPONSE, times=1, path="/cards"))
        with pytest.raises(httpx2.RemoteProtocolError):
            await hub.kis("POST", "/cards", json={"items": items})
        known = simulation.world.kis.issue_all([request_of(item) for item in items])

    async with resumed(path, make_world(buffer_stock=3)) as (simulation, hub):
        results = (await hub.kis("POST", "/cards", json={"items": items}))["results"]
        (reused,) = (await hub.kis("POST", "/cards", json={"items": [items[1] | {"key": "k0"}]}))["results"]

        assert results == msgspec.to_builtins(known)
        assert [result["status"] for result in results] == ["ISSUED"] * 3 + ["REFUSED"] * 2
        assert reused["reason_code"] == "KEY_REUSED"
        assert (simulation.world.kis.stocks[None].issued, len(simulation.world.kis.issued)) == (3, 3)


async def test_cursors_that_a_system_forgot_stay_forgotten_and_newer_ones_go_on(
    tmp_path: Path, make_world: MakeWorld
) -> None:
    async with resumed(tmp_path / "journal", make_world()) as (simulation, hub):
        old = (await hub.pkh("/changes"))["cursor"]
        simulation.expire_cursors("PKH")
        new = (await hub.pkh("/changes"))["cursor"]

    async with resumed(tmp_path / "journal", make_world()) as (_, hub):
        assert (await hub.pkh(f"/changes?after={new}"))["cursor"] == new
        with pytest.raises(AssertionError, match="cursor_expired"):
            await hub.pkh(f"/changes?after={old}")
