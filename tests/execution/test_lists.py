"""Lists: what counts as one, nulls and errors in them, lists of lists, items that are awaited."""

from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from execution.executor import Executor
from tests.execution.small import both, make


class Bad(Exception):
    pass


@pytest.mark.parametrize(
    ("type_", "value", "data", "path"),
    [
        ("[Int]", [1, 2], [1, 2], None),
        ("[Int]", [1, None], [1, None], None),
        ("[Int]", None, None, None),
        ("[Int]!", [1, None], [1, None], None),
        ("[Int]!", None, "all", ["it"]),
        ("[Int!]", [1, None, 2], None, ["it", 1]),
        ("[Int!]", None, None, None),
        ("[Int!]!", [1, None, 2], "all", ["it", 1]),
        ("[Int!]!", [], [], None),
        ("[Int]", [1, Bad("x")], [1, None], ["it", 1]),
        ("[Int!]", [1, Bad("x")], None, ["it", 1]),
        ("[Int]", ["1", "x"], [1, None], ["it", 1]),
        ("[[Int]]", [[1], None, []], [[1], None, []], None),
        ("[[Int!]]", [[1], [None, 2], [3]], [[1], None, [3]], ["it", 1, 0]),
        ("[[Int]!]", [[1], None], None, ["it", 1]),
        ("[[Int!]!]!", [[1], [2, None]], "all", ["it", 1, 1]),
        ("[[[Int]]]", [[[1, None]], [None, [2]]], [[[1, None]], [None, [2]]], None),
        ("[Int]", (1, 2), [1, 2], None),
        ("[Int]", deque([1, 2]), [1, 2], None),
        ("[Int]", {3}, [3], None),
        ("[Int]", range(2), [0, 1], None),
        ("[[Int]]", [(1,), range(1)], [[1], [0]], None),
        ("[Int]", "12", None, ["it"]),
        ("[Int]", {"a": 1}, None, ["it"]),
        ("[Int]", 7, None, ["it"]),
        ("[[Int]]", [[1], 7], [[1], None], ["it", 1]),
    ],
)
async def test_a_list_is_completed_as_graphql_core_does(
    type_: str, value: Any, data: Any, path: list[Any] | None
) -> None:
    schema = make(f"type Query {{ it: {type_} }}")
    answer = await both(schema, "{ it }", root={"it": value})
    assert answer["data"] == (None if data == "all" else {"it": data})
    assert [error["path"] for error in answer.get("errors", [])] == ([path] if path else [])


async def test_what_is_no_list_is_told_with_the_field() -> None:
    answer = await both(make("type Query { it: [Int] }"), "{ it }", root={"it": 1})
    assert answer["errors"][0]["message"] == "Expected Iterable, but did not find one for field 'Query.it'."


async def test_objects_keep_their_place_among_nulls_and_errors() -> None:
    schema = make("type Query { rows: [[Row]] } type Row { n: Int }")
    rows = [[{"n": 1}, None], None, [], [Bad("x"), {"n": 2}], [{"n": "y"}]]
    answer = await both(schema, "{ rows { n } }", root={"rows": rows})
    assert answer["data"] == {"rows": [[{"n": 1}, None], None, [], [None, {"n": 2}], [{"n": None}]]}
    assert [error["path"] for error in answer["errors"]] == [["rows", 3, 0], ["rows", 4, 0, "n"]]


async def test_a_generator_is_read_once_and_its_failure_is_the_error_of_the_field() -> None:
    def numbers(_info: Any) -> Iterator[int]:
        yield 1
        raise Bad("ran dry")

    schema = make("type Query { it: [Int] ok: [Int!] }")
    root = {"it": numbers, "ok": lambda _info: (n for n in (1, 2))}
    answer = await both(schema, "{ it ok }", root=root)
    assert answer["data"] == {"it": None, "ok": [1, 2]}
    assert answer["errors"][0]["message"] == "ran dry"


async def test_items_may_be_awaitable_and_fail_by_themselves() -> None:
    async def item(value: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    schema = make("type Query { it: [Int] rows: [[Row]] } type Row { n: Int! }")
    root = {
        "it": lambda _info: [item(1), 2, item(None), item(Bad("x"))],
        "rows": lambda _info: [item([item({"n": 1})]), [item({"n": None})]],
    }
    answer = await both(schema, "{ it rows { n } }", root=root)
    assert answer["data"] == {"it": [1, 2, None, None], "rows": [[{"n": 1}], [None]]}
    assert [error["path"] for error in answer["errors"]] == [["it", 3], ["rows", 1, 0, "n"]]


async def test_an_asynchronous_iterable_is_a_list() -> None:
    async def numbers(_info: Any) -> AsyncIterator[Any]:
        yield 1
        yield None

    async def broken(_info: Any) -> AsyncIterator[Any]:
        yield 1
        raise Bad("stream broke")

    schema = make("type Query { it: [Int] strict: [Int!] broken: [Int] }")
    answer = await both(schema, "{ it strict broken }", root={"it": numbers, "strict": numbers, "broken": broken})
    assert answer["data"] == {"it": [1, None], "strict": None, "broken": None}
    assert {error["message"] for error in answer["errors"]} == {
        "stream broke",
        "Cannot return null for non-nullable field Query.strict.",
    }


async def test_a_list_that_changes_while_others_are_waited_for_is_answered_as_it_was_read() -> None:
    rows: list[dict[str, Any]] = [{"n": 1}, {"n": 2}]
    numbers: list[Any] = [1, 2]

    async def later(_info: Any) -> int:
        rows.insert(0, {"n": 0})
        numbers[:] = ["wrong"]
        return 3

    schema = make("type Query { rows: [Row!] numbers: [Int!] more: [Row!] later: Int } type Row { n: Int later: Int }")
    root = {"rows": rows, "numbers": numbers, "more": [{"n": 7, "later": later}], "later": later}
    response = await Executor(schema).execute("{ rows { n } numbers more { n later } later }", root=root)
    assert response.body == (
        b'{"data":{"rows":[{"n":1},{"n":2}],"numbers":[1,2],"more":[{"n":7,"later":3}],"later":3}}'
    )
