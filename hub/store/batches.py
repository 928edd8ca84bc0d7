"""Takes a batch of records in: COPY into staging, validation and merge in sets, one transaction with the cursor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import asyncpg
import msgspec

from hub.domain.case_updates import RESOLUTION_CLASSES
from hub.domain.cases import CASE_CATEGORIES, CASE_STATUSES, CASE_TYPES
from hub.domain.records import (
    CaseFileRecord,
    CaseUpdateRecord,
    HouseholdRecord,
    MatchOutcomeRecord,
    Record,
    ReferralUpdateRecord,
    Reject,
    RosterRecord,
    VillageServiceRecord,
)
from hub.domain.villages import SERVICE_STATUSES, SERVICE_TYPES
from hub.store import clocks, staging
from hub.store.alias import follow_moves
from hub.store.database import Session
from hub.store.queries import query

_STAGES = ("household", "person", "case_file", "case_assignment", "village_service", "roster", "elsewhere", "reject")
_UNFIT = (asyncpg.DataError, asyncpg.CheckViolationError, OverflowError, UnicodeEncodeError)
_KIND_OF: dict[type, str] = {
    HouseholdRecord: "HOUSEHOLD",
    CaseFileRecord: "CASE_FILE",
    CaseUpdateRecord: "CASE_UPDATE",
    VillageServiceRecord: "VILLAGE_SERVICE",
    RosterRecord: "ROSTER",
    MatchOutcomeRecord: "MATCH_OUTCOME",
    ReferralUpdateRecord: "REFERRAL_UPDATE",
}
_NOT_STAGED = MatchOutcomeRecord | CaseUpdateRecord | ReferralUpdateRecord
_INT_32, _INT_64 = 2**31, 2**63


@dataclass(frozen=True, slots=True)
class Batch:
    """What one source sent. `regency_code` is the district's own; None for a national system."""

    source_code: str
    regency_code: str | None
    channel: str
    records: Sequence[Record]
    rejects: Sequence[Reject]
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch, in records; `rejects` by code, in single findings."""

    batch_id: int
    received: int
    merged: int
    unchanged: int
    rejects: dict[str, int]


async def merge_batch(session: Session, batch: Batch, cursor: str | None = None) -> BatchResult:
    """Stage, validate and merge; run it inside the transaction that also moves the cursor.

    Invalid records and values go to quarantine, the rest goes in; older or equal revisions change nothing.
    """
    if any(isinstance(record, _NOT_STAGED) and not is_storable(record) for record in batch.records):
        batch = _without_unfit(batch)
    await _stage(session, batch)
    if batch.regency_code is not None:
        await follow_moves(session, batch.source_code)
    merged = 0
    if batch.regency_code is not None:
        merged += await _merge_households(session, batch, batch.regency_code)
        merged += await _merge_cases(session, batch, batch.regency_code)
    if any(isinstance(record, RosterRecord) for record in batch.records):
        await session.execute(query("stage", "find_roster_rejects"))
        merged += await session.fetch_value(
            query("ingest", "merge_roster"), source_code=batch.source_code, fetched_at=batch.fetched_at
        )
    return await _close(session, batch, cursor, merged)


def is_storable(record: Record) -> bool:
    """Whether PostgreSQL can hold it: no NUL character, no half of one, no number or time beyond its range."""
    if not -_INT_64 <= record.revision < _INT_64:
        return False
    if isinstance(record, HouseholdRecord) and not -_INT_32 <= (record.decile or 0) < _INT_32:
        return False
    if isinstance(record, CaseFileRecord | CaseUpdateRecord) and not all(map(_is_count, _counts(record))):
        return False
    if isinstance(record, RosterRecord) and not 0 <= (record.amount or 0) < _INT_64:
        return False
    try:
        return not any(map(_is_unfit, _values_of(msgspec.to_builtins(record, builtin_types=(datetime, date)))))
    except (OverflowError, UnicodeEncodeError):
        return False


async def staged_rejects(session: Session) -> list[Reject]:
    """The findings of the batch that was merged in this transaction, at most 1,000."""
    rows = await session.fetch(query("stage", "list_staged_rejects"))
    return [Reject(**dict(row)) for row in rows]


async def _stage(session: Session, batch: Batch) -> None:
    for stage in _STAGES:
        await session.execute(query("stage", f"create_stage_{stage}"))
    try:
        async with session.transaction() as savepoint:
            await _copy(savepoint, batch)
    except _UNFIT:
        fit = _without_unfit(batch)
        if len(fit.records) == len(batch.records):
            raise
        await _copy(session, fit)


async def _copy(session: Session, batch: Batch) -> None:
    code = batch.source_code
    households = [r for r in batch.records if isinstance(r, HouseholdRecord)]
    if households:
        await session.copy("stage_household", staging.HOUSEHOLD_COLUMNS, staging.household_rows(code, households))
        await session.copy("stage_person", staging.PERSON_COLUMNS, staging.person_rows(code, households))
        await session.execute(query("stage", "sample_less"))
        await session.execute(query("stage", "analyze_stage_household"))
        await session.execute(query("stage", "analyze_stage_person"))
    case_files = [r for r in batch.records if isinstance(r, CaseFileRecord)]
    if case_files:
        await session.copy("stage_case_file", staging.CASE_FILE_COLUMNS, staging.case_file_rows(code, case_files))
    services = [r for r in batch.records if isinstance(r, VillageServiceRecord)]
    if services:
        rows = staging.service_rows(code, services)
        await session.copy("stage_village_service", staging.VILLAGE_SERVICE_COLUMNS, rows)
    rosters = [r for r in batch.records if isinstance(r, RosterRecord)]
    if rosters:
        await session.copy("stage_roster", staging.ROSTER_COLUMNS, staging.roster_rows(rosters))
        await session.execute(query("stage", "analyze_stage_roster"))
    if batch.rejects:
        await session.copy("stage_reject", staging.REJECT_COLUMNS, [staging.reject_row(r) for r in batch.rejects])


def _without_unfit(batch: Batch) -> Batch:
    """The batch without the records that PostgreSQL cannot hold; they are rejected by name."""
    fit = [record for record in batch.records if is_storable(record)]
    unfit = [record for record in batch.records if not is_storable(record)]
    rejects = [
        Reject(
            record_kind=_KIND_OF[type(record)],
            source_record_id=record.source_record_id,
            field="",
            code="NOT_STORABLE",
            value="",
        )
        for record in unfit
    ]
    return replace(batch, records=fit, rejects=[*batch.rejects, *rejects])


def _counts(record: CaseFileRecord | CaseUpdateRecord) -> tuple[int | None, ...]:
    if isinstance(record, CaseFileRecord):
        return record.description_version, record.subject_version, record.status_version
    return record.version, record.update.base_version


def _is_count(count: int | None) -> bool:
    return 0 < (1 if count is None else count) < _INT_32


def _values_of(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        for part in value:
            yield from _values_of(part)
    else:
        yield value


def _is_unfit(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value or (not value.isascii() and value.encode(errors="replace").decode() != value)
    if isinstance(value, datetime):
        value.astimezone(UTC)
    return False


async def _merge_households(session: Session, batch: Batch, regency_code: str) -> int:
    stamp = {"source_code": batch.source_code, "regency_code": regency_code}
    await session.execute(query("stage", "find_household_rejects"), **stamp)
    await session.execute(query("stage", "keep_newest_households"))
    counts = await session.fetch_row(query("stage", "count_kept_households"))
    if counts is None or not counts["kept"]:
        return 0
    await session.execute(query("stage", "drop_repeated_persons"))
    await session.execute(query("stage", "find_person_rejects"))
    full = {**stamp, "fetched_at": batch.fetched_at}
    if counts["known"]:
        await session.execute(query("ingest", "keep_replaced_kk"))
    await session.execute(query("ingest", "merge_households"), **full)
    await session.execute(query("ingest", "keep_former_kk"), regency_code=regency_code)
    moved = await session.fetch_value(query("stage", "find_persons_elsewhere"), source_code=batch.source_code)
    if moved:
        await session.execute(query("stage", "find_person_collisions"), source_code=batch.source_code)
        await session.execute(query("ingest", "move_persons"))
    await session.execute(query("ingest", "merge_persons"), **full)
    if counts["known"]:
        await session.execute(query("ingest", "mark_persons_left"), fetched_at=batch.fetched_at)
    if counts["known"] or moved:
        await session.execute(query("ingest", "drop_reported_enrolments"), source_code=batch.source_code)
    await session.execute(query("ingest", "merge_reported_enrolments"), **full)
    kept: int = counts["kept"]
    return kept


async def _merge_cases(session: Session, batch: Batch, regency_code: str) -> int:
    merged = 0
    stamp = {"source_code": batch.source_code, "regency_code": regency_code, "fetched_at": batch.fetched_at}
    if any(isinstance(record, CaseFileRecord) for record in batch.records):
        await session.execute(
            query("stage", "find_case_file_rejects"),
            regency_code=regency_code,
            types=CASE_TYPES,
            categories=CASE_CATEGORIES,
            statuses=CASE_STATUSES,
            classes=RESOLUTION_CLASSES,
        )
        owner = {"source_code": batch.source_code, "regency_code": regency_code}
        await session.execute(query("ingest", "adopt_case_files"), **owner)
        merged += await session.fetch_value(query("ingest", "merge_case_files"), **stamp)
        if any(isinstance(record, CaseFileRecord) and record.assignments is not None for record in batch.records):
            await _merge_assignments(session, batch.fetched_at)
        await clocks.follow_feed(session, batch.fetched_at)
    if any(isinstance(record, VillageServiceRecord) for record in batch.records):
        await session.execute(
            query("stage", "find_village_service_rejects"),
            regency_code=regency_code,
            types=SERVICE_TYPES,
            statuses=SERVICE_STATUSES,
        )
        merged += await session.fetch_value(query("ingest", "merge_village_services"), **stamp)
    return merged


async def _merge_assignments(session: Session, fetched_at: datetime) -> None:
    await session.execute(query("ingest", "stage_assignments"))
    await session.execute(query("ingest", "withdraw_assignments"), fetched_at=fetched_at)
    for is_lead in (False, True):
        await session.execute(query("ingest", "take_assignments_over"), is_lead=is_lead)
    await session.execute(query("ingest", "add_assignments"))


async def _close(session: Session, batch: Batch, cursor: str | None, merged: int) -> BatchResult:
    await session.execute(query("stage", "drop_overtaken_rejects"))
    counts = await session.fetch_row(query("stage", "count_staged_rejects"))
    refused = counts["records"] if counts else 0
    outcomes = [record.source_record_id for record in batch.records if isinstance(record, MatchOutcomeRecord)]
    updates = [record.source_record_id for record in batch.records if isinstance(record, CaseUpdateRecord)]
    moves = sum(isinstance(record, ReferralUpdateRecord) for record in batch.records)
    received = len(batch.records) + sum(reject.severity == "RECORD" for reject in batch.rejects)
    unchanged = max(0, received - merged - refused - len(outcomes) - len(updates) - moves)
    batch_id = await session.fetch_value(
        query("ingest", "add_batch"),
        source_code=batch.source_code,
        channel=batch.channel,
        cursor_after=cursor,
        received=received,
        merged=merged,
        unchanged=unchanged,
        rejected=refused,
        fetched_at=batch.fetched_at,
    )
    await session.execute(
        query("ingest", "clear_mended_rejects"),
        source_code=batch.source_code,
        outcome_record_ids=outcomes,
        update_keys=updates,
    )
    rejects: dict[str, int] = {}
    if counts and counts["findings"]:
        rows = await session.fetch(
            query("ingest", "merge_rejects"),
            source_code=batch.source_code,
            batch_id=batch_id,
            fetched_at=batch.fetched_at,
        )
        rejects = {row["code"]: row["count"] for row in rows}
    return BatchResult(batch_id, received, merged, unchanged, rejects)
