"""Clocks as pure functions: the table, and what holds of any history."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.domain.clocks import Clock, ClockState, Line, SlaTerms, first_response, resolution
from hub.domain.working_time import AroundTheClock, OfficeHours, Times, Zone
from tests.spec.clock_table import Happened, Row, rows

SHIPPED = SlaTerms(240, "AROUND_THE_CLOCK", time(8), time(16), 5, 14, 60, 75, 75, 100, 150)
DAYS_OFF = [
    "2026-01-01", "2026-01-16", "2026-02-16", "2026-02-17", "2026-03-18", "2026-03-19", "2026-03-20", "2026-03-23", "2026-03-24",
    "2026-04-03", "2026-05-01", "2026-05-14", "2026-05-15", "2026-05-27", "2026-05-28", "2026-06-01", "2026-06-16", "2026-08-17",
    "2026-08-25", "2026-12-24", "2026-12-25",
]  # fmt: skip
EIGHT_HOURS = timedelta(hours=8)
STATUSES = (
    "TRIAGED", "ASSIGNED", "IN_PROGRESS", "WAITING_CITIZEN", "WAITING_AGENCY", "REFERRED", "RESOLVED", "CLOSED", "REOPENED",
    "DUPLICATE", "REJECTED",
)  # fmt: skip


def clocks_of(row: Row, history: Sequence[Happened]) -> tuple[Clock, Clock]:
    terms = SlaTerms(**({name: getattr(SHIPPED, name) for name in SlaTerms.__dataclass_fields__} | row.policy))
    days_off = [date.fromisoformat(day) for day in (*DAYS_OFF, *row.regional_days_off)]
    office = OfficeHours(row.zone, terms.office_opens, terms.office_closes, days_off)
    lines = [
        Line(one.at, one.recorded, None if one.line == "ACKNOWLEDGED" else one.line, one.line == "ACKNOWLEDGED")
        for one in history
    ]
    times: Times = AroundTheClock() if terms.first_response_hours == "AROUND_THE_CLOCK" else office
    limit = terms.days(row.resolution_class) * office.length
    return (
        first_response(row.received, terms, lines, times),
        resolution(row.received, terms, limit, lines, office),
    )


def passed(clock: Clock, now: datetime) -> set[str]:
    moments = {"REGENCY": clock.regency_at, "PROVINCE": clock.province_at, "MINISTRY": clock.ministry_at}
    return {f"{clock.kind}/{level}" for level, at in moments.items() if clock.outcome is None and at and at < now}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.given)
def test_every_row_of_the_table_comes_out_as_it_says(row: Row) -> None:
    assert [clock.due_at for clock in clocks_of(row, row.history)] == [row.response_due, row.resolution_due]
    told = set[str]()
    for moment in row.asked:
        response, end = clocks_of(row, [one for one in row.history if one.recorded <= moment.at])
        told |= passed(response, moment.at) | passed(end, moment.at)
        assert (response.state(moment.at), end.state(moment.at), told) == (
            moment.response,
            moment.resolution,
            moment.told,
        ), moment.at


def test_a_removed_case_file_stops_what_still_runs() -> None:
    received, removed = datetime(2026, 7, 6, 2, tzinfo=UTC), datetime(2026, 7, 6, 4, tzinfo=UTC)
    clock = first_response(received, SHIPPED, [], AroundTheClock(), removed)
    assert (clock.ended_at, clock.outcome) == (removed, ClockState.STOPPED)


def test_moments_beyond_the_calendar_count_as_its_ends() -> None:
    office = OfficeHours(Zone.WIB, time(8), time(16), [])
    for year in (1, 1989, 2061, 9999):
        clock = resolution(datetime(year, 12, 31, 23, tzinfo=UTC), SHIPPED, 14 * EIGHT_HOURS, [], office)
        assert clock.due_at is not None
        assert 1990 <= clock.due_at.year <= 2060


# What follows draws histories: lines at any distance from each other, some written down late or with a clock that runs ahead.

moments = st.integers(0, 400_000).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
lateness = st.integers(-3_000, 3_000).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def histories(draw: st.DrawFn) -> tuple[datetime, list[Line]]:
    times = sorted(draw(st.lists(moments, min_size=1, max_size=14)))
    lines = []
    for recorded in times[1:]:
        status = draw(st.sampled_from((*STATUSES, None, "WAITING_CITIZEN", "REOPENED")))
        lines.append(Line(recorded + draw(lateness), recorded, status, is_answer=status is None))
    return times[0], lines


@st.composite
def calendars(draw: st.DrawFn) -> OfficeHours:
    opens = draw(st.integers(0, 22))
    closes = draw(st.integers(opens + 1, 23))
    days = draw(st.lists(st.dates(date(2026, 1, 1), date(2027, 3, 1)), max_size=40))
    return OfficeHours(draw(st.sampled_from(Zone)), time(opens), time(closes), days)


terms = st.builds(
    SlaTerms,
    first_response_minutes=st.integers(1, 3_000),
    first_response_hours=st.just("OFFICE_HOURS"),
    office_opens=st.just(time(8)),
    office_closes=st.just(time(16)),
    information_days=st.just(5),
    regular_days=st.just(14),
    oversight_days=st.just(60),
    at_risk_percent=st.integers(1, 99),
    regency_percent=st.integers(1, 99),
    province_percent=st.just(100),
    ministry_percent=st.integers(101, 300),
)


def moments_of(clock: Clock) -> list[datetime | None]:
    return [clock.at_risk_at, clock.due_at, clock.regency_at, clock.province_at, clock.ministry_at]


@given(histories(), calendars(), terms, st.integers(1, 60))
def test_no_line_moves_a_moment_back_but_the_end_of_a_pause_which_says_when_an_open_one_comes(
    history: tuple[datetime, list[Line]], office: OfficeHours, promised: SlaTerms, days: int
) -> None:
    """A moment that is open counts as later than any. It becomes known when its pause ends, and then not before the moment
    that stood before the pause; every other line leaves it, opens it, or moves it to later.
    """
    received, lines = history
    clocks = [
        resolution(received, promised, days * office.length, lines[:count], office) for count in range(len(lines) + 1)
    ]
    stood = moments_of(clocks[0])
    for before, after in pairwise(clocks):
        for position, (was, now) in enumerate(zip(moments_of(before), moments_of(after), strict=True)):
            if now is not None:
                earlier = stood[position]
                assert earlier is not None
                assert now >= earlier
                assert was is not None or (before.paused_since is not None and after.paused_since is None)
                stood[position] = now


@given(histories(), calendars(), terms, st.integers(1, 60))
def test_what_a_clock_passed_before_the_last_line_stays_passed_unless_it_begins_anew(
    history: tuple[datetime, list[Line]], office: OfficeHours, promised: SlaTerms, days: int
) -> None:
    received, lines = history
    assume(lines)
    before = resolution(received, promised, days * office.length, lines[:-1], office)
    after = resolution(received, promised, days * office.length, lines, office)
    assume(after.started_at == before.started_at)
    effective = max([received, *(min(line.happened_at, line.recorded_at) for line in lines)])
    for was, now in zip(moments_of(before), moments_of(after), strict=True):
        if was is not None and was <= effective and before.paused_since is None:
            assert now == was


@given(histories(), calendars(), terms)
def test_a_first_response_is_due_when_it_was_due_at_the_start_and_ends_once(
    history: tuple[datetime, list[Line]], office: OfficeHours, promised: SlaTerms
) -> None:
    received, lines = history
    clocks = [first_response(received, promised, lines[:count], office) for count in range(len(lines) + 1)]
    assert {clock.due_at for clock in clocks} == {clocks[0].due_at}
    ended = [clock.ended_at for clock in clocks if clock.ended_at is not None]
    assert len(set(ended)) <= 1


@given(calendars(), moments, moments, st.integers(1, 100_000))
def test_working_time_rises_with_the_clock_and_is_found_again(
    office: OfficeHours, one: datetime, other: datetime, minutes: int
) -> None:
    early, late = sorted((one, other))
    assert office.elapsed(early) <= office.elapsed(late)
    wanted = office.elapsed(early) + timedelta(minutes=minutes)
    found = office.moment(wanted)
    assert office.elapsed(found) == wanted
    assert office.elapsed(found - timedelta(microseconds=1)) < wanted
    assert office.moment(office.elapsed(early) + timedelta(minutes=1)) > early
