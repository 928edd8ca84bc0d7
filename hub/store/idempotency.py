"""One answer for one key: a write that is sent again gets the first answer, in the same transaction as its effect."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from hub.domain.errors import Conflict, Invalid
from hub.store.database import Row, Session
from hub.store.queries import query

_KEY_MAX = 200


@dataclass(frozen=True, slots=True)
class Claim:
    """A client's key for one operation, with the digest of what was asked."""

    client_id: str
    operation: str
    key: str
    digest: bytes


async def claim(session: Session, claimed: Claim, now: datetime) -> Any | None:
    """None: the key is new and now held, waiting for `keep`. Else the answer that was given before.

    A twin in flight is waited for. Raises Conflict when the key was used for something else.
    """
    if not claimed.key.isprintable() or not 1 <= len(claimed.key) <= _KEY_MAX:
        raise Invalid(f"an idempotency key has 1 to {_KEY_MAX} printable characters", ("idempotencyKey",))
    values = {"client_id": claimed.client_id, "operation": claimed.operation, "key": claimed.key}
    fresh = await session.fetch_value(
        query("idempotency", "claim_key"), **values, request_digest=claimed.digest, now=now
    )
    if fresh:
        return None
    return _same(claimed, await session.fetch_row(query("idempotency", "find_key"), **values))


async def find_earlier(session: Session, claimed: Claim) -> Any | None:
    """The answer that was given for this key, None when it is new; Conflict as `claim`. Nothing is held."""
    row = await session.fetch_row(
        query("idempotency", "find_key"), client_id=claimed.client_id, operation=claimed.operation, key=claimed.key
    )
    return None if row is None else _same(claimed, row)


async def keep(session: Session, claimed: Claim, response: object) -> None:
    """Remember the answer."""
    await session.execute(
        query("idempotency", "keep_response"),
        client_id=claimed.client_id,
        operation=claimed.operation,
        key=claimed.key,
        response=msgspec.to_builtins(response),
    )


def _same(claimed: Claim, row: Row | None) -> Any:
    if row is None or row["request_digest"] != claimed.digest:
        raise Conflict(
            f"the idempotency key {claimed.key!r} was used for another {claimed.operation}: "
            "repeat the first request unchanged, or choose a new key"
        )
    return row["response"]
