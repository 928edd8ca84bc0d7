"""@skip and @include: with literals and variables, on fields and fragments; one plan per outcome."""

import pytest

from execution.executor import Executor
from execution.operation import Reason
from execution.response import Way
from tests.execution.small import both, make

SCHEMA = make("type Query { a: Int b: Int inner: Query }")
ROOT = {"a": 1, "b": 2, "inner": {"a": 3, "b": 4}}


@pytest.mark.parametrize(
    ("selection", "data"),
    [
        ("a @skip(if: true) b", {"b": 2}),
        ("a @skip(if: false) b", {"a": 1, "b": 2}),
        ("a @include(if: false) b", {"b": 2}),
        ("a @include(if: true) @skip(if: true)", {}),
        ("a @include(if: false) @skip(if: false)", {}),
        ("a @include(if: true) @skip(if: false)", {"a": 1}),
        ("... @skip(if: true) { a } b", {"b": 2}),
        ("... on Query @include(if: true) { a }", {"a": 1}),
        ("...F @skip(if: true) ...F", {"a": 1}),
        ("...F @include(if: false) b", {"b": 2}),
        ("a a @skip(if: true)", {"a": 1}),
        ("inner { a } inner @skip(if: true) { b }", {"inner": {"a": 3}}),
        ("inner { a @skip(if: true) }", {"inner": {}}),
    ],
)
async def test_what_is_skipped_or_not_included_is_not_there(selection: str, data: object) -> None:
    fragment = "fragment F on Query { a }" if "...F" in selection else ""
    answer = await both(SCHEMA, f"{{ {selection} }} {fragment}", root=ROOT)
    assert answer == {"data": data}


QUERY = "query ($x: Boolean!, $y: Boolean = true) { a @include(if: $x) b @skip(if: $y) inner { a @skip(if: $x) } }"


@pytest.mark.parametrize(
    ("variables", "data"),
    [
        ({"x": True}, {"a": 1, "inner": {}}),
        ({"x": False}, {"inner": {"a": 3}}),
        ({"x": True, "y": False}, {"a": 1, "b": 2, "inner": {}}),
        ({"x": False, "y": False}, {"b": 2, "inner": {"a": 3}}),
    ],
)
async def test_variables_decide_for_each_request(variables: dict[str, bool], data: object) -> None:
    assert await both(SCHEMA, QUERY, root=ROOT, variables=variables) == {"data": data}


async def test_each_outcome_has_its_own_plan_and_is_planned_once() -> None:
    executor = Executor(SCHEMA)
    bodies = [(await executor.execute(QUERY, {"x": x}, root=ROOT)).body for x in (True, False, True, False)]
    assert bodies[:2] == [b'{"data":{"a":1,"inner":{}}}', b'{"data":{"inner":{"a":3}}}']
    assert bodies[2:] == bodies[:2]
    assert executor.counters.built == 2


async def test_a_condition_that_is_null_is_left_to_graphql_core() -> None:
    executor = Executor(SCHEMA)
    response = await executor.execute(QUERY, {"x": True, "y": None}, root=ROOT)
    assert (response.way, response.reason) == (Way.GRAPHQL_CORE, Reason.NULL_CONDITION)
    assert b"Argument 'if' has invalid value" in response.body
