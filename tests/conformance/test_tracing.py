"""Federated tracing: what Apollo's decoder reads in `extensions.ftv1`."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hub.domain.opaque_id import Kind, opaque_id
from tests.conformance.gateways import household_id_of
from tests.conformance.hub import Hub
from tests.conformance.peers_folder import NODE
from tests.schema.world_records import OWN, nik, person_of

FTV1 = {"apollo-federation-include-trace": "ftv1"}
TREE = """query ($of: [_Any!]!) { _entities(representations: $of) { __typename
  ... on Household { id who: members { name household { id } } } ... on Person { name } } }"""
PERSON = opaque_id(Kind.PERSON, person_of(OWN, 3))
REPRESENTATIONS = [
    {"__typename": "Household", "id": household_id_of(1)},
    {"__typename": "Person", "id": PERSON},
    {"__typename": "Person", "id": opaque_id(Kind.PERSON, 1)},
    {"__typename": "Household", "id": household_id_of(2)},
]


def _ask(hub: Hub, query: str, user: str, headers: dict[str, str], **variables: Any) -> Any:
    tokens = {"Authorization": f"Bearer {hub.tokens[user]}", "Router-Authorization": f"Bearer {hub.tokens['router']}"}
    body = {"query": query, "variables": variables}
    answer = httpx2.post(hub.url, json=body, headers={**tokens, **headers}, timeout=30).json()
    assert "extensions" in answer, answer
    return answer


def _decoded(peers: Path, ftv1: str) -> Any:
    command = [NODE, str(peers / "trace.mjs")]
    done = subprocess.run(command, input=ftv1, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def _shape(node: dict[str, Any]) -> Any:
    """Names (an alias with the field's own) and places, without times."""
    inner = [_shape(child) for child in node.get("child", [])]
    if "index" in node:
        return (node["index"], inner)
    own = node.get("originalFieldName", "")
    return (f"{node['responseName']}:{own}" if own else node["responseName"], *([inner] if inner else []))


def _fields(node: dict[str, Any]) -> list[dict[str, Any]]:
    below = [field for child in node.get("child", []) for field in _fields(child)]
    return [node, *below] if "responseName" in node else below


def _errors(node: dict[str, Any]) -> list[tuple[str, str]]:
    own = [(node.get("responseName", ""), error["message"]) for error in node.get("error", [])]
    return own + [found for child in node.get("child", []) for found in _errors(child)]


def test_a_trace_has_a_node_for_each_field_of_each_object(hub: Hub, peers: Path) -> None:
    answer = _ask(hub, TREE, "officer", FTV1, of=REPRESENTATIONS)
    trace = _decoded(peers, answer["extensions"]["ftv1"])
    of_household = [("id",), ("who:members", [(n, [("name",), ("household", [("id",)])]) for n in (0, 1)])]
    entities = [(0, of_household), (1, [("name",)]), (3, of_household)]
    assert [_shape(child) for child in trace["root"]["child"]] == [("_entities", entities)]
    assert "isIncomplete" not in trace


def test_the_times_of_a_trace_lie_within_each_other(hub: Hub, peers: Path) -> None:
    trace = _decoded(peers, _ask(hub, TREE, "officer", FTV1, of=REPRESENTATIONS)["extensions"]["ftv1"])
    fields = _fields(trace["root"])
    assert all(0 < field["startTime"] <= field["endTime"] <= trace["durationNs"] for field in fields)
    entities, members = (next(f for f in fields if f["responseName"] == name) for name in ("_entities", "who"))
    assert (entities["type"], entities["parentType"]) == ("[_Entity]!", "Query")
    assert (members["type"], members["parentType"]) == ("[Person!]!", "Household")
    assert entities["startTime"] < entities["endTime"] <= members["startTime"] < members["endTime"]
    assert trace["startTime"]["seconds"] <= trace["endTime"]["seconds"]


def test_an_error_stands_at_its_field_by_its_code_alone(hub: Hub, peers: Path) -> None:
    query = (
        "query ($of: [_Any!]!, $id: ID!) { _entities(representations: $of) { __typename } household(id: $id) { id } }"
    )
    answer = _ask(hub, query, "officer", FTV1, of=[{"__typename": "Person", "id": "3510010101900001"}], id="secret")
    trace = _decoded(peers, answer["extensions"]["ftv1"])
    assert _errors(trace["root"]) == [("_entities", "INVALID"), ("household", "INVALID")]
    assert [len(child["error"][0]["location"]) for child in trace["root"]["child"]] == [1, 1]


def test_no_argument_and_no_value_is_in_a_trace(hub: Hub, peers: Path) -> None:
    number = nik(OWN, 1)
    query = "query ($nik: String!) { personsByNik(nik: $nik) { id name nik household { address } } }"
    answer = _ask(hub, query, "officer", FTV1, nik=number)
    text = json.dumps(_decoded(peers, answer["extensions"]["ftv1"]))
    person = answer["data"]["personsByNik"][0]
    assert person["nik"] == number
    assert [
        secret for secret in (number, person["id"], person["name"], person["household"]["address"]) if secret in text
    ] == []


def test_what_graphql_core_runs_is_traced_as_incomplete(hub: Hub, peers: Path) -> None:
    trace = _decoded(peers, _ask(hub, '{ __type(name: "Query") { name } }', "officer", FTV1)["extensions"]["ftv1"])
    assert (trace["isIncomplete"], trace["root"], trace["durationNs"] > 0) == (True, {}, True)


@pytest.mark.parametrize(
    "headers", [{}, {"apollo-federation-include-trace": "ftv2"}, {**FTV1, "Router-Authorization": ""}]
)
def test_nobody_is_traced_who_is_no_router_or_does_not_ask(hub: Hub, headers: dict[str, str]) -> None:
    user = {"Authorization": f"Bearer {hub.tokens['officer']}"}
    router = {"Router-Authorization": f"Bearer {hub.tokens['router']}"} if "Router-Authorization" not in headers else {}
    kept = {name: value for name, value in headers.items() if value}
    answer = httpx2.post(hub.url, json={"query": "{ viewer { role } }"}, headers={**user, **router, **kept}).json()
    assert answer == {"data": {"viewer": {"role": "DISTRICT_OFFICER"}}}
