"""The table: every row ends in the right error, with a message that names the system and the way out."""

import ssl

import httpx2
import pytest

from connectors.errors import (
    TABLE,
    Action,
    CredentialsRefused,
    Failure,
    System,
    of_condition,
    of_exception,
    of_status,
    source_error,
)
from hub.domain.errors import CursorExpired, Fatal, RecordRejected, Retriable

KIS = System(code="KIS", name="KIS", credentials="client id and secret")


@pytest.mark.parametrize(
    ("status", "action", "kind"),
    [
        (301, Action.FAIL, "MOVED"),
        (307, Action.FAIL, "MOVED"),
        (400, Action.FAIL, "BAD_REQUEST"),
        (401, Action.FAIL, "CREDENTIALS"),
        (403, Action.FAIL, "FORBIDDEN"),
        (404, Action.FAIL, "NOT_FOUND"),
        (405, Action.FAIL, "BAD_REQUEST"),
        (408, Action.RETRY, "TIMEOUT"),
        (410, Action.RESTART_FEED, "CURSOR_EXPIRED"),
        (418, Action.FAIL, "BAD_REQUEST"),
        (422, Action.REJECT, "REFUSED"),
        (425, Action.RETRY, "TOO_EARLY"),
        (429, Action.RETRY, "RATE_LIMITED"),
        (500, Action.RETRY, "SERVER_ERROR"),
        (501, Action.FAIL, "NOT_IMPLEMENTED"),
        (502, Action.RETRY, "SERVER_ERROR"),
        (503, Action.RETRY, "UNAVAILABLE"),
        (504, Action.RETRY, "SERVER_ERROR"),
        (599, Action.RETRY, "SERVER_ERROR"),
        (600, Action.RETRY, "SERVER_ERROR"),
    ],
)
def test_a_status_has_one_row(status: int, action: Action, kind: str) -> None:
    rule = of_status(status).rule
    assert (rule.action, rule.kind) == (action, kind)


@pytest.mark.parametrize(
    ("error", "action", "kind"),
    [
        (httpx2.ConnectError(""), Action.RETRY, "UNREACHABLE"),
        (httpx2.ConnectTimeout(""), Action.RETRY, "UNREACHABLE"),
        (httpx2.ReadTimeout(""), Action.RETRY, "TIMEOUT"),
        (httpx2.WriteTimeout(""), Action.RETRY, "TIMEOUT"),
        (httpx2.PoolTimeout(""), Action.RETRY, "TIMEOUT"),
        (httpx2.ReadError(""), Action.RETRY, "CONNECTION_LOST"),
        (httpx2.WriteError(""), Action.RETRY, "CONNECTION_LOST"),
        (httpx2.CloseError(""), Action.RETRY, "CONNECTION_LOST"),
        (httpx2.RemoteProtocolError(""), Action.RETRY, "CONNECTION_LOST"),
        (httpx2.ProxyError(""), Action.RETRY, "PROXY"),
        (httpx2.LocalProtocolError(""), Action.FAIL, "BAD_CREDENTIALS"),
        (httpx2.UnsupportedProtocol(""), Action.FAIL, "BAD_URL"),
        (httpx2.InvalidURL(""), Action.FAIL, "BAD_URL"),
    ],
)
def test_an_exception_of_the_transport_has_one_row(error: Exception, action: Action, kind: str) -> None:
    rule = of_exception(error).rule
    assert (rule.action, rule.kind) == (action, kind)


def test_a_certificate_that_does_not_hold_is_fatal_although_it_looks_like_a_lost_connection():
    error = httpx2.ConnectError("")
    error.__cause__ = ssl.SSLCertVerificationError()
    assert of_exception(error).rule.kind == "TLS"


def test_an_exception_that_is_a_bug_is_not_mistaken_for_a_failing_system():
    with pytest.raises(ZeroDivisionError):
        of_exception(ZeroDivisionError())


def test_the_code_of_an_expired_cursor_wins_over_its_status():
    assert of_status(400, code="cursor_expired").rule.action is Action.RESTART_FEED


@pytest.mark.parametrize("key", list(TABLE), ids=str)
def test_each_message_names_the_system_and_a_way_out(key: int | str | type[Exception]) -> None:
    rule = TABLE[key]
    error = source_error(KIS, Failure(rule, status=499, detail="a.b"))
    assert "KIS" in error.message
    assert "{" not in error.message
    assert ":" in error.message
    assert error.source == "KIS"
    assert error.detail.startswith(rule.kind)


def test_refused_credentials_name_the_settings_to_check():
    error = source_error(KIS, of_status(401))
    assert type(error) is CredentialsRefused
    assert isinstance(error, Fatal)
    assert error.message == ("KIS refused our credentials (401): check the client id and secret of KIS")


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (of_status(503, retry_after=7.0), Retriable),
        (of_status(404), Fatal),
        (of_status(410), CursorExpired),
        (of_status(422, code="BAD_LIMIT"), RecordRejected),
        (of_condition("DEADLINE"), Retriable),
        (of_condition("TOO_DEEP"), Fatal),
    ],
)
def test_each_action_is_one_error_of_the_domain(failure: Failure, error: type[Exception]) -> None:
    assert type(source_error(KIS, failure)) is error


def test_retry_after_goes_to_the_caller():
    error = source_error(KIS, of_status(503, retry_after=7.0))
    assert isinstance(error, Retriable)
    assert error.retry_after == 7.0
