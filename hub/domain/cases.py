"""The words of a case file [laporan]: types, categories, statuses, and how the status moves (domain.md)."""

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

_WORKING = frozenset({"ASSIGNED", "IN_PROGRESS", "WAITING_CITIZEN", "WAITING_AGENCY", "REFERRED"})
_TRANSITIONS: dict[str, frozenset[str]] = {
    "RECEIVED": frozenset({"TRIAGED", "DUPLICATE", "REJECTED"}),
    "TRIAGED": frozenset({"ASSIGNED", "DUPLICATE", "REJECTED"}),
    **{status: (_WORKING - {status}) | {"RESOLVED", "DUPLICATE", "REJECTED"} for status in _WORKING},
    "RESOLVED": frozenset({"CLOSED", "REOPENED"}),
    "CLOSED": frozenset({"REOPENED"}),
    "REOPENED": frozenset({"ASSIGNED", "IN_PROGRESS", "RESOLVED"}),
    "DUPLICATE": frozenset(),
    "REJECTED": frozenset({"REOPENED"}),
}


def next_case_statuses(status: str) -> frozenset[str]:
    """The statuses to which a case file of this status may move."""
    return _TRANSITIONS[status]
