"""Errors as callers see them: what they can mend in full, anything else as an id that is in the log too."""

import secrets
import traceback
from collections.abc import Mapping
from typing import Any

import structlog
from graphql import GraphQLError

from hub.domain.errors import CallerError, HubError, Invalid, Retriable, SourceError

_log = structlog.get_logger("schema")


def error_of(error: CallerError) -> GraphQLError:
    """A CallerError as an error of the whole request."""
    return GraphQLError(error.message, original_error=error)


def formatted(error: GraphQLError) -> Mapping[str, Any]:
    """The error as it is written into the response; an unknown one is masked and logged here, once."""
    original = root_of(error)
    if isinstance(original, CallerError | SourceError):
        return _as(error, original.message, _extensions(original))
    if original is None and error.path is None:
        return {**error.formatted, "extensions": {"code": "BAD_REQUEST", **(error.extensions or {})}}
    if isinstance(original, TimeoutError):
        return _as(error, "this took too long: ask for less at a time", {"code": "DEADLINE"})
    number = secrets.token_hex(6)
    log_unknown(original or error, number, path=[part for part in error.path or () if isinstance(part, str)])
    return _as(error, _masked(number), {"code": "INTERNAL", "id": number})


def unknown(error: Exception) -> Mapping[str, Any]:
    """The response's entry for an exception outside of any field; logged here, once."""
    number = secrets.token_hex(6)
    log_unknown(error, number, path=[])
    return {"message": _masked(number), "extensions": {"code": "INTERNAL", "id": number}}


def log_unknown(error: BaseException, number: str, path: list[str]) -> None:
    """Where it happened and what it was; never its text, which may hold values of persons."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    _log.error("a request failed", id=number, error=type(error).__qualname__, field=".".join(path), where=where)


def _masked(number: str) -> str:
    return f"an internal error happened; tell the operator of the hub its id {number}"


def _extensions(error: HubError) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": error.code}
    if isinstance(error, Invalid) and error.path:
        extensions["argument"] = list(error.path)
    if isinstance(error, Retriable) and error.retry_after is not None:
        extensions["retryAfter"] = error.retry_after
    return extensions


def _as(error: GraphQLError, message: str, extensions: dict[str, Any]) -> Mapping[str, Any]:
    return {**error.formatted, "message": message, "extensions": extensions}


def root_of(error: GraphQLError) -> BaseException | None:
    """What a resolver raised, or None when GraphQL itself found the error."""
    original: BaseException | None = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    return None if isinstance(original, GraphQLError) else original
