"""What is done with a case file, from which status to which, and who may do it.

docs/reference/casework.md shows the same as tables; a test compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.agencies import NATION, is_secretariat, read_agency
from hub.domain.cases import OPEN, WORKING
from hub.domain.principal import Principal, Role


class Standing(StrEnum):
    """As what a caller stands to a case file; one can stand to it as several."""

    SECRETARIAT = "SECRETARIAT"
    LEAD = "LEAD"
    SUPPORT = "SUPPORT"
    UNINVOLVED = "UNINVOLVED"
    DISTRICT_SYSTEM = "DISTRICT_SYSTEM"
    MINISTRY = "MINISTRY"


class CaseAction(StrEnum):
    """What can be done with a case file or an assignment of it."""

    OPEN = "OPEN"
    TRIAGE = "TRIAGE"
    ASSIGN = "ASSIGN"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    DECLINE = "DECLINE"
    START = "START"
    WAIT_FOR_CITIZEN = "WAIT_FOR_CITIZEN"
    WAIT_FOR_AGENCY = "WAIT_FOR_AGENCY"
    REFER = "REFER"
    RESUME = "RESUME"
    COMPLETE = "COMPLETE"
    HAND_OVER = "HAND_OVER"
    WITHDRAW = "WITHDRAW"
    RESOLVE = "RESOLVE"
    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    REJECT = "REJECT"
    JOIN = "JOIN"
    DESCRIBE = "DESCRIBE"
    CHANGE_SUBJECT = "CHANGE_SUBJECT"
    MARK_SENSITIVE = "MARK_SENSITIVE"
    ATTACH = "ATTACH"
    PRELIST = "PRELIST"
    VERIFY_PRELIST = "VERIFY_PRELIST"
    SUBMIT_PRELIST = "SUBMIT_PRELIST"
    LIST_PRELIST = "LIST_PRELIST"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class Moving:
    """Where an action takes a case file or an assignment, and from where."""

    from_statuses: frozenset[str]
    to_status: str


_BEGUN = WORKING - {"ASSIGNED"}
_REFUSABLE = WORKING | {"RECEIVED", "TRIAGED"}
CASE_MOVES: dict[CaseAction, Moving] = {
    CaseAction.TRIAGE: Moving(frozenset({"RECEIVED"}), "TRIAGED"),
    CaseAction.ASSIGN: Moving(_BEGUN | {"TRIAGED", "REOPENED"}, "ASSIGNED"),
    CaseAction.START: Moving(frozenset({"ASSIGNED", "REOPENED"}), "IN_PROGRESS"),
    CaseAction.RESUME: Moving(_BEGUN - {"IN_PROGRESS"}, "IN_PROGRESS"),
    CaseAction.WAIT_FOR_CITIZEN: Moving(WORKING - {"WAITING_CITIZEN"}, "WAITING_CITIZEN"),
    CaseAction.WAIT_FOR_AGENCY: Moving(WORKING - {"WAITING_AGENCY"}, "WAITING_AGENCY"),
    CaseAction.REFER: Moving(WORKING - {"REFERRED"}, "REFERRED"),
    CaseAction.RESOLVE: Moving(WORKING | {"REOPENED"}, "RESOLVED"),
    CaseAction.CLOSE: Moving(frozenset({"RESOLVED"}), "CLOSED"),
    CaseAction.REOPEN: Moving(frozenset({"RESOLVED", "CLOSED", "REJECTED"}), "REOPENED"),
    CaseAction.REJECT: Moving(_REFUSABLE, "REJECTED"),
    CaseAction.JOIN: Moving(_REFUSABLE, "DUPLICATE"),
}
"""How each action moves the case file. ASSIGN does so with a new lead; a support leaves the status as it is."""

ASSIGNMENT_MOVES: dict[CaseAction, Moving] = {
    CaseAction.ACKNOWLEDGE: Moving(frozenset({"ASSIGNED"}), "ACKNOWLEDGED"),
    CaseAction.DECLINE: Moving(frozenset({"ASSIGNED"}), "DECLINED"),
    CaseAction.COMPLETE: Moving(frozenset({"ACKNOWLEDGED"}), "COMPLETED"),
    CaseAction.HAND_OVER: Moving(frozenset({"ASSIGNED", "ACKNOWLEDGED"}), "HANDED_OVER"),
    CaseAction.WITHDRAW: Moving(frozenset({"ASSIGNED", "ACKNOWLEDGED"}), "WITHDRAWN"),
}
"""How each action moves an assignment."""

PRELIST_TRANSITIONS: dict[str, frozenset[str]] = {
    "PRELIST": frozenset({"VERIFIED", "LISTED"}),
    "VERIFIED": frozenset({"SUBMITTED", "LISTED"}),
    "SUBMITTED": frozenset({"LISTED"}),
    "LISTED": frozenset(),
}
"""How a pre-list entry [daftar awal] moves; the table prelist_transition has the same."""

PRELIST_MOVES: dict[CaseAction, Moving] = {
    CaseAction.VERIFY_PRELIST: Moving(frozenset({"PRELIST"}), "VERIFIED"),
    CaseAction.SUBMIT_PRELIST: Moving(frozenset({"VERIFIED"}), "SUBMITTED"),
    CaseAction.LIST_PRELIST: Moving(frozenset({"PRELIST", "VERIFIED", "SUBMITTED"}), "LISTED"),
}
"""How each action moves a pre-list entry."""

ALLOWED_IN: dict[CaseAction, frozenset[str]] = {
    CaseAction.ASSIGN: WORKING | {"TRIAGED", "REOPENED"},
    CaseAction.ACKNOWLEDGE: WORKING | {"REOPENED"},
    CaseAction.DECLINE: WORKING | {"REOPENED"},
    CaseAction.COMPLETE: WORKING | {"REOPENED", "RESOLVED"},
    CaseAction.HAND_OVER: WORKING | {"REOPENED"},
    CaseAction.WITHDRAW: WORKING | {"REOPENED", "RESOLVED"},
    CaseAction.DESCRIBE: OPEN,
    CaseAction.CHANGE_SUBJECT: OPEN,
    CaseAction.PRELIST: OPEN,
}
"""Statuses of the case file in which an action that does not move it can be done; those not named: in every one."""

_S = Standing
_DISTRICT = frozenset({_S.SECRETARIAT, _S.DISTRICT_SYSTEM})
_AGENCY = frozenset({_S.LEAD, _S.SUPPORT, _S.DISTRICT_SYSTEM})
_LEAD = frozenset({_S.LEAD, _S.DISTRICT_SYSTEM})
WHO_MAY: dict[CaseAction, frozenset[Standing]] = {
    CaseAction.OPEN: frozenset({_S.SECRETARIAT, _S.UNINVOLVED, _S.DISTRICT_SYSTEM, _S.MINISTRY}),
    CaseAction.TRIAGE: _DISTRICT,
    CaseAction.ASSIGN: _DISTRICT | {_S.LEAD},
    CaseAction.ACKNOWLEDGE: _AGENCY,
    CaseAction.DECLINE: _AGENCY,
    CaseAction.START: _LEAD,
    CaseAction.WAIT_FOR_CITIZEN: _LEAD,
    CaseAction.WAIT_FOR_AGENCY: _LEAD,
    CaseAction.REFER: _LEAD | {_S.SECRETARIAT},
    CaseAction.RESUME: _LEAD,
    CaseAction.COMPLETE: _AGENCY,
    CaseAction.HAND_OVER: _AGENCY,
    CaseAction.WITHDRAW: _DISTRICT,
    CaseAction.RESOLVE: _LEAD,
    CaseAction.CLOSE: _DISTRICT,
    CaseAction.REOPEN: _DISTRICT | {_S.MINISTRY},
    CaseAction.REJECT: _DISTRICT,
    CaseAction.JOIN: _DISTRICT,
    CaseAction.DESCRIBE: _LEAD | {_S.SECRETARIAT},
    CaseAction.CHANGE_SUBJECT: _LEAD | {_S.SECRETARIAT},
    CaseAction.MARK_SENSITIVE: _LEAD | {_S.SECRETARIAT},
    CaseAction.ATTACH: _AGENCY | {_S.SECRETARIAT},
    CaseAction.PRELIST: _AGENCY | {_S.SECRETARIAT},
    CaseAction.VERIFY_PRELIST: _AGENCY | {_S.SECRETARIAT},
    CaseAction.SUBMIT_PRELIST: _DISTRICT,
    CaseAction.LIST_PRELIST: _DISTRICT | {_S.MINISTRY},
    CaseAction.NOTE: _AGENCY | {_S.SECRETARIAT, _S.MINISTRY},
}
"""Who may do what. LEAD and SUPPORT act on their own assignment alone; a lead that assigns can only call supports in."""


def standings_of(principal: Principal, assigned: Mapping[str, str]) -> frozenset[Standing]:
    """As what a caller stands to a case file; `assigned` is the role of each agency that is on it now."""
    standings = set()
    agency = principal.agency_code
    match principal.role:
        case Role.DISTRICT_SYSTEM:
            return frozenset({Standing.DISTRICT_SYSTEM})
        case Role.MINISTRY_ANALYST:
            standings.add(Standing.MINISTRY)
        case Role.DISTRICT_OFFICER:
            if agency is None or is_secretariat(agency):
                standings.add(Standing.SECRETARIAT)
        case _:
            return frozenset()
    if agency is not None and agency in assigned:
        standings.add(Standing(assigned[agency]))
    return frozenset(standings or {Standing.UNINVOLVED})


def may(action: CaseAction, standings: frozenset[Standing]) -> bool:
    """Whether a caller who so stands to a case file may do this."""
    return not WHO_MAY[action].isdisjoint(standings)


def is_agency_of(role: Role, regency_code: str | None, agency_code: str) -> bool:
    """Whether a client can work for an agency: an officer for one of its regency, an analyst for a national one."""
    agency = read_agency(agency_code)
    if agency is None:
        return False
    region_code = agency[0]
    if role is Role.MINISTRY_ANALYST:
        return region_code == NATION
    if role is Role.DISTRICT_OFFICER and regency_code is not None:
        return region_code == regency_code or region_code.startswith(f"{regency_code}.")
    return False
