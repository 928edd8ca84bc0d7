"""Requests that run together: found with fewer calls, and each answered as if it were alone."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLSchema
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.batch import CALL, LOOKUP, Batch, Call, Lookup
from execution.executor import Executor
from execution.plan import LISTS_TOGETHER, OBJECTS_TOGETHER
from execution.response import Response
from execution.timing import Times
from tests.execution.small import make
from tests.execution.twins import build
from tests.execution.world import World

SDL = """
type Query { house(number: Int!): House  houses(start: Int!, slow: Boolean = false): [House!]!  hello: String }
type House { number: Int! members(first: Int = 2): [Person!]! region: Region }
type Person { name: String! }
type Region { name: String! }
"""
QUERY = "query ($id: Int!) { house(number: $id) { number members { name } } }"
LIST = "query ($start: Int!, $slow: Boolean) { houses(start: $start, slow: $slow) { number members { name } } }"


@dataclass
class House:
    number: int


@dataclass
class Person:
    name: str


class Street:
    """Has houses 1 to 99, and notes what is asked for and in whose name."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, str, list[int]]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.cancelled = 0

    async def houses(self, context: Any, numbers: Sequence[int]) -> list[Any]:
        self.asked.append((context, "houses", list(numbers)))
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return [House(number) if 0 < number < 100 else None for number in numbers]

    async def list_houses(self, context: Any, start: int, slow: bool) -> list[House]:
        self.asked.append((context, "slow list" if slow else "list", [start]))
        if start == 13:
            raise ValueError("no house 13")
        return [House(start), House(start + 1)]

    async def members(self, context: Any, numbers: Sequence[int], first: int = 2) -> list[Any]:
        self.asked.append((context, "members", list(numbers)))
        return [
            [Person(f"P{number}.{place}") for place in range(first)] if number % 10 else ValueError(f"{number} fell")
            for number in numbers
        ]

    def schema(self) -> GraphQLSchema:
        members = Batch(self.members, "number")
        schema = make(SDL, {"House.number": "number", "House.members": members, "Person.name": "name"})
        assert schema.query_type is not None
        root = schema.query_type.fields
        root["house"].extensions[LOOKUP] = Lookup(_key, Batch(self.houses, "number"))
        root["houses"].extensions[CALL] = Call(self.list_houses, joins=_joins)
        return schema


