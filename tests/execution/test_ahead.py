"""Fields that are called directly, and batches that begin before the object above them is there."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLSchema

from execution.batch import ATTRIBUTE, CALL, Ahead, Batch, Call
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

    async def house(self, _context: Any, number: int) -> Any:
        await self.there.wait()
        self.log.append(f"house {number}")
        return {1: {"id": 1, "code": "x"}, 2: {"id": 1, "code": "x"}}.get(number)

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


def _schema(calls: Calls, ahead: Ahead | None) -> GraphQLSchema:
    members = Batch(calls.members, lambda house: house["id"]) if ahead is None else Batch(calls.members, "number")
    fields = {"House.members": members, "House.region": Batch(calls.regions, lambda house: house["code"])}
    schema = make(SDL, fields)
    assert schema.query_type is not None
    schema.query_type.fields["house"].extensions[CALL] = Call(calls.house, ahead)
    return schema


class House(dict[str, Any]):
    """An object whose key can be read as an attribute."""

    @property
    def number(self) -> int:
        number: int = self["id"]
        return number


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()
    plain = calls.house

    async def house(context: Any, number: int) -> Any:
        found = await plain(context, number)
        return None if found is None else House(found)

    monkeypatch.setattr(calls, "house", house)
    return calls


AHEAD = Ahead("number", _key)
QUERY = "query ($id: Int!) { house(number: $id) { members { name } region { name } } }"


async def test_a_batch_whose_key_is_known_begins_before_its_object_is_there(calls: Calls) -> None:
    executor = Executor(_schema(calls, AHEAD))
    answer = await executor.execute(QUERY, {"id": 1})
    assert answer.body == b'{"data":{"house":{"members":[{"name":"P1"}],"region":{"name":"x"}}}}'
    assert calls.log == ["members [1]", "house 1", "regions ['x']"]


async def test_what_was_found_for_an_object_that_is_not_there_is_thrown_away(calls: Calls) -> None:
    assert await ask(Executor(_schema(calls, AHEAD)), QUERY, variables={"id": 3}) == {"data": {"house": None}}


async def test_what_was_found_for_another_key_is_not_used(calls: Calls) -> None:
    answer = await Executor(_schema(calls, AHEAD)).execute(QUERY, {"id": 2})
    assert answer.body == b'{"data":{"house":{"members":[{"name":"P1"}],"region":{"name":"x"}}}}'
    assert calls.log[:2] == ["members [2]", "house 2"]
    assert sorted(calls.log[2:]) == ["members [1]", "regions ['x']"]


async def test_a_key_that_cannot_be_told_leaves_it_to_the_call(calls: Calls) -> None:
    calls.there.set()
    assert await ask(Executor(_schema(calls, AHEAD)), QUERY, variables={"id": -1}) == {"data": {"house": None}}
    assert calls.log == ["house -1"] * 2


async def test_aliases_each_get_their_own_early_batch(calls: Calls) -> None:
    query = "{ a: house(number: 1) { members { name } } b: house(number: 3) { members { name } } }"
    answer = await ask(Executor(_schema(calls, AHEAD)), query)
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

    calls.members = members  # type: ignore[method-assign]  # a member that never answers
    task = asyncio.create_task(Executor(_schema(calls, AHEAD)).execute(QUERY, {"id": 1}))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_called_field_gives_the_same_on_both_ways(calls: Calls) -> None:
    calls.there.set()
    schema = _schema(calls, None)
    answer = await both(schema, QUERY, variables={"id": 1})
    assert answer == {"data": {"house": {"members": [{"name": "P1"}], "region": {"name": "x"}}}}


def test_a_field_is_declared_in_one_way_only(calls: Calls) -> None:
    schema = _schema(calls, None)
    assert schema.query_type is not None
    schema.query_type.fields["house"].extensions[ATTRIBUTE] = "house"
    with pytest.raises(ValueError, match=r"execution\.attribute and execution\.call"):
        Executor(schema)
