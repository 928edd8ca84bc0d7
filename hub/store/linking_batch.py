"""All unlinked roster lines at once: rows go out to DuckDB as Arrow, Splink compares them, and the pairs come back."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from hub.matching.linkage import LinkOutcome, Weights, score
from hub.matching.pairs import Pair, evidence_of
from hub.store.database import Row, Session
from hub.store.identity import Candidate, Entry, candidate_of, entry_of
from hub.store.queries import Query, query

Progress = Callable[[str, int], None]
"""Called with the name of the step and how many were done."""

_STREAM_PAGE = 10_000
_PAIRS_PAGE = 2_000
_BETWEEN = "\x1f"
_COLUMNS = {
    "record_id": pa.string(),
    "nik": pa.string(),
    "kk_number": pa.string(),
    "name": pa.string(),
    "sex": pa.string(),
    "birth_date": pa.date32(),
    "region_code": pa.string(),
    "address": pa.string(),
}

_Found = tuple[tuple[str, str], int, LinkOutcome]
"""Roster line, person, and what the batch makes of the pair."""


async def weigh_batch(session: Session, weights: Weights, progress: Progress) -> list[Pair]:
    """The LINKED and REVIEW pairs of all unlinked roster lines, one to one within each programme; `weights` know how many persons
    are searched.
    """
    pairs: list[Pair] = []
    for row in await session.fetch(query("identity", "list_roster_programmes")):
        code = row["programme_code"]
        left = await _table(session, query("identity", "stream_open_entries"), code, _entry_id)
        right = await _table(session, query("identity", "stream_free_persons"), code, _person_id)
        if left.num_rows and right.num_rows:
            found = await asyncio.to_thread(_link, left, right, weights)
            for start in range(0, len(found), _PAIRS_PAGE):
                pairs += await _pairs(session, found[start : start + _PAIRS_PAGE], weights)
        progress("Roster lines weighed", left.num_rows)
    return _one_to_one(pairs)


def _link(left: pa.Table, right: pa.Table, weights: Weights) -> list[_Found]:
    """Splink's own work; blocks, so it runs in a thread."""
    from hub.matching.linkage.batch import link_batch  # here: Splink takes a second to load, and few commands need it

    table = link_batch(left, right, weights).pairs
    columns = (table.column(name).to_pylist() for name in ("left_id", "right_id", "outcome"))
    return [(_split(one), int(other), LinkOutcome(outcome)) for one, other, outcome in zip(*columns, strict=True)]


async def _table(session: Session, statement: Query, programme_code: str, id_of: Callable[[Row], str]) -> pa.Table:
    schema = pa.schema(list(_COLUMNS.items()))
    parts = []
    async for rows in session.pages(statement, _STREAM_PAGE, programme_code=programme_code):
        columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in _COLUMNS}
        columns["record_id"] = [id_of(row) for row in rows]
        parts.append(pa.table(columns, schema=schema))
    return pa.concat_tables(parts) if parts else schema.empty_table()


async def _pairs(session: Session, found: Sequence[_Found], weights: Weights) -> list[Pair]:
    """The same weighed by the scorer, whose evidence people see; what somebody decided is left out."""
    keys = {
        "source_codes": [key[0] for key, _, _ in found],
        "record_ids": [key[1] for key, _, _ in found],
    }
    entries = {
        entry.key: entry for entry in map(entry_of, await session.fetch(query("identity", "list_entries"), **keys))
    }
    person_ids = [person_id for _, person_id, _ in found]
    rows = await session.fetch(query("identity", "list_persons"), person_ids=person_ids)
    persons = {person.person_id: person for person in map(candidate_of, rows)}
    decided = {tuple(row) for row in await session.fetch(query("identity", "list_decided"), **keys)}
    pairs = [
        _pair(entries[key], persons[person_id], outcome, weights)
        for key, person_id, outcome in found
        if key in entries and person_id in persons
    ]
    return [pair for pair in pairs if (*pair.entry, pair.household_id, pair.person_id) not in decided]


def _pair(entry: Entry, person: Candidate, outcome: LinkOutcome, weights: Weights) -> Pair:
    scored = score(entry.record, person.record, weights)
    return Pair(
        *entry.key,
        entry.programme_code,
        person.household_id,
        person.person_id if entry.unit == "PERSON" else None,
        person.person_id,
        scored.bits,
        evidence_of(scored, weights),
        outcome,
    )


def _one_to_one(pairs: Sequence[Pair]) -> list[Pair]:
    """Of two lines that are linked to members of one household, the surer one."""
    held: set[tuple[str, int, int | None]] = set()
    kept = []
    for pair in sorted(pairs, key=lambda p: (p.status != LinkOutcome.LINKED, -p.bits, p.entry)):
        if pair.unit not in held:
            kept.append(pair)
            held.add(pair.unit)
    return kept


def _entry_id(row: Row) -> str:
    return _BETWEEN.join((row["source_code"], row["source_record_id"]))


def _person_id(row: Row) -> str:
    return str(row["person_id"])


def _split(record_id: str) -> tuple[str, str]:
    source_code, _, source_record_id = record_id.partition(_BETWEEN)
    return source_code, source_record_id
