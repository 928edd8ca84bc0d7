"""The benchmark of allocation, small: it serves exactly as many of each class as the reference."""

from benchmarks.allocation.__main__ import classes_of, made, plain_greedy, served_of
from benchmarks.allocation.reference import served_by_class
from hub.matching.allocation.allocate import allocate


def test_the_country_in_small_is_served_as_the_reference_serves_it_and_no_worse_than_by_plain_greedy() -> None:
    problem = made(5_000, seed=3)
    served = served_of(problem, allocate(problem))
    assert served == served_by_class(problem.candidates, classes_of(problem.candidates), problem.pools)
    assert sum(served) >= plain_greedy(problem)
