"""The state machine of a referral holds together, and its clocks and packages are what they say."""

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from hub.domain.agencies import AgencyKind, agency_at
from hub.domain.errors import InternalError, Invalid
from hub.domain.parties import Party, read_party
from hub.domain.referral_clocks import (
    Deadline,
    ReceiverTime,
    ReferralClockState,
    ReferralPolicy,
    accept_deadline,
    clock,
    complete_deadline,
)
from hub.domain.referral_package import PACKAGE_FIELDS, build_package, masked_package
from hub.domain.referrals import OPEN, REFERRAL_TRANSITIONS, SIDE_OF, TARGET, ReferralStatus, Side, outcome_of
from hub.domain.working_time import AroundTheClock, OfficeHours, Zone

_S = ReferralStatus
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_every_status_can_be_reached_from_a_draft_and_only_closed_is_final() -> None:
    reached, frontier = set(), {_S.DRAFT}
    while frontier:
        reached |= frontier
        frontier = {to for start, to in REFERRAL_TRANSITIONS if start in frontier} - reached
    assert reached == set(_S)
    assert set(_S) - {start for start, _ in REFERRAL_TRANSITIONS} == {_S.CLOSED}


def test_every_action_is_one_that_its_side_can_make_somewhere() -> None:
    for action, to in TARGET.items():
        assert any(SIDE_OF[action] in sides for (_, target), sides in REFERRAL_TRANSITIONS.items() if target is to)
    assert {target for _, target in REFERRAL_TRANSITIONS} - set(TARGET.values()) == {_S.DELIVERED}


def test_a_referral_has_an_outcome_exactly_when_it_leaves_what_is_open() -> None:
    for (start, to), sides in REFERRAL_TRANSITIONS.items():
        is_end = (start in OPEN or start is _S.DRAFT) and to not in OPEN
        assert (outcome_of(start, to) is not None) is is_end, (start, to, sides)


def test_nobody_but_the_hub_delivers() -> None:
    assert REFERRAL_TRANSITIONS[_S.SENT, _S.DELIVERED] == {Side.HUB}


@pytest.mark.parametrize(
    ("code", "party"),
    [
        ("35.10", Party("35.10", "DISTRICT", "35.10", "35.10")),
        ("35.10/DINAS_KESEHATAN", Party("35.10/DINAS_KESEHATAN", "DINAS_KESEHATAN", "35.10", "35.10")),
        ("35.10.01/UPT", Party("35.10.01/UPT", "UPT", "35.10", "35.10.01")),
        ("35.10.01.2001/PUSKESOS", Party("35.10.01.2001/PUSKESOS", "PUSKESOS", "35.10", "35.10.01.2001")),
        ("ID/KEMENSOS", Party("ID/KEMENSOS", "KEMENSOS", "ID", None)),
        ("KIS", Party("KIS", "KIS", "ID", None)),
    ],
)
def test_a_code_names_a_party(code: str, party: Party) -> None:
    assert read_party(code) == party


@pytest.mark.parametrize(
    "code",
    ["", "35", "35.10.01", "35.10.2001/PUSKESOS", "35.10/UPT", "35.10.01/DINAS_KESEHATAN", "35.10/", "35.10/RSUD", "ID",
     "ID/POLRI", "BPJS", "35.10/dinas_sosial", "35.10 ", "x" * 500],
)  # fmt: skip
def test_what_is_no_party_is_refused_with_the_ways_there_are(code: str) -> None:
    with pytest.raises(Invalid, match=r"there is no party .*: name a district"):
        read_party(code)


def test_every_kind_of_agency_is_a_party_where_it_sits_and_nowhere_else() -> None:
    regions = ("ID", "35.10", "35.10.01", "35.10.01.2001")
    for kind in AgencyKind:
        seat = agency_at(kind, "35.10.01.2001")
        assert seat is not None
        party = read_party(seat)
        assert (party.kind, party.is_district) == (kind.value, False)
        assert party.regency_code == ("ID" if seat.startswith("ID/") else "35.10")
        for region in regions:
            if f"{region}/{kind}" != seat:
                with pytest.raises(Invalid):
                    read_party(f"{region}/{kind}")


JAKARTA = OfficeHours(Zone.WIB, time(8), time(16), [date(2026, 3, 18), date(2026, 3, 19), date(2026, 3, 20)])
JAYAPURA = OfficeHours(Zone.WIT, time(8), time(16), [])
AROUND = ReceiverTime(AroundTheClock(), JAKARTA, 75)
OFFICE = ReceiverTime(JAKARTA, JAKARTA, 75)


