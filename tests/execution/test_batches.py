"""Batched fields: one call per level, and each parent gets its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from execution.batch import Batch
from execution.collect import Selection
from execution.executor import Executor
from tests.execution.small import ask, both, make

SDL = """
type Query { houses: [House!]! others: [House] }
type House {
  id: Int region: Region must: Region! members(first: Int = 2): [Person!]! size: Int! owner: Owner
}
type Region { name: String parent: Region }
type Person { id: Int house: House }
type Company { title: String }
union Owner = Person | Company
"""


@dataclass
class House:
    id: int
    code: Any


class Calls:
    """Batch functions that remember how they were called."""

    def __init__(self) -> None:
        self.log: list[tuple[str, Any]] = []
        self.context: Any = None

    async def regions(self, context: Any, keys: Sequence[Any]) -> list[Any]:
        self.log.append(("regions", list(keys)))
        self.context = context
        return [None if key == "none" else {"name": f"R{key}", "code": f"{key}up"} for key in keys]

    async def members(self, _context: Any, keys: Sequence[int], first: int) -> list[Any]:
        self.log.append((f"members {first}", list(keys)))
        return [[{"id": 10 * key + number, "house": House(key, "z")} for number in range(first)] for key in keys]

    def sizes(self, _context: Any, keys: Sequence[int]) -> tuple[int, ...]:
        self.log.append(("sizes", list(keys)))
        return tuple(key + 1 for key in keys)

    async def owners(self, _context: Any, keys: Sequence[int]) -> list[Any]:
        self.log.append(("owners", list(keys)))
        return [
            {"__typename": "Company", "title": f"C{key}"} if key % 2 else {"__typename": "Person", "id": key}
            for key in keys
        ]


def schema_of(calls: Calls, **other: Any) -> Any:
    fields = {
        "House.id": "id",
        "House.region": Batch(calls.regions, "code"),
        "House.must": Batch(calls.regions, "code"),
        "House.members": Batch(calls.members, "id"),
        "House.size": Batch(calls.sizes, lambda house: house.id),
        "House.owner": Batch(calls.owners, "id"),
        "Region.parent": Batch(calls.regions, lambda region: region["code"]),
    }
    return make(SDL, {**fields, **other})


HOUSES = [House(1, "a"), House(2, "b"), House(3, "a"), House(4, None)]


async def run(calls: Calls, query: str, houses: Any = HOUSES, **other: Any) -> dict[str, Any]:
    return await ask_once(Executor(schema_of(calls, **other)), query, root={"houses": houses, "others": houses})


async def ask_once(executor: Executor, query: str, **request: Any) -> dict[str, Any]:
    import json

    answer: dict[str, Any] = json.loads((await executor.execute(query, **request)).body)
    return answer


@pytest.mark.parametrize("count", [1, 2, 50])
async def test_a_level_costs_one_call_whatever_the_number_of_parents(count: int) -> None:
    calls = Calls()
    houses = [House(number, f"r{number}") for number in range(count)]
    query = "{ houses { members { id house { size } } region { parent { parent { name } } } size } }"
    await run(calls, query, houses)
    assert sorted(name for name, _ in calls.log) == ["members 2", "regions", "regions", "regions", "sizes", "sizes"]


async def test_a_key_is_asked_for_once_and_no_key_not_at_all() -> None:
    calls = Calls()
    answer = await run(calls, "{ houses { id region { name } } }")
    assert calls.log == [("regions", ["a", "b"])]
    assert answer["data"]["houses"] == [
        {"id": 1, "region": {"name": "Ra"}},
        {"id": 2, "region": {"name": "Rb"}},
        {"id": 3, "region": {"name": "Ra"}},
        {"id": 4, "region": None},
    ]


async def test_numbers_are_asked_for_in_growing_order_and_other_keys_as_they_come() -> None:
    calls = Calls()
    houses = [House(number, code) for number, code in ((7, "c"), (2, "a"), (9, "b"), (2, "a"))]
    answer = await run(calls, "{ houses { id size region { name } members(first: 1) { id } } }", houses)
    assert sorted(calls.log) == [("members 1", [2, 7, 9]), ("regions", ["c", "a", "b"]), ("sizes", [2, 7, 9])]
    assert [house["size"] for house in answer["data"]["houses"]] == [8, 3, 10, 3]
    assert [house["members"] for house in answer["data"]["houses"]] == [
        [{"id": 70}],
        [{"id": 20}],
        [{"id": 90}],
        [{"id": 20}],
    ]
    assert [house["region"]["name"] for house in answer["data"]["houses"]] == ["Rc", "Ra", "Rb", "Ra"]


async def test_parents_of_one_key_share_what_is_below_it() -> None:
    calls = Calls()
    await run(calls, "{ houses { region { parent { name } } } }")
    assert calls.log == [("regions", ["a", "b"]), ("regions", ["aup", "bup"])]


async def test_no_parents_and_no_keys_are_no_call() -> None:
    calls = Calls()
    assert (await run(calls, "{ houses { region { name } } }", []))["data"] == {"houses": []}
    await run(calls, "{ houses { region { name } } }", [House(1, None)])
    assert calls.log == []


async def test_aliases_with_equal_arguments_share_a_call_and_others_have_their_own() -> None:
    calls = Calls()
    query = "query ($n: Int!) { houses { a: members { id } b: members(first: $n) { house { id } } c: members(first: 1) { id } } }"
    answer = await ask_once(Executor(schema_of(calls)), query, variables={"n": 2}, root={"houses": HOUSES[:1]})
    assert calls.log == [("members 2", [1]), ("members 1", [1])]
    assert answer["data"]["houses"] == [
        {"a": [{"id": 10}, {"id": 11}], "b": [{"house": {"id": 1}}, {"house": {"id": 1}}], "c": [{"id": 10}]}
    ]


async def test_the_two_ways_agree() -> None:
    query = "{ houses { id region { name parent { name } } members { id } size owner { __typename ... on Company { title } } } }"
    await both(schema_of(Calls()), query, root={"houses": HOUSES})


async def test_an_object_of_an_abstract_type_goes_to_its_own_level() -> None:
    calls = Calls()
    answer = await run(calls, "{ houses { owner { ... on Person { id } ... on Company { title } } } }")
    assert calls.log == [("owners", [1, 2, 3, 4])]
    assert [house["owner"] for house in answer["data"]["houses"]] == [
        {"title": "C1"},
        {"id": 2},
        {"title": "C3"},
        {"id": 4},
    ]


async def test_batches_of_a_level_run_at_the_same_time() -> None:
    everybody = asyncio.Barrier(3)

    async def meet(_context: Any, keys: Sequence[Any]) -> list[Any]:
        await everybody.wait()
        return [None] * len(keys)

    other = {name: Batch(meet, "id") for name in ("House.region", "House.owner")}
    schema = schema_of(Calls(), **other)
    types: Any = schema.type_map

    async def root_meets(_source: Any, _info: Any) -> list[House]:
        await everybody.wait()
        return []

    types["Query"].fields["others"].resolve = root_meets
    async with asyncio.timeout(5):
        answer = await ask_once(
            Executor(schema),
            "{ houses { region { name } owner { __typename } } others { id } }",
            root={"houses": HOUSES},
        )
    assert answer["data"]["houses"][0] == {"region": None, "owner": None}


async def test_an_exception_in_the_answer_is_the_error_of_its_item() -> None:
    async def mixed(_context: Any, keys: Sequence[str]) -> list[Any]:
        return [ValueError(f"no {key}") if key == "a" else {"name": key} for key in keys]

    schema = schema_of(Calls(), **{"House.region": Batch(mixed, "code")})
    answer = await both(schema, "{ houses { region { name } } }", root={"houses": HOUSES})
    assert [house["region"] for house in answer["data"]["houses"]] == [None, {"name": "b"}, None, None]
    assert [(error["message"], error["path"]) for error in answer["errors"]] == [
        ("no a", ["houses", 0, "region"]),
        ("no a", ["houses", 2, "region"]),
    ]


async def test_a_call_that_raises_is_the_error_of_every_parent_with_a_key() -> None:
    async def fails(_context: Any, _keys: Sequence[str]) -> list[Any]:
        raise RuntimeError("database gone")

    schema = schema_of(Calls(), **{"House.region": Batch(fails, "code")})
    answer = await both(schema, "{ houses { id region { name } } }", root={"houses": HOUSES})
    assert [error["path"] for error in answer["errors"]] == [["houses", number, "region"] for number in (0, 1, 2)]
    assert answer["data"]["houses"][3] == {"id": 4, "region": None}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "Batch function 'wrong' returned 0 values for 2 keys."),
        ([1, 2, 3], "Batch function 'wrong' returned 3 values for 2 keys."),
        (None, "Batch function 'wrong' must return a sequence with one value for each key, and returned NoneType."),
        ("ab", "Batch function 'wrong' must return a sequence with one value for each key, and returned str."),
    ],
)
async def test_an_answer_of_the_wrong_length_is_told(values: Any, message: str) -> None:
    async def wrong(_context: Any, _keys: Sequence[str]) -> Any:
        return values

    schema = schema_of(Calls(), **{"House.region": Batch(wrong, "code")})
    answer = await both(schema, "{ houses { region { name } } }", root={"houses": HOUSES[:2]})
    assert [error["message"] for error in answer["errors"]] == [message, message]


async def test_a_null_key_in_a_non_null_field_is_an_error_there() -> None:
    answer = await both(schema_of(Calls()), "{ others { must { name } } }", root={"others": HOUSES})
    assert answer["data"]["others"][3] is None
    assert answer["errors"][0]["message"] == "Cannot return null for non-nullable field House.must."


async def test_a_key_that_cannot_be_read_is_an_error_of_its_parent() -> None:
    houses = [House(1, "a"), object(), House(2, "b")]
    answer = await both(schema_of(Calls()), "{ others { region { name } } }", root={"others": houses})
    assert answer["data"]["others"][1] == {"region": None}
    assert answer["errors"][0]["message"] == "'object' object has no attribute 'code'"


async def test_a_key_that_cannot_be_hashed_is_told() -> None:
    answer = await run(Calls(), "{ houses { region { name } } }", [House(1, ["list"])])
    assert answer["errors"][0]["message"] == "The key of a batch must be hashable: unhashable type: 'list'."


async def test_arguments_that_are_refused_are_the_error_of_every_parent() -> None:
    query = "query ($n: Int) { houses { id members(first: $n) { id } } }"
    schema = make(
        SDL.replace("first: Int = 2", "first: Int! = 2"),
        {"House.members": Batch(Calls().members, "id"), "House.id": "id"},
    )
    answer = await both(schema, query, root={"houses": HOUSES[:1]}, variables={"n": None})
    assert answer["data"] is None
    assert answer["errors"][0]["path"] == ["houses", 0, "members"]


async def test_a_batch_gets_the_context_and_may_be_synchronous() -> None:
    calls, context = Calls(), object()
    await Executor(schema_of(calls)).execute(
        "{ houses { size region { name } } }", root={"houses": HOUSES}, context=context
    )
    assert calls.context is context
    assert ("sizes", [1, 2, 3, 4]) in calls.log


async def test_a_batch_learns_what_is_asked_for_below_it() -> None:
    seen: list[Selection] = []

    async def regions(_context: Any, keys: Sequence[str], fields: Selection) -> list[Any]:
        seen.append(fields)
        return [{"name": key} for key in keys]

    schema = schema_of(Calls(), **{"House.region": Batch(regions, "code", wants_selection=True)})
    query = """query ($no: Boolean!) {
      houses { region { n: name parent @skip(if: $no) { name } ...F } again: region { parent { x: name } } }
    } fragment F on Region { parent @include(if: $no) { parent { name } } }"""
    executor = Executor(schema)
    await executor.execute(query, {"no": False}, root={"houses": HOUSES})
    assert len(seen) == 1
    assert seen[0].names == {"name", "parent"}
    assert "name" in seen[0]
    assert seen[0].below("parent").names == {"name"}
    assert seen[0].below("parent").below("parent").names == frozenset()
    await executor.execute(query, {"no": True}, root={"houses": HOUSES})
    assert seen[1].below("parent").names == {"name", "parent"}
    await both(schema, query, variables={"no": True}, root={"houses": HOUSES})
    assert seen[-1].below("parent").names == {"name", "parent"}


@pytest.mark.parametrize("introspection", ["", "__schema { queryType { name } }"], ids=["plan", "graphql-core"])
async def test_cancelling_the_request_cancels_its_batches(introspection: str) -> None:
    started, cancelled = asyncio.Event(), asyncio.Barrier(3)

    async def hangs(_context: Any, _keys: Sequence[Any]) -> list[Any]:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await cancelled.wait()
        return []

    schema = schema_of(Calls(), **{"House.region": Batch(hangs, "code"), "House.owner": Batch(hangs, "id")})
    query = f"{{ houses {{ region {{ name }} owner {{ __typename }} }} {introspection} }}"
    request = asyncio.create_task(Executor(schema).execute(query, root={"houses": HOUSES[:2]}))
    async with asyncio.timeout(5):
        await started.wait()
        request.cancel()
        await cancelled.wait()
        with pytest.raises(asyncio.CancelledError):
            await request


async def test_a_request_leaves_nothing_running() -> None:
    await ask(Executor(schema_of(Calls())), "{ houses { members { id } region { name } } }", root={"houses": HOUSES})
    assert asyncio.all_tasks() == {asyncio.current_task()}
