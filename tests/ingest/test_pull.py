"""Reading a feed: the cursor moves with its records, a source that fails is noted, and two readers do no harm."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
import pytest

from hub.domain.errors import Conflict, CursorExpired, Fatal, Retriable
from hub.domain.matches import MatchStatus
from hub.domain.records import MatchOutcomeRecord, PoolRecord, Reject
from hub.domain.source import Capability, Page
from hub.ingest.pull import Sync
from hub.store import sources
from hub.store.batches import Batch, merge_batch
from hub.store.matches import Move, Mover, move_matches
from tests.districts import join_districts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DISTRICT = "35.10"


class Feed:
    """A source whose pages and pools are told; a page may be an error."""

    def __init__(self, pages: Sequence[object], code: str = DISTRICT, pools: Sequence[PoolRecord] = ()) -> None:
        self.code = code
        self.pages = list(pages)
        self.asked: list[str | None] = []
        self.reported = pools
        self.fit: Exception | None = None
        national = {Capability.PULL, Capability.POOLS}
        self.capabilities = frozenset({Capability.PULL, Capability.DELIVER} if code == DISTRICT else national)

    async def check(self) -> None:
        if isinstance(self.fit, Exception):
            raise self.fit

    async def pull(self, after: str | None) -> Page:
        self.asked.append(after)
        position = 0 if after is None else int(after)
        if position == len(self.pages):
            return Page(records=[], rejects=[], cursor=str(position), has_more=False)
        content = self.pages[position]
        if isinstance(content, Exception):
            raise content
        records = [entry for entry in content if not isinstance(entry, Reject)]
        rejects = [entry for entry in content if isinstance(entry, Reject)]
        return Page(records=records, rejects=rejects, cursor=str(position + 1), has_more=position + 1 < len(self.pages))

    async def pools(self) -> Sequence[PoolRecord]:
        return self.reported


def sync_of(session, batch_records: int = 1) -> Sync:
    return Sync(session, lambda: NOW, batch_records=batch_records)


async def state(session, source: str = DISTRICT) -> tuple[list[str], str | None]:
    """Households that are here, and the cursor of their feed."""
    async with session.connection() as connection:
        rows = await connection.fetch("select source_record_id from household order by 1")
    return [row["source_record_id"] for row in rows], await sources.find_cursor(session, source)


async def joined(database):
    await join_districts(database.jobs, {DISTRICT: "http://district.invalid/graphql"}, NOW)
    return database.jobs


async def test_pages_become_batches_and_the_cursor_stands_after_the_last(session, household):
    feed = Feed([[household("H1")], [household("H2"), household("H3")], []])
    report = await sync_of(session).pull(feed)
    assert (report.received, report.merged, report.unchanged, report.error) == (3, 3, 0, None)
    assert await state(session) == (["H1", "H2", "H3"], "3")
    async with session.connection() as connection:
        rows = await connection.fetch("select cursor_after, received, merged from ingest_batch order by batch_id")
        assert [tuple(row) for row in rows] == [("1", 1, 1), ("2", 2, 2)]
        assert await connection.fetchval("select drained_at from source where source_code = '35.10'") == NOW


async def test_a_feed_that_breaks_off_leaves_whole_batches_and_goes_on_from_there(session, household):
    feed = Feed([[household("H1")], [household("H2")], Retriable(DISTRICT, "it is away"), [household("H4")]])
    report = await sync_of(session).pull(feed)
    assert (report.error.message, await state(session)) == ("it is away", (["H1", "H2"], "2"))
    async with session.connection() as connection:
        row = await connection.fetchrow("select * from source where source_code = '35.10'")
    assert (row["failure_code"], row["failed_at"], row["drained_at"]) == ("SOURCE_RETRIABLE", NOW, None)

    feed.pages[2], feed.asked = [household("H3")], []
    report = await sync_of(session).pull(feed)
    assert (report.error, feed.asked) == (None, ["2", "3"])
    assert await state(session) == (["H1", "H2", "H3", "H4"], "4")
    async with session.connection() as connection:
        assert await connection.fetchval("select failed_at from source where source_code = '35.10'") is None


async def test_what_was_gathered_of_a_batch_that_is_not_full_does_not_stay_without_its_cursor(session, household):
    feed = Feed([[household("H1")], [household("H2")], Retriable(DISTRICT, "it is away")])
    await sync_of(session, batch_records=10).pull(feed)
    assert await state(session) == ([], None)


async def test_an_expired_cursor_starts_the_feed_again_and_doubles_nothing(session, household):
    await sources.move_cursor(session, sources.CursorMove(DISTRICT, None, "99", is_drained=True), NOW)

    class Forgetful(Feed):
        async def pull(self, after: str | None) -> Page:
            if after == "99":
                raise CursorExpired(DISTRICT, "unknown cursor")
            return await super().pull(after)

    report = await sync_of(session).pull(Forgetful([[household("H1")], [household("H1"), household("H2")]]))
    assert (report.error, report.merged, report.unchanged) == (None, 2, 1)
    assert await state(session) == (["H1", "H2"], "2")


async def test_a_connection_that_dies_between_records_and_cursor_leaves_neither(database, household, monkeypatch):
    session = await joined(database)
    move_cursor = sources.move_cursor

    async def killed(transaction, move, now):
        if move.cursor == "2":
            async with transaction.connection() as connection:
                assert await connection.fetchval("select count(*) from household") == 2
                await connection.execute("select pg_terminate_backend(pg_backend_pid())")
        await move_cursor(transaction, move, now)

    feed = Feed([[household("H1")], [household("H2")], [household("H3")]])
    monkeypatch.setattr(sources, "move_cursor", killed)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await sync_of(session).pull_all([feed])
    assert await state(session) == (["H1"], "1")

    monkeypatch.undo()
    await sync_of(session).pull_all([feed])
    assert await state(session) == (["H1", "H2", "H3"], "3")


async def test_a_fault_of_the_hub_at_one_source_lets_the_others_finish(database, household):
    session = await joined(database)
    broken = Feed([RuntimeError("a bug")], code="KIS")
    feed = Feed([[household("H1")], [household("H2")]])
    with pytest.raises(RuntimeError, match="a bug"):
        await sync_of(session).pull_all([broken, feed])
    assert await state(session) == (["H1", "H2"], "2")


async def test_two_syncs_of_one_source_at_once_leave_what_one_would(database, household):
    session = await joined(database)
    both = asyncio.Barrier(2)

    class Slow(Feed):
        async def pull(self, after: str | None) -> Page:
            page = await super().pull(after)
            if after is None:
                await both.wait()
            return page

    pages = [[household(f"H{n}{m}") for m in range(3)] for n in range(4)]
    reports = await asyncio.gather(*(sync_of(session, 3).pull(Slow(pages)) for _ in range(2)))
    errors = [report.error for report in reports if report.error is not None]
    assert [type(error) for error in errors] == [Conflict]
    assert "another sync of 35.10" in errors[0].message
    await sync_of(session).pull(Feed(pages))
    assert await state(session) == (sorted(f"H{n}{m}" for n in range(4) for m in range(3)), "4")
    async with session.connection() as connection:
        assert await connection.fetchval("select sum(merged) from ingest_batch") == 12


async def test_a_system_that_does_not_fit_its_contract_is_refused_before_anything_comes_in(session, household):
    feed = Feed([[household("H1")], [household("H2")]])
    feed.fit = Fatal(DISTRICT, "it does not fit the contract")
    report = await sync_of(session).pull(feed)
    assert (report.error.message, feed.asked) == ("it does not fit the contract", [])
    assert await state(session) == ([], None)


async def test_only_what_can_be_pulled_is_pulled(session):
    silent = Feed([])
    silent.capabilities = frozenset()
    assert await sync_of(session).pull_all([silent]) == []
    assert silent.asked == []


@pytest.mark.parametrize(
    ("details", "message"),
    [
        ({"total": 2**31}, "2147483648"),
        ({"total": -1}, "-1"),
        ({"period": "20\00026"}, "period"),
        ({"revision": 2**63}, "9223372036854775808"),
    ],
    ids=repr,
)
async def test_pools_that_cannot_be_stored_stop_their_own_system_with_a_name(session, household, details, message):
    known = {"region_code": None, "period": "2026", "total": 5, "revision": 1}
    pools = [PoolRecord(programme_code="KIS_PBI", observed_at=NOW, **known | details)]
    report = await sync_of(session).pull(Feed([[]], code="KIS", pools=pools))
    assert isinstance(report.error, Fatal)
    assert message in report.error.message
    async with session.connection() as connection:
        assert await connection.fetchval("select count(*) from entitlement_pool") == 0


def outcome(reference: str, what: str = "ACCEPTED", revision: int = 1, reason: str | None = None) -> MatchOutcomeRecord:
    return MatchOutcomeRecord(
        source_record_id=reference,
        revision=revision,
        observed_at=NOW,
        match_reference=reference,
        outcome=what,
        reason=reason,
    )


@pytest.fixture
async def offered(session, household) -> int:
    """A match that was offered to H1 of Banyuwangi."""
    async with session.transaction() as transaction:
        await merge_batch(transaction, Batch(DISTRICT, DISTRICT, "PULL", [household()], [], NOW))
    pool = PoolRecord(programme_code="PKH", region_code=DISTRICT, period="2026", total=1, revision=1, observed_at=NOW)
    await sources.merge_pools(session, "PKH", [pool], NOW)
    async with session.connection() as connection:
        match_id = await connection.fetchval(
            "insert into match (household_id, regency_code, programme_code, rule_version, status, created_at, changed_at)"
            " select household_id, regency_code, 'PKH', 1, 'PROPOSED', now(), now() from household returning match_id"
        )
        await connection.execute(
            "update entitlement_slot s set state = 'RESERVED', match_id = m.match_id, household_id = m.household_id,"
            " regency_code = m.regency_code from match m where m.match_id = $1",
            match_id,
        )
        await connection.execute(
            "update match m set status = 'RESERVED', pool_id = s.pool_id, slot_no = s.slot_no from entitlement_slot s"
        )
    mover = Mover("test", NOW, NOW)
    assert (await move_matches(session, MatchStatus.OFFERED, [Move(match_id, "offer")], mover))[0].result == "MOVED"
    return match_id


async def status_of(session, match_id: int) -> tuple[str, str | None]:
    async with session.connection() as connection:
        row = await connection.fetchrow("select status, reason_code from match where match_id = $1", match_id)
    return tuple(row)


async def test_an_outcome_moves_its_match_once_however_often_it_comes(session, offered):
    feed = Feed([[outcome(str(offered))], [outcome(str(offered)), outcome(str(offered))]])
    report = await sync_of(session).pull(feed)
    assert (report.error, report.outcomes) == (None, 1)
    assert await status_of(session, offered) == ("ACCEPTED", None)
    late = Feed([[], [], [outcome(str(offered), "DECLINED", revision=9, reason="TOO_LATE")]])
    assert (await sync_of(session).pull(late)).outcomes == 0
    assert await status_of(session, offered) == ("ACCEPTED", None)


async def test_a_declined_match_keeps_its_reason(session, offered):
    await sync_of(session).pull(Feed([[outcome(str(offered), "DECLINED", reason="NOT_NEEDED")]]))
    assert await status_of(session, offered) == ("DECLINED", "NOT_NEEDED")


async def test_a_district_moves_no_match_of_another(session, offered):
    await join_districts(session, {"35.09": "http://other.invalid/graphql"}, NOW)
    other = Feed([[outcome(str(offered))]])
    other.code = "35.09"
    report = await sync_of(session).pull(other)
    assert (report.error, report.outcomes) == (None, 0)
    assert await status_of(session, offered) == ("OFFERED", None)


@pytest.mark.parametrize(
    "reference", ["", "abc", "-1", "9" * 19, "9" * 20, "9" * 5_000, "１", "1\0"], ids=lambda r: r[:20]
)
async def test_a_reference_that_is_none_moves_nothing_and_stops_nothing(session, offered, household, reference):
    report = await sync_of(session).pull(Feed([[outcome(reference), outcome(str(offered)), household("H2")]]))
    assert (report.error, report.outcomes) == (None, 1)
    assert await state(session) == (["H1", "H2"], "1")


async def test_an_outcome_that_cannot_be_stored_stops_nothing(session, offered, household):
    spoiled = outcome(str(offered), "DECLINED", reason="\0")
    report = await sync_of(session).pull(Feed([[spoiled, household("H2")]]))
    assert (report.error, report.outcomes, report.rejects) == (None, 0, {"NOT_STORABLE": 1})
    assert await state(session) == (["H1", "H2"], "1")
    assert await status_of(session, offered) == ("OFFERED", None)
