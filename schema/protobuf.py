"""Fields of Protocol Buffers messages, written: as much of the wire format as a trace needs."""

from datetime import datetime

_VARINT, _BYTES = 0, 2


def number(field: int, value: int) -> bytes:
    """A field of an unsigned integer or boolean; 0 is left out, as it is the default."""
    return _varint(field << 3 | _VARINT) + _varint(value) if value else b""


def message(field: int, value: bytes) -> bytes:
    """A field of bytes, or of a message that has been written."""
    return _varint(field << 3 | _BYTES) + _varint(len(value)) + value


def text(field: int, value: str) -> bytes:
    """A field of text."""
    return message(field, value.encode())


def timestamp(field: int, value: datetime) -> bytes:
    """A field of google.protobuf.Timestamp: seconds and nanoseconds since 1970."""
    seconds = int(value.timestamp())
    return message(field, number(1, seconds) + number(2, value.microsecond * 1_000))


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
