"""What an execution gives back."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

import msgspec
from graphql import GraphQLError, OperationType

from execution.encode import encode, encode_lenient
from execution.operation import Reason

FormatError = Callable[[GraphQLError], Mapping[str, Any]]
"""An error as it is written; the place to mask what a caller must not see."""


class Way(Enum):
    """Who ran the operation."""

    NONE = "none"  # nobody: it did not parse, validate or start
    PLAN = "plan"
    GRAPHQL_CORE = "graphql_core"


class Response(msgspec.Struct, frozen=True):
    """A response in bytes. `executed` is False if the request failed before it ran: there is no data entry.

    `errors` are as they were raised, before `FormatError`: for logs.
    """

    body: bytes
    errors: tuple[GraphQLError, ...] = ()
    executed: bool = False
    way: Way = Way.NONE
    reason: Reason | None = None
    operation_type: OperationType | None = None
    operation_name: str | None = None

    @property
    def had_errors(self) -> bool:
        """Whether the body has an errors entry."""
        return bool(self.errors)


def formatted(error: GraphQLError) -> Mapping[str, Any]:
    """The error as the specification says, with nothing masked."""
    return error.formatted


def body_of(data: Any, errors: Sequence[GraphQLError], format_error: FormatError) -> bytes:
    """The bytes of an executed operation."""
    if not errors:
        return encode({"data": data})
    return b'{"errors":' + _errors(errors, format_error) + b',"data":' + encode(data) + b"}"


def refusal(errors: Sequence[GraphQLError], format_error: FormatError) -> bytes:
    """The bytes of a request that was not executed."""
    return b'{"errors":' + _errors(errors, format_error) + b"}"


def _errors(errors: Sequence[GraphQLError], format_error: FormatError) -> bytes:
    return encode_lenient([format_error(error) for error in errors])
