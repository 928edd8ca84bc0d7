"""The one table from what an outside system did to what the hub does about it.

A key is an HTTP status, a class of statuses (`4xx`), an exception, a condition of the payload, or an
error code that the system itself gave. Every connector reads this table and no other.
"""

import ssl
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import httpx2
import msgspec

from hub.domain.errors import CursorExpired, Fatal, RecordRejected, Retriable, SourceError


class Action(StrEnum):
    """What the hub does about a failure."""

    RETRY = "RETRY"
    """Ask again, now if it is safe to, else at the next sync."""
    FAIL = "FAIL"
    """Stop until a person acts."""
    RESTART_FEED = "RESTART_FEED"
    """Read the feed from its beginning."""
    REJECT = "REJECT"
    """The request is refused, the system is well."""


class Rule(msgspec.Struct, frozen=True):
    """One row: `message` is public; `is_outage` counts towards opening the circuit breaker."""

    action: Action
    kind: str
    message: str
    is_outage: bool = False


class System(msgspec.Struct, frozen=True, kw_only=True):
    """How messages name an outside system, and which of its settings hold the credentials."""

    code: str
    name: str
    credentials: str


Key = int | str | type[Exception]


def _retry(kind: str, message: str, *, is_outage: bool = True) -> Rule:
    return Rule(Action.RETRY, kind, message, is_outage)


def _fail(kind: str, message: str) -> Rule:
    return Rule(Action.FAIL, kind, message)


_OTHER_VERSION = "check that {name} serves the version of the interface that the hub speaks"
_LATER = "the hub will ask again"
_UNSENDABLE = "The {credentials} of {name} cannot be sent: take line breaks and special letters out"

TABLE: Mapping[Key, Rule] = MappingProxyType(
    {
        # HTTP statuses
        "3xx": _fail("MOVED", "{name} points to another address ({status}): check the URL of {name}"),
        400: _fail("BAD_REQUEST", "{name} does not understand us ({status}): " + _OTHER_VERSION),
        401: _fail(
            "CREDENTIALS",
            "{name} refused our credentials ({status}): check the {credentials} of {name}",
        ),
        403: _fail(
            "FORBIDDEN",
            "{name} does not allow us this ({status}): ask it for access for the {credentials}",
        ),
        404: _fail("NOT_FOUND", "{name} has no such address ({status}): check the URL of {name}"),
        408: _retry("TIMEOUT", "{name} gave up waiting for our request ({status}): " + _LATER),
        410: Rule(
            Action.RESTART_FEED,
            "CURSOR_EXPIRED",
            "{name} no longer knows our place in its feed: the hub reads it from the beginning",
        ),
        422: Rule(Action.REJECT, "REFUSED", "{name} refuses the request ({status}): mend it and ask again"),
        425: _retry("TOO_EARLY", "{name} is not ready ({status}): " + _LATER, is_outage=False),
        429: _retry("RATE_LIMITED", "{name} gets too many requests ({status}): " + _LATER, is_outage=False),
        "4xx": _fail("BAD_REQUEST", "{name} refuses our request ({status}): " + _OTHER_VERSION),
        501: _fail("NOT_IMPLEMENTED", "{name} cannot do this ({status}): " + _OTHER_VERSION),
        503: _retry("UNAVAILABLE", "{name} is not available ({status}): " + _LATER),
        "5xx": _retry("SERVER_ERROR", "{name} failed ({status}): " + _LATER),
        # Exceptions of the transport
        httpx2.ConnectError: _retry(
            "UNREACHABLE", "{name} cannot be reached: check its URL and the network; " + _LATER
        ),
        httpx2.ConnectTimeout: _retry("UNREACHABLE", "{name} does not take the connection: check its URL; " + _LATER),
        httpx2.TimeoutException: _retry("TIMEOUT", "{name} did not answer in time: " + _LATER),
        httpx2.ProxyError: _retry("PROXY", "The proxy before {name} failed: check it; " + _LATER),
        httpx2.TransportError: _retry("CONNECTION_LOST", "The connection to {name} was lost: " + _LATER),
        httpx2.LocalProtocolError: _fail("BAD_CREDENTIALS", _UNSENDABLE),
        UnicodeEncodeError: _fail("BAD_CREDENTIALS", _UNSENDABLE),
        httpx2.UnsupportedProtocol: _fail("BAD_URL", "The URL of {name} is not http or https: mend it"),
        httpx2.InvalidURL: _fail("BAD_URL", "The URL of {name} cannot be read: mend it"),
        ssl.SSLError: _fail("TLS", "{name} shows a certificate that does not hold: check its URL and certificate"),
        # The hub's own guards
        "DEADLINE": _retry("DEADLINE", "{name} did not answer before our deadline: " + _LATER),
        "CIRCUIT_OPEN": _retry(
            "CIRCUIT_OPEN",
            "{name} failed several times in a row and is left alone for a while: " + _LATER,
            is_outage=False,
        ),
        # Conditions of the payload
        "TOO_LARGE": _fail("TOO_LARGE", "{name} sent more than {detail}: ask it to keep to the limit of a page"),
        "ENCODED": _fail("ENCODED", "{name} sent a compressed answer that was not asked for: switch this off"),
        "TOO_DEEP": _fail("TOO_DEEP", "{name} sent JSON that is nested too deeply: " + _OTHER_VERSION),
        "HTML": _retry("HTML", "{name} sent a web page instead of data: check its URL; " + _LATER),
        "GARBAGE": _retry("GARBAGE", "{name} sent what is not JSON: " + _LATER),
        "TRUNCATED": _retry("TRUNCATED", "The answer of {name} broke off: " + _LATER),
        "WRONG_SHAPE": _fail("WRONG_SHAPE", "The answer of {name} does not fit ({detail}): " + _OTHER_VERSION),
        "ENDLESS_FEED": _fail(
            "ENDLESS_FEED",
            "{name} says that more follows and its cursor does not move: report it to {name}",
        ),
        "WRONG_RESULTS": _retry(
            "WRONG_RESULTS",
            "{name} did not answer each request once ({detail}): nothing is taken as done; " + _LATER,
            is_outage=False,
        ),
        # Error codes of GraphQL answers and of error bodies
        "CURSOR_EXPIRED": Rule(
            Action.RESTART_FEED,
            "CURSOR_EXPIRED",
            "{name} no longer knows our place in its feed: the hub reads it from the beginning",
        ),
        "UNAUTHENTICATED": _fail("CREDENTIALS", "{name} refused our credentials: check the {credentials} of {name}"),
        "FORBIDDEN": _fail("FORBIDDEN", "{name} does not allow us this: ask it for access for the {credentials}"),
        "RATE_LIMITED": _retry("RATE_LIMITED", "{name} gets too many requests: " + _LATER, is_outage=False),
        "UNAVAILABLE": _retry("UNAVAILABLE", "{name} is not available: " + _LATER),
        "INTERNAL": _retry("SERVER_ERROR", "{name} failed: " + _LATER),
        "BAD_REQUEST": _fail("BAD_REQUEST", "{name} does not understand us: " + _OTHER_VERSION),
        "GRAPHQL_PARSE_FAILED": _fail("BAD_REQUEST", "{name} does not understand our query: " + _OTHER_VERSION),
        "GRAPHQL_VALIDATION_FAILED": _fail(
            "BAD_REQUEST", "{name} does not serve what our query asks: " + _OTHER_VERSION
        ),
        "BAD_USER_INPUT": Rule(Action.REJECT, "REFUSED", "{name} refuses the request: mend it and ask again"),
    }
)


