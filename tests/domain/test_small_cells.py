"""Which cells of a table are withheld: none that is small, and none that follows from the others and their sum."""

from itertools import compress

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.small_cells import SMALLEST_SHOWN, withheld


def test_a_table_without_small_cells_is_shown_whole() -> None:
    assert withheld([(5, 0), (0, 12)], has_margin=True) == frozenset()


def test_a_single_small_cell_takes_the_next_smallest_with_it_where_the_sum_is_known() -> None:
    assert withheld([(40,), (3,), (9,)], has_margin=True) == {1, 2}
    assert withheld([(40,), (3,), (9,)], has_margin=False) == {1}


def test_two_small_cells_whose_sum_is_small_take_another_with_them() -> None:
    assert withheld([(40,), (1,), (2,), (9,), (0,)], has_margin=True) == {1, 2, 3}


def test_zero_is_shown_and_hides_nothing() -> None:
    assert withheld([(0, 0), (3, 50), (0, 0)], has_margin=True) == {1}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12))
def test_what_is_withheld_never_adds_up_to_a_few_people_unless_all_of_them_do(cells: list[tuple[int, int]]) -> None:
    hidden = withheld(cells, has_margin=True)
    shown = [cell for position, cell in enumerate(cells) if position not in hidden]
    assert all(not 0 < count < SMALLEST_SHOWN for cell in shown for count in cell)
    people = [any(cell) for cell in cells]
    if hidden and any(position not in hidden for position in compress(range(len(cells)), people)):
        sums = [sum(cells[position][n] for position in hidden) for n in range(2)]
        assert len(hidden) > 1
        assert all(not 0 < total < SMALLEST_SHOWN for total in sums)