def _key(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is no number")
    return number


def _joins(start: int, slow: bool) -> bool:
    if start < 0:
        raise ValueError("nobody knows")
    return not slow


@pytest.fixture
def street() -> Street:
    return Street()


def _executor(street: Street) -> Executor:
    return Executor(street.schema(), caller_of=lambda context: context)


async def _answers(executor: Executor, requests: Sequence[tuple[str, dict[str, Any], Any]]) -> list[Any]:
    running = [executor.execute(query, variables, None, context) for query, variables, context in requests]
    return [json.loads(response.body) for response in await asyncio.gather(*running)]


async def test_requests_for_one_object_each_are_one_run(street: Street) -> None:
    executor = _executor(street)
    answers = await _answers(executor, [(QUERY, {"id": number}, "a") for number in (3, 1, 2, 1)])
    assert [answer["data"]["house"]["number"] for answer in answers] == [3, 1, 2, 1]
    assert [answer["data"]["house"]["members"][0]["name"] for answer in answers] == ["P3.0", "P1.0", "P2.0", "P1.0"]
    assert street.asked == [("a", "houses", [1, 2, 3]), ("a", "members", [1, 2, 3])]
    assert (executor.counters.planned, executor.counters.together) == (4, 4)


@pytest.mark.parametrize(
    ("requests", "runs"),
    [
        ([(QUERY, {"id": 1}, "a"), (QUERY, {"id": 2}, "b")], 2),
        ([(QUERY, {"id": 1}, "a"), (QUERY.replace("members", "m: members"), {"id": 2}, "a")], 2),
        (
            [
                ("query ($id: Int!, $n: Int) { house(number: $id) { members(first: $n) { name } } }", {"id": id_}, "a")
                for id_ in (1, 2)
            ],
            2,
        ),
        (
            [
                (
                    "query ($id: Int!, $s: Boolean!) { house(number: $id) { number @skip(if: $s) } }",
                    {"id": 1, "s": s},
                    "a",
                )
                for s in (True, False, True)
            ],
            2,
        ),
        ([("query ($id: Int!) { house(number: $id) { number } hello }", {"id": id_}, "a") for id_ in (1, 2)], 2),
        ([(QUERY, {"id": number % 99 + 1}, "a") for number in range(OBJECTS_TOGETHER + 1)], 2),
        ([(QUERY, {"id": number % 99 + 1}, "a") for number in range(OBJECTS_TOGETHER)], 1),
    ],
    ids=[
        "another caller",
        "another operation",
        "a variable below the object",
        "another outcome of @skip",
        "a field that looks nothing up",
        "too many for one run",
        "as many as fit",
    ],
)
async def test_who_runs_together(street: Street, requests: Any, runs: int) -> None:
    await _answers(_executor(street), requests)
    assert sum(what == "houses" for _, what, _ in street.asked) == runs


STARTS = [21, 23, 25, 27, 31, 33, 35, 37, 41]


@pytest.mark.parametrize(
    ("requests", "runs"),
    [
        ([(1, False), (21, False), (31, False)], 1),
        ([(n, False) for n in STARTS[:LISTS_TOGETHER]], 1),
        ([(n, False) for n in STARTS[: LISTS_TOGETHER + 1]], 2),
        ([(1, False), (21, True), (31, False)], 2),
        ([(1, False), (-3, False), (21, False)], 2),
    ],
    ids=["lists", "as many as fit", "too many", "one that may take long", "arguments of which it cannot be told"],
)
async def test_which_lists_run_together(street: Street, requests: list[tuple[int, bool | None]], runs: int) -> None:
    answers = await _answers(_executor(street), [(LIST, {"start": n, "slow": slow}, "a") for n, slow in requests])
    assert [[house["number"] for house in answer["data"]["houses"]] for answer in answers] == [
        [n, n + 1] for n, _ in requests
    ]
    assert sum(what == "members" for _, what, _ in street.asked) == runs
    assert sum("list" in what for _, what, _ in street.asked) == len(requests)


async def test_a_list_that_fails_fails_alone(street: Street) -> None:
    answers = await _answers(_executor(street), [(LIST, {"start": n}, "a") for n in (1, 13, 21)])
    assert [answer["data"] and len(answer["data"]["houses"]) for answer in answers] == [2, None, 2]
    assert [[error["message"] for error in answer.get("errors", [])] for answer in answers] == [[], ["no house 13"], []]


async def test_lists_and_objects_of_one_operation_run_together(street: Street) -> None:
    query = "query ($id: Int!) { house(number: $id) { number } houses(start: $id) { members { name } } }"
    answers = await _answers(_executor(street), [(query, {"id": n}, "a") for n in (1, 5)])
    assert [answer["data"]["house"]["number"] for answer in answers] == [1, 5]
    assert [(what, numbers) for _, what, numbers in street.asked if what != "list"] == [
        ("houses", [1, 5]),
        ("members", [1, 2, 5, 6]),
    ]


async def test_nobody_runs_together_where_nobody_said_who_may(street: Street) -> None:
    await _answers(Executor(street.schema()), [(QUERY, {"id": number}, "a") for number in (1, 2)])
    assert [numbers for _, what, numbers in street.asked if what == "houses"] == [[1], [2]]


async def test_a_request_that_is_watched_runs_alone(street: Street) -> None:
    class Watching:
        def __init__(self) -> None:
            self.times = Times()

        def extensions(self, _errors: Any) -> dict[str, Any]:
            return {"roots": len(self.times.roots)}

    executor = _executor(street)
    watched = executor.execute(QUERY, {"id": 1}, context="a", watch=Watching())
    other = executor.execute(QUERY, {"id": 2}, context="a")
    answers = [json.loads(response.body) for response in await asyncio.gather(watched, other)]
    assert (answers[0]["extensions"], "extensions" in answers[1]) == ({"roots": 1}, False)
    assert [numbers for _, what, numbers in street.asked if what == "houses"] == [[1], [2]]


async def test_what_is_wrong_with_one_is_told_to_that_one_alone(street: Street) -> None:
    answers = await _answers(_executor(street), [(QUERY, {"id": number}, "a") for number in (1, -5, 10, 500, 2)])
    assert [answer.get("data") and answer["data"]["house"] and answer["data"]["house"]["number"] for answer in answers] == [
        1, None, None, None, 2,
    ]  # fmt: skip
    assert [[(error["message"], error["path"]) for error in answer.get("errors", [])] for answer in answers] == [
        [],
        [("-5 is no number", ["house"])],
        [("10 fell", ["house", "members"])],
        [],
        [],
    ]


async def test_who_goes_leaves_the_others_running_and_the_last_one_ends_the_run(street: Street) -> None:
    executor = _executor(street)
    for leaving in ([0], [0, 1, 2]):
        street.may_answer.clear()
        tasks = [asyncio.create_task(executor.execute(QUERY, {"id": number}, context="a")) for number in (1, 2, 3)]
        await asyncio.sleep(0.01)
        for place in leaving:
            tasks[place].cancel()
        await asyncio.sleep(0.01)
        assert street.cancelled == int(len(leaving) == len(tasks))
        street.may_answer.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(each, asyncio.CancelledError) for each in done] == [n in leaving for n in range(3)]


