"""Fields of one response key are merged, over fragments and at any depth, in the order of the document."""

import pytest

from tests.execution.small import both, make

SCHEMA = make(
    """
    interface Part { id: Int }
    type Query implements Part { id: Int a: Int b: Int c: Int inner: Query part: Part }
    """
)
ROOT = {
    "id": 0, "a": 1, "b": 2, "c": 3,
    "inner": {"a": 4, "b": 5, "c": 6, "inner": {"a": 7, "b": 8}},
    "part": {"__typename": "Query", "id": 9, "a": 10},
}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ b a c }", {"b": 2, "a": 1, "c": 3}),
        ("{ a x: a y: b a }", {"a": 1, "x": 1, "y": 2}),
        ("{ inner { b } a inner { a b } }", {"inner": {"b": 5, "a": 4}, "a": 1}),
        (
            "{ ...F inner { c } ...F } fragment F on Query { inner { a inner { a } } ...G }"
            " fragment G on Query { inner { inner { b } } }",
            {"inner": {"a": 4, "inner": {"a": 7, "b": 8}, "c": 6}},
        ),
        ("{ ... { a } ... on Query { b } ... on Part { id } }", {"a": 1, "b": 2, "id": 0}),
        ("{ part { id ... on Query { a } ... on Part { again: id } } }", {"part": {"id": 9, "a": 10, "again": 9}}),
        (
            "{ x: __typename inner { __typename y: __typename } }",
            {"x": "Query", "inner": {"__typename": "Query", "y": "Query"}},
        ),
    ],
)
async def test_selections_are_merged(query: str, data: object) -> None:
    assert (await both(SCHEMA, query, root=ROOT))["data"] == data
