"""Fields that are called directly, fields that look up an object, and batches that begin before that object is there."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLSchema

from execution.batch import ATTRIBUTE, CALL, LOOKUP, Batch, Call, Lookup
from execution.executor import Executor
from tests.execution.small import ask, both, make

SDL = """
type Query { house(number: Int!): House }
type House { id: Int! members: [Person!]! region: Region }
type Person { name: String }
type Region { name: String }
"""


class Calls:
    """Notes who was called in which order; `there` is set when the members are asked for."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.there = asyncio.Event()

    async def house(self, context: Any, number: int) -> Any:
        return (await self.houses(context, [number]))[0]

    async def houses(self, _context: Any, numbers: Sequence[int]) -> list[Any]:
        """House 2 is known as 1 elsewhere; there is no house 3."""
        await self.there.wait()
        self.log.append(f"houses {list(numbers)}")
        found = {1: House(id=1, code="x"), 2: House(id=1, code="x"), 4: House(id=4, code="y")}
        return [found.get(number) for number in numbers]

    async def members(self, _context: Any, keys: Sequence[int]) -> list[Any]:
        self.log.append(f"members {list(keys)}")
        self.there.set()
        return [[{"name": f"P{key}"}] for key in keys]

    async def regions(self, _context: Any, keys: Sequence[str]) -> list[Any]:
        self.log.append(f"regions {list(keys)}")
        return [{"name": key} for key in keys]


def _key(number: int) -> int:
    if number < 0:
        raise ValueError("no such key")
    return number


class House(dict[str, Any]):
    """An object whose key can be read as an attribute."""

    @property
    def number(self) -> int:
        number: int = self["id"]
        return number


def _schema(calls: Calls, *, looks_up: bool = True) -> GraphQLSchema:
    members = Batch(calls.members, "number") if looks_up else Batch(calls.members, lambda house: house["id"])
    fields = {"House.members": members, "House.region": Batch(calls.regions, lambda house: house["code"])}
    schema = make(SDL, fields)
    assert schema.query_type is not None
    extensions = schema.query_type.fields["house"].extensions
    if looks_up:
        extensions[LOOKUP] = Lookup(_key, Batch(calls.houses, "number"))
    else:
        extensions[CALL] = Call(calls.house)
    return schema


@pytest.fixture
def calls() -> Calls:
    return Calls()


QUERY = "query ($id: Int!) { house(number: $id) { members { name } region { name } } }"


async def test_a_batch_whose_key_is_known_begins_before_its_object_is_there(calls: Calls) -> None:
    executor = Executor(_schema(calls))
    answer = await executor.execute(QUERY, {"id": 1})
    assert answer.body == b'{"data":{"house":{"members":[{"name":"P1"}],"region":{"name":"x"}}}}'
    assert calls.log == ["members [1]", "houses [1]", "regions ['x']"]


async def test_what_was_found_for_an_object_that_is_not_there_is_thrown_away(calls: Calls) -> None:
    assert await ask(Executor(_schema(calls)), QUERY, variables={"id": 3}) == {"data": {"house": None}}


async def test_what_was_found_for_another_key_is_not_used(calls: Calls) -> None:
    answer = await Executor(_schema(calls)).execute(QUERY, {"id": 2})
    assert answer.body == b'{"data":{"house":{"members":[{"name":"P1"}],"region":{"name":"x"}}}}'
    assert calls.log[:2] == ["members [2]", "houses [2]"]
    assert sorted(calls.log[2:]) == ["members [1]", "regions ['x']"]


async def test_what_is_wrong_with_a_key_is_the_error_of_its_field(calls: Calls) -> None:
    answer = await both(_schema(calls), QUERY, variables={"id": -1})
    assert answer["data"] == {"house": None}
    assert answer["errors"] == [
        {"message": "no such key", "locations": [{"line": 1, "column": 21}], "path": ["house"]},
    ]
    assert calls.log == []


async def test_aliases_each_get_their_own_early_batch(calls: Calls) -> None:
    query = "{ a: house(number: 1) { members { name } } b: house(number: 3) { members { name } } }"
    answer = await ask(Executor(_schema(calls)), query)
    assert answer == {"data": {"a": {"members": [{"name": "P1"}]}, "b": None}}


async def test_a_cancelled_request_cancels_what_was_begun_early(calls: Calls) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def members(_context: Any, keys: Sequence[int]) -> list[Any]:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return []

    calls.members = members
    task = asyncio.create_task(Executor(_schema(calls)).execute(QUERY, {"id": 1}))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_called_field_gives_the_same_on_both_ways(calls: Calls) -> None:
    calls.there.set()
    schema = _schema(calls, looks_up=False)
    answer = await both(schema, QUERY, variables={"id": 1})
    assert answer == {"data": {"house": {"members": [{"name": "P1"}], "region": {"name": "x"}}}}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_a_looked_up_field_gives_the_same_on_both_ways(calls: Calls, number: int) -> None:
    calls.there.set()
    await both(_schema(calls), QUERY, variables={"id": number})


def test_a_field_is_declared_in_one_way_only(calls: Calls) -> None:
    schema = _schema(calls, looks_up=False)
    assert schema.query_type is not None
    schema.query_type.fields["house"].extensions[ATTRIBUTE] = "house"
    with pytest.raises(ValueError, match=r"execution\.attribute and execution\.call"):
        Executor(schema)
