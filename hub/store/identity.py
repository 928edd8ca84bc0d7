"""Persons and roster lines as linkage compares them: their blocking keys, kept up to date, and who shares a key with whom."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from hub.domain.principal import RegionRange
from hub.matching.linkage.blocking import blocking_keys
from hub.matching.linkage.normalise import normalise
from hub.matching.linkage.record import IdentityRecord, Normalised
from hub.store.database import Row, Session
from hub.store.queries import query

KEYING_PAGE = 2_000
_BETWEEN = "\x1f"
"""Stands between keys, which are letters and digits."""
PER_KEY = 100
"""Of each key at most so many candidates: a key that more share says nothing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A present person of the registry, as compared."""

    person_id: int
    household_id: int
    regency_code: str
    record: Normalised


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a national roster, as compared. `unit` is PERSON or HOUSEHOLD, as its programme is given."""

    source_code: str
    source_record_id: str
    programme_code: str
    unit: str
    status: str
    record: Normalised

    @property
    def key(self) -> tuple[str, str]:
        """What names the line."""
        return (self.source_code, self.source_record_id)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Roster lines after a line, so many."""

    after: tuple[str, str]
    first: int


async def key_persons(session: Session, weights_version: str, told: Callable[[int], None]) -> None:
    """Bring the keys of all persons up to date; `told` hears how many each page had."""

    async def read(last: Row | None) -> Sequence[Row]:
        return await session.fetch(
            query("identity", "list_unkeyed_persons"),
            after_id=-1 if last is None else last["person_id"],
            first=KEYING_PAGE,
            weights_version=weights_version,
        )

    await _key_pages(read, partial(_keep_person_keys, session, weights_version), told)


async def key_members(session: Session, weights_version: str, household_ids: Sequence[int]) -> int:
    """Bring the keys of the present members of some households up to date; returns how many were new."""
    rows = await session.fetch(
        query("identity", "list_unkeyed_persons_of"),
        household_ids=list(household_ids),
        weights_version=weights_version,
    )
    if rows:
        await _keep_person_keys(session, weights_version, rows, _keys_of(rows))
    return len(rows)


async def key_entries(session: Session, weights_version: str, told: Callable[[int], None]) -> None:
    """Bring the keys of all roster lines up to date; `told` hears how many each page had."""

    async def read(last: Row | None) -> Sequence[Row]:
        return await session.fetch(
            query("identity", "list_unkeyed_entries"),
            after_source="" if last is None else last["source_code"],
            after_record="" if last is None else last["source_record_id"],
            first=KEYING_PAGE,
            weights_version=weights_version,
        )

    await _key_pages(read, partial(_keep_entry_keys, session, weights_version), told)


async def drop_gone(session: Session) -> None:
    """Persons who left are found no more."""
    await session.execute(query("identity", "drop_keys_of_gone"))


async def count_searched(session: Session) -> int:
    """About how many persons there are to be found."""
    count: int = await session.fetch_value(query("identity", "count_searched"))
    return count


async def find_persons(session: Session, record: Normalised, regions: RegionRange) -> tuple[list[Candidate], int]:
    """Present persons of these regions who share a blocking key with a record, and about how many are searched."""
    rows = await session.fetch(
        query("identity", "find_persons_by_keys"),
        keys=list(blocking_keys(record)),
        per_key=PER_KEY,
        region_from=regions.start,
        region_to=regions.end,
    )
    return [candidate_of(row) for row in rows], rows[0]["searched"] if rows else 0


async def find_entries(jobs: Session, record: Normalised, regions: RegionRange) -> list[Entry]:
    """Roster lines of these regions that share a blocking key with a record; lines without a region only for everywhere."""
    rows = await jobs.fetch(
        query("identity", "find_entries_by_keys"),
        keys=list(blocking_keys(record)),
        per_key=PER_KEY,
        region_from=regions.start,
        region_to=regions.end,
    )
    return [entry_of(row) for row in rows]


async def list_open_entries(session: Session, page: EntryPage) -> list[Entry]:
    """A page of roster lines that no number and nobody's decision has linked."""
    rows = await session.fetch(
        query("identity", "list_open_entries"),
        after_source=page.after[0],
        after_record=page.after[1],
        first=page.first,
    )
    return [entry_of(row) for row in rows]


