"""Enums of allocation runs."""

from enum import StrEnum

from schema.objects import words


@words(
    "In which order candidates draw on the pools [kebijakan alokasi].",
    STRICT_PRIORITY="By need alone; what a regency leaves goes to the neediest of the province, then of the nation.",
    REGIONAL_FLOORS="By need within a regency; what regencies leave lifts the least covered regency first.",
)
class AllocationPolicy(StrEnum):
    """In which order candidates draw on the pools."""

    STRICT_PRIORITY = "STRICT_PRIORITY"
    REGIONAL_FLOORS = "REGIONAL_FLOORS"


@words(
    "When fairness is looked at.",
    BEFORE="Before the run.",
    STRICT_PRIORITY="After the run under strict priority.",
    REGIONAL_FLOORS="After the run under regional floors.",
)
class FairnessState(StrEnum):
    """When fairness is looked at."""

    BEFORE = "BEFORE"
    STRICT_PRIORITY = "STRICT_PRIORITY"
    REGIONAL_FLOORS = "REGIONAL_FLOORS"
