"""The directory of districts: who takes part, where, how, and what checks and calls found. Every change is journalled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from hub.domain.directory import (
    DirectoryPage,
    DistrictAccess,
    DistrictEntry,
    DistrictTerms,
    Finding,
    Inspection,
)
from hub.domain.district import DistrictCapability, DistrictStatus
from hub.store.database import Row, Session
from hub.store.queries import query
from hub.store.rows import grouped, read

CHANNEL = "district_directory"
"""What is notified when the directory changes."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes the directory, when and why, for its journal."""

    actor: str
    reason: str
    now: datetime


@dataclass(frozen=True, slots=True)
class DistrictEvent:
    """A line of the journal."""

    regency_code: str
    action: str
    happened_at: datetime
    actor: str
    reason: str


async def find_revision(session: Session) -> int:
    """Which state of the directory this is; it only grows."""
    revision: int = await session.fetch_value(query("directory", "find_revision"))
    return revision


async def read_directory(session: Session, now: datetime) -> DirectoryPage:
    """All districts as they stand at that moment."""
    rows = await session.fetch(query("directory", "list_entries"), now=now)
    revision = rows[0]["revision"] if rows else await find_revision(session)
    return DirectoryPage(revision, now, tuple(_entry(row) for row in rows))


async def lock_entry(session: Session, regency_code: str, now: datetime) -> DistrictEntry | None:
    """One district, held until the transaction ends; None: it does not take part, or is not the caller's to change."""
    row = await session.fetch_row(query("directory", "lock_entry"), regency_code=regency_code, now=now)
    return None if row is None else _entry(row)


async def put_entry(
    session: Session, access: DistrictAccess, found: Inspection, terms: DistrictTerms, change: Change
) -> bool:
    """A district joins, or is reached and treated otherwise from now on; False: there is no such regency."""
    source = await session.fetch_value(query("directory", "put_source"), regency_code=access.regency_code)
    if source is None:
        return False
    is_new = await session.fetch_value(
        query("directory", "put_entry"),
        regency_code=access.regency_code,
        endpoint=access.endpoint,
        credential=access.credential,
        contract_version=found.contract_version,
        capabilities=sorted(found.capabilities),
        page_size=terms.page_size,
        concurrency=terms.concurrency,
        freshness_target=terms.freshness_target,
        offline_after=terms.offline_after,
        now=change.now,
    )
    await _journal(session, access.regency_code, "JOINED" if is_new else "CHANGED", change)
    await _put_check(session, access.regency_code, found, change.now)
    return True


async def suspend(session: Session, regency_code: str, change: Change) -> bool:
    """The hub leaves it alone from now on; False: it did already."""
    return await _change(session, "suspend", regency_code, "SUSPENDED", change)


async def resume(session: Session, regency_code: str, change: Change) -> bool:
    """The hub asks it again; False: it was not suspended."""
    return await _change(session, "resume", regency_code, "RESUMED", change)


async def remove(session: Session, regency_code: str, change: Change) -> None:
    """It leaves; what was read of it stays, with its as-of time."""
    await session.execute(query("directory", "remove_entry"), regency_code=regency_code)
    await _journal(session, regency_code, "LEFT", change)


async def note_check(session: Session, regency_code: str, found: Inspection, change: Change) -> None:
    """Take a check in: findings degrade the district, a full check without any mends it.

    A check of the schema alone says nothing of what a full check found, and leaves it. A system that could not be asked is
    not degraded by that: its calls fail. A district that left meanwhile is not there to note anything of.
    """
    async with session.transaction() as transaction:
        entry = await lock_entry(transaction, regency_code, change.now)
        if entry is None:
            return
        if not found.has_answered:
            await note_failing(transaction, regency_code, change.now)
            return
        await note_answering(transaction, regency_code, change.now)
        await _note_abilities(transaction, regency_code, found)
        if entry.has_drifted and found.extent == "CONTRACT" and not found.findings:
            return
        await _put_check(transaction, regency_code, found, change.now)
        if found.findings:
            await _change(transaction, "degrade", regency_code, "DEGRADED", _because(change, found.findings))
        else:
            await _change(transaction, "mend", regency_code, "MENDED", change)


async def _note_abilities(session: Session, regency_code: str, found: Inspection) -> None:
    if found.contract_version is None or found.findings:
        return  # what a system says of itself that does not keep the contract changes nothing
    await session.execute(
        query("directory", "note_abilities"),
        regency_code=regency_code,
        contract_version=found.contract_version,
        capabilities=sorted(found.capabilities),
    )


async def note_failing(session: Session, regency_code: str, since: datetime) -> None:
    """Calls to the district fail since then; an earlier moment that is known stays."""
    await session.execute(query("directory", "note_failing"), regency_code=regency_code, since=since)


async def note_answering(session: Session, regency_code: str, now: datetime) -> None:
    """The district answers."""
    await session.execute(query("directory", "note_answering"), regency_code=regency_code, now=now)


async def list_events(session: Session, codes: Sequence[str], first: int) -> list[list[DistrictEvent]]:
    """The newest lines of the journal of each regency, the newest first."""
    rows = await session.fetch(query("directory", "list_events"), codes=list(codes), first=first)
    return grouped(codes, ((event.regency_code, event) for event in read(DistrictEvent, rows)))


async def _change(session: Session, statement: str, regency_code: str, action: str, change: Change) -> bool:
    changed = await session.fetch_value(query("directory", statement), regency_code=regency_code, now=change.now)
    if changed is None:
        return False
    await _journal(session, regency_code, action, change)
    return True


async def _journal(session: Session, regency_code: str, action: str, change: Change) -> None:
    await session.execute(
        query("directory", "add_event"),
        regency_code=regency_code,
        action=action,
        now=change.now,
        actor=change.actor,
        reason=change.reason,
    )


async def _put_check(session: Session, regency_code: str, found: Inspection, now: datetime) -> None:
    await session.execute(
        query("directory", "put_check"),
        regency_code=regency_code,
        now=now,
        extent=found.extent,
        findings=msgspec.to_builtins(found.findings),
    )


_REASON_FINDINGS = 5


def _because(change: Change, findings: Sequence[Finding]) -> Change:
    """The change with what was found as its reason."""
    named = "; ".join(finding.line for finding in findings[:_REASON_FINDINGS])
    more = len(findings) - _REASON_FINDINGS
    return Change(change.actor, f"{named}; and {more} more" if more > 0 else named, change.now)


def _entry(row: Row) -> DistrictEntry:
    return DistrictEntry(
        regency_code=row["regency_code"],
        endpoint=row["endpoint"],
        credential=row["credential"],
        capabilities=frozenset(map(DistrictCapability, row["capabilities"])),
        contract_version=row["contract_version"],
        status=DistrictStatus(row["status"]),
        is_failing=row["is_failing"],
        has_drifted=row["has_drifted"],
        terms=DistrictTerms(
            page_size=row["page_size"],
            concurrency=row["concurrency"],
            freshness_target=row["freshness_target"],
            offline_after=row["offline_after"],
        ),
    )
