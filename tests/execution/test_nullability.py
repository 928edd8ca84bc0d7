"""A null or an error goes up to the nearest place that may be null, and takes nothing else with it."""

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema

from tests.execution.small import both, make

SDL = """
type Query { box: Box sure: Box! }
type Box { may: String must: String! box: Box sure: Box! late: String lateMust: String! boxes: [Box!] }
"""


class Sync(Exception):
    pass


def box(**values: Any) -> dict[str, Any]:
    """A box whose functions raise what they are given."""

    def give(value: Any) -> Any:
        def call(_info: Any) -> Any:
            if isinstance(value, Exception):
                raise value
            return value

        return call

    return {name: give(value) for name, value in values.items()}


async def late(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


@pytest.fixture
def schema() -> GraphQLSchema:
    return make(SDL)


async def test_an_error_in_a_nullable_field_nulls_that_field_only(schema: GraphQLSchema) -> None:
    root = box(box=box(may=Sync("no"), must="yes"))
    answer = await both(schema, "{ box { may must } }", root=root)
    assert answer == {
        "data": {"box": {"may": None, "must": "yes"}},
        "errors": [{"message": "no", "locations": [{"line": 1, "column": 9}], "path": ["box", "may"]}],
    }


async def test_an_error_in_a_non_null_field_nulls_its_parent(schema: GraphQLSchema) -> None:
    answer = await both(schema, "{ box { must } }", root=box(box=box(must=Sync("no"))))
    assert answer["data"] == {"box": None}
    assert answer["errors"][0]["path"] == ["box", "must"]


async def test_a_null_in_a_non_null_field_is_worded_with_its_type_and_name(schema: GraphQLSchema) -> None:
    answer = await both(schema, "{ box { must } }", root=box(box=box(must=None)))
    assert answer["data"] == {"box": None}
    assert answer["errors"][0]["message"] == "Cannot return null for non-nullable field Box.must."


async def test_a_null_passes_through_every_non_null_parent(schema: GraphQLSchema) -> None:
    root = box(box=box(box=box(sure=box(sure=box(must=None)))))
    answer = await both(schema, "{ box { box { sure { sure { must } } } } }", root=root)
    assert answer["data"] == {"box": {"box": None}}
    assert answer["errors"][0]["path"] == ["box", "box", "sure", "sure", "must"]


async def test_a_null_that_reaches_the_root_nulls_data(schema: GraphQLSchema) -> None:
    answer = await both(schema, "{ sure { sure { must } } }", root=box(sure=box(sure=box(must=None))))
    assert answer["data"] is None
    assert answer["errors"][0]["path"] == ["sure", "sure", "must"]


async def test_errors_before_the_one_that_nulls_the_parent_stay_and_later_ones_do_not_come(
    schema: GraphQLSchema,
) -> None:
    root = box(box=box(may=Sync("first"), must=Sync("second"), late=Sync("third")))
    answer = await both(schema, "{ box { may must late } }", root=root)
    assert answer["data"] == {"box": None}
    assert [error["message"] for error in answer["errors"]] == ["first", "second"]


async def test_only_the_first_of_two_errors_that_null_one_parent_is_reported(schema: GraphQLSchema) -> None:
    root = box(box=box(must=Sync("first"), sure=Sync("second")))
    answer = await both(schema, "{ box { must sure { may } } }", root=root)
    assert [error["message"] for error in answer["errors"]] == ["first"]


async def test_a_returned_exception_is_an_error_like_a_raised_one(schema: GraphQLSchema) -> None:
    answer = await both(schema, "{ box { may } }", root={"box": {"may": Sync("returned")}})
    assert answer["errors"][0]["message"] == "returned"
    assert answer["data"] == {"box": {"may": None}}


async def test_extensions_of_an_error_come_through(schema: GraphQLSchema) -> None:
    refusal = GraphQLError("no", extensions={"code": "FORBIDDEN"})
    answer = await both(schema, "{ box { may } }", root=box(box=box(may=refusal)))
    assert answer["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


async def test_an_error_that_knows_its_place_keeps_it(schema: GraphQLSchema) -> None:
    elsewhere = GraphQLError("no", path=["elsewhere"])
    answer = await both(schema, "{ box { may } }", root=box(box=box(may=elsewhere)))
    assert answer["errors"] == [{"message": "no", "path": ["elsewhere"]}]


async def test_an_error_names_every_place_that_was_merged_into_its_field(schema: GraphQLSchema) -> None:
    query = "{ box { may } ... { box { may } } }"
    answer = await both(schema, query, root=box(box=box(may=Sync("no"))))
    assert answer["errors"][0]["locations"] == [{"line": 1, "column": 9}, {"line": 1, "column": 27}]


async def test_an_asynchronous_error_nulls_as_a_synchronous_one(schema: GraphQLSchema) -> None:
    def later(_info: Any) -> Any:
        return late(Sync("late"))

    root = {"box": {"lateMust": later, "box": {"late": later}}}
    answer = await both(schema, "{ box { box { late } } }", root=root)
    assert answer["data"] == {"box": {"box": {"late": None}}}
    answer = await both(schema, "{ box { lateMust } }", root=root)
    assert answer["data"] == {"box": None}


async def test_an_error_in_one_of_many_boxes_nulls_the_list_that_may_hold_no_null(schema: GraphQLSchema) -> None:
    boxes = [box(must="a"), box(must=None), box(must=Sync("not reached"))]
    answer = await both(schema, "{ box { may boxes { must } } }", root={"box": {"may": "m", "boxes": boxes}})
    assert answer["data"] == {"box": {"may": "m", "boxes": None}}
    assert [error["path"] for error in answer["errors"]] == [["box", "boxes", 1, "must"]]


async def test_undefined_is_null(schema: GraphQLSchema) -> None:
    from graphql.pyutils import Undefined

    answer = await both(schema, "{ box { may } }", root={"box": {"may": Undefined}})
    assert answer == {"data": {"box": {"may": None}}}
