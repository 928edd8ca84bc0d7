"""Small schemas for single behaviours, and the answer that both ways must give."""

import json
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLSchema, build_schema, execute, parse
from graphql.pyutils import is_awaitable

from execution.batch import ATTRIBUTE, BATCH, Batch
from execution.executor import Executor

Fields = Mapping[str, Any]


def make(sdl: str, fields: Fields | None = None) -> GraphQLSchema:
    """A schema; `fields` gives "Type.field" a resolver, a `Batch`, or the name of a plain attribute."""
    schema = build_schema(sdl)
    types: Any = schema.type_map
    for place, given in (fields or {}).items():
        type_, name = place.split(".")
        field = types[type_].fields[name]
        if isinstance(given, Batch):
            field.extensions[BATCH] = given
        elif isinstance(given, str):
            field.extensions[ATTRIBUTE] = given
        else:
            field.resolve = given
    return schema


async def ask(executor: Executor, query: str, **request: Any) -> dict[str, Any]:
    """Our answer, twice: as a new operation, and with what is compiled for the second run."""
    answers = [json.loads((await executor.execute(query, **request)).body) for _ in range(2)]
    assert answers[0] == answers[1]
    first: dict[str, Any] = answers[0]
    return first


async def both(schema: GraphQLSchema, query: str, **request: Any) -> dict[str, Any]:
    """The answer of a plan, which must be graphql-core's on the same schema, errors in their order."""
    executor = Executor(schema)
    ours = await ask(executor, query, **request)
    result: Any = execute(
        schema,
        parse(query),
        request.get("root"),
        request.get("context"),
        request.get("variables"),
        request.get("operation_name"),
    )
    core = await result if is_awaitable(result) else result
    expected = {"data": core.data}
    if core.errors:
        expected["errors"] = [error.formatted for error in core.errors]
    assert json.dumps(ours.get("data")) == json.dumps(expected["data"])
    assert ours.get("errors") == expected.get("errors")
    assert executor.counters.planned == 2
    return ours
