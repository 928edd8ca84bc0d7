"""What other systems still have to be told. A message is put in the transaction of the change that it tells of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.store.database import Session
from hub.store.queries import query


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message. `destination` is a source code; `key` makes it the same message when it is put again."""

    destination: str
    kind: str
    subject_id: int
    key: str
    payload: dict[str, Any]
    regency_code: str


async def put(session: Session, messages: Sequence[NewMessage], now: datetime) -> None:
    """Put messages; each destination gets its own in this order."""
    await session.execute(
        query("outbox", "put_messages"),
        destinations=[m.destination for m in messages],
        kinds=[m.kind for m in messages],
        subject_ids=[m.subject_id for m in messages],
        keys=[m.key for m in messages],
        payloads=[m.payload for m in messages],
        regency_codes=[m.regency_code for m in messages],
        now=now,
    )
