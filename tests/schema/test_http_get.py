"""GraphQL over HTTP by GET: what may stand in a URL, and what no page of another site may send."""

import json
from typing import Any

import httpx2
import pytest

from tests.schema.world import Client
from tests.schema.world_records import OWN, nik

TOKEN = {"Authorization": "Bearer officer", "Accept": "application/graphql-response+json"}
VIEWER = "{ viewer { role } }"
ROLE = {"data": {"viewer": {"role": "DISTRICT_OFFICER"}}}


async def _get(client: Client, headers: dict[str, str] | None = None, **parameters: Any) -> httpx2.Response:
    return await client.http.get("/graphql", params=parameters, headers={**TOKEN, **(headers or {})})


async def test_a_query_is_answered_as_by_post(client: Client) -> None:
    response = await _get(client, query=VIEWER)
    assert (response.status_code, response.json()) == (200, ROLE)
    assert response.headers["Content-Type"] == "application/graphql-response+json; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"


async def test_variables_and_the_name_of_the_operation_stand_in_the_url_too(client: Client) -> None:
    query = "query A($code: String!) { region(code: $code) { name } } query B { viewer { role } }"
    for name, data in (("A", {"region": {"name": "Kabupaten Banyuwangi"}}), ("B", ROLE["data"])):
        variables = json.dumps({"code": OWN})
        response = await _get(client, query=query, variables=variables, operationName=name, extensions="{}")
        assert response.json() == {"data": data}


async def test_head_has_the_status_of_get_and_no_more_is_asked(client: Client) -> None:
    response = await client.http.head("/graphql", params={"query": VIEWER}, headers=TOKEN)
    assert response.status_code == 200


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize(
    "query",
    [
        "mutation { __typename }",
        "mutation Named { runCreate(input: {}) { __typename } }",
        "subscription { __typename }",
    ],
)
async def test_a_mutation_is_not_for_a_url(client: Client, query: str, accept: str) -> None:
    response = await _get(client, {"Accept": accept}, query=query)
    if query.startswith("mutation {"):
        assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "data" not in response.json()


async def test_of_a_document_with_both_the_query_may_be_asked_for_by_get(client: Client) -> None:
    query = "query Q { viewer { role } } mutation M { __typename }"
    assert (await _get(client, query=query, operationName="Q")).json() == ROLE
    assert (await _get(client, query=query, operationName="M")).status_code == 405


async def test_an_identity_number_is_not_for_a_url_even_in_a_variable(client: Client) -> None:
    query = "query ($nik: String!) { personsByNik(nik: $nik) { id } }"
    response = await _get(client, query=query, variables=json.dumps({"nik": nik(OWN, 1)}))
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("/graphql", "missing required field `query`"),
        ("/graphql?query=", "Syntax Error"),
        ("/graphql?query=%7Ba%7D&query=%7Bb%7D", "twice"),
        ("/graphql?query=%7Ba%7D&variables=x", "malformed"),
        ("/graphql?query=%7Ba%7D&variables=", "truncated"),
        ("/graphql?query=%7Ba%7D&variables=[]", "Expected `object | null`"),
        ("/graphql?query=%7Ba%7D&extensions=1", "Expected `object | null`"),
        ("/graphql?query=%ff", "utf-8"),
        ("/graphql?query=%7Ba%00%7D", "NUL"),
        ("/graphql?query=%7Ba%7D&variables=%7B%22a%22%3A%22%5Cu0000%22%7D", "NUL"),
        ("/graphql?query=%7Ba%7D&variables=" + "[" * 10_000, "nested too deeply"),
        ("/graphql?" + "a=1&" * 200, "Max number of fields exceeded"),
    ],
)
async def test_a_url_that_is_no_request_is_refused_with_the_reason(client: Client, url: str, reason: str) -> None:
    response = await client.http.get(url, headers=TOKEN)
    assert response.status_code == 400
    assert reason in response.json()["errors"][0]["message"]


async def test_deep_variables_are_refused_in_a_url_too(client: Client) -> None:
    response = await _get(client, query=VIEWER, variables='{"a":' + "[" * 30 + "]" * 30 + "}")
    assert "deeper than 20" in response.json()["errors"][0]["message"]


async def test_without_a_token_nothing_is_answered_by_get(client: Client) -> None:
    response = await client.http.get("/graphql", params={"query": VIEWER})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_of_another_site_is_refused_even_with_a_token_that_a_proxy_added(
    client: Client, site: str
) -> None:
    response = await _get(client, {"Sec-Fetch-Site": site}, query=VIEWER)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    same = await _get(client, {"Sec-Fetch-Site": "same-origin"}, query=VIEWER)
    assert same.json() == ROLE


async def test_no_page_of_another_site_is_allowed_to_send_a_token(client: Client) -> None:
    asked = {"Origin": "https://other.example", "Access-Control-Request-Headers": "authorization"}
    response = await client.http.options("/graphql", headers=asked)
    assert response.status_code == 405
    assert [name for name in response.headers if name.lower().startswith("access-control")] == []


async def test_a_cookie_is_nobodys_token(client: Client) -> None:
    body = {"query": VIEWER}
    response = await client.http.post("/graphql", json=body, headers={"Cookie": "Authorization=Bearer officer"})
    assert response.status_code == 401


async def test_a_browser_is_sent_to_graphiql(client: Client) -> None:
    headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site": "cross-site"}
    for url in ("/graphql", "/graphql?query=%7Ba%7D"):
        response = await client.http.get(url, headers=headers)
        assert (response.status_code, response.headers["Location"]) == (303, "graphiql/")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method_is_told_which_there_are(client: Client, method: str) -> None:
    response = await client.http.request(method, "/graphql", headers=TOKEN)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert response.json()["errors"][0]["extensions"] == {"code": "INVALID"}
