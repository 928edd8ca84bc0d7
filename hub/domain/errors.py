"""What can go wrong, and who may see it.

HubError
|-- CallerError            the caller can mend it; the message is safe to show
|   |-- Unauthenticated
|   |-- Forbidden
|   |-- NotFound
|   |-- Conflict
|   |-- CursorTooOld
|   `-- Invalid
|-- SourceError            another system failed; `message` is public, `detail` stays in the log
|   |-- Retriable          try again later: deadline, 5xx, 429, connection lost
|   |-- Fatal              a person must act: wrong credentials, contract broken
|   |-- CursorExpired      the feed starts again from its beginning
|   |-- RecordRejected     one record is wrong, the rest goes on
|   `-- CoverageTooLow     fewer districts answered than the caller demands
|-- SetupError             the installation is at fault: settings, database, ports; for the operator
`-- InternalError          a bug; masked, logged once at the edge
"""

from typing import ClassVar


class HubError(Exception):
    """Base of all errors of the hub; `code` is stable and documented in docs/reference/errors.md."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CallerError(HubError):
    """The request is at fault; the message names the value and the way out; `points` say what else is wrong, one by one."""

    code = "BAD_REQUEST"
    points: tuple[str, ...] = ()


class Unauthenticated(CallerError):
    """No valid token came with the request."""

    code = "UNAUTHENTICATED"


class Forbidden(CallerError):
    """The token is valid and does not allow this."""

    code = "FORBIDDEN"


class NotFound(CallerError):
    """The thing does not exist, or not for this caller."""

    code = "NOT_FOUND"


class Conflict(CallerError):
    """The state of things, or an idempotency key, does not allow this now."""

    code = "CONFLICT"


class CursorTooOld(CallerError):
    """What followed a cursor of events was removed, for it is too old."""

    code = "CURSOR_TOO_OLD"


class Invalid(CallerError):
    """A value does not fit; `path` says which one, as GraphQL input path."""

    code = "INVALID"

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class SourceError(HubError):
    """A district or national system failed.

    `source` is its code, `message` is safe to show, `detail` is for the log and never holds personal data.
    `reason` is the word for what went wrong, such as TIMEOUT; docs/reference/errors.md lists them.
    """

    code = "SOURCE_UNAVAILABLE"

    def __init__(self, source: str, message: str, detail: str = "", *, reason: str = "") -> None:
        super().__init__(message)
        self.source = source
        self.detail = detail
        self.reason = reason


class Retriable(SourceError):
    """Trying again later may help; `retry_after` in seconds when the system said so."""

    code = "SOURCE_RETRIABLE"

    def __init__(
        self, source: str, message: str, detail: str = "", retry_after: float | None = None, *, reason: str = ""
    ) -> None:
        super().__init__(source, message, detail, reason=reason)
        self.retry_after = retry_after


class Fatal(SourceError):
    """Trying again cannot help until a person acts."""

    code = "SOURCE_FATAL"


class CursorExpired(SourceError):
    """The system no longer knows the cursor: start from the beginning."""

    code = "SOURCE_CURSOR_EXPIRED"


class RecordRejected(SourceError):
    """The system refuses one record."""

    code = "SOURCE_RECORD_REJECTED"


class CoverageTooLow(SourceError):
    """Fewer districts answered than the caller demands; `source` is the first that did not."""

    code = "COVERAGE_TOO_LOW"


class SetupError(HubError):
    """The installation is at fault; the message tells the operator what to do and never reaches a caller."""

    code = "SETUP"


class InternalError(HubError):
    """A bug; the text never reaches a caller."""

    code = "INTERNAL"
