"""What is done with case files holds together: statuses, who may, and the same tables in the database."""

import pytest

from hub.domain.agencies import AgencyKind, agency_at, read_agency
from hub.domain.cases import (
    ACTIVE_ASSIGNMENT,
    ASSIGNMENT_TRANSITIONS,
    CASE_STATUSES,
    CASE_TRANSITIONS,
    CASE_TYPES,
    class_of_type,
)
from hub.domain.casework import (
    ASSIGNMENT_MOVES,
    CASE_MOVES,
    WHO_MAY,
    CaseAction,
    Standing,
    is_agency_of,
    standings_of,
)
from hub.domain.principal import Principal, Role

S = Standing


def _caller(role: Role, agency: str | None = None) -> Principal:
    regency = "35.10" if role in (Role.DISTRICT_OFFICER, Role.DISTRICT_SYSTEM) else None
    return Principal("c", role, frozenset(), regency, agency)


def test_every_status_has_its_ways_and_can_be_reached_from_the_first() -> None:
    assert set(CASE_TRANSITIONS) == set(CASE_STATUSES)
    reached, frontier = set(), {"RECEIVED"}
    while frontier:
        reached |= frontier
        frontier = {to for status in frontier for to in CASE_TRANSITIONS[status]} - reached
    assert reached == set(CASE_STATUSES)


def test_the_actions_are_exactly_the_transitions_of_a_case_file() -> None:
    moves = [(status, moving.to_status) for moving in CASE_MOVES.values() for status in moving.from_statuses]
    assert len(moves) == len(set(moves)), "each transition is made by one action alone"
    assert set(moves) == {(status, to) for status, ways in CASE_TRANSITIONS.items() for to in ways}


def test_the_actions_are_exactly_the_transitions_of_an_assignment() -> None:
    moves = [(status, moving.to_status) for moving in ASSIGNMENT_MOVES.values() for status in moving.from_statuses]
    assert sorted(moves) == sorted((status, to) for status, ways in ASSIGNMENT_TRANSITIONS.items() for to in ways)
    assert {status for status, ways in ASSIGNMENT_TRANSITIONS.items() if ways} == ACTIVE_ASSIGNMENT


def test_every_action_is_somebodys_and_a_district_system_may_do_all_of_them() -> None:
    assert set(WHO_MAY) == set(CaseAction)
    assert all(Standing.DISTRICT_SYSTEM in who for who in WHO_MAY.values())


@pytest.mark.parametrize(
    ("caller", "standings"),
    [
        (_caller(Role.DISTRICT_OFFICER), {S.SECRETARIAT}),
        (_caller(Role.DISTRICT_OFFICER, "35.10/KESRA"), {S.SECRETARIAT, S.SUPPORT}),
        (_caller(Role.DISTRICT_OFFICER, "35.10/DINAS_KESEHATAN"), {S.LEAD}),
        (_caller(Role.DISTRICT_OFFICER, "35.10/DPMD"), {S.UNINVOLVED}),
        (_caller(Role.DISTRICT_SYSTEM), {S.DISTRICT_SYSTEM}),
        (_caller(Role.MINISTRY_ANALYST), {S.MINISTRY}),
        (_caller(Role.MINISTRY_ANALYST, "ID/KEMENSOS"), {S.MINISTRY, S.SUPPORT}),
        (_caller(Role.PARTNER_APP), set()),
        (_caller(Role.ROUTER), set()),
    ],
)
def test_a_caller_stands_to_a_case_file_by_role_and_agency(caller: Principal, standings: set[Standing]) -> None:
    assigned = {"35.10/DINAS_KESEHATAN": "LEAD", "35.10/KESRA": "SUPPORT", "ID/KEMENSOS": "SUPPORT"}
    assert standings_of(caller, assigned) == standings


@pytest.mark.parametrize(
    ("kind", "region", "code"),
    [
        ("DINAS_SOSIAL", "35.10.01.2001", "35.10/DINAS_SOSIAL"),
        ("DINAS_SOSIAL", "35.10", "35.10/DINAS_SOSIAL"),
        ("UPT", "35.10.01.2001", "35.10.01/UPT"),
        ("UPT", "35.10", None),
        ("PUSKESOS", "35.10.01.2001", "35.10.01.2001/PUSKESOS"),
        ("PUSKESOS", "35.10.01", None),
        ("KEMENSOS", "35.10", "ID/KEMENSOS"),
    ],
)
def test_the_agency_of_a_kind_sits_at_its_own_level(kind: str, region: str, code: str | None) -> None:
    assert agency_at(AgencyKind(kind), region) == code
    if code is not None:
        assert read_agency(code) == (code.partition("/")[0], AgencyKind(kind))


@pytest.mark.parametrize(
    "code",
    ["35.10", "35.10/NOBODY", "35.10.01/DINAS_SOSIAL", "35.10/UPT", "35.10/KEMENSOS", "ID/DPMD", "/KESRA", "35/KESRA"],
)
def test_what_is_no_agency_is_not_read_as_one(code: str) -> None:
    assert read_agency(code) is None


@pytest.mark.parametrize(
    ("role", "regency", "agency", "fits"),
    [
        (Role.DISTRICT_OFFICER, "35.10", "35.10/KESRA", True),
        (Role.DISTRICT_OFFICER, "35.10", "35.10.01/UPT", True),
        (Role.DISTRICT_OFFICER, "35.10", "35.09/KESRA", False),
        (Role.DISTRICT_OFFICER, "35.10", "ID/KEMENSOS", False),
        (Role.MINISTRY_ANALYST, None, "ID/KEMENSOS", True),
        (Role.MINISTRY_ANALYST, None, "35.10/KESRA", False),
        (Role.DISTRICT_SYSTEM, "35.10", "35.10/KESRA", False),
        (Role.PARTNER_APP, None, "ID/KEMENSOS", False),
    ],
)
def test_a_client_works_for_an_agency_of_its_own_place(
    role: Role, regency: str | None, agency: str, fits: bool
) -> None:
    assert is_agency_of(role, regency, agency) is fits


def test_a_question_takes_no_longer_than_information() -> None:
    assert {type_: class_of_type(type_) for type_ in CASE_TYPES} == {
        "QUESTION": "INFORMATION",
        "SUGGESTION": "INFORMATION",
        "COMPLAINT": "REGULAR",
        "NEED": "REGULAR",
        "OBJECTION": "REGULAR",
        "PROPOSAL": "REGULAR",
        "OUTREACH_FINDING": "REGULAR",
    }
