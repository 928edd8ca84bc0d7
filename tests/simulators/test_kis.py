"""KIS over a real socket: token, pools, roster and changes."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from simulators.evolve import Changes, Evolution
from simulators.http import InvalidToken
from simulators.simulation import Simulation
from simulators.world import World

Call = Callable[..., Awaitable[httpx2.Response]]


@pytest.mark.parametrize(("secret", "status"), [(None, 200), ("wrong", 401), ("", 401)])
async def test_a_token_is_given_for_the_right_secret_only(
    client: httpx2.AsyncClient, simulation: Simulation, secret: str | None, status: int
) -> None:
    auth = ("slrt-hub", simulation.credentials.kis_client_secret if secret is None else secret)

    response = await client.post("/kis/oauth/token", data={"grant_type": "client_credentials"}, auth=auth)

    assert response.status_code == status
    if status == 200:
        body = response.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
        pools = await client.get("/kis/pools", headers={"Authorization": f"Bearer {body['access_token']}"})
        assert pools.status_code == 200
    else:
        assert response.json() == {"error": "invalid_token"}


async def test_another_grant_is_refused(client: httpx2.AsyncClient) -> None:
    response = await client.post("/kis/oauth/token", data={"grant_type": "password"})

    assert response.status_code == 422
    assert response.json()["error"] == "UNSUPPORTED_GRANT_TYPE"


@pytest.mark.parametrize("path", ["/pools", "/participants", "/changes"])
async def test_nothing_is_told_without_a_valid_token(client: httpx2.AsyncClient, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        response = await client.get(f"/kis{path}", headers=headers)
        assert (response.status_code, response.json()) == (401, {"error": "invalid_token"})


async def test_a_revoked_token_is_refused(kis: Call, simulation: Simulation) -> None:
    assert (await kis("GET", "/pools")).status_code == 200

    simulation.tokens.revoke_all()

    assert (await kis("GET", "/pools")).status_code == 401


async def test_a_token_expires_by_the_clock(world: World) -> None:
    now = 0.0
    simulation = Simulation(world, clock=lambda: now)
    token = simulation.tokens.grant("slrt-hub", simulation.credentials.kis_client_secret)
    simulation.tokens.check(token)

    now = 3600.0

    with pytest.raises(InvalidToken):
        simulation.tokens.check(token)


async def test_the_pools_are_the_buffer_stock_and_one_of_each_regency(kis: Call, world: World) -> None:
    pools = (await kis("GET", "/pools")).json()["pools"]

    assert [(pool["region"], pool["total"]) for pool in pools] == [
        (stock.region, stock.total) for stock in world.kis.stocks.values()
    ]
    assert pools[0] == {
        "programme": "KIS_PBI",
        "region": None,
        "period": "2026",
        "total": 3,
        "revision": 1,
        "observed_at": "2026-07-01T00:00:00Z",
    }


async def test_the_buffer_stock_is_scaled_to_the_simulated_people(make_world: Callable[..., World]) -> None:
    world = make_world(households=500)
    persons = sum(len(h.members) for d in world.districts.values() for h in d.households.values())

    assert world.kis.stocks[None].total == round(400_000 * persons / 2_000_000)


async def test_the_snapshot_pages_give_every_participant_once_and_the_same_changes_cursor(
    kis: Call, world: World
) -> None:
    seen, cursors, cursor = [], set(), None
    while True:
        parameters = {"limit": 100} | ({"cursor": cursor} if cursor else {})
        page = (await kis("GET", "/participants", params=parameters)).json()
        seen += page["participants"]
        cursors.add(page["changes_cursor"])
        cursor = page["next_cursor"]
        if len(seen) == 100:
            Evolution(world).make(Changes(deactivations=2))
        if cursor is None:
            break

    assert [row["id"] for row in seen] == list(world.kis.participants)
    assert len(cursors) == 1
    changes = (await kis("GET", "/changes", params={"after": cursors.pop()})).json()
    assert [(row["status"], row["segment"]) for row in changes["changes"]] == [("INACTIVE", "PBI")] * 2
    assert not changes["has_more"]


async def test_changes_come_in_order_and_resume_at_the_cursor(kis: Call, world: World) -> None:
    Evolution(world).make(Changes(deactivations=5, deaths=5))
    seen, cursor, has_more = [], "", True
    while has_more:
        page = (await kis("GET", "/changes", params={"after": cursor, "limit": 150})).json()
        seen += page["changes"]
        cursor, has_more = page["cursor"], page["has_more"]

    revisions = [row["revision"] for row in seen]
    assert revisions == sorted(set(revisions))
    assert len(seen) == len(world.kis.participants)
    assert [row["status"] for row in seen[-10:]] == ["DECEASED"] * 5 + ["INACTIVE"] * 5


async def test_expired_and_foreign_cursors_are_410(kis: Call, simulation: Simulation) -> None:
    feed = (await kis("GET", "/changes", params={"limit": 5})).json()["cursor"]
    snapshot = (await kis("GET", "/participants", params={"limit": 5})).json()["next_cursor"]
    assert (await kis("GET", "/participants", params={"cursor": snapshot})).status_code == 200

    simulation.expire_cursors("KIS")

    for path, parameters in (
        ("/changes", {"after": feed}),
        ("/participants", {"cursor": snapshot}),
        ("/participants", {"cursor": "nonsense"}),
        ("/changes", {"after": "nonsense"}),
    ):
        response = await kis("GET", path, params=parameters)
        assert (response.status_code, response.json()) == (410, {"error": "cursor_expired"})


@pytest.mark.parametrize("limit", ["0", "2001", "-1", "many", ""])
async def test_a_limit_out_of_bounds_is_refused(kis: Call, limit: str) -> None:
    response = await kis("GET", "/changes", params={"limit": limit})

    assert response.status_code == 422
    assert response.json()["error"] == "BAD_LIMIT"
