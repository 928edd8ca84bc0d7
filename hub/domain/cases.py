"""The words of a case file [laporan], and how it and its assignments move from status to status."""

CASE_TYPES = ("QUESTION", "SUGGESTION", "COMPLAINT", "NEED", "OBJECTION", "PROPOSAL", "OUTREACH_FINDING")
CASE_CATEGORIES = (
    "HEALTH",
    "EDUCATION",
    "SOCIAL_ECONOMIC",
    "FOOD",
    "ENERGY",
    "AGRICULTURE",
    "FISHERIES",
    "HOUSING",
    "CIVIL_REGISTRATION",
)
CASE_STATUSES = (
    "RECEIVED",
    "TRIAGED",
    "ASSIGNED",
    "IN_PROGRESS",
    "WAITING_CITIZEN",
    "WAITING_AGENCY",
    "REFERRED",
    "RESOLVED",
    "CLOSED",
    "REOPENED",
    "DUPLICATE",
    "REJECTED",
)

CASE_CHANNELS = (
    "WALK_IN",
    "PHONE",
    "WHATSAPP",
    "WEB",
    "APP",
    "VILLAGE_DESK",
    "HOME_VISIT",
    "SP4N_LAPOR",
    "SOCIAL_MEDIA",
    "LETTER",
    "OUTREACH",
    "REFERRAL",
)
"""How a case file that is opened in the hub came in. Districts' feeds have words of their own, and keep them."""

WORKING = frozenset({"ASSIGNED", "IN_PROGRESS", "WAITING_CITIZEN", "WAITING_AGENCY", "REFERRED"})
ENDED = frozenset({"CLOSED", "DUPLICATE", "REJECTED"})
"""Statuses with which nobody works on a case file any more."""
OPEN = frozenset(CASE_STATUSES) - ENDED - {"RESOLVED"}
"""Statuses of a case file that still waits for its answer."""

CASE_TRANSITIONS: dict[str, frozenset[str]] = {
    "RECEIVED": frozenset({"TRIAGED", "DUPLICATE", "REJECTED"}),
    "TRIAGED": frozenset({"ASSIGNED", "DUPLICATE", "REJECTED"}),
    **{status: (WORKING - {status}) | {"RESOLVED", "DUPLICATE", "REJECTED"} for status in WORKING},
    "RESOLVED": frozenset({"CLOSED", "REOPENED"}),
    "CLOSED": frozenset({"REOPENED"}),
    "REOPENED": frozenset({"ASSIGNED", "IN_PROGRESS", "RESOLVED"}),
    "DUPLICATE": frozenset(),
    "REJECTED": frozenset({"REOPENED"}),
}
"""How a case file moves; the table case_transition has the same."""

ACTIVE_ASSIGNMENT = frozenset({"ASSIGNED", "ACKNOWLEDGED"})
ASSIGNMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    "ASSIGNED": frozenset({"ACKNOWLEDGED", "DECLINED", "HANDED_OVER", "WITHDRAWN"}),
    "ACKNOWLEDGED": frozenset({"COMPLETED", "HANDED_OVER", "WITHDRAWN"}),
    "COMPLETED": frozenset(),
    "DECLINED": frozenset(),
    "HANDED_OVER": frozenset(),
    "WITHDRAWN": frozenset(),
}
"""How an assignment moves; the table assignment_transition has the same."""

RESOLUTION_CLASSES = ("INFORMATION", "REGULAR", "OVERSIGHT")


def class_of_type(case_type: str) -> str:
    """How long the resolution of a type may take, unless whoever takes it in says otherwise."""
    return "INFORMATION" if case_type in {"QUESTION", "SUGGESTION"} else "REGULAR"
