"""Asking many districts: in which order, how often an answer is checked, and when."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from hub.domain.case_search import CaseFileCriteria
from hub.federation.budget import Pace
from hub.federation.checks import Misbehaved, as_it_came
from hub.federation.directory import Shard
from hub.federation.gather import Answered, Failed, Gather, GatherSettings
from hub.federation.questions import CaseFileCount, CaseFileFilter, Question
from tests.federation.test_paging import shard

CODES = ("11.01", "11.02", "35.09")
COUNT = CaseFileCount(CaseFileFilter(None, CaseFileCriteria()))


class Districts:
    """Answer with the number of the call once they are let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.silent: dict[str, asyncio.Event] = {}

    async def ask(self, shard: Shard, question: Question[Any], deadline_at: float) -> Any:
        self.asked.append(shard.regency_code)
        number = self.asked.count(shard.regency_code)
        if (silent := self.silent.get(shard.regency_code)) is not None:
            await silent.wait()
        await asyncio.sleep(0)
        return number


def gather_of(districts: Districts) -> Gather:
    return Gather(districts, GatherSettings(hedge_after=30.0, retry_wait=0.01))


async def test_the_slowest_are_asked_first_and_those_of_whom_nothing_is_known_before_the_quick() -> None:
    districts = Districts()
    gather = gather_of(districts)
    for code, seconds in (("11.01", 1.0), ("35.09", 40.0)):
        for _ in range(8):
            gather._knows(shard(code)).pace.note(seconds)
    outcomes = await gather.ask_all([(shard(code), COUNT) for code in CODES], as_it_came, gather.deadline_at())
    assert districts.asked == ["35.09", "11.02", "11.01"]
    assert outcomes == dict.fromkeys(CODES, Answered(1))


async def test_an_answer_is_checked_once_for_all_who_ask_and_while_others_are_waited_for() -> None:
    districts = Districts()
    districts.silent["35.09"] = asyncio.Event()
    gather = gather_of(districts)
    checked = Counter[str]()

    def check(of: Shard, question: CaseFileCount, came: int) -> str:
        checked[of.regency_code] += 1
        assert question is COUNT
        return f"{of.regency_code} {came}"

    def ask() -> "asyncio.Task[Any]":
        questions = [(shard(code), COUNT) for code in CODES]
        return asyncio.create_task(gather.ask_all(questions, check, gather.deadline_at()))

    callers = [ask(), ask(), ask()]
    async with asyncio.timeout(10):
        while len(checked) < 2:
            await asyncio.sleep(0)
    assert checked == {"11.01": 1, "11.02": 1}
    districts.silent["35.09"].set()
    expected = {code: Answered(f"{code} 1") for code in CODES}
    assert await asyncio.gather(*callers) == [expected] * 3
    assert checked == dict.fromkeys(CODES, 1)
    assert gather.counters.joined == 6


async def test_an_answer_that_cannot_be_used_is_a_failure_that_is_not_asked_again() -> None:
    districts = Districts()
    gather = gather_of(districts)

    def check(of: Shard, _: CaseFileCount, came: int) -> int:
        if of.regency_code == "11.02":
            raise Misbehaved("OUT_OF_ORDER", "rows are out of order")
        return came

    outcomes = await gather.ask_all([(shard(code), COUNT) for code in CODES], check, gather.deadline_at())
    failed = Failed("OUT_OF_ORDER", "rows are out of order")
    assert outcomes == {"11.01": Answered(1), "11.02": failed, "35.09": Answered(1)}
    assert sorted(districts.asked) == sorted(CODES)
    assert gather.counters.failed == {"OUT_OF_ORDER": 1}


async def test_one_who_asks_with_less_time_leaves_and_the_others_get_the_answer() -> None:
    districts = Districts()
    districts.silent["35.09"] = asyncio.Event()
    gather = gather_of(districts)
    questions = [(shard("35.09"), COUNT)]
    patient = asyncio.create_task(gather.ask_all(questions, as_it_came, gather.deadline_at()))
    hasty = await gather.ask_all(questions, as_it_came, asyncio.get_running_loop().time() + 0.05)
    assert [(outcome.reason if isinstance(outcome, Failed) else None) for outcome in hasty.values()] == ["DEADLINE"]
    districts.silent["35.09"].set()
    assert await patient == {"35.09": Answered(1)}
    assert districts.asked == ["35.09"]


async def test_a_district_that_is_asked_as_much_as_it_takes_is_busy_in_the_end() -> None:
    districts = Districts()
    districts.silent["35.09"] = asyncio.Event()
    gather = Gather(districts, GatherSettings(hedge_after=30.0, shard_deadline=0.2))
    asked = [CaseFileCount(CaseFileFilter(str(number), CaseFileCriteria())) for number in range(5)]
    callers = [
        asyncio.create_task(gather.ask_all([(shard("35.09"), one)], as_it_came, gather.deadline_at())) for one in asked
    ]
    last = (await callers[-1])["35.09"]
    districts.silent["35.09"].set()
    assert isinstance(last, Failed)
    assert last.reason == "BUSY"
    assert [outcome["35.09"] for outcome in await asyncio.gather(*callers[:-1])] == [Answered(n) for n in (1, 2, 3, 4)]


async def test_an_error_of_ours_is_not_taken_for_one_of_a_district() -> None:
    def check(*_: Any) -> int:
        raise ZeroDivisionError

    gather = gather_of(Districts())
    with pytest.raises(ZeroDivisionError):
        await gather.ask_all([(shard("35.09"), COUNT)], check, gather.deadline_at())


def test_late_is_what_nine_of_ten_answers_were_not() -> None:
    pace = Pace(0.5)
    for number in range(7):
        pace.note(number)
        assert pace.late_after == 0.5
    pace.note(7)
    assert pace.late_after == 7
    for number in range(8, 40):
        pace.note(number)
    assert pace.late_after == 36  # of the last 32, 8 to 39
    for _ in range(32):
        pace.note(0.001)
    assert pace.late_after == 0.05
