"""Decisions about links: the first one holds, what follows from it follows, and undoing it restores what was before."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.matches import MatchStatus
from hub.store.database import Database
from hub.store.matches import Move, Mover, move_matches
from hub.store.pools import audit_pools
from resolvers.context import Context
from resolvers.link_review import decide_link, list_match_reviews, resolve_review, undo_link
from resolvers.matching import evaluate_all
from tests.schema.world import CALLERS, clock, context
from tests.schema.world_records import FOREIGN, NOW, OWN

DUMPED = {
    "enrolment": "to_jsonb(t)",
    "verdict": "to_jsonb(t) - 'evaluated_at'",
    "match": "to_jsonb(t)",
    "entitlement_slot": "to_jsonb(t)",
    "pool_balance": "to_jsonb(t)",
    "slot_ledger": "to_jsonb(t)",
    "match_review": "to_jsonb(t)",
}
"""Tables that a link is ground for; when a verdict was found is no part of what it says."""


class Bench:
    """One KIS match of the own regency, and a roster line that could be its person."""

    def __init__(self, database: Database, link_id: int, match: dict[str, Any]) -> None:
        self.database, self.link_id, self.match = database, link_id, match

    def ctx(self, caller: str = "officer") -> Context:
        return context(self.database, CALLERS[caller])

    async def fetch(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.database.jobs.connection() as connection:
            return [tuple(row) for row in await connection.fetch(statement, *values)]

    async def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table: await self.fetch(f"select ({columns})::text from {table} t order by 1")
            for table, columns in DUMPED.items()
        }

    async def verdict(self) -> str:
        [(status,)] = await self.fetch(
            "select status from verdict where person_id = $1 and programme_code = 'KIS_PBI'", self.match["person_id"]
        )
        return status

    async def match_now(self) -> tuple[Any, ...]:
        [found] = await self.fetch(
            "select status, slot_no, reason_code from match where match_id = $1", self.match["match_id"]
        )
        return found

    async def link_now(self) -> tuple[Any, ...]:
        [found] = await self.fetch("select status, decided_by, reason from link where link_id = $1", self.link_id)
        return found

    async def available(self) -> int:
        [(count,)] = await self.fetch(
            "select sum(available)::int from pool_balance where pool_id = $1", self.match["pool_id"]
        )
        return count

    async def move(self, to: MatchStatus, reference: str | None = None) -> None:
        moves = [Move(self.match["match_id"], f"to {to}", None, reference)]
        assert (await move_matches(self.database.jobs, to, moves, Mover("test", NOW, NOW)))[0].result == "MOVED"


@pytest.fixture
async def bench(own_world: Database) -> Bench:
    async with own_world.jobs.connection() as connection:
        await connection.execute("delete from match_review")
        match = dict(
            await connection.fetchrow(
                "select m.match_id, m.household_id, m.person_id, m.pool_id from match m where m.regency_code = $1"
                " and m.programme_code = 'KIS_PBI' and m.status = 'OFFERED' order by match_id limit 1",
                OWN,
            )
        )
        await connection.execute(
            "insert into roster_entry (source_code, source_record_id, source_revision, observed_at, fetched_at, programme_code,"
            " status, name, segment, components) values ('KIS', 'R', 1, $1, $1, 'KIS_PBI', 'ACTIVE', 'Slamet', 'PBI', '{}')",
            NOW,
        )
        link_id = await connection.fetchval(
            "insert into link (source_code, source_record_id, programme_code, household_id, person_id, member_id, regency_code,"
            " method, status, weight, weights_version, evidence, found_at) values ('KIS', 'R', 'KIS_PBI', $1, $2, $2, $3,"
            " 'PROBABILISTIC', 'REVIEW', 3.5, 'test', '[]', $4) returning link_id",
            match["household_id"],
            match["person_id"],
            OWN,
            NOW,
        )
    return Bench(own_world, link_id, match)


async def test_a_link_makes_the_enrolment_and_undoing_it_restores_everything(bench: Bench) -> None:
    before = await bench.dump()
    assert await bench.verdict() == "ELIGIBLE"
    made = await decide_link(bench.ctx(), bench.link_id, "LINK", "the card was shown", "a")
    assert (made.status, made.method, made.decided_by) == ("LINKED", "REVIEWED", "officer")
    assert await bench.verdict() == "ALREADY_ENROLLED"
    assert await bench.fetch("select link_method from enrolment where source_record_id = 'R'") == [("REVIEWED",)]
    undone = await undo_link(bench.ctx(), bench.link_id, "it was her sister", "b")
    assert (undone.status, undone.reason) == ("UNDONE", "it was her sister")
    after = await bench.dump()
    [(review,)] = [row for row in after.pop("match_review") if row not in before["match_review"]]
    assert '"cause": "LINK_MADE"' in review
    assert '"resolution": "KEEP"' in review
    assert after == {table: rows for table, rows in before.items() if table != "match_review"}
    assert await bench.fetch(
        "select from_status, to_status, actor from link_event where link_id = $1 order by 1", bench.link_id
    ) == [
        ("LINKED", "UNDONE", "officer"),
        ("REVIEW", "LINKED", "officer"),
        (None, "REVIEW", "hub"),
    ]


async def test_a_pair_that_was_undone_is_linked_by_no_later_job_until_somebody_does(bench: Bench) -> None:
    await decide_link(bench.ctx(), bench.link_id, "LINK", "the card was shown", "a")
    await undo_link(bench.ctx(), bench.link_id, "it was her sister", "b")
    await evaluate_all(bench.database.jobs, clock)
    assert (await bench.link_now())[0] == "UNDONE"
    again = await undo_link(bench.ctx("analyst"), bench.link_id, "asked again", "c")
    assert again.status == "REVIEW"
    await evaluate_all(bench.database.jobs, clock)
    assert await bench.link_now() == ("REVIEW", "analyst", "asked again")


async def test_an_offered_match_waits_for_a_person_who_gives_it_back(bench: Bench) -> None:
    before = await bench.available()
    await decide_link(bench.ctx(), bench.link_id, "LINK", "the card was shown", "a")
    assert (await bench.match_now())[0] == "OFFERED"
    [review] = (await list_match_reviews(bench.ctx(), OWN, 10, None)).nodes
    assert (review.match_id, review.link_id, review.cause) == (bench.match["match_id"], bench.link_id, "LINK_MADE")
    done = await resolve_review(bench.ctx(), review.review_id, "GIVE_BACK", "has a card already", "k")
    assert (done.resolution, done.resolved_by) == ("GIVE_BACK", "officer")
    assert await bench.match_now() == ("RELEASED", None, "LINK_MADE")
    assert await bench.available() == before + 1
    assert await audit_pools(bench.database.jobs) == []
    assert (await list_match_reviews(bench.ctx(), OWN, 10, None)).nodes == []
    with pytest.raises(Conflict, match="was resolved by officer: GIVE_BACK"):
        await resolve_review(bench.ctx("analyst"), review.review_id, "KEEP", "no", "k")


async def test_a_match_that_the_household_has_not_heard_of_gives_its_slot_back_at_once(bench: Bench) -> None:
    async with bench.database.jobs.connection() as connection:  # as it was before it was offered
        await connection.execute("alter table match disable trigger match_moves")
        await connection.execute(
            "with moved as (update match set status = 'RESERVED' where match_id = $1) "
            "update entitlement_slot set state = 'RESERVED' where match_id = $1",
            bench.match["match_id"],
        )
        await connection.execute("alter table match enable trigger match_moves")
    before = await bench.available()
    await decide_link(bench.ctx(), bench.link_id, "LINK", "the card was shown", "a")
    assert await bench.match_now() == ("RELEASED", None, "LINK_MADE")
    assert await bench.available() == before + 1
    assert await audit_pools(bench.database.jobs) == []
    assert (await list_match_reviews(bench.ctx(), OWN, 10, None)).nodes == []


async def test_an_issued_match_that_the_undone_line_confirmed_is_put_to_review_and_revoked(bench: Bench) -> None:
    await bench.move(MatchStatus.ACCEPTED)
    await bench.move(MatchStatus.ISSUED, reference="R")
    before = await bench.available()
    await decide_link(bench.ctx(), bench.link_id, "LINK", "the card was shown", "a")
    assert (await list_match_reviews(bench.ctx(), OWN, 10, None)).nodes == []
    await undo_link(bench.ctx(), bench.link_id, "it was her sister", "b")
    [review] = (await list_match_reviews(bench.ctx(), OWN, 10, None)).nodes
    assert review.cause == "LINK_UNDONE"
    await resolve_review(bench.ctx(), review.review_id, "GIVE_BACK", "never had it", "k")
    assert (await bench.match_now())[0] == "REVOKED"
    assert await bench.available() == before + 1
    assert await audit_pools(bench.database.jobs) == []


async def test_of_two_reviewers_at_once_one_wins_and_the_other_is_told(bench: Bench) -> None:
    attempts = [
        decide_link(bench.ctx("officer"), bench.link_id, "LINK", "one", "a"),
        decide_link(bench.ctx("analyst"), bench.link_id, "REJECT", "two", "a"),
    ]
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    [told] = [end for end in ended if isinstance(end, Conflict)]
    [link] = [end for end in ended if not isinstance(end, BaseException)]
    assert f"is {link.status}, by {link.decided_by}: undo that first" in told.message
    assert await bench.link_now() == (link.status, link.decided_by, link.reason)
    assert await bench.fetch("select count(*) from link_event where link_id = $1", bench.link_id) == [(2,)]


async def test_the_same_key_gives_the_same_answer_and_decides_once(bench: Bench) -> None:
    twice = [decide_link(bench.ctx(), bench.link_id, "LINK", "one", "a") for _ in range(2)]
    first, second = await asyncio.gather(*twice)
    assert first == second
    with pytest.raises(Conflict, match="was used for another linkDecide"):
        await decide_link(bench.ctx(), bench.link_id, "LINK", "another reason", "a")


async def test_what_the_hub_linked_by_itself_can_be_confirmed_or_rejected(bench: Bench) -> None:
    async with bench.database.jobs.connection() as connection:
        await connection.execute("update link set status = 'LINKED' where link_id = $1", bench.link_id)
    confirmed = await decide_link(bench.ctx(), bench.link_id, "LINK", "asked her", "a")
    assert (confirmed.status, confirmed.method) == ("LINKED", "REVIEWED")
    assert await bench.fetch("select link_method from enrolment where source_record_id = 'R'") == [("REVIEWED",)]
    with pytest.raises(Conflict, match="is LINKED, by officer: undo that first"):
        await decide_link(bench.ctx("analyst"), bench.link_id, "REJECT", "no", "a")
    await undo_link(bench.ctx("analyst"), bench.link_id, "look again", "b")
    await undo_link(bench.ctx("analyst"), bench.link_id, "look again", "c")
    rejected = await decide_link(bench.ctx("analyst"), bench.link_id, "REJECT", "another woman", "d")
    assert rejected.status == "REJECTED"
    assert await bench.fetch("select 1 from enrolment where source_record_id = 'R'") == []


async def test_one_roster_line_is_linked_to_one_unit_only(bench: Bench) -> None:
    await decide_link(bench.ctx(), bench.link_id, "LINK", "one", "a")
    [(other,)] = await bench.fetch(
        "insert into link (source_code, source_record_id, programme_code, household_id, person_id, regency_code, method, status,"
        " found_at) select 'KIS', 'R', 'KIS_PBI', household_id, person_id, regency_code, 'NIK', 'REVIEW', $2 from person"
        " where person_id <> $1 and regency_code = '35.10' order by person_id limit 1 returning link_id",
        bench.match["person_id"],
        NOW,
    )
    with pytest.raises(Conflict, match="to another unit: undo that link first"):
        await decide_link(bench.ctx(), other, "LINK", "two", "b")


async def test_who_may_not_decide_changes_nothing(bench: Bench) -> None:
    before = await bench.dump()
    with pytest.raises(NotFound, match="there is no link"):
        await decide_link(bench.ctx("foreign-officer"), bench.link_id, "LINK", "one", "a")
    with pytest.raises(Forbidden, match="this needs the scope link:write"):
        await undo_link(bench.ctx("system"), bench.link_id, "one", "a")
    widened = bench.ctx("system")
    widened = structs.replace(widened, principal=replace(widened.principal, scopes=CALLERS["officer"].scopes))
    with pytest.raises(Forbidden, match="only an officer of a district or an analyst"):
        await decide_link(widened, bench.link_id, "LINK", "one", "a")
    with pytest.raises(Invalid, match="say why"):
        await decide_link(bench.ctx(), bench.link_id, "LINK", " ", "a")
    with pytest.raises(Conflict, match="there is nothing to undo"):
        await undo_link(bench.ctx(), bench.link_id, "one", "a")
    [(review_of_nobody,)] = await bench.fetch("select coalesce(max(review_id), 0) + 1 from match_review")
    with pytest.raises(NotFound, match="there is no review"):
        await resolve_review(bench.ctx(), review_of_nobody, "KEEP", "one", "a")
    assert await bench.dump() == before
    assert FOREIGN not in (await bench.link_now())
