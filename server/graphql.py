"""The /graphql endpoint: GraphQL over HTTP, from the headers of a request to the status of its answer."""

from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import msgspec
from starlette.types import Receive, Scope, Send

from hub.domain.errors import Forbidden, HubError, Invalid, SourceError, Unauthenticated
from hub.domain.principal import Principal
from schema.context import RequestContext
from schema.engine import Answer, Engine, Operation, Outcome
from schema.errors import unknown
from server.graphql_request import HttpLimits, Unfit, read_body, read_get, read_post
from server.media_types import GRAPHQL_JSON, JSON, accepted, takes_html
from server.timeouts import Deadline, Timeouts

_CONTENT_TYPES = {kind: (b"content-type", kind + b"; charset=utf-8") for kind in (JSON, GRAPHQL_JSON)}
_NO_STORE = (b"cache-control", b"no-store")
_CHALLENGE = ((b"www-authenticate", b'Bearer error="invalid_token"'),)
_ALLOW = ((b"allow", b"GET, HEAD, POST"),)
_ALLOW_POST = ((b"allow", b"POST"),)
_GRAPHIQL = ((b"location", b"graphiql/"),)
_OTHER_SITES = (b"cross-site", b"same-site")
_STATUSES = {Outcome.EXECUTED: 200, Outcome.UNFIT: 400, Outcome.FORBIDDEN: 403}


class TokenValidator(Protocol):
    """Says who is calling (auth.validator)."""

    def known(self, authorization_header: str | None) -> Principal | None:
        """Who it is, if that can be told without waiting."""
        ...

    async def principal(self, authorization_header: str | None) -> Principal:
        """Raises Unauthenticated, or Retriable when the issuer's keys cannot be had now."""
        ...


