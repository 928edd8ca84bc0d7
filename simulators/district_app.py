"""A district system over HTTP: `POST /graphql` with a bearer token."""

from collections.abc import Callable
from typing import Any

import msgspec
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.district import DistrictSystem
from simulators.district_fast import ListWriter
from simulators.district_schema import make_schema
from simulators.http import answer, bearer_token, same


class GraphQLBody(msgspec.Struct, rename="camel"):
    """What a GraphQL client posts."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


def district_app(system: DistrictSystem, token: Callable[[], str], writer: ListWriter) -> Starlette:
    """The application of one district; `token` is the one that holds now, the writer is shared by all of them."""

    async def graphql(request: Request) -> Response:
        if not same(bearer_token(request), token()):
            return failure("UNAUTHENTICATED", "the token is missing or wrong", 401)
        try:
            body = msgspec.json.decode(await request.body(), type=GraphQLBody)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            return failure("BAD_REQUEST", str(error), 400)
        return _written(writer, system, body) or await _executed(system, body)

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])


def _written(writer: ListWriter, system: DistrictSystem, body: GraphQLBody) -> Response | None:
    """The answer to a plain question for a list, None for anything else."""
    try:
        written = writer.answer(system, body.query, body.variables or {}, body.operation_name)
    except GraphQLError as error:
        return answer({"data": None, "errors": [error.formatted]})
    return Response(written, media_type="application/json") if written is not None else None


async def _executed(system: DistrictSystem, body: GraphQLBody) -> Response:
    schema = make_schema(system.capabilities)
    result = await schema.execute(body.query, body.variables, context_value=system, operation_name=body.operation_name)
    content: dict[str, object] = {"data": result.data}
    if result.errors:
        content["errors"] = [error.formatted for error in result.errors]
    return answer(content)


def failure(code: str, message: str, status: int) -> Response:
    """A GraphQL response without data."""
    return answer({"errors": [{"message": message, "extensions": {"code": code}}]}, status)
