"""From weighed pairs to links: one to one, rivals count, and the queue holds only what a person can decide."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching.linkage import LinkOutcome, load_weights
from hub.matching.pairs import FAR_BEHIND, REVIEWS_PER_ENTRY, Pair, settle

WEIGHTS = load_weights()
SURE = WEIGHTS.link_at + 10
DOUBTFUL = (WEIGHTS.link_at + WEIGHTS.review_at) / 2


def pair(entry: int, unit: int, bits: float) -> Pair:
    return Pair("KIS", f"R{entry}", "KIS_PBI", unit, unit, unit, bits, ())


def settled(*pairs: Pair) -> list[tuple[str, int, str]]:
    return sorted((p.source_record_id, p.household_id, p.status.value) for p in settle(pairs, WEIGHTS))


def test_a_sure_pair_is_linked_and_a_doubtful_one_waits() -> None:
    assert settled(pair(1, 1, SURE), pair(2, 2, DOUBTFUL)) == [("R1", 1, "LINKED"), ("R2", 2, "REVIEW")]


@pytest.mark.parametrize("pairs", [[(1, 1), (1, 2)], [(1, 1), (2, 1)]])
def test_two_alike_wait_on_whichever_side_they_are(pairs: list[tuple[int, int]]) -> None:
    assert [status for *_, status in settled(*(pair(*p, SURE) for p in pairs))] == ["REVIEW", "REVIEW"]


def test_of_two_far_apart_the_surer_is_linked_and_the_other_is_gone() -> None:
    assert settled(pair(1, 1, SURE), pair(1, 2, SURE - 15), pair(2, 1, SURE - 15)) == [("R1", 1, "LINKED")]


def test_a_candidate_far_behind_is_not_worth_a_look() -> None:
    ahead = settled(pair(1, 1, DOUBTFUL), pair(1, 2, DOUBTFUL - FAR_BEHIND - 0.1))
    assert ahead == [("R1", 1, "REVIEW")]


_PAIRS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.floats(WEIGHTS.review_at, SURE + 20)),
    unique_by=lambda p: p[:2],
    max_size=30,
)


@given(_PAIRS)
def test_links_are_one_to_one_and_reviews_touch_no_link(found: list[tuple[int, int, float]]) -> None:
    pairs = [pair(*p) for p in found]
    result = settle(pairs, WEIGHTS)
    linked = [p for p in result if p.status is LinkOutcome.LINKED]
    reviews = [p for p in result if p.status is LinkOutcome.REVIEW]
    assert len(linked) + len(reviews) == len(result)
    assert all(p.bits >= WEIGHTS.link_at for p in linked)
    entries, units = Counter(p.entry for p in linked), Counter(p.unit for p in linked)
    assert max([*entries.values(), *units.values()], default=1) == 1
    assert not any(p.entry in entries or p.unit in units for p in reviews)
    assert all(count <= REVIEWS_PER_ENTRY for count in Counter(p.entry for p in reviews).values())
    assert settled(*reversed(pairs)) == settled(*pairs)
