"""Links roster lines to the registry: by number first, then the rest by weight, without touching what somebody decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec

from hub.matching.linkage.score import LinkOutcome, outcome, score
from hub.matching.linkage.weights import Weights
from hub.matching.pairs import Pair, evidence_of, settle
from hub.store import identity
from hub.store.database import Row, Session, Transaction
from hub.store.identity import Entry, EntryPage
from hub.store.linking_batch import Progress, weigh_batch
from hub.store.queries import Query, query, template

SCORING_PAGE = 500
BATCH_FROM = 20_000
"""From so many unlinked roster lines on, a batch is faster than pages (docs/decisions/0020-links.md)."""

_STAGE = (
    "source_code",
    "source_record_id",
    "programme_code",
    "household_id",
    "person_id",
    "member_id",
    "method",
    "status",
    "weight",
    "weights_version",
    "evidence",
)
_PAIR = tuple(name for name in _STAGE if name not in {"method", "weights_version"})


@dataclass(frozen=True, slots=True)
class JobState:
    """Where a linking job stands."""

    searched: int
    after: tuple[str, str]


def silent(_step: str, _count: int) -> None:
    """No progress is shown."""


async def link_by_number(session: Session, now: datetime) -> None:
    """Find contested numbers, then link every roster line anew by number; links that no longer hold are taken back."""
    await session.execute(query("link", "analyze_registry"))
    async with session.transaction() as transaction:
        await transaction.execute(query("link", "mark_contested_niks"))
        await transaction.execute(query("link", "mark_contested_kks"))
        await transaction.execute(query("link", "join_in_sets"))
        await _merge_numbers(transaction, None, now)


async def refresh_keys(session: Session, weights: Weights, progress: Progress = silent) -> None:
    """Blocking keys of all that came in since; each page is a transaction, so a killed job loses at most one."""
    await identity.drop_gone(session)
    await identity.key_persons(session, weights.version, partial(progress, "Keys of persons"))
    await identity.key_entries(session, weights.version, partial(progress, "Keys of roster lines"))
    await session.execute(query("link", "analyze_links"))


async def link_by_weight(session: Session, weights: Weights, now: datetime, progress: Progress = silent) -> None:
    """Weigh what no number linked, page by page, then link one to one and put the doubtful to review.

    A killed job goes on after its last page; several jobs at once share the pages. Of many lines, as after the first sync, all
    are weighed in one batch, which a killed job begins again.
    """
    async with session.transaction() as transaction:
        begin = query("identity", "begin_job")
        if await transaction.fetch_value(begin, weights_version=weights.version, begun_at=now):
            await transaction.execute(query("identity", "clear_pairs"))
        state = await _lock_job(transaction)
    open_entries: int = await session.fetch_value(query("identity", "count_open_entries"), most=BATCH_FROM)
    if state is not None and state.after == ("", "") and open_entries >= BATCH_FROM:
        found = await weigh_batch(session, weights.searching(state.searched), progress)
        async with session.transaction() as transaction:
            if await _lock_job(transaction) is not None:
                await _merge_pairs(transaction, None, found, weights.version, now)
                await transaction.execute(query("identity", "end_job"))
        return
    while await _score_page(session, weights, progress):
        pass
    async with session.transaction() as transaction:
        state = await _lock_job(transaction)
        if state is None:
            return
        pairs = settle(await _kept_pairs(transaction), weights.searching(state.searched))
        await _merge_pairs(transaction, None, pairs, weights.version, now)
        await transaction.execute(query("identity", "clear_pairs"))
        await transaction.execute(query("identity", "end_job"))


async def link_households(session: Session, household_ids: Sequence[int], weights: Weights, now: datetime) -> None:
    """Link the members of some households that just came in, by number and by weight, in one transaction."""
    async with session.transaction() as transaction:
        await identity.key_members(transaction, weights.version, household_ids)
        entries = await identity.list_open_entries_of(transaction, household_ids)
        if not entries:
            return
        keys = [entry.key for entry in entries]
        await _merge_numbers(transaction, keys, now)
        searching = weights.searching(await identity.count_searched(transaction))
        linked = {tuple(row) for row in await transaction.fetch(query("link", "list_linked"), **_entry_values(keys))}
        left = [entry for entry in entries if entry.key not in linked]
        pairs = settle(await score_entries(transaction, left, searching), searching)
        await _merge_pairs(transaction, keys, pairs, weights.version, now)


async def score_entries(session: Session, entries: Sequence[Entry], weights: Weights) -> list[Pair]:
    """The pairs of some roster lines that are not NOT_LINKED by themselves; of a household the best member."""
    of_key = {entry.key: entry for entry in entries}
    best: dict[tuple[object, ...], Pair] = {}
    for key, person in await identity.list_candidates(session, entries):
        entry = of_key[key]
        scored = score(entry.record, person.record, weights)
        if outcome(scored, weights) is LinkOutcome.NOT_LINKED:
            continue
        pair = Pair(
            *key,
            entry.programme_code,
            person.household_id,
            person.person_id if entry.unit == "PERSON" else None,
            person.person_id,
            scored.bits,
            evidence_of(scored, weights),
            outcome(scored, weights),
        )
        known = best.get((pair.entry, pair.unit))
        if known is None or (pair.bits, -pair.member_id) > (known.bits, -known.member_id):
            best[pair.entry, pair.unit] = pair
    return list(best.values())


async def apply_links(transaction: Transaction, entries: Sequence[tuple[str, str]] | None) -> None:
    """Make the enrolments what the links say; None: of all roster lines."""
    await transaction.execute(_filled("drop_enrolments", "e", entries), **_entry_values(entries))
    await transaction.execute(_filled("merge_enrolments", "l", entries), **_entry_values(entries))


async def _score_page(session: Session, weights: Weights, progress: Progress) -> bool:
    async with session.transaction() as transaction:
        state = await _lock_job(transaction)
        if state is None:
            return False
        entries = await identity.list_open_entries(transaction, EntryPage(state.after, SCORING_PAGE))
        if not entries:
            return False
        pairs = await score_entries(transaction, entries, weights.searching(state.searched))
        await transaction.copy("link_pair", _PAIR, [_pair_row(pair) for pair in pairs])
        last = entries[-1]
        await transaction.execute(
            query("identity", "advance_job"),
            after_source=last.source_code,
            after_record=last.source_record_id,
            scored=len(entries),
        )
    progress("Roster lines weighed", len(entries))
    return True


async def _lock_job(transaction: Transaction) -> JobState | None:
    row = await transaction.fetch_row(query("identity", "lock_job"))
    return None if row is None else JobState(row["searched"], (row["after_source"], row["after_record"]))


async def _kept_pairs(transaction: Transaction) -> list[Pair]:
    return [_pair_of(row) for row in await transaction.fetch(query("identity", "list_pairs"))]


async def _merge_numbers(transaction: Transaction, entries: Sequence[tuple[str, str]] | None, now: datetime) -> None:
    await _empty_stage(transaction)
    values = _entry_values(entries)
    await transaction.execute(_filled("find_by_number", "e", entries), **values)
    await transaction.execute(_filled("withdraw_by_number", "l", entries), **values)
    await transaction.fetch_value(query("link", "merge_links"), found_at=now)
    await apply_links(transaction, entries)


async def _merge_pairs(
    transaction: Transaction,
    entries: Sequence[tuple[str, str]] | None,
    pairs: Sequence[Pair],
    weights_version: str,
    now: datetime,
) -> None:
    await _empty_stage(transaction)
    await transaction.copy("stage_link", _STAGE, [_stage_row(pair, weights_version) for pair in pairs])
    await transaction.execute(_filled("withdraw_by_weight", "l", entries), **_entry_values(entries))
    await transaction.fetch_value(query("link", "merge_links"), found_at=now)
    await apply_links(transaction, entries)


async def lock_linking(transaction: Transaction) -> None:
    """Wait until nobody else changes links, and keep others waiting until the transaction ends."""
    await transaction.execute(query("link", "lock_linking"))


async def _empty_stage(transaction: Transaction) -> None:
    await lock_linking(transaction)
    await transaction.execute(query("link", "create_stage_link"))
    await transaction.execute(query("link", "clear_stage_link"))


def _filled(name: str, table: str, entries: Sequence[tuple[str, str]] | None) -> Query:
    only = "" if entries is None else template("link", "these_entries").text_with(of=table)
    return template("link", name).fill(only=only)


def _entry_values(entries: Sequence[tuple[str, str]] | None) -> dict[str, object]:
    if entries is None:
        return {}
    return {"source_codes": [code for code, _ in entries], "record_ids": [record for _, record in entries]}


def _pair_row(pair: Pair) -> tuple[object, ...]:
    return (
        pair.source_code,
        pair.source_record_id,
        pair.programme_code,
        pair.household_id,
        pair.person_id,
        pair.member_id,
        pair.status.value,
        pair.bits,
        msgspec.json.encode(pair.evidence).decode(),
    )


def _pair_of(row: Row) -> Pair:
    return Pair(
        row["source_code"],
        row["source_record_id"],
        row["programme_code"],
        row["household_id"],
        row["person_id"],
        row["member_id"],
        row["weight"],
        tuple(msgspec.json.decode(row["evidence"])),
        LinkOutcome(row["status"]),
    )


def _stage_row(pair: Pair, weights_version: str) -> tuple[object, ...]:
    return (
        pair.source_code,
        pair.source_record_id,
        pair.programme_code,
        pair.household_id,
        pair.person_id,
        pair.member_id,
        "PROBABILISTIC",
        pair.status.value,
        pair.bits,
        weights_version,
        msgspec.json.encode(pair.evidence).decode(),
    )
