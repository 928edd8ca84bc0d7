"""GraphQL over HTTP: media types, statuses, and what a request may weigh."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from hub.domain.errors import Retriable
from hub.domain.principal import Principal
from hub.store.database import Database, open_database
from server.app import create_app, graphiql_route
from server.graphql_request import HttpLimits
from tests.districts import Still
from tests.schema.world import Client, client_of, clock

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
TOKEN = {"Authorization": "Bearer officer"}
VIEWER = {"query": "{ viewer { role } }"}


async def _send(client: Client, body: Any = VIEWER, accept: str = GRAPHQL, **headers: str) -> tuple[int, Any]:
    response = await client.http.post("/graphql", json=body, headers={**TOKEN, "Accept": accept, **headers})
    return response.status_code, response.json()


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*;q=0.5", JSON),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}; charset=iso-8859-1, {JSON}; charset=UTF-8", JSON),
        (f"*/*, {GRAPHQL};q=0.1", JSON),
        (f"*/*;q=0.1, {GRAPHQL};q=0.1", GRAPHQL),
        (f"{JSON};q=0, */*", GRAPHQL),
        ("text/html, */*;q=0.1", JSON),
    ],
)
async def test_the_answer_has_the_media_type_that_is_accepted(client: Client, accept: str, media_type: str) -> None:
    response = await client.http.post("/graphql", json=VIEWER, headers={**TOKEN, "Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == f"{media_type}; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json() == {"data": {"viewer": {"role": "DISTRICT_OFFICER"}}}


@pytest.mark.parametrize(
    "accept", ["text/html", f"{JSON};q=0", f"{JSON};q=much", f"{GRAPHQL}; charset=utf-16", "*/*;q=0", ""]
)
async def test_what_nobody_can_read_is_not_sent(client: Client, accept: str) -> None:
    response = await client.http.post("/graphql", json=VIEWER, headers={**TOKEN, "Accept": accept})
    assert (response.status_code, response.json()["errors"][0]["extensions"]) == (406, {"code": "INVALID"})


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("{ viewer { role }", 400, "GRAPHQL_PARSE_FAILED"),
        ("{ nobody }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { households(first: $n) { nodes { id } } }", 400, "BAD_USER_INPUT"),
        ("query A { viewer { role } } query B { viewer { role } }", 400, "INVALID"),
        ("{ allocationRuns { nodes { id } } }", 403, "FORBIDDEN"),
    ],
)
async def test_a_request_that_cannot_run_has_no_data_and_a_status_that_says_so(
    client: Client, query: str, status: int, code: str
) -> None:
    found, answer = await _send(client, {"query": query})
    assert (found, answer["errors"][0]["extensions"]["code"]) == (status, code)
    assert "data" not in answer
    assert await _send(client, {"query": query}, JSON) == (200, answer)


async def test_an_error_of_a_field_leaves_the_status_at_200_and_the_rest_of_the_data(client: Client) -> None:
    query = '{ viewer { role } household(id: "bm9ib2R5") { id } }'
    status, answer = await _send(client, {"query": query})
    assert status == 200
    assert answer["data"] == {"viewer": {"role": "DISTRICT_OFFICER"}, "household": None}
    assert answer["errors"][0]["path"] == ["household"]
    assert answer["errors"][0]["extensions"] == {"code": "INVALID", "argument": ["id"]}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nobody"}])
async def test_without_a_valid_token_there_is_a_challenge_and_no_answer(client: Client, header: dict[str, str]) -> None:
    response = await client.http.post("/graphql", json=VIEWER, headers=header)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", JSON, 400),
        (b"[]", JSON, 400),
        (b'[{"query": "{ viewer { role } }"}]', JSON, 400),
        (b'{"query": 1}', JSON, 400),
        (b'{"query": "{ viewer { role } }", "variables": []}', JSON, 400),
        (b'{"query": "{ viewer { role } }", "operationName": 1}', JSON, 400),
        (b'{"query": "{ viewer { role } }", "extensions": "x"}', JSON, 400),
        (b"no json", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b'{"query": "{ region(code: \\"\\\\u0000\\") { name } }"}', JSON, 400),
        (b'{"query": "{ viewer { role } }", "variables": {"a": ' + b"[" * 30 + b"]" * 30 + b"}}", JSON, 400),
        (b"[" * 500_000, JSON, 400),
        (b'{"query": "' + b" " * 1_000_000 + b'"}', JSON, 413),
        (b'{"query": "{ viewer { role } }"}', "text/plain", 415),
        (b'{"query": "{ viewer { role } }"}', "", 415),
        (b'{"query": "{ viewer { role } }"}', f"{JSON}; charset=utf-16", 415),
        (b'{"query": "{ viewer { role } }"}', "multipart/form-data; boundary=x", 415),
        (b"query=x", "application/x-www-form-urlencoded", 415),
    ],
)
async def test_a_body_that_is_no_request_is_refused_with_the_reason(
    client: Client, body: bytes, content_type: str, status: int
) -> None:
    response = await client.http.post("/graphql", content=body, headers={**TOKEN, "Content-Type": content_type})
    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["code"] == "INVALID"


@pytest.mark.parametrize(
    "query",
    [
        "{ a" * 3_000,
        "{ " + "viewer { role } " * 3_000 + "}",
        "{ " * 2_000 + "a" + " }" * 2_000,
        "query ($a: " + "[" * 2_000 + "Int" + "]" * 2_000 + ") { viewer { role } }",
    ],
)
async def test_huge_and_deep_queries_are_refused_quickly(client: Client, query: str) -> None:
    async with asyncio.timeout(5):
        status, answer = await _send(client, {"query": query})
    assert status == 400
    assert "data" not in answer


async def test_introspection_works_and_cannot_be_blown_up(client: Client) -> None:
    data = await client.ask('{ __schema { queryType { name } } __type(name: "Household") { fields { name } } }')
    assert data["__schema"] == {"queryType": {"name": "Query"}}
    nested = "{ fields { type " * 6 + "{ name }" + " } }" * 6
    errors = await client.refused(f"{{ __schema {{ types {nested} }} }}")
    assert errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


class WithoutKeys:
    """A validator that cannot reach its issuer."""

    def known(self, *_: object) -> None:
        return None

    async def principal(self, *_: object) -> Principal:
        raise Retriable("issuer", "the issuer's keys cannot be had now")


async def test_without_the_issuers_keys_nobody_is_let_in_and_the_caller_may_try_again(world: Database) -> None:
    app = create_app(database=world, validator=WithoutKeys(), oauth_routes=[], outside=Still(), clock=clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub.example") as http:
        response = await http.post("/graphql", json=VIEWER)
    assert response.status_code == 503
    assert response.json() == {
        "errors": [{"message": "the issuer's keys cannot be had now", "extensions": {"code": "SOURCE_RETRIABLE"}}]
    }


async def test_a_slow_request_ends_at_its_deadline(world: Database) -> None:
    limits = HttpLimits(seconds=0.000_001)
    async with client_of(world, limits=limits) as client:
        status, answer = await _send(client, {"query": "{ households { nodes { id } } }"})
    assert (status, answer["errors"][0]["extensions"]["code"]) == (504, "DEADLINE")


async def test_graphiql_is_served_from_the_folder_that_set_up_built(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>GraphiQL</title>", "utf-8")
    (tmp_path / "graphiql.js").write_text("1", "utf-8")
    app = Starlette(routes=[graphiql_route(tmp_path)])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub.example") as http:
        page = await http.get("/graphiql", follow_redirects=True)
        assert (page.text, page.url.path) == ("<title>GraphiQL</title>", "/graphiql/")
        assert (await http.get("/graphiql/graphiql.js")).text == "1"
        assert (await http.get("/graphiql/../../settings.py")).status_code == 404


async def test_without_graphiql_the_page_says_how_to_get_it(tmp_path: Path) -> None:
    app = Starlette(routes=[graphiql_route(tmp_path)])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub.example") as http:
        for path in ("/graphiql", "/graphiql/"):
            page = await http.get(path)
            assert (page.status_code, page.text.startswith("GraphiQL was not built")) == (404, True)


async def test_health_says_that_the_process_is_up_and_readiness_that_the_database_answers(client: Client) -> None:
    assert (await client.http.get("/healthz")).json() == {"status": "up"}
    ready = await client.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "staleSources": 1})


async def test_readiness_fails_when_the_database_is_gone(database_url: str) -> None:
    async with open_database(database_url) as database:
        pass
    async with client_of(database) as client:
        response = await client.http.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"status": "database unavailable"})
