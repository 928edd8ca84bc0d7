"""The root fields of a mutation run one after the other; those of a query at the same time."""

import asyncio
from typing import Any

from execution.batch import Batch
from execution.executor import Executor
from tests.execution.small import ask, both, make

SDL = """
type Query { a: Int b: Int }
type Mutation { set(to: Int!): State strict(to: Int!): State! }
type State { value: Int must: Int! doubled: Int }
"""


class Store:
    """A number that mutations change, and what was done in which order."""

    def __init__(self) -> None:
        self.value = 0
        self.log: list[str] = []

    async def set(self, _source: Any, _info: Any, to: int) -> Any:
        self.log.append(f"start {to}")
        for _ in range(5 - to):
            await asyncio.sleep(0)
        if to == 4:
            raise ValueError("four is refused")
        self.value = to
        self.log.append(f"end {to}")
        return {"value": to, "must": None if to == 3 else to}

    async def doubled(self, _context: Any, keys: list[int]) -> list[int]:
        self.log.append(f"double {self.value}")
        return [2 * self.value for _ in keys]


def schema_of(store: Store) -> Any:
    batch = Batch(store.doubled, lambda state: state["value"])
    return make(SDL, {"Mutation.set": store.set, "Mutation.strict": store.set, "State.doubled": batch})


async def test_each_mutation_is_complete_with_what_is_below_it_before_the_next_starts() -> None:
    store = Store()
    answer = await Executor(schema_of(store)).execute(
        "mutation { a: set(to: 1) { doubled } b: set(to: 2) { doubled } }"
    )
    assert answer.body == b'{"data":{"a":{"doubled":2},"b":{"doubled":4}}}'
    assert store.log == ["start 1", "end 1", "double 1", "start 2", "end 2", "double 2"]


async def test_a_mutation_that_fails_does_not_stop_the_next_ones() -> None:
    answer = await both(schema_of(Store()), "mutation { a: set(to: 4) { value } b: set(to: 2) { value } }")
    assert answer["data"] == {"a": None, "b": {"value": 2}}
    assert answer["errors"][0]["message"] == "four is refused"


async def test_a_mutation_that_nulls_the_data_is_the_last_one() -> None:
    store = Store()
    query = "mutation { a: set(to: 1) { value } b: strict(to: 3) { must } c: set(to: 2) { value } }"
    answer = await Executor(schema_of(store)).execute(query)
    assert answer.body.endswith(b'"data":null}')
    assert store.log == ["start 1", "end 1", "start 3", "end 3"]


async def test_keys_keep_the_order_of_the_document_and_typename_may_stand_between() -> None:
    query = "mutation { z: set(to: 1) { value } __typename a: set(to: 2) { value __typename } }"
    answer = await both(schema_of(Store()), query)
    assert list(answer["data"]) == ["z", "__typename", "a"]


async def test_root_fields_of_a_query_run_at_the_same_time() -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def a(_source: Any, _info: Any) -> int:
        first.set()
        await second.wait()
        return 1

    async def b(_source: Any, _info: Any) -> int:
        await first.wait()
        second.set()
        return 2

    async with asyncio.timeout(5):
        answer = await ask(Executor(make(SDL, {"Query.a": a, "Query.b": b})), "{ a b }")
    assert answer == {"data": {"a": 1, "b": 2}}
