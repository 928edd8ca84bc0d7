"""Enums of villages, with the Indonesian terms."""

from enum import StrEnum

from schema.objects import words


@words(
    "What a village gives [layanan desa].",
    SPM_LETTER="Letter of poverty [Surat Pernyataan Miskin].",
    BIRTH_LETTER="Letter of birth [surat keterangan kelahiran].",
    DEATH_LETTER="Letter of death [surat keterangan kematian].",
    MOVE_IN_LETTER="Letter of arrival [surat pindah datang].",
    MOVE_OUT_LETTER="Letter of departure [surat pindah keluar].",
    BIRTH_CERTIFICATE="Birth certificate [akta kelahiran].",
    FAMILY_CARD="Family card [kartu keluarga].",
)
class VillageServiceType(StrEnum):
    """What a village gives."""

    SPM_LETTER = "SPM_LETTER"
    BIRTH_LETTER = "BIRTH_LETTER"
    DEATH_LETTER = "DEATH_LETTER"
    MOVE_IN_LETTER = "MOVE_IN_LETTER"
    MOVE_OUT_LETTER = "MOVE_OUT_LETTER"
    BIRTH_CERTIFICATE = "BIRTH_CERTIFICATE"
    FAMILY_CARD = "FAMILY_CARD"


@words(
    "What followed from a completed village service.",
    HOUSEHOLD_MOVED="The household was handed over to its new regency.",
    PERSON_MOVED="Somebody moved alone into a household of the other regency.",
    NEWBORN_CANDIDATE="A newborn whom no list has yet; the finding NEWBORN names the household.",
    NEWBORN_KNOWN="The child is in the household's record already.",
    DEATH_NOTED="The registry has the death from the letter; what was on its way to the person was given back.",
    DEATH_KNOWN="The registry had the death already; what was on its way to the person was given back.",
)
class VillageServiceOutcome(StrEnum):
    """What followed from a completed village service."""

    HOUSEHOLD_MOVED = "HOUSEHOLD_MOVED"
    PERSON_MOVED = "PERSON_MOVED"
    NEWBORN_CANDIDATE = "NEWBORN_CANDIDATE"
    NEWBORN_KNOWN = "NEWBORN_KNOWN"
    DEATH_NOTED = "DEATH_NOTED"
    DEATH_KNOWN = "DEATH_KNOWN"


@words(
    "Where a village service stands.",
    REQUESTED="Somebody asked for it.",
    IN_PROGRESS="The village is at it.",
    COMPLETED="It was given; what follows from it follows now.",
    REJECTED="The village refused it.",
    CANCELLED="Whoever asked took it back.",
)
class VillageServiceStatus(StrEnum):
    """Where a village service stands."""

    REQUESTED = "REQUESTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
