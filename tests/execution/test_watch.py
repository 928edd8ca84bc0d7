"""Who watches a request is told when its fields ran, and has a say in the response."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import build_schema

from execution.batch import BATCH, Batch
from execution.executor import Executor
from execution.levels import Level
from execution.timing import Times

SDL = """
type Query { items: [Item!]! one: Item }
type Item { id: ID! twin: Item late: Int }
type Mutation { a: Int b: Int }
"""
WAIT_NS = 5_000_000


class Watching:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.times = Times()
        self.errors: Sequence[Mapping[str, Any]] = ()

    def extensions(self, errors: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        self.errors = errors
        return {"watched": True}


async def _twins(_: Any, keys: Sequence[Any]) -> list[Any]:
    await asyncio.sleep(WAIT_NS / 1e9)
    return [{"id": f"twin of {key}"} for key in keys]


async def _late(*_: Any) -> int:
    await asyncio.sleep(WAIT_NS / 1e9)
    return 7


def _executor() -> Executor:
    schema = build_schema(SDL)
    item = schema.type_map["Item"]
    item.fields["twin"].extensions[BATCH] = Batch(_twins, lambda parent: parent["id"])
    item.fields["late"].resolve = _late
    return Executor(schema)


def _spans(times: Times, level: Level) -> dict[str, tuple[int, int]]:
    return {step.key: times.span(level, number) for number, step in enumerate(level.node.steps)}


async def test_a_field_lasts_until_its_values_are_there_and_what_is_below_it_begins_then() -> None:
    watch = Watching()
    root = {"items": [{"id": "1"}, {"id": "2"}]}
    response = await _executor().execute("{ items { id twin { id } late } }", root=root, watch=watch)
    assert response.body.endswith(b'"extensions":{"watched":true}}')
    [query] = watch.times.roots
    [items] = query.columns[0].levels
    spans = _spans(watch.times, items)
    assert spans["id"][1] - spans["id"][0] < WAIT_NS
    assert all(spans[name][1] - spans[name][0] >= WAIT_NS * 0.9 for name in ("twin", "late"))
    [twins] = items.columns[1].levels
    assert watch.times.span(twins, 0)[0] >= spans["twin"][1] >= watch.times.span(query, 0)[1]


async def test_the_fields_of_a_mutation_are_roots_one_after_the_other() -> None:
    watch = Watching()
    await _executor().execute("mutation { a b }", root={"a": 1, "b": 2}, watch=watch)
    first, second = (watch.times.span(level, 0) for level in watch.times.roots)
    assert first[1] <= second[0]


async def test_errors_are_told_as_they_stand_in_the_response() -> None:
    watch = Watching()
    response = await _executor().execute("{ one { id } }", root={"one": {"id": None}}, watch=watch)
    assert [error["path"] for error in watch.errors] == [["one", "id"]]
    assert response.body.startswith(b'{"errors":[')
    assert b'"data":{"one":null},"extensions":{"watched":true}}' in response.body


async def test_of_an_operation_that_graphql_core_runs_there_are_no_levels() -> None:
    watch = Watching()
    response = await _executor().execute("{ __schema { queryType { name } } }", watch=watch)
    assert (watch.times.roots, b'"watched":true' in response.body) == ([], True)


async def test_what_does_not_run_is_not_watched() -> None:
    response = await _executor().execute("{ nothing }", watch=Watching())
    assert b"extensions" not in response.body
