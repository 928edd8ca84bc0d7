"""A case file on its way, and those who work on it, for the tests of casework."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from hub.domain.agencies import Agencies
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.store.case_files import CaseFile
from hub.store.casework import Description
from hub.store.database import Database
from resolvers import assignments, case_work
from resolvers.case_files import CaseFileDraft, create_case_file
from resolvers.context import Context
from resolvers.held_case import Step
from tests.schema.world import CALLERS, context
from tests.schema.world_records import OWN, VILLAGES, household_of

HEALTH, SOCIAL, VILLAGES_OFFICE = f"{OWN}/DINAS_KESEHATAN", f"{OWN}/DINAS_SOSIAL", f"{OWN}/DPMD"
MINISTRY = "ID/KEMENSOS"


def officer_of(agency_code: str | None) -> Principal:
    """An officer of 35.10 who works for an agency."""
    return replace(CALLERS["officer"], client_id=f"officer of {agency_code}", agency_code=agency_code)


WORKERS: dict[str, Principal] = {
    "SECRETARIAT": officer_of(None),
    "LEAD": officer_of(HEALTH),
    "SUPPORT": officer_of(SOCIAL),
    "UNINVOLVED": officer_of(VILLAGES_OFFICE),
    "DISTRICT_SYSTEM": CALLERS["system"],
    "MINISTRY": CALLERS["analyst"],
    "PARTNER_APP": Principal("partner", Role.PARTNER_APP, SCOPES_OF_ROLE[Role.PARTNER_APP]),
    "ROUTER": CALLERS["router"],
}
"""Who tries to do something with a case file that DINAS_KESEHATAN leads and DINAS_SOSIAL supports."""


def draft(**changes: object) -> CaseFileDraft:
    """A need of food in the first household of 35.10."""
    values: dict[str, object] = {
        "region_code": VILLAGES[OWN],
        "household_id": household_of(OWN, 1),
        "number": None,
        "type": "COMPLAINT",
        "category": "HEALTH",
        "channel": "WALK_IN",
        "summary": "Kartu ditolak di rumah sakit",
    }
    return CaseFileDraft(**(values | changes))


def of(database: Database, worker: str) -> Context:
    """The context of one who works on it."""
    return context(database, WORKERS[worker])


async def opened(database: Database, key: str, **changes: object) -> CaseFile:
    """A case file that nobody has looked at."""
    return await create_case_file(of(database, "SECRETARIAT"), draft(**changes), key)


async def case_in(database: Database, status: str, key: str) -> CaseFile:
    """A case file that has come so far, with the health office as lead and the social office as support."""
    case = await opened(database, key)
    for name in WAY_TO[status].split():
        worker, work = STEPS[name]
        case = await work(of(database, worker), Step(case.case_file_id, f"{key}-{name}", "so far"))
    return case


WAY_TO = {
    "RECEIVED": "",
    "REJECTED": "reject",
    "TRIAGED": "triage",
    "ASSIGNED": "triage assign",
    "IN_PROGRESS": "triage assign start",
    "WAITING_CITIZEN": "triage assign wait",
    "WAITING_AGENCY": "triage assign wait_for_agency",
    "REFERRED": "triage assign refer",
    "RESOLVED": "triage assign resolve",
    "CLOSED": "triage assign resolve close",
    "REOPENED": "triage assign resolve reopen",
}
STEPS: dict[str, tuple[str, Callable[[Context, Step], Awaitable[CaseFile]]]] = {
    "reject": ("SECRETARIAT", case_work.reject_case),
    "triage": ("SECRETARIAT", lambda ctx, step: case_work.triage_case(ctx, step, Description())),
    "assign": ("SECRETARIAT", lambda ctx, step: assignments.assign_case(ctx, step, Agencies(HEALTH, (SOCIAL,)))),
    "start": ("LEAD", case_work.start_case),
    "wait": ("LEAD", case_work.wait_for_citizen),
    "wait_for_agency": ("LEAD", case_work.wait_for_agency),
    "refer": ("LEAD", case_work.refer_case),
    "resolve": ("LEAD", lambda ctx, step: case_work.resolve_case(ctx, step, "Kartu aktif lagi")),
    "close": ("SECRETARIAT", case_work.close_case),
    "reopen": ("SECRETARIAT", case_work.reopen_case),
}
