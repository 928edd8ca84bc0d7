"""Resolvers: what they are called with, how they mix, and what is read where there is none."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLResolveInfo

from execution.batch import Batch
from execution.executor import Executor
from tests.execution.small import ask, both, make

SDL = """
type Query { row: Row rows: [Row!]! plain: Plain plains: [Plain!] now: Int later: Int }
type Row { id: ID now: Int later: Int called(by: Int = 2): Int child: Row }
type Plain { a: String b: Int other: String text: String }
"""


@dataclass
class Row:
    id: int
    now: Any = 1
    child: "Row | None" = None

    async def later(self, _info: Any) -> int:
        await asyncio.sleep(0)
        return self.id * 10

    def called(self, info: GraphQLResolveInfo[Any], by: int) -> int:
        return self.id * by + len(info.path.as_list())


async def test_the_default_resolver_reads_attributes_and_keys_and_calls_what_it_finds() -> None:
    root = {"row": Row(3, child=Row(4)), "rows": [Row(1), {"id": 2, "now": lambda _info: 5}, Row(6)]}
    query = "{ row { id now later called child { called(by: 1) } } rows { id now } }"
    answer = await both(make(SDL), query, root=root)
    assert answer["data"] == {
        "row": {"id": "3", "now": 1, "later": 30, "called": 8, "child": {"called": 7}},
        "rows": [{"id": "1", "now": 1}, {"id": "2", "now": 5}, {"id": "6", "now": 1}],
    }


async def test_what_an_object_does_not_have_is_null() -> None:
    answer = await both(make(SDL), "{ row { id later } plain { a } }", root={"row": object()})
    assert answer["data"] == {"row": {"id": None, "later": None}, "plain": None}


async def test_a_property_that_raises_is_an_error_of_its_object_only() -> None:
    class Broken:
        id = 2

        @property
        def now(self) -> int:
            raise ZeroDivisionError("by zero")

    answer = await both(make(SDL), "{ rows { id now } }", root={"rows": [Row(1), Broken(), Row(3)]})
    assert answer["data"]["rows"][1] == {"id": "2", "now": None}
    assert answer["errors"][0]["path"] == ["rows", 1, "now"]


async def test_a_resolver_sees_its_place_and_the_request() -> None:
    seen: list[Any] = []

    def look(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> int:
        seen.append((source.id, info, arguments))
        return 1

    schema = make(SDL, {"Row.called": look})
    query = "query Q($n: Int) { rows { child { x: called(by: $n) called } } }"
    root = {"rows": [Row(1, child=Row(11)), Row(2), Row(3, child=Row(33))]}
    context = object()
    await Executor(schema).execute(query, {"n": 4}, root=root, context=context)
    assert [(number, info.path.as_list(), arguments) for number, info, arguments in seen] == [
        (11, ["rows", 0, "child", "x"], {"by": 4}),
        (33, ["rows", 2, "child", "x"], {"by": 4}),
        (11, ["rows", 0, "child", "called"], {"by": 2}),
        (33, ["rows", 2, "child", "called"], {"by": 2}),
    ]
    info = seen[0][1]
    assert (info.field_name, info.parent_type.name, str(info.return_type)) == ("called", "Row", "Int")
    assert (info.context, info.root_value, info.schema) == (context, root, schema)
    assert info.operation.name.value == "Q"
    assert info.variable_values.coerced == {"n": 4}
    assert [node.alias.value for node in info.field_nodes if node.alias] == ["x"]
    assert info.path.prev.typename == "Row"


async def test_resolvers_of_one_level_run_at_the_same_time() -> None:
    everybody = asyncio.Barrier(4)

    async def meet(_source: Any, _info: Any) -> int:
        await everybody.wait()
        return 1

    schema = make(SDL, {"Row.now": meet, "Row.later": meet})
    async with asyncio.timeout(5):
        answer = await Executor(schema).execute("{ rows { now later } }", root={"rows": [Row(1), Row(2)]})
    assert answer.body == b'{"data":{"rows":[{"now":1,"later":1},{"now":1,"later":1}]}}'


async def test_synchronous_and_asynchronous_fields_keep_the_order_of_the_document() -> None:
    async def later(_source: Any, _info: Any) -> int:
        await asyncio.sleep(0)
        return 2

    answer = await both(make(SDL, {"Query.later": later}), "{ later now x: later }", root={"now": 1})
    assert list(answer["data"].items()) == [("later", 2), ("now", 1), ("x", 2)]


async def test_plain_attributes_are_read_without_a_resolver_and_checked() -> None:
    @dataclass
    class Plain:
        a: Any
        number: Any = 1

    fields = {"Plain.a": "a", "Plain.b": "number", "Plain.other": "a", "Plain.text": "missing"}
    schema = make(SDL, fields)
    query = "{ plains { b a other again: a } }"
    answer = await both(schema, query, root={"plains": [Plain("x"), Plain(None, None)]})
    assert answer["data"]["plains"] == [
        {"b": 1, "a": "x", "other": "x", "again": "x"},
        {"b": None, "a": None, "other": None, "again": None},
    ]
    answer = await both(schema, query, root={"plains": [Plain(5, True), Plain(object, "x")]})
    assert answer["data"]["plains"][0] == {"b": 1, "a": "5", "other": "5", "again": "5"}
    assert len(answer["errors"]) == 4
    answer = await both(schema, "{ plains { a text } }", root={"plains": [Plain("x")]})
    assert answer["errors"][0]["message"] == "'Plain' object has no attribute 'missing'"


async def test_a_plain_attribute_is_never_read_as_a_key() -> None:
    schema = make(SDL, {"Plain.a": "a"})
    answer = await both(schema, "{ plain { a } }", root={"plain": {"a": "x"}})
    assert answer["errors"][0]["message"] == "'dict' object has no attribute 'a'"


async def test_work_that_is_cancelled_by_itself_is_the_error_of_its_field() -> None:
    async def stolen(_source: Any, _info: Any) -> int:
        raise asyncio.CancelledError

    schema = make(SDL, {"Query.later": stolen, "Row.later": stolen})
    answer = await ask(Executor(schema), "{ now later rows { later } }", root={"now": 1, "rows": [Row(1), Row(2)]})
    assert answer["data"] == {"now": 1, "later": None, "rows": [{"later": None}, {"later": None}]}
    assert {error["message"] for error in answer["errors"]} == {"The work of this field was cancelled."}


@pytest.mark.parametrize(
    ("extension", "message"),
    [
        ({"execution.batch": Batch(list, "no name")}, "Row.called: 'no name' is not the name of an attribute."),
        ({"execution.batch": Batch(list, "id"), "execution.attribute": "id"}, "Row.called is both"),
        (
            {"execution.attribute": "called"},
            "Row.called has arguments, so it needs a resolver and not execution.attribute.",
        ),
        ({"execution.batch": print}, "Row.called: execution.batch must be a Batch, not <built-in function print>."),
    ],
)
def test_an_extension_that_cannot_be_followed_is_refused_at_once(extension: dict[str, Any], message: str) -> None:
    schema = make(SDL)
    types: Any = schema.type_map
    types["Row"].fields["called"].extensions.update(extension)
    with pytest.raises(ValueError, match=re.escape(message)):
        Executor(schema)
