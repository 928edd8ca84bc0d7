"""Scalars and enums: values are written as graphql-core coerces them, or are errors in its words."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from operator import methodcaller
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLError
from graphql.pyutils import Undefined

from execution.executor import Executor
from tests.execution.small import ask, both, make


class Text(str):
    __slots__ = ()


class Day(date):
    __slots__ = ()


class Colour(str, Enum):  # noqa: UP042  # as many schemas still have it
    RED = "r"


class Level(IntEnum):
    LOW = 1


class Told:
    def __str__(self) -> str:
        return "told"


class Index:
    def __index__(self) -> int:
        return 7


VALUES = [
    None, Undefined, True, False, 0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53 + 1, 10**400,
    1.0, 1.5, -0.0, 1e16, 5e-324, float("nan"), float("inf"), "", "1", "1.5", "x", "é\u2028\x00\x1f\"\\/\b", "\U0001f600",
    "\ud800", b"bytes", Text("text"), Colour.RED, Level.LOW, Told(), Index(), Decimal(2), Decimal("2.5"),
    Decimal("nan"), Fraction(1, 2), UUID(int=1), date(2024, 1, 2), [], ["x"], {}, {"a": 1}, object(), ValueError("error"),
]  # fmt: skip
TYPES = ["Int", "Float", "String", "Boolean", "ID"]


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("attribute", [True, False], ids=["attribute", "default"])
async def test_every_value_of_a_built_in_scalar_is_that_of_graphql_core(type_: str, attribute: bool) -> None:
    class Row:
        def __init__(self, value: Any) -> None:
            self.it = value

    schema = make(f"type Query {{ rows: [Row] }} type Row {{ it: {type_} }}", {"Row.it": "it"} if attribute else {})
    for value in VALUES:
        for query in ("{ rows { it } }", "{ rows { __typename it again: it } }"):
            await both(schema, query, root={"rows": [Row(value)]})
    await both(schema, "{ rows { it } }", root={"rows": [Row(value) for value in VALUES]})


@pytest.mark.parametrize("coerce", [date.isoformat, methodcaller("isoformat"), methodcaller("strftime", "%d")])
@pytest.mark.parametrize("attribute", [False, True])
async def test_every_value_of_a_scalar_of_days_is_that_of_graphql_core(attribute: bool, coerce: Any) -> None:
    for value in (*VALUES, date(1, 1, 1), datetime(2024, 1, 2, tzinfo=UTC), Day(2024, 1, 2), "2024-01-02"):
        schema = make(
            "scalar Date type Query { it: Date other: String days: [Date] }", {"Query.it": "it"} if attribute else {}
        )
        schema.type_map["Date"].coerce_output_value = coerce
        root = SimpleNamespace(it=value, other="\ud800", days=[date(2024, 1, 2), value])
        await both(schema, "{ it other days }", root=root)


@pytest.mark.parametrize("type_", TYPES)
async def test_lists_of_a_scalar_are_those_of_graphql_core(type_: str) -> None:
    schema = make(f"type Query {{ it: [{type_}] strict: [[{type_}!]!] }}")
    await both(schema, "{ it }", root={"it": VALUES})
    for value in VALUES:
        await both(schema, "{ it strict }", root={"it": [value, None], "strict": [[], [value]]})


async def test_integers_are_checked_at_their_edges_in_a_column() -> None:
    schema = make("type Query { it: [Int] }")
    answer = await both(schema, "{ it }", root={"it": [2**31 - 1, -(2**31), 2**31]})
    assert answer["data"] == {"it": [2**31 - 1, -(2**31), None]}
    assert answer["errors"][0]["message"] == "Int cannot represent non 32-bit signed integer value: 2147483648"


class Sort(Enum):
    UP = "u"
    DOWN = "d"


class Word(StrEnum):
    UP = "UP"
    DOWN = "DOWN"
    AWAY = "UP "


class Row:
    def __init__(self, sort: Any) -> None:
        self.sort = sort


async def test_enums_whose_words_are_their_values_are_those_of_graphql_core() -> None:
    schema = make("enum Sort { UP DOWN } type Query { rows: [Row!]! } type Row { sort: Sort }", {"Row.sort": "sort"})
    for value in ("UP", "DOWN", None, *Word, "sideways", "", 1, ["UP"], {}, "\ud800"):
        for query in ("{ rows { sort } }", "{ rows { __typename sort again: sort } }"):
            await both(schema, query, root={"rows": [Row("UP"), Row(value), Row("DOWN")]})


async def test_enums_are_written_by_name_whatever_python_value_stands_for_them() -> None:
    schema = make("enum Sort { UP DOWN } type Query { sorts: [Sort] one: Sort }")
    types: Any = schema.type_map
    types["Sort"].values["UP"].value = Sort.UP
    types["Sort"].values["DOWN"].value = Sort.DOWN
    answer = await both(schema, "{ sorts }", root={"sorts": [Sort.UP, None, Sort.DOWN, Sort.UP]})
    assert answer == {"data": {"sorts": ["UP", None, "DOWN", "UP"]}}
    for odd in ("sideways", ["UP"], {}, 1):
        answer = await both(schema, "{ sorts one }", root={"sorts": [Sort.UP, odd], "one": odd})
        assert answer["data"] == {"sorts": ["UP", None], "one": None}


@pytest.mark.parametrize(
    ("coerced", "written"),
    [
        ({"a": [1, None, "ü"]}, {"a": [1, None, "ü"]}),
        ([1.5, "x"], [1.5, "x"]),
        ("text", "text"),
        (Colour.RED, "r"),
        (2**70, 2**70),
        (True, True),
        ({"lone": "\ud800"}, {"lone": "\ud800"}),
    ],
)
async def test_a_custom_scalar_may_be_any_json(coerced: Any, written: Any) -> None:
    schema = make("scalar Any type Query { it: Any list: [Any] }")
    types: Any = schema.type_map
    types["Any"].coerce_output_value = lambda _value: coerced
    answer = await both(schema, "{ it list }", root={"it": 1, "list": [1, None]})
    assert answer["data"] == {"it": written, "list": [written, None]}


@pytest.mark.parametrize("coerced", [object(), float("nan"), {"a": object()}])
async def test_what_json_cannot_hold_is_an_error_of_its_field(coerced: Any) -> None:
    schema = make("scalar Any type Query { it: Any other: Int }")
    types: Any = schema.type_map
    types["Any"].coerce_output_value = lambda _value: coerced
    answer = await ask(Executor(schema), "{ it other }", root={"it": 1, "other": 2})
    assert answer["data"] == {"it": None, "other": 2}
    assert answer["errors"][0]["path"] == ["it"]


@pytest.mark.parametrize("outcome", [None, Undefined, GraphQLError("no"), ValueError("bad")])
async def test_a_custom_scalar_that_refuses_is_an_error_of_its_field(outcome: Any) -> None:
    def coerce(value: Any) -> Any:
        if value == 2 and isinstance(outcome, Exception):
            raise outcome
        return outcome if value == 2 else value

    schema = make("scalar Any type Query { list: [Any] strict: [Any!] }")
    types: Any = schema.type_map
    types["Any"].coerce_output_value = coerce
    answer = await both(schema, "{ list strict }", root={"list": [1, 2], "strict": [2]})
    assert answer["data"] == {"list": [1, None], "strict": None}


async def test_strings_are_escaped_so_that_json_gives_them_back() -> None:
    every = "".join(map(chr, range(0x20))) + '"\\/\x7f\x80\u2028\u2029\ufeff\uffff\U0001f600 \ud83d \udc00 é'
    response = await Executor(make("type Query { it: String }")).execute("{ it }", root={"it": every})
    assert json.loads(response.body)["data"]["it"] == every
    assert response.body.decode("utf-8")