class GraphQLEndpoint:
    """Answers POST with JSON, and GET for queries. A plain ASGI application: every request of a caller passes here.

    No page of another site can use a visitor's rights here: a token comes in a header that a browser sends for no form,
    link or image, no cookie is read, no cross-origin request is allowed, a body must be JSON, and a GET runs no mutation.
    """

    def __init__(
        self,
        engine: Engine,
        validator: TokenValidator,
        context_of: Callable[[Principal], RequestContext],
        limits: HttpLimits,
    ) -> None:
        self._engine = engine
        self._validator = validator
        self._context_of = context_of
        self._limits = limits
        self._arriving = Timeouts(limits.body_seconds)
        self._running = Timeouts(limits.seconds)
        self.answers: Counter[int] = Counter()
        """How many answers had which status."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        method = scope["method"]
        if method == "POST":
            reply = await self._reply(headers, partial(read_post, headers, receive, self._limits))
        elif method in ("GET", "HEAD"):
            reply = await self._get(headers, scope["query_string"])
        else:
            reply = Reply(errors_of(Invalid(f"{method} is not served here: send a POST")), 405, JSON, _ALLOW)
        self._counted(reply)
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})

    def post(self, headers: Mapping[bytes, bytes], body: bytes) -> "Reply | Coroutine[Any, Any, Reply]":
        """The answer to a POST that is there as a whole (server.protocol), at once if nothing has to be waited for."""
        media_type = _media_type(headers)
        principal = self._known(headers) if media_type is not None else None
        if media_type is None or principal is None:
            return self._post(headers, body)
        operation: Operation | None = None
        try:
            operation = read_body(headers, body, self._limits)
            answer = self._begin(operation, principal, headers)
        except Exception as error:  # noqa: BLE001 -- the edge: what is unknown is logged once, and masked
            return self._counted(self._failed(error, operation, media_type))
        if isinstance(answer, Answer):
            return self._counted(_answered(answer, media_type))
        return self._awaited(answer, operation, media_type)

    async def _post(self, headers: Mapping[bytes, bytes], body: bytes) -> "Reply":
        async def read() -> Operation:
            return read_body(headers, body, self._limits)

        return self._counted(await self._reply(headers, read))

    def _counted(self, reply: "Reply") -> "Reply":
        self.answers[reply.status] += 1
        return reply

    async def _get(self, headers: Mapping[bytes, bytes], query_string: bytes) -> "Reply":
        """A browser is shown GraphiQL; a script of another site is refused, even if a proxy gave it a token."""
        if takes_html(headers.get(b"accept", b"")):
            return Reply(b"", 303, JSON, _GRAPHIQL)
        if headers.get(b"sec-fetch-site") in _OTHER_SITES:
            return Reply(errors_of(Forbidden("a page of another site may not ask here")), 403, JSON)
        return await self._reply(headers, partial(read_get, query_string, self._limits))

    async def _reply(self, headers: Mapping[bytes, bytes], read: Callable[[], Awaitable[Operation]]) -> "Reply":
        media_type = _media_type(headers)
        if media_type is None:
            text = f"answers are {GRAPHQL_JSON.decode()} or {JSON.decode()}, in UTF-8: accept one of them"
            return Reply(errors_of(Invalid(text)), 406, JSON)
        operation: Operation | None = None
        try:
            principal = await self._validator.principal(_text(headers.get(b"authorization")))
            router = headers.get(b"router-authorization")
            if router is not None:  # beside the token of its user
                principal = principal.through(await self._validator.principal(_text(router)))
            with Deadline(self._arriving):
                operation = await read()
            answer = self._begin(operation, principal, headers)
            if not isinstance(answer, Answer):
                with Deadline(self._running):
                    answer = await answer
        except Exception as error:  # noqa: BLE001 -- the edge: what is unknown is logged once, and masked
            return self._failed(error, operation, media_type)
        return _answered(answer, media_type)

    def _known(self, headers: Mapping[bytes, bytes]) -> Principal | None:
        """Who calls, if that can be told without waiting."""
        if b"router-authorization" in headers:
            return None
        return self._validator.known(_text(headers.get(b"authorization")))

    def _begin(
        self, operation: Operation, principal: Principal, headers: Mapping[bytes, bytes]
    ) -> Answer | Coroutine[Any, Any, Answer]:
        wants_trace = headers.get(b"apollo-federation-include-trace") == b"ftv1"
        return self._engine.begin(operation, self._context_of(principal), wants_trace=wants_trace)

    async def _awaited(self, answer: Awaitable[Answer], operation: Operation, media_type: bytes) -> "Reply":
        try:
            with Deadline(self._running):
                done = await answer
        except Exception as error:  # noqa: BLE001 -- the edge: what is unknown is logged once, and masked
            return self._counted(self._failed(error, operation, media_type))
        return self._counted(_answered(done, media_type))

    def _failed(self, error: Exception, operation: Operation | None, media_type: bytes) -> "Reply":
        """`operation` None: the request did not arrive."""
        match error:
            case Unauthenticated():
                return Reply(errors_of(error), 401, media_type, _CHALLENGE)
            case SourceError():
                return Reply(errors_of(error), 503, media_type)
            case Unfit():
                return Reply(errors_of(error.error), error.status, media_type)
            case TimeoutError() if operation is None:
                return Reply(errors_of(Invalid(_not_there(self._limits))), 408, media_type)
            case TimeoutError():
                return Reply(errors_of(Invalid(too_slow(self._limits)), code="DEADLINE"), 504, media_type)
        return Reply(msgspec.json.encode({"errors": [unknown(error)]}), 500, media_type)


class Reply:
    """What is sent back."""

    __slots__ = ("body", "media_type", "more", "status")

    def __init__(self, body: bytes, status: int, media_type: bytes, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self.body = body
        self.status = status
        self.media_type = media_type
        self.more = more

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Names and values, in their order."""
        return [_CONTENT_TYPES[self.media_type], (b"content-length", b"%d" % len(self.body)), _NO_STORE, *self.more]

    @property
    def head(self) -> bytes:
        """The same as they are written."""
        head = _HEADS[self.media_type] % len(self.body)
        return head + _lines(self.more) if self.more else head


def _lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


_HEADS = {
    kind: _lines([content_type, (b"content-length", b"%d"), _NO_STORE]) for kind, content_type in _CONTENT_TYPES.items()
}


def _media_type(headers: Mapping[bytes, bytes]) -> bytes | None:
    """The media type of the answer, or None if none of ours is accepted."""
    accept = headers.get(b"accept")
    return JSON if accept is None or accept == JSON or accept == b"*/*" else accepted(accept)


def _answered(answer: Answer, media_type: bytes) -> Reply:
    """As GraphQL over HTTP says: plain JSON answers every well-formed request with 200, but a mutation by GET."""
    if answer.outcome is Outcome.NOT_SAFE:
        return Reply(answer.body, 405, media_type, _ALLOW_POST)
    return Reply(answer.body, 200 if media_type == JSON else _STATUSES[answer.outcome], media_type)


def _text(header: bytes | None) -> str | None:
    return None if header is None else header.decode("latin-1")


def errors_of(error: HubError, code: str | None = None) -> bytes:
    """An answer that is nothing but this error."""
    shown: dict[str, Any] = {"message": error.message, "extensions": {"code": code or error.code}}
    return msgspec.json.encode({"errors": [shown]})


def _not_there(limits: HttpLimits) -> str:
    return f"the body did not arrive within {limits.body_seconds:.0f} seconds"


def too_slow(limits: HttpLimits) -> str:
    """What is told of an operation that took too long."""
    return f"this took longer than {limits.seconds:.0f} seconds: ask for less at a time"
