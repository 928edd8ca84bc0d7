"""The cursor that the hub keeps for a feed: it names its source, its phase and the system's own place."""

import base64
import binascii
from typing import Literal

import msgspec

from connectors.errors import System, of_condition, source_error


class FeedCursor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place in a feed: in a snapshot, or in the changes that follow it.

    `position` is the system's own cursor. `changes` is set in a snapshot only: where the feed of
    changes goes on after its last page.
    """

    source: str
    phase: Literal["SNAPSHOT", "CHANGES"]
    position: str
    changes: str | None = None
    version: Literal[1] = 1


def encode_cursor(cursor: FeedCursor) -> str:
    """The opaque text that the hub stores."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode("ascii")


def decode_cursor(system: System, text: str) -> FeedCursor:
    """Read the text back; CursorExpired when it is malformed or belongs to another system."""
    try:
        cursor = msgspec.json.decode(
            base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True), type=FeedCursor
        )
    except (binascii.Error, msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _unknown(system) from error
    if cursor.source != system.code or (cursor.phase == "SNAPSHOT" and cursor.changes is None):
        raise _unknown(system)
    return cursor


def _unknown(system: System) -> Exception:
    return source_error(system, of_condition("CURSOR_EXPIRED", "the hub's cursor is not of it"))
