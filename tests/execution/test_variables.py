"""Variables and arguments: coerced, defaulted, left out or refused as graphql-core does."""

from typing import Any

import pytest
from graphql import execute, parse

from execution.executor import Executor
from execution.response import Way
from tests.execution.small import both, make

SCHEMA = make(
    """
    enum Size { SMALL LARGE }
    input Box { width: Int = 1 height: Int! tags: [String!] size: Size = SMALL }
    type Query {
      echo(i: Int, f: Float, s: String = "d", b: Boolean, id: ID, box: Box, list: [Int!], size: Size, must: Int! = 5): String
      strict(i: Int!): String
    }
    """,
    {
        "Query.echo": lambda _source, _info, **arguments: repr(arguments),
        "Query.strict": lambda _source, _info, i: repr(i),
    },
)


@pytest.mark.parametrize(
    ("declared", "given", "variables"),
    [
        ("", "", {}),
        ("", 'i: 1, f: 2, s: "x", b: true, id: 3', {}),
        ("", "i: null, s: null", {}),
        ("", "box: {height: 2}", {}),
        ("", 'box: {height: 2, tags: "one", size: LARGE}', {}),
        ("", "list: 4", {}),
        ("$i: Int", "i: $i", {}),
        ("$i: Int", "i: $i", {"i": None}),
        ("$i: Int", "i: $i", {"i": 7}),
        ("$i: Int = 3", "i: $i", {}),
        ("$i: Int = 3", "i: $i", {"i": None}),
        ("$s: String", "s: $s", {}),
        ("$s: String", "s: $s", {"s": None}),
        ("$m: Int", "must: $m", {}),
        ("$m: Int = 2", "must: $m", {}),
        ("$m: Int = 2", "must: $m", {"m": None}),
        ("$f: Float", "f: $f", {"f": 2}),
        ("$f: Float", "f: $f", {"f": 2.5}),
        ("$id: ID", "id: $id", {"id": 12}),
        ("$b: Boolean!", "b: $b", {"b": False}),
        ("$box: Box", "box: $box", {"box": {"height": 3}}),
        ("$box: Box = {height: 9}", "box: $box", {}),
        ("$h: Int!, $t: String!", "box: {height: $h, tags: [$t]}", {"h": 1, "t": "x"}),
        ("$h: Int", "box: {height: 1, width: $h}", {}),
        ("$list: [Int!]", "list: $list", {"list": 3}),
        ("$i: Int!", "list: [1, $i]", {"i": 2}),
        ("$size: Size", "size: $size", {"size": "LARGE"}),
    ],
)
async def test_a_resolver_gets_the_arguments_that_graphql_core_would_give(
    declared: str, given: str, variables: dict[str, Any]
) -> None:
    head = f"query ({declared})" if declared else ""
    await both(SCHEMA, f"{head} {{ echo{f'({given})' if given else ''} }}", variables=variables)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("Int!", None),
        ("Int", 2**31),
        ("Int", True),
        ("Int", "1"),
        ("Float", float("inf")),
        ("String", 1),
        ("Boolean", 1),
        ("ID", 1.5),
        ("Size", "HUGE"),
        ("Box", {"width": 1}),
        ("Box", {"height": 1, "colour": 2}),
        ("Box", {"height": 1, "tags": ["a", None]}),
        ("[Int!]", [1, "2", None]),
        ("[Box!]", [{}, {}]),
    ],
)
async def test_a_wrong_value_refuses_the_request_in_graphql_cores_words(type_: str, value: Any) -> None:
    schema = make(SCHEMA_WITH_ANY.replace("ANY", type_))
    query = f"query ($v: {type_}) {{ take(v: $v) }}"
    response = await Executor(schema).execute(query, {"v": value})
    core: Any = execute(schema, parse(query), variable_values={"v": value})
    assert [error.formatted for error in response.errors] == [error.formatted for error in core.errors]
    assert (response.executed, response.way) == (False, Way.NONE)
    assert b'"data"' not in response.body


SCHEMA_WITH_ANY = """
enum Size { SMALL LARGE }
input Box { width: Int = 1 height: Int! tags: [String!] }
type Query { take(v: ANY): Int }
"""


async def test_a_missing_variable_that_is_required_refuses_the_request() -> None:
    response = await Executor(SCHEMA).execute("query ($i: Int!) { strict(i: $i) }")
    assert (
        response.errors[0].message
        == "Variable '$i' has invalid value: Expected a value of non-null type 'Int!' to be provided."
    )
    assert not response.executed


async def test_variables_that_the_operation_does_not_declare_are_ignored() -> None:
    assert await both(SCHEMA, "{ echo(i: 1) }", variables={"other": object}) == {
        "data": {"echo": "{'i': 1, 's': 'd', 'must': 5}"}
    }


async def test_a_resolver_cannot_change_the_arguments_of_the_next_request() -> None:
    def spoil(_source: Any, _info: Any, box: dict[str, Any]) -> str:
        box["tags"].append("spoilt")
        return repr(box)

    schema = make(str(SDL_OF_BOX), {"Query.spoil": spoil})
    executor = Executor(schema)
    bodies = {(await executor.execute('{ spoil(box: {tags: ["a"]}) }')).body for _ in range(3)}
    assert bodies == {b"{\"data\":{\"spoil\":\"{'tags': ['a', 'spoilt']}\"}}"}


SDL_OF_BOX = "input Box { tags: [String!] } type Query { spoil(box: Box): String }"


async def test_aliases_with_different_arguments_are_different_fields() -> None:
    query = 'query ($s: String!) { a: echo(s: "1") b: echo(s: $s) c: echo(s: "1", i: 2) }'
    answer = await both(SCHEMA, query, variables={"s": "v"})
    assert answer["data"] == {
        "a": "{'s': '1', 'must': 5}",
        "b": "{'s': 'v', 'must': 5}",
        "c": "{'i': 2, 's': '1', 'must': 5}",
    }