async def list_open_entries_of(session: Session, household_ids: Sequence[int]) -> list[Entry]:
    """Such lines that share a key with members of some households."""
    rows = await session.fetch(
        query("identity", "list_open_entries_of"), household_ids=list(household_ids), per_key=PER_KEY
    )
    return [entry_of(row) for row in rows]


async def list_candidates(session: Session, entries: Sequence[Entry]) -> list[tuple[tuple[str, str], Candidate]]:
    """(Roster line, person who may be meant by it) for all lines, in one statement."""
    rows = await session.fetch(
        query("identity", "list_candidates"),
        source_codes=[entry.source_code for entry in entries],
        record_ids=[entry.source_record_id for entry in entries],
        programme_codes=[entry.programme_code for entry in entries],
        units=[entry.unit for entry in entries],
        per_key=PER_KEY,
    )
    persons: dict[int, Candidate] = {}
    found = []
    for row in rows:
        person_id = row["person_id"]
        if person_id not in persons:
            persons[person_id] = candidate_of(row)
        found.append(((row["source_code"], row["source_record_id"]), persons[person_id]))
    return found


def record_of(row: Row) -> IdentityRecord:
    """A row of a person or roster line as linkage takes it."""
    return IdentityRecord(
        name=row["name"],
        nik=row["nik"],
        sex=row["sex"],
        birth_date=row["birth_date"],
        region_code=row["region_code"],
        address=row.get("address"),
        kk_number=row["kk_number"],
    )


def candidate_of(row: Row) -> Candidate:
    """A row of a person as a candidate."""
    return Candidate(row["person_id"], row["household_id"], row["regency_code"], normalise(record_of(row)))


def entry_of(row: Row) -> Entry:
    """A row of a roster line."""
    return Entry(
        row["source_code"],
        row["source_record_id"],
        row["programme_code"],
        row["unit"],
        row["status"],
        normalise(record_of(row)),
    )


async def _key_pages(
    read: Callable[[Row | None], Awaitable[Sequence[Row]]],
    keep: Callable[[Sequence[Row], list[str]], Awaitable[None]],
    told: Callable[[int], None],
) -> None:
    """Page after page; the keys of one are made while those of the one before are written."""
    rows = await read(None)
    keys = _keys_of(rows)
    while rows:
        following = await read(rows[-1])
        _, made = await asyncio.gather(keep(rows, keys), asyncio.to_thread(_keys_of, following))
        told(len(rows))
        rows, keys = following, made


def _keys_of(rows: Sequence[Row]) -> list[str]:
    """The blocking keys of each row, as one text: a key as an element of an array takes the driver as long as making it."""
    return [_BETWEEN.join(blocking_keys(normalise(record_of(row)))) for row in rows]


async def _keep_person_keys(session: Session, weights_version: str, rows: Sequence[Row], keys: list[str]) -> None:
    person_ids = [row["person_id"] for row in rows]
    async with session.transaction() as transaction:
        await transaction.execute(query("identity", "drop_person_keys"), person_ids=person_ids)
        await transaction.execute(
            query("identity", "keep_person_keys"),
            person_ids=person_ids,
            regency_codes=[row["regency_code"] for row in rows],
            revisions=[row["source_revision"] for row in rows],
            keys=keys,
            weights_version=weights_version,
        )


async def _keep_entry_keys(session: Session, weights_version: str, rows: Sequence[Row], keys: list[str]) -> None:
    lines = {
        "source_codes": [row["source_code"] for row in rows],
        "record_ids": [row["source_record_id"] for row in rows],
    }
    async with session.transaction() as transaction:
        await transaction.execute(query("identity", "drop_roster_keys"), **lines)
        await transaction.execute(
            query("identity", "keep_roster_keys"),
            **lines,
            revisions=[row["source_revision"] for row in rows],
            keys=keys,
            weights_version=weights_version,
        )
