"""The words of a village service [layanan desa], and how its status moves (domain.md)."""

SERVICE_TYPES = (
    "SPM_LETTER",
    "BIRTH_LETTER",
    "DEATH_LETTER",
    "MOVE_IN_LETTER",
    "MOVE_OUT_LETTER",
    "BIRTH_CERTIFICATE",
    "FAMILY_CARD",
)
SERVICE_STATUSES = ("REQUESTED", "IN_PROGRESS", "COMPLETED", "REJECTED", "CANCELLED")

_TRANSITIONS: dict[str, frozenset[str]] = {
    "REQUESTED": frozenset({"IN_PROGRESS", "COMPLETED", "REJECTED", "CANCELLED"}),
    "IN_PROGRESS": frozenset({"COMPLETED", "REJECTED", "CANCELLED"}),
    "COMPLETED": frozenset(),
    "REJECTED": frozenset(),
    "CANCELLED": frozenset(),
}


def next_service_statuses(status: str) -> frozenset[str]:
    """The statuses to which a village service of this status may move."""
    return _TRANSITIONS[status]
