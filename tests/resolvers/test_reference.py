"""Regions and programmes are kept for a minute, within bounds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from resolvers.reference import KEPT_FOR, Kept

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


class Source:
    """Answers with the number of the reading; knows no code that begins with x."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def __call__(self, codes: Sequence[str]) -> list[str | None]:
        self.asked.append(list(codes))
        return [None if code.startswith("x") else f"{code}{len(self.asked)}" for code in codes]


async def test_what_is_kept_is_not_read_again_and_the_rest_is_read_at_once() -> None:
    kept, source = Kept[str](), Source()
    assert await kept.find(["a"], NOON, source) == ["a1"]
    assert await kept.find(["b", "a", "c"], NOON, source) == ["b2", "a1", "c2"]
    assert await kept.find(["c", "b"], NOON, source) == ["c2", "b2"]
    assert source.asked == [["a"], ["b", "c"]]


async def test_a_change_shows_when_the_time_is_over() -> None:
    kept, source = Kept[str](), Source()
    await kept.find(["a"], NOON, source)
    assert await kept.find(["a"], NOON + KEPT_FOR - MOMENT, source) == ["a1"]
    assert await kept.find(["a"], NOON + KEPT_FOR, source) == ["a2"]


async def test_a_clock_that_was_set_back_does_not_stretch_the_time() -> None:
    kept, source = Kept[str](), Source()
    await kept.find(["a"], NOON, source)
    assert await kept.find(["a"], NOON - timedelta(hours=1), source) == ["a2"]


async def test_what_is_not_there_is_looked_for_every_time() -> None:
    kept, source = Kept[str](), Source()
    assert await kept.find(["x", "a"], NOON, source) == [None, "a1"]
    assert await kept.find(["x", "a"], NOON, source) == [None, "a1"]
    assert source.asked == [["x", "a"], ["x"]]


async def test_the_oldest_go_when_there_are_too_many() -> None:
    kept, source = Kept[str](most=2), Source()
    await kept.find(["a", "b", "c"], NOON, source)
    assert await kept.find(["b", "c"], NOON, source) == ["b1", "c1"]
    assert await kept.find(["a"], NOON, source) == ["a2"]
