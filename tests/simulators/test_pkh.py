"""PKH over a real socket."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from simulators import rules
from simulators.evolve import Changes, Evolution
from simulators.simulation import Simulation
from simulators.world import World

Call = Callable[..., Awaitable[httpx2.Response]]


@pytest.mark.parametrize("path", ["/quotas", "/households", "/changes"])
async def test_nothing_is_told_without_the_key(client: httpx2.AsyncClient, path: str) -> None:
    for headers in ({}, {"X-Api-Key": "wrong"}):
        response = await client.get(f"/pkh{path}", headers=headers)
        assert (response.status_code, response.json()) == (401, {"error": "invalid_token"})


async def test_there_is_a_quota_for_each_regency(pkh: Call) -> None:
    quotas = (await pkh("/quotas")).json()["quotas"]

    assert [(quota["programme"], quota["region"], quota["total"]) for quota in quotas] == [
        ("PKH", "35.10", 4),
        ("PKH", "35.09", 4),
    ]


async def test_the_snapshot_gives_every_recipient_with_components_and_amount(pkh: Call, world: World) -> None:
    rows, cursor = [], None
    while True:
        page = (await pkh("/households", params={"limit": 7} | ({"cursor": cursor} if cursor else {}))).json()
        rows += page["households"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert [row["id"] for row in rows] == list(world.pkh.recipients)
    for row in rows:
        assert 1 <= sum(row["components"].values()) <= 4
        assert row["amount"] == rules.amount_of(row["components"])


async def test_about_half_of_the_entitled_households_draw_pkh(make_world: Callable[..., World]) -> None:
    world = make_world(households=1_500)
    entitled = [
        (code, household.id)
        for code, settlement in world.population.settlements.items()
        for household in settlement.households.values()
        if rules.may_have_pkh(household, world.settings.as_of)
    ]

    drawing = sum(world.pkh.draws(*unit) for unit in entitled) / len(entitled)

    assert drawing == pytest.approx(0.55, abs=0.04)


async def test_who_leaves_stands_in_the_changes(pkh: Call, world: World) -> None:
    after = (await pkh("/households")).json()["changes_cursor"]
    Evolution(world).make(Changes(exits=2))

    page = (await pkh("/changes", params={"after": after})).json()

    assert [row["status"] for row in page["changes"]] == ["INACTIVE", "INACTIVE"]
    assert not page["has_more"]


async def test_an_expired_cursor_is_410(pkh: Call, simulation: Simulation) -> None:
    cursor = (await pkh("/changes", params={"limit": 1})).json()["cursor"]
    simulation.expire_cursors("PKH")

    response = await pkh("/changes", params={"after": cursor})

    assert (response.status_code, response.json()) == (410, {"error": "cursor_expired"})
