"""A day at the districts' desks: planned by seed, lived hour by hour, with a truth that can be counted by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from simulators.day import DayTruth, Report, plan_day, truth_of
from simulators.day_desk import day_of
from simulators.world import World

BEGINS = datetime(2026, 6, 29, 17, tzinfo=UTC)
PASSES = [BEGINS + timedelta(minutes=15 * n) for n in range(1, 97)]


def report(received: int, acknowledged: int | None, resolved: int | None = None) -> Report:
    """Minutes after the beginning of the day; those of the answer after the report came in."""
    at = BEGINS + timedelta(minutes=received)
    return Report(
        number=f"35.10/{received}",
        district="35.10",
        region_code="35.10.01.2001",
        household_id="H1",
        category="FOOD",
        summary="Persediaan beras habis.",
        is_hotline=False,
        refer_to=None,
        received_at=at,
        acknowledged_at=None if acknowledged is None else at + timedelta(minutes=acknowledged),
        resolved_at=None if resolved is None else at + timedelta(minutes=resolved),
    )


def test_the_truth_counts_answers_within_four_hours_and_levels_by_the_passes_that_found_them_unanswered() -> None:
    reports = [report(400, 240, 300), report(400, 241), report(400, None), report(401, 184), report(1400, None)]
    assert truth_of(reports, PASSES) == DayTruth(
        reports=5,
        answered_in_time=2,
        answered_late=1,
        unanswered=2,
        breached=2,
        escalated={"REGENCY": 3, "PROVINCE": 1, "MINISTRY": 1},
        resolved=1,
    )


def test_an_answer_between_a_threshold_and_the_next_pass_comes_in_time_to_stop_the_escalation() -> None:
    assert truth_of([report(401, 182)], PASSES).escalated["REGENCY"] == 0
    assert truth_of([report(401, 185)], PASSES).escalated["REGENCY"] == 1


def test_the_same_seed_plans_the_same_day_and_another_one_another(make_world: Callable[..., World]) -> None:
    households = list(make_world().population.settlements["35.10"].households.values())
    plan = plan_day(7, "35.10", households, BEGINS)
    assert plan_day(7, "35.10", households, BEGINS) == plan
    assert plan_day(8, "35.10", households, BEGINS) != plan
    assert len(plan) == 12
    assert [one.received_at for one in plan] == sorted(one.received_at for one in plan)


def test_a_day_that_went_by_left_each_report_of_the_desk_with_its_answer(world: World) -> None:
    desk = day_of(world, BEGINS)
    desk.pass_to(PASSES[-1])
    district = world.districts["35.10"]
    plan = plan_day(7, "35.10", list(world.population.settlements["35.10"].households.values()), BEGINS, "35.09")
    own = {case.number: case for case in district.case_files.values() if case.number.startswith("35.10/20260629")}
    assert own.keys() == {one.number for one in plan if not one.is_hotline}
    for one in plan:
        if not one.is_hotline:
            [lead] = own[one.number].assignments
            is_answered = one.acknowledged_at is not None and one.acknowledged_at <= PASSES[-1]
            assert lead.acknowledged_at == (one.acknowledged_at if is_answered else None)


def test_what_happened_once_does_not_happen_again(world: World) -> None:
    desk = day_of(world, BEGINS)
    desk.pass_to(PASSES[-1])
    revision = world.districts["35.10"].feed.position
    desk.pass_to(PASSES[-1])
    assert day_of(world, BEGINS) is desk
    assert world.districts["35.10"].feed.position == revision


def test_the_hotline_is_told_each_report_once_in_the_stretch_in_which_it_comes_in(world: World) -> None:
    desk = day_of(world, BEGINS)
    stretches = [desk.hotline(BEGINS if at == 0 else PASSES[at - 1], to) for at, to in enumerate(PASSES)]
    told = [one.number for stretch in stretches for one in stretch]
    assert told == [one.number for one in desk.hotline(BEGINS, PASSES[-1])]
    assert len(told) == len(set(told)) > 0
