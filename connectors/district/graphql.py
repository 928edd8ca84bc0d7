"""From the body of a GraphQL answer to its data; errors of the answer become failures of the table.

An answer that has errors is not used at all, also when a part of its data came: nothing half applied.
"""

from typing import TypeVar

import msgspec

from connectors.decode import read_answer
from connectors.errors import TABLE, Failure, of_condition

T = TypeVar("T")

_NULL = msgspec.Raw(b"null")


class Request(msgspec.Struct, frozen=True):
    """The body of a GraphQL request."""

    query: str
    variables: dict[str, object]


class _Answer(msgspec.Struct, frozen=True):
    data: msgspec.Raw = _NULL
    errors: list[msgspec.Raw] | None = None


class _Extensions(msgspec.Struct, frozen=True):
    code: str = ""


class _Error(msgspec.Struct, frozen=True):
    path: list[str | int] | None = None
    extensions: _Extensions | None = None


def read_data(body: bytes, data: type[T]) -> T:
    """The data as the struct; a Failure when the answer has errors or the data does not fit."""
    answer = read_answer(body, _Answer)
    if answer.errors:
        raise _failure(answer.errors)
    return read_answer(bytes(answer.data), data)


def _failure(errors: list[msgspec.Raw]) -> Failure:
    read = [_read_error(error) for error in errors]
    known = [e.extensions.code for e in read if e.extensions and e.extensions.code in TABLE]
    if known:
        return of_condition(known[0], known[0])
    # An error of a resolver has the path of its field; without one the query itself was refused.
    is_execution = any(error.path for error in read)
    return of_condition("INTERNAL" if is_execution else "GRAPHQL_VALIDATION_FAILED")


def _read_error(raw: msgspec.Raw) -> _Error:
    try:
        return msgspec.json.decode(raw, type=_Error)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Error()