async def test_who_goes_before_the_run_begins_is_in_nobodys_way(street: Street) -> None:
    executor = _executor(street)
    tasks = [asyncio.create_task(executor.execute(QUERY, {"id": number}, context="a")) for number in (1, 2)]
    asyncio.get_running_loop().call_soon(tasks[0].cancel)  # both have joined then, and the run has not begun
    first, second = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(first, asyncio.CancelledError)
    assert isinstance(second, Response)
    assert json.loads(second.body)["data"]["house"]["number"] == 2


async def test_nothing_is_asked_when_all_have_gone_before_the_run_begins(street: Street) -> None:
    executor = _executor(street)
    tasks = [asyncio.create_task(executor.execute(QUERY, {"id": number}, context="a")) for number in (1, 2)]

    def go() -> None:
        for task in tasks:
            task.cancel()

    asyncio.get_running_loop().call_soon(go)
    assert [type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)] == [asyncio.CancelledError] * 2
    assert street.asked == []
    assert (await _answers(executor, [(QUERY, {"id": 3}, "a")]))[0]["data"]["house"]["number"] == 3


async def test_an_error_of_the_executor_itself_reaches_all(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_level: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr("execution.executor.rows", broken)
    executor = _executor(street)
    running = [executor.execute(QUERY, {"id": number}, context="a") for number in (1, 2)]
    told = await asyncio.gather(*running, return_exceptions=True)
    assert [str(error) for error in told] == ["a bug", "a bug"]


BELOW = [
    "id decile tags size",
    "id members { id sex friends { id born } } head { id home { id } }",
    "neighbours(first: 3) { id visited welfare }",
    "...F size again: size",
]
WORLDS = Executor(build("plan"), caller_of=lambda context: context)


async def _alike(seed: int, rate: int, numbers: Sequence[int | None], below: str) -> None:
    query = (
        f"query ($n: Int) {{ first: household(number: $n) {{ {below} }} __typename"
        f" household(number: $n) {{ id }} households(first: $n) {{ {below} }} }}"
    )
    if "...F" in below:
        query += " fragment F on Household { strict: members { strictFriends { id born } } welfare }"
    world = World(seed, rate)
    requests = [(query, {} if number is None else {"n": number}, world) for number in numbers]
    alone = [(await _answers(WORLDS, [request]))[0] for request in requests]
    before = WORLDS.counters.together
    assert await _answers(WORLDS, requests) == alone
    runs = [requests[start : start + LISTS_TOGETHER] for start in range(0, len(requests), LISTS_TOGETHER)]
    assert WORLDS.counters.together - before == sum(len(run) for run in runs if len(run) > 1)


@given(
    seed=st.integers(0, 10_000),
    rate=st.sampled_from([0, 20, 100, 400]),
    numbers=st.lists(st.none() | st.integers(-3, 12), min_size=1, max_size=12),
    below=st.sampled_from(BELOW),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_requests_are_answered_together_as_each_is_alone(
    seed: int, rate: int, numbers: list[int | None], below: str
) -> None:
    asyncio.run(_alike(seed, rate, numbers, below))