@pytest.mark.parametrize(
    ("hours", "settled", "state"),
    [(0, None, "OK"), (2.9, None, "OK"), (3, None, "AT_RISK"), (4, None, "AT_RISK"), (4.1, None, "BREACHED"),
     (9, 4, "OK"), (9, 3.5, "OK"), (9, 4.1, "BREACHED")],
)  # fmt: skip
def test_a_clock_is_at_risk_from_three_quarters_and_keeps_the_state_in_which_it_was_settled(
    hours: float, settled: float | None, state: str
) -> None:
    deadline = accept_deadline(ReferralPolicy(4, 5), AROUND, NOW)
    assert deadline == Deadline(NOW + timedelta(hours=3), NOW + timedelta(hours=4))
    at = None if settled is None else NOW + timedelta(hours=settled)
    assert clock(NOW, deadline, at, NOW + timedelta(hours=hours)).state == ReferralClockState(state)


@pytest.mark.parametrize(
    ("receiver", "sent", "at_risk", "due"),
    [
        (AROUND, "2026-03-13T09:00", "2026-03-13T12:00", "2026-03-13T13:00"),  # Friday, end of office: goes on at night
        (OFFICE, "2026-03-13T08:00", "2026-03-16T03:00", "2026-03-16T04:00"),  # Friday 15:00: rests over the weekend
        (OFFICE, "2026-03-17T08:00", "2026-03-23T03:00", "2026-03-23T04:00"),  # Tuesday 15:00: rests over days off, too
        (ReceiverTime(JAYAPURA, JAYAPURA, 50), "2026-03-13T06:00", "2026-03-16T00:00", "2026-03-16T02:00"),  # WIT
    ],
)
def test_the_hours_of_an_answer_are_those_in_which_the_receiver_answers(
    receiver: ReceiverTime, sent: str, at_risk: str, due: str
) -> None:
    assert accept_deadline(ReferralPolicy(4, 5), receiver, _utc(sent)) == Deadline(_utc(at_risk), _utc(due))


@pytest.mark.parametrize(
    ("office", "accepted", "due"),
    [
        (JAKARTA, "2026-03-02T03:00", "2026-03-05T03:00"),  # Monday 10:00 and three working days
        (JAKARTA, "2026-03-13T03:00", "2026-03-23T03:00"),  # Friday 10:00: a weekend, three days off, a weekend
        (JAYAPURA, "2026-03-13T03:00", "2026-03-18T03:00"),
    ],
)
def test_the_days_of_a_service_are_working_days_where_the_receiver_is(
    office: OfficeHours, accepted: str, due: str
) -> None:
    receiver = ReceiverTime(AroundTheClock(), office, 75)
    assert complete_deadline(ReferralPolicy(4, 3), receiver, _utc(accepted)).due_at == _utc(due)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_no_field_but_those_that_the_purpose_allows_ever_enters_a_package() -> None:
    rng = random.Random(6)
    everything: dict[str, object] = {name: f"the {name}" for name in PACKAGE_FIELDS}
    everything |= {
        "password": "x",
        "birth_date": date(1990, 1, 1),
        "decile": 3,
        "is_pregnant": False,
        "nik": "3510014101900001",
    }
    everything["kk_number"] = "3510010101200007"
    for _ in range(500):
        allowed = rng.sample(sorted(PACKAGE_FIELDS), rng.randint(1, len(PACKAGE_FIELDS)))
        known = {name: value for name, value in everything.items() if rng.random() < 0.7}
        package = build_package(allowed, known)
        assert list(package) == allowed
        shown = str(package)
        for name, value in known.items():
            if name not in allowed and isinstance(value, str):
                assert f"'{value}'" not in shown
    assert build_package(["birth_date", "nik_masked", "decile", "kk_number_masked"], everything) == {
        "birth_date": "1990-01-01",
        "nik_masked": "3510**********01",
        "decile": 3,
        "kk_number_masked": "3510**********07",
    }


def test_a_purpose_that_names_a_field_nobody_knows_builds_nothing() -> None:
    with pytest.raises(InternalError, match="fields that no package has"):
        build_package(["name", "religion"], {"name": "Siti"})


def test_numbers_of_a_package_are_masked_for_who_may_not_see_them() -> None:
    package = build_package(
        ["name", "nik", "kk_number"], {"name": "Siti", "nik": "3510014101900001", "kk_number": None}
    )
    assert masked_package(package) == {"name": "Siti", "nik": "3510**********01", "kk_number": None}