class Failure(Exception):
    """One failed attempt: a row of the table and what was seen; it never leaves the connectors.

    `detail` holds no personal data; `retry_after` is in seconds.
    """

    def __init__(self, rule: Rule, *, detail: str = "", status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(f"{rule.kind} {detail}".rstrip())
        self.rule = rule
        self.detail = detail
        self.status = status
        self.retry_after = retry_after


class CredentialsRefused(Fatal):
    """The system answered 401: the connector may fetch a fresh token once."""


def of_condition(condition: str, detail: str = "", *, retry_after: float | None = None) -> Failure:
    """The failure for a condition of the payload or for an error code of the table."""
    return Failure(TABLE[condition], detail=detail, retry_after=retry_after)


def of_status(status: int, *, code: str = "", retry_after: float | None = None) -> Failure:
    """The failure for an HTTP status; `code` is what the body named, and an expired cursor wins."""
    rule = TABLE.get(status) or TABLE[f"{min(max(status // 100, 3), 5)}xx"]
    if code.upper() == "CURSOR_EXPIRED":
        rule = TABLE["CURSOR_EXPIRED"]
    return Failure(rule, detail=code, status=status, retry_after=retry_after)


def of_exception(error: Exception) -> Failure:
    """The failure for an exception of the transport; an unknown one is raised as it is."""
    cause = _tls_cause(error) or error
    for kind in type(cause).__mro__:
        if issubclass(kind, Exception) and kind in TABLE:
            return Failure(TABLE[kind], detail=type(cause).__name__)
    raise error


def source_error(system: System, failure: Failure) -> SourceError:
    """What the hub hears of a failure: the public message names the system and the way out."""
    rule = failure.rule
    message = rule.message.format(
        name=system.name,
        status=failure.status,
        credentials=system.credentials,
        detail=failure.detail,
    )
    detail = str(failure)
    match rule.action:
        case Action.RETRY:
            return Retriable(system.code, message, detail, failure.retry_after, reason=rule.kind)
        case Action.RESTART_FEED:
            return CursorExpired(system.code, message, detail, reason=rule.kind)
        case Action.REJECT:
            return RecordRejected(system.code, message, detail, reason=rule.kind)
        case Action.FAIL:
            kind = CredentialsRefused if rule.kind == "CREDENTIALS" else Fatal
            return kind(system.code, message, detail, reason=rule.kind)


def _tls_cause(error: BaseException) -> ssl.SSLError | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
