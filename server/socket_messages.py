"""The messages of graphql-transport-ws, and the codes with which a socket is closed.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from enum import IntEnum

import msgspec

SUBPROTOCOL = "graphql-transport-ws"
ACKNOWLEDGED = '{"type":"connection_ack"}'
PONG = '{"type":"pong"}'
_REASON_BYTES = 123
_ID_MAX = 200


class Code(IntEnum):
    """Why a socket is closed."""

    TRY_AGAIN_LATER = 1013
    """Too many sockets, of this client or of all; or the issuer's keys cannot be had now."""
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    """Something was asked before the connection was acknowledged."""
    FORBIDDEN = 4403
    """The token does not hold, or holds no longer: connect again with a new one."""
    NO_SUBPROTOCOL = 4406
    TOO_LATE = 4408
    """The connection was not initialised in time."""
    DUPLICATE_ID = 4409
    INITIALISED_TWICE = 4429
    FAILED = 4500


class Closing(Exception):
    """The socket is to be closed."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason.encode()[:_REASON_BYTES].decode(errors="ignore")


class Message(msgspec.Struct):
    """What a client sends."""

    type: str
    id: str | None = None
    payload: msgspec.Raw = msgspec.Raw(b"{}")


class ConnectionInit(msgspec.Struct):
    """The payload of the first message: the token, as in the header of a request."""

    authorization: str | None = None


class _Errors(msgspec.Struct):
    errors: msgspec.Raw


_message = msgspec.json.Decoder(Message)
_init = msgspec.json.Decoder(ConnectionInit)
_errors = msgspec.json.Decoder(_Errors)


def read_message(text: str | None) -> Message:
    """What the client said; raises Closing."""
    if text is None:
        raise Closing(Code.BAD_MESSAGE, "messages are text")
    try:
        message = _message.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        raise Closing(
            Code.BAD_MESSAGE, "a message is a JSON object with type, and id and payload where they belong"
        ) from None
    if message.id is not None and not 0 < len(message.id) <= _ID_MAX:
        raise Closing(Code.BAD_MESSAGE, f"an id has 1 to {_ID_MAX} characters")
    return message


def read_init(message: Message) -> ConnectionInit:
    """The payload of connection_init; raises Closing."""
    try:
        return _init.decode(message.payload)
    except msgspec.ValidationError:
        raise Closing(
            Code.FORBIDDEN, 'send the token as {"authorization": "Bearer TOKEN"} in connection_init'
        ) from None


def told(id_: str, body: bytes) -> str:
    """One answer."""
    return msgspec.json.encode({"id": id_, "type": "next", "payload": msgspec.Raw(body)}).decode()


def failed(id_: str, body: bytes) -> str:
    """What ends an operation: the errors of an answer."""
    return msgspec.json.encode({"id": id_, "type": "error", "payload": _errors.decode(body).errors}).decode()


def completed(id_: str) -> str:
    """An operation has ended."""
    return msgspec.json.encode({"id": id_, "type": "complete"}).decode()
