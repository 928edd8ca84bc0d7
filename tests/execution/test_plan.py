"""Plans and documents: built once, quickly, bounded, and without anything of a request in them."""

import gc
import time
from hashlib import sha256
from types import FunctionType, ModuleType
from typing import Any

import pytest

from execution.cache import BoundedCache
from execution.executor import Executor, Limits
from execution.plan import Plan
from tests.execution.small import make

LEAVES = " ".join(f"f{number}: String" for number in range(20))
SDL = f"""
type Query {{ rows(first: Int, name: String): [Row] }}
type Row {{ {LEAVES} rows: [Row] }}
"""
SCHEMA = make(SDL, {f"Row.f{number}": f"f{number}" for number in range(20)})


def large(fields: int) -> str:
    """A query with that many fields."""
    row = " ".join(f"f{number}" for number in range(19))
    return "{ " + " ".join(f"r{number}: rows {{ {row} }}" for number in range(fields // 20)) + " }"


def plan_of(executor: Executor, query: str) -> Plan:
    operation = executor.prepare(query).operation(None)
    values: Any = operation.signature.coerce({}, 1)
    plan = executor.plan(operation, values)
    assert isinstance(plan, Plan)
    return plan


def test_a_plan_of_two_thousand_fields_is_built_in_less_than_20_ms() -> None:
    query = large(2_000)
    executor = Executor(SCHEMA)
    operation = executor.prepare(query).operation(None)
    values: Any = operation.signature.coerce({}, 1)
    gc.collect()
    gc.freeze()  # as a server does after its start
    durations = []
    for _ in range(7):
        executor = Executor(SCHEMA)
        start = time.process_time()
        plan = executor.plan(operation, values)
        durations.append(time.process_time() - start)
    gc.unfreeze()
    assert isinstance(plan, Plan)
    assert plan.size == 2_000
    assert min(durations) < 0.020


async def test_a_document_and_its_plan_are_made_once() -> None:
    executor = Executor(SCHEMA)
    for _ in range(3):
        await executor.execute("{ rows { f1 } }")
    assert executor.counters.built == 1
    assert executor.prepare("{ rows { f1 } }") is executor.prepare("{ rows { f1 } }")


async def test_documents_and_plans_are_bounded_and_the_least_used_go_first() -> None:
    executor = Executor(SCHEMA, limits=Limits(documents=3, plans=3))
    first = executor.prepare("{ a0: rows { f1 } }")
    for number in range(10):
        await executor.execute(f"{{ a{number}: rows {{ f1 }} }}")
        await executor.execute("{ a0: rows { f1 } }")
    assert executor.kept == (3, 3)
    assert executor.prepare("{ a0: rows { f1 } }") is first
    assert executor.counters.built == 10


async def test_documents_and_plans_are_bounded_by_their_size_too() -> None:
    executor = Executor(SCHEMA, limits=Limits(document_characters=3_000, plan_fields=500))
    for number in range(10):
        await executor.execute(large(200).replace("r0", f"s{number}"))
    documents, plans = executor.kept
    assert (documents, plans) == (3, 2)


async def test_a_plan_holds_no_value_of_a_request() -> None:
    executor = Executor(SCHEMA)
    query = "query ($name: String, $yes: Boolean!) { rows(name: $name, first: 7) @include(if: $yes) { f1 } }"
    secret, context = f"secret of {id(executor)}", {"context": object()}
    request = {"variables": {"name": secret, "yes": True}, "context": context, "root": {"rows": [object()]}}
    for _ in range(3):
        await executor.execute(query, **request)
    held = reachable(executor)
    assert any(value is query for value in held)  # the text of the document is
    assert not [value for value in held if value is secret or value is context or value is request["root"]]


def reachable(root: Any) -> list[Any]:
    """Every object that can be reached from `root`, without what modules, classes and globals hold."""
    found: dict[int, Any] = {}
    todo = [root]
    while todo:
        value = todo.pop()
        if id(value) in found or isinstance(value, (type, ModuleType)):
            continue
        found[id(value)] = value
        todo.extend((value.__closure__ or ()) if isinstance(value, FunctionType) else gc.get_referents(value))
    return list(found.values())


async def test_the_generated_python_can_be_read() -> None:
    executor = Executor(SCHEMA)
    assert plan_of(executor, "{ rows { f2 __typename rows { f1 } } }").source == (
        "def write(objects, c0):\n"
        "    rows = []\n"
        "    for o, v0 in zip(objects, c0, strict=True):\n"
        "        rows.append(struct(v0))\n"
        "    return rows\n"
        "\n"
        "def write(objects, c2):\n"
        "    rows = []\n"
        "    for o, v2 in zip(objects, c2, strict=True):\n"
        "        v0 = o.f2\n"
        "        if not (v0 is None or type(v0) is str):\n"
        "            return None\n"
        "        rows.append(struct(v0, 'Row', v2))\n"
        "    return rows\n"
        "\n"
        "def write(objects):\n"
        "    rows = []\n"
        "    for o in objects:\n"
        "        v0 = o.f1\n"
        "        if not (v0 is None or type(v0) is str):\n"
        "            return None\n"
        "        rows.append(struct(v0))\n"
        "    return rows\n"
    )


def test_an_answer_without_a_value_of_a_request_is_bytes_of_its_plan() -> None:
    executor = Executor(SCHEMA)
    plan = plan_of(executor, "{ a: __typename ...F rows @skip(if: true) { f1 } } fragment F on Query { __typename }")
    assert plan.body == b'{"data":{"a":"Query","__typename":"Query"}}'
    assert plan_of(executor, "{ __typename rows { __typename } }").body is None


def test_a_digest_names_a_document() -> None:
    text = "{ rows { f1 } }"
    assert Executor(SCHEMA).prepare(text).digest == sha256(text.encode()).hexdigest()


def test_a_cache_keeps_what_was_used_last() -> None:
    cache: BoundedCache[str, int] = BoundedCache(entries=2, weight=100)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert ("a" in cache, "b" in cache, "c" in cache) == (True, False, True)
    assert cache.get("b") is None


def test_a_cache_is_bounded_by_weight_and_keeps_nothing_that_is_too_heavy() -> None:
    cache: BoundedCache[str, int] = BoundedCache(entries=10, weight=10)
    cache.put("a", 1, 6)
    cache.put("b", 2, 4)
    assert (len(cache), cache.weight) == (2, 10)
    cache.put("c", 3, 5)
    assert ("a" in cache, "b" in cache, cache.weight) == (False, True, 9)
    cache.put("d", 4, 11)
    assert ("d" in cache, cache.weight) == (False, 9)
    cache.put("b", 5, 1)
    assert (cache.get("b"), cache.weight) == (5, 6)


@pytest.mark.parametrize(("entries", "weight"), [(0, 1), (1, 0)])
def test_a_cache_without_room_is_refused(entries: int, weight: int) -> None:
    with pytest.raises(ValueError, match="A cache needs room"):
        BoundedCache(entries, weight)
