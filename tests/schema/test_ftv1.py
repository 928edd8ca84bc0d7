"""The tree of a trace beside the response that it is of, for any operation: lists in lists, unions, nulls, shared objects."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError
from hypothesis import HealthCheck, given, settings

from execution.executor import Executor
from schema.ftv1 import Trace
from schema.protobuf import number, text
from tests.execution.operations import Example, examples
from tests.execution.twins import build
from tests.execution.world import World

TYPENAMES = frozenset({"__typename", "kind"})
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
ROOT, RESPONSE_NAME, INDEX, CHILD, ERROR = 14, 1, 2, 12, 11


def clock() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def _formatted(error: GraphQLError) -> dict[str, Any]:
    return {**error.formatted, "extensions": {"code": "TROUBLE"}}


EXECUTOR = Executor(build("plan"), format_error=_formatted)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers and values of a message's fields; all that is written here is varints and bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        value, at = _varint(data, at)
        if tag & 7 == 2:
            yield tag >> 3, data[at : at + value]
            at += value
        else:
            assert tag & 7 == 0
            yield tag >> 3, value


def _tree(node: bytes) -> dict[str | int, Any]:
    """The keys of a node's children, with their own."""
    tree: dict[str | int, Any] = {}
    for field, value in _fields(node):
        if field == CHILD:
            key = next(
                v.decode() if n == RESPONSE_NAME else v for n, v in _fields(value) if n in (RESPONSE_NAME, INDEX)
            )
            assert key not in tree
            tree[key] = _tree(value)
    return tree


def _errors(node: bytes) -> int:
    return sum(1 if number == ERROR else _errors(value) if number == CHILD else 0 for number, value in _fields(node))


def _has_fields(value: Any) -> bool:
    """Whether a trace has nodes for what is in a value of the response; `{"a": ...}` is a scalar's value."""
    if isinstance(value, list):
        return any(map(_has_fields, value))
    return isinstance(value, dict) and not set(value) <= {*TYPENAMES, "a"}


def _compare(value: Any, tree: dict[str | int, Any]) -> None:
    """Every field of every object has its node, and no object has another; a null may have had some below it."""
    if isinstance(value, dict):
        assert set(tree) == set(value) - TYPENAMES
        inner = value.items()
    else:
        assert set(tree) <= set(range(len(value)))
        inner = enumerate(value)
    for key, item in inner:
        if _has_fields(item):
            _compare(item, tree[key])


async def _traced(example: Example) -> tuple[dict[str, Any], bytes]:
    """The response, and the root node of its trace."""
    trace, world = Trace(clock), World(example.seed, example.rate)
    response = await EXECUTOR.execute(example.query, example.variables, example.name, world, watch=trace)
    answer = json.loads(response.body)
    if "data" not in answer:
        assert "extensions" not in answer  # it did not run
        return answer, b""
    return answer, dict(_fields(b64decode(answer["extensions"]["ftv1"])))[ROOT]


@given(example=examples(build("sync")))
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=QUIET, database=None)
def test_the_tree_of_a_trace_is_that_of_the_response(example: Example) -> None:
    answer, root = asyncio.run(_traced(example))
    if _has_fields(answer.get("data")):
        _compare(answer["data"], _tree(root))
    if "data" in answer:
        assert bool(_errors(root)) == ("errors" in answer)


def test_a_number_is_written_in_as_many_bytes_as_it_needs() -> None:
    values = [1, 127, 128, 16_383, 16_384, 2**63]
    written = b"".join(number(field, value) for field, value in enumerate(values, 1))
    assert dict(_fields(written)) == dict(enumerate(values, 1))
    assert number(1, 0) == b""
    assert number(1, 300) == bytes([0x08, 0xAC, 0x02])


def test_a_text_is_written_with_its_length_in_bytes() -> None:
    assert text(2, "testing") == b"\x12\x07testing"
    assert text(1, "é") == b"\x0a\x02\xc3\xa9"
