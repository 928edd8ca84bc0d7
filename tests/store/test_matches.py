"""Moving matches: once per cause, slots with them, and slots that come back go to the next in rank."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.domain.matches import MatchStatus
from hub.store.matches import Move, Mover, list_expired, list_work, move_matches
from hub.store.pools import audit_pools
from resolvers.lifecycle import Desk

NOW = datetime(2026, 7, 1, tzinfo=UTC)
S = MatchStatus


async def results(moved) -> list[str]:
    return [answer.result for answer in await moved]


async def refill(desk) -> int:
    return await Desk(desk.session, lambda: NOW, {}).refill()


async def test_as_many_as_there_are_slots_are_reserved_by_rank(desk):
    assert await desk.matches() == {1: "RESERVED", 2: "RESERVED", 3: "RESERVED", 4: "RESERVED"}
    assert await desk.balance() == (4, 0, 4, 0, 0)


async def test_slot_and_match_move_together_to_the_end(desk):
    assert await results(desk.move(S.OFFERED, [1, 2, 3])) == ["MOVED"] * 3
    assert await desk.balance() == (4, 0, 1, 3, 0)
    assert await results(desk.move(S.ACCEPTED, [1, 2])) == ["MOVED"] * 2
    assert await desk.balance() == (4, 0, 1, 3, 0)
    assert await results(desk.move(S.ISSUED, [1])) == ["MOVED"]
    assert await results(desk.move(S.REJECTED, [2])) == ["MOVED"]
    assert await results(desk.move(S.DECLINED, [3])) == ["MOVED"]
    assert await desk.balance() == (4, 2, 1, 0, 1)
    assert await desk.matches() == {1: "ISSUED", 2: "REJECTED", 3: "DECLINED", 4: "RESERVED"}
    assert await audit_pools(desk.session) == []


async def test_the_same_cause_moves_a_match_once(desk):
    assert await results(desk.move(S.OFFERED, [1], key="k")) == ["MOVED"]
    assert await results(desk.move(S.OFFERED, [1], key="k")) == ["REPLAY"]
    assert await results(desk.move(S.ACCEPTED, [1], key="k")) == ["KEY_REUSED"]
    await desk.move(S.DECLINED, [1], key="no")
    assert await results(desk.move(S.OFFERED, [1], key="k")) == ["REPLAY"]
    assert await desk.matches() == {1: "DECLINED", 2: "RESERVED", 3: "RESERVED", 4: "RESERVED"}
    events = await desk.fetch(
        "select e.version, e.from_status, e.to_status, e.key from match_event e join match m using (match_id)"
        " where m.rank = 1 order by e.version"
    )
    assert events == [
        (1, None, "PROPOSED", "proposed"),
        (2, "PROPOSED", "RESERVED", "reserved"),
        (3, "RESERVED", "OFFERED", "k"),
        (4, "OFFERED", "DECLINED", "no"),
    ]


async def test_every_match_of_a_set_gets_its_own_answer_in_order(desk):
    await desk.move(S.OFFERED, [1])
    moves = [
        Move(await desk.id_of(2), "a"),
        Move(404_404, "a"),
        Move(await desk.id_of(1), "a"),
        Move(await desk.id_of(2), "b"),
        Move(await desk.id_of(3), "a"),
    ]
    answers = await move_matches(desk.session, S.OFFERED, moves, Mover("test", NOW, NOW))
    assert [(a.result, a.from_status) for a in answers] == [
        ("MOVED", "RESERVED"),
        ("NOT_FOUND", None),
        ("REFUSED", "OFFERED"),
        ("REFUSED", "RESERVED"),
        ("MOVED", "RESERVED"),
    ]
    assert await desk.balance() == (4, 0, 1, 3, 0)


async def test_a_slot_that_comes_back_goes_to_the_next_in_rank(desk):
    await desk.move(S.OFFERED, [1, 2])
    await desk.move(S.DECLINED, [2])
    assert await refill(desk) == 1
    assert await desk.matches() == {1: "OFFERED", 2: "DECLINED", 3: "RESERVED", 4: "RESERVED", 5: "RESERVED"}
    assert await refill(desk) == 0
    assert await audit_pools(desk.session) == []


async def test_who_is_no_longer_eligible_is_passed_over(desk):
    await desk.execute("update verdict set status = 'ALREADY_ENROLLED' where household_id = $1", desk.home(5))
    await desk.move(S.RELEASED, [1, 2])
    assert await refill(desk) == 2
    assert sorted(rank for rank, status in (await desk.matches()).items() if status == "RESERVED") == [3, 4, 6, 7]


async def test_who_declined_is_not_asked_again_by_the_same_run(desk):
    await desk.move(S.OFFERED, [1, 2, 3, 4])
    for _ in range(8):
        held = [rank for rank, status in (await desk.matches()).items() if status == "OFFERED"]
        await desk.move(S.DECLINED, held)
        await refill(desk)
        await desk.move(S.OFFERED, [rank for rank, status in (await desk.matches()).items() if status == "RESERVED"])
    assert await desk.matches() == dict.fromkeys(range(1, 11), "DECLINED")
    assert await desk.balance() == (4, 4, 0, 0, 0)
    assert await audit_pools(desk.session) == []


async def test_a_pool_that_shrank_before_the_run_serves_the_first_in_rank_and_the_others_when_slots_come_back(drafted):
    await drafted.pool(2, revision=2)
    assert await drafted.run() == 2
    assert await drafted.matches() == {1: "RESERVED", 2: "RESERVED", 3: "PROPOSED", 4: "PROPOSED"}
    await drafted.move(S.RELEASED, [1])
    assert await refill(drafted) == 1
    assert await drafted.matches() == {1: "RELEASED", 2: "RESERVED", 3: "RESERVED", 4: "PROPOSED"}
    await drafted.pool(9, revision=3)
    assert await refill(drafted) == 7
    statuses = await drafted.matches()
    assert statuses.pop(1) == "RELEASED"
    assert statuses == dict.fromkeys(range(2, 11), "RESERVED")
    assert await audit_pools(drafted.session) == []


@pytest.mark.parametrize("total", [0, 1, 3])
async def test_a_pool_that_shrinks_never_loses_a_held_slot(desk, total):
    await desk.move(S.RELEASED, [4])
    held = await desk.fetch(
        "select pool_id, slot_no, match_id from entitlement_slot where match_id is not null order by 1, 2"
    )
    await desk.pool(total, revision=2)
    assert await desk.fetch("select pool_id, slot_no, match_id from entitlement_slot order by 1, 2") == held
    assert await desk.balance() == (3, 0, 3, 0, 0)
    assert await audit_pools(desk.session) == []
    await desk.move(S.RELEASED, [1, 2, 3])
    await desk.pool(total, revision=3)
    assert await desk.balance() == (total, total, 0, 0, 0)


async def test_a_pool_grows_by_new_slots_and_an_older_report_changes_nothing(desk):
    await desk.pool(6, revision=3)
    assert await desk.balance() == (6, 2, 4, 0, 0)
    await desk.pool(1, revision=2)
    assert await desk.balance() == (6, 2, 4, 0, 0)
    assert await audit_pools(desk.session) == []


async def test_offers_expire_when_their_time_is_over(desk):
    await desk.move(S.OFFERED, [1, 2], expires_at=NOW)
    await desk.move(S.OFFERED, [3], expires_at=NOW + timedelta(days=1))
    expired = await list_expired(desk.session, NOW, after_id=0, first=10)
    assert expired == [await desk.id_of(1), await desk.id_of(2)]
    assert await list_expired(desk.session, NOW - timedelta(seconds=1), after_id=0, first=10) == []
    assert await list_expired(desk.session, NOW, after_id=expired[0], first=10) == expired[1:]
    await desk.move(S.EXPIRED, [1, 2])
    assert await desk.balance() == (4, 2, 1, 1, 0)


async def test_work_is_listed_in_pages(desk):
    first = await list_work(desk.session, S.RESERVED, programme_code="PKH", after_id=0, first=3)
    rest = await list_work(desk.session, S.RESERVED, programme_code=None, after_id=first[-1].match_id, first=3)
    assert [w.household_id for w in [*first, *rest]] == [desk.home(rank) for rank in (1, 2, 3, 4)]
    assert first[0].pool_region_code == "35.10"
    assert await list_work(desk.session, S.RESERVED, programme_code="KIS_PBI", after_id=0, first=3) == []
