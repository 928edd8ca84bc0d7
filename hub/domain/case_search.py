"""What is asked of a list of case files [laporan]: which of them, in which order, and where one stands in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Place = tuple[datetime, str, str]
"""Where a case file stands in the list: when it was received, its source, its record id there."""


class CaseFileOrder(StrEnum):
    """By the moment in which they came in; those of one moment by source, then by record id."""

    OLDEST_FIRST = "OLDEST_FIRST"
    NEWEST_FIRST = "NEWEST_FIRST"


@dataclass(frozen=True, slots=True)
class CaseFileCriteria:
    """Which case files; None does not narrow. `received_from` belongs to it, `received_before` does not."""

    statuses: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    number: str | None = None
    text: str | None = None
