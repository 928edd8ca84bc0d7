"""Sources and their cursors: where each feed goes on, and what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.domain.errors import Conflict, Fatal, SourceError
from hub.domain.records import PoolRecord
from hub.store.database import Session
from hub.store.queries import query

_INT_32, _INT_64 = 2**31, 2**63


@dataclass(frozen=True, slots=True)
class CursorMove:
    """A step of a feed: from the cursor that was expected to the next; `is_drained` when nothing more is there."""

    source_code: str
    expected: str | None
    cursor: str
    is_drained: bool


async def find_cursor(session: Session, source_code: str) -> str | None:
    """Where the feed goes on; None at its beginning."""
    cursor: str | None = await session.fetch_value(query("source", "find_cursor"), source_code=source_code)
    return cursor


async def list_drained_at(session: Session, source_codes: Sequence[str]) -> dict[str, datetime | None]:
    """When the feed of each source was last read to its end; a source that is not known, or not the caller's, is absent."""
    rows = await session.fetch(query("source", "list_drained_at"), source_codes=list(source_codes))
    return {row["source_code"]: row["drained_at"] for row in rows}


async def list_profiles_read_at(session: Session, source_codes: Sequence[str]) -> dict[str, datetime | None]:
    """The same of what villages and districts report of themselves."""
    rows = await session.fetch(query("source", "list_profiles_read_at"), source_codes=list(source_codes))
    return {row["source_code"]: row["profiles_read_at"] for row in rows}


async def move_cursor(session: Session, move: CursorMove, now: datetime) -> None:
    """Move the cursor in the transaction of its records; Conflict when another sync moved it meanwhile."""
    moved = await session.fetch_value(
        query("ingest", "move_cursor"),
        source_code=move.source_code,
        expected_cursor=move.expected,
        cursor=move.cursor,
        is_drained=move.is_drained,
        fetched_at=now,
    )
    if moved is None:
        raise Conflict(f"another sync of {move.source_code} moved on meanwhile: let it finish, then sync again")


async def forget_cursor(session: Session, source_code: str) -> None:
    """Begin the feed anew."""
    await session.execute(query("ingest", "forget_cursor"), source_code=source_code)


async def note_failure(session: Session, error: SourceError, now: datetime) -> None:
    """Remember why the source could not be read."""
    await session.execute(
        query("ingest", "note_failure"),
        source_code=error.source,
        failed_at=now,
        failure_code=error.code,
        failure_message=error.message,
    )


async def merge_pools(session: Session, source_code: str, pools: Sequence[PoolRecord], now: datetime) -> int:
    """Take the reported pools in and let the slots follow; returns how many pools changed. A pool of a programme or region that
    nobody knows goes into quarantine.

    Fatal when a pool's numbers or texts cannot be: half of the pools would mislead, so none of them is taken.
    """
    for pool in pools:
        _check_pool(source_code, pool)
    async with session.transaction() as transaction:
        rows = await transaction.fetch(
            query("pool", "merge_pools"),
            source_code=source_code,
            programme_codes=[pool.programme_code for pool in pools],
            region_codes=[pool.region_code for pool in pools],
            periods=[pool.period for pool in pools],
            totals=[pool.total for pool in pools],
            revisions=[pool.revision for pool in pools],
            observed_ats=[pool.observed_at for pool in pools],
            fetched_at=now,
        )
        await _reject_unknown(transaction, source_code, pools, now)
        await transaction.fetch(query("pool", "lock_pools"), source_code=source_code)
        await transaction.execute(query("pool", "add_slots"), source_code=source_code)
        await transaction.execute(query("pool", "remove_slots"), source_code=source_code)
    return len(rows)


async def _reject_unknown(session: Session, source_code: str, pools: Sequence[PoolRecord], now: datetime) -> None:
    rows = await session.fetch(
        query("pool", "find_unknown_pools"),
        programme_codes=[pool.programme_code for pool in pools],
        region_codes=[pool.region_code for pool in pools],
        periods=[pool.period for pool in pools],
    )
    await session.execute(query("pool", "clear_pool_rejects"), source_code=source_code)
    if rows:
        await session.execute(
            query("pool", "reject_pools"),
            source_code=source_code,
            received=len(pools),
            record_ids=[row["source_record_id"] for row in rows],
            fields=[row["field"] for row in rows],
            codes=[row["code"] for row in rows],
            values=[row["value"] for row in rows],
            rejected_at=now,
        )


def _check_pool(source_code: str, pool: PoolRecord) -> None:
    texts = {"programme": pool.programme_code, "region": pool.region_code or "", "period": pool.period}
    wrong = [f"{name} {text!r}" for name, text in texts.items() if not text.isprintable()]
    if not 0 <= pool.total < _INT_32:
        wrong.append(f"total {pool.total}")
    if not 0 <= pool.revision < _INT_64:
        wrong.append(f"revision {pool.revision}")
    if wrong:
        raise Fatal(source_code, f"{source_code} reports a pool that cannot be: {', '.join(wrong)}")


async def list_own_matches(session: Session, source_code: str, match_ids: Sequence[int]) -> set[int]:
    """Those of the matches whose household the source reported."""
    rows = await session.fetch(query("match", "list_own_matches"), match_ids=list(match_ids), source_code=source_code)
    return {row["match_id"] for row in rows}
