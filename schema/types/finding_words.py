"""Enums of findings."""

from enum import StrEnum

from schema.objects import words


@words(
    "What was found [temuan].",
    HOLDER_DECEASED="A roster line is active and the registry says that its holder is dead.",
    HOLDER_DUPLICATE="A roster line is active beside another one of the same person or household.",
    HOLDER_ABOVE_CUT_OFF="A roster line is active and the rule refuses its holder for the welfare decile.",
    HOLDER_UNLISTED="A roster line is active and the registry of its regency, read to the end, does not know its holder.",
    DEATH_REPORTED="The village wrote a death letter for a household that draws something; the registry does not say who died.",
    MOVE_REPORTED="The village wrote a move-out letter for a household that draws something and is still in the registry.",
    NEWBORN="The village wrote a birth letter or certificate, and the registry has no child of that age.",
    PRELIST_CANDIDATE="An open need of a household that no registry lists, or lists without a decile [calon daftar awal].",
)
class FindingKind(StrEnum):
    """What was found."""

    HOLDER_DECEASED = "HOLDER_DECEASED"
    HOLDER_DUPLICATE = "HOLDER_DUPLICATE"
    HOLDER_ABOVE_CUT_OFF = "HOLDER_ABOVE_CUT_OFF"
    HOLDER_UNLISTED = "HOLDER_UNLISTED"
    DEATH_REPORTED = "DEATH_REPORTED"
    MOVE_REPORTED = "MOVE_REPORTED"
    NEWBORN = "NEWBORN"
    PRELIST_CANDIDATE = "PRELIST_CANDIDATE"


@words(
    "Where a finding stands.",
    OPEN="Nobody has decided on it.",
    CONFIRMED="A person confirmed it.",
    DISMISSED="A person dismissed it, or the records that spoke for it have changed.",
    RECOVERED="The roster line has ended, or what was confirmed is no longer so.",
)
class FindingStatus(StrEnum):
    """Where a finding stands."""

    OPEN = "OPEN"
    CONFIRMED = "CONFIRMED"
    DISMISSED = "DISMISSED"
    RECOVERED = "RECOVERED"
