"""Households that a district pushes by itself: the same path as the feed, safe to repeat by its key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from hub.domain.errors import Invalid
from hub.domain.records import HouseholdRecord, Reject
from hub.store import idempotency
from hub.store.batches import Batch, merge_batch, staged_rejects
from hub.store.database import Session

MAX_HOUSEHOLDS = 500
_OPERATION = "householdsSubmit"


class Submission(msgspec.Struct, frozen=True):
    """What became of a push, in households; `rejects` names every value that stayed out, at most 1,000."""

    batch_id: int
    received: int
    merged: int
    unchanged: int
    rejects: list[Reject]


@dataclass(frozen=True, slots=True)
class Sender:
    """The district system that pushes."""

    client_id: str
    regency_code: str


async def submit_households(
    session: Session, sender: Sender, *, key: str, records: Sequence[HouseholdRecord], now: datetime
) -> Submission:
    """Take households in; the same key with the same records gives the first answer again, with others a Conflict."""
    if not records or len(records) > MAX_HOUSEHOLDS:
        raise Invalid(f"send 1 to {MAX_HOUSEHOLDS} households at a time, not {len(records)}", ("households",))
    async with session.transaction() as transaction:
        claim = idempotency.Claim(sender.client_id, _OPERATION, key, _digest(records))
        earlier = await idempotency.claim(transaction, claim, now)
        if earlier is not None:
            return msgspec.convert(earlier, Submission)
        batch = Batch(sender.regency_code, sender.regency_code, "PUSH", records, [], now)
        result = await merge_batch(transaction, batch)
        rejects = await staged_rejects(transaction)
        submission = Submission(result.batch_id, result.received, result.merged, result.unchanged, rejects)
        await idempotency.keep(transaction, claim, submission)
    return submission


def _digest(records: Sequence[HouseholdRecord]) -> bytes:
    try:
        return sha256(msgspec.json.encode(records)).digest()
    except UnicodeEncodeError:  # half a character: the record is rejected later, by name
        return sha256(repr(records).encode("ascii", "backslashreplace")).digest()
