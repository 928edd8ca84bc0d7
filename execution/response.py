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


def body_of(data: Any, errors: Sequence[Mapping[str, Any]], extensions: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of an executed operation; `errors` are formatted."""
    if not errors and extensions is None:
        return encode({"data": data})
    head = b'"errors":' + encode_lenient(errors) + b"," if errors else b""
    tail = b"" if extensions is None else b',"extensions":' + encode(extensions)
    return b"{" + head + b'"data":' + encode(data) + tail + b"}"


def refusal(errors: Sequence[Mapping[str, Any]]) -> bytes:
    """The bytes of a request that was not executed."""
    return b'{"errors":' + encode_lenient(errors) + b"}"
