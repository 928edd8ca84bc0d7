"""One to one, and nothing better exists."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from hub.matching.linkage import assign

Pairs = list[tuple[str, int, float]]

PAIRS = st.dictionaries(
    st.tuples(st.sampled_from("ABCDE"), st.integers(1, 5)),
    st.integers(-40, 400).map(lambda tenths: tenths / 10),
    max_size=18,
).map(lambda found: [(left, right, bits) for (left, right), bits in found.items()])


def best_sum(pairs: Pairs) -> float:
    """By trying every assignment."""
    bits = {(left, right): weight for left, right, weight in pairs if weight > 0}
    return max(
        sum(bits.get((left, right), 0.0) for left, right in zip("ABCDE", order, strict=True))
        for order in permutations(range(1, 6))
    )


@given(PAIRS)
def test_the_assignment_is_one_to_one_and_of_the_greatest_sum(pairs: Pairs) -> None:
    chosen = assign(pairs)
    assert len({left for left, _, _ in chosen}) == len({right for _, right, _ in chosen}) == len(chosen)
    assert set(chosen) <= set(pairs)
    assert abs(sum(bits for _, _, bits in chosen) - best_sum(pairs)) < 1e-9


def test_a_record_gives_way_when_both_are_better_off() -> None:
    assert sorted(assign([("A", 1, 10.0), ("A", 2, 9.0), ("B", 1, 9.0)])) == [("A", 2, 9.0), ("B", 1, 9.0)]


def test_pairs_of_no_bits_are_left_out() -> None:
    assert assign([("A", 1, 0.0), ("B", 2, -3.0), ("C", 3, 0.1)]) == [("C", 3, 0.1)]


def test_a_thousand_groups_and_one_of_sixty_are_assigned() -> None:
    many = [(f"L{n}", f"R{n}", 5.0) for n in range(1_000)]
    crowd = [(f"K{n}", f"S{m}", 20.0 - abs(n - m) / 10) for n in range(60) for m in range(60)]
    assert assign([*many, *crowd]) == [*many, *((f"K{n}", f"S{n}", 20.0) for n in range(60))]


def test_twenty_thousand_records_that_hang_together_are_assigned() -> None:
    many = 20_000
    chain = [(f"L{n}", f"R{m}", 10.0 if m == n else 9.0) for n in range(many) for m in (n, n + 1, n + 2)]
    assert assign(chain) == [(f"L{n}", f"R{n}", 10.0) for n in range(many)]
    shifted = [("L", "R0", 100.0), *((f"L{n}", f"R{m}", 9.0) for n in range(many) for m in (n, n + 1))]
    assert assign(shifted[::-1])[-1] == ("L", "R0", 100.0)
    assert len(assign(shifted[::-1])) == many + 1


@given(PAIRS)
def test_who_has_whom_does_not_depend_on_pairs_of_others(pairs: Pairs) -> None:
    apart = [(f"{left}'", right + 100, bits) for left, right, bits in pairs]
    assert [pair for pair in assign([*apart, *pairs]) if pair in pairs] == assign(pairs)
