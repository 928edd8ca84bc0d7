"""What stands beside a case file: attachments, case files that may be the same, and the household's way onto the list."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.domain.duplicates import DuplicateSign
from hub.domain.principal import Scope
from hub.store import attachments, prelist
from resolvers import duplicates
from resolvers.case_files import case_files_by_id
from resolvers.registry import households_of
from schema.fields import batched, plain
from schema.objects import shape, words
from schema.scalars import Long

if TYPE_CHECKING:
    from schema.types.case_file import CaseFile
    from schema.types.registry import Household

_CaseFile = Annotated["CaseFile", strawberry.lazy("schema.types.case_file")]
_Household = Annotated["Household", strawberry.lazy("schema.types.registry")]

words(
    "Why a case file may be the same as another one.",
    SAME_PERSON="Both are about one person.",
    SAME_HOUSEHOLD="Both are about one household, in one category.",
    SIMILAR_WORDS="Both came from one place within 30 days, in one category, and share half of their words.",
)(DuplicateSign)


@words(
    "Where a household stands on its way onto the list [daftar awal].",
    PRELIST="Noted.",
    VERIFIED="Somebody saw it [terverifikasi].",
    SUBMITTED="It was put forward for the list [diusulkan].",
    LISTED="The registry has it.",
)
class PrelistStatus(StrEnum):
    """Where a household stands on its way onto the list."""

    PRELIST = "PRELIST"
    VERIFIED = "VERIFIED"
    SUBMITTED = "SUBMITTED"
    LISTED = "LISTED"


@shape(attachments.Attachment, Scope.CASE_READ, "What belongs to a case file and lies elsewhere [lampiran].")
class CaseAttachment:
    """What belongs to a case file and lies elsewhere."""

    attachment_no: int = plain("Its number in the case file, from 1.")
    uri: str = plain("Where it lies; the hub holds no content.")
    name: str = plain("Its name.")
    media_type: str = plain("Its media type, such as image/jpeg.")
    size_bytes: Long = plain("Its size in bytes.")
    sha256: str | None = plain(
        "The SHA-256 of its content, by which a reader checks it; null when a district told of it, which does not say."
    )
    added_by: str = plain("The client that added it, or the district that told of it: district:35.10.")
    added_at: datetime = plain("When it was added.")


@shape(duplicates.DuplicateCandidate, Scope.CASE_READ, "An open case file that may be the same as another one.")
class DuplicateCandidate:
    """An open case file that may be the same as another one."""

    case_file: _CaseFile | None = batched(case_files_by_id, key="case_file_id", description="The case file.")
    signs: list[DuplicateSign] = plain("What speaks for it.")
    likeness: float = plain("The share of their words that both have, 0 to 1.")


@shape(prelist.PrelistEntry, Scope.CASE_READ, "A household on its way onto the list [daftar awal].")
class PrelistEntry:
    """A household on its way onto the list."""

    status: PrelistStatus = plain("Where it stands.")
    version: int = plain("Counts its moves, for expectedVersion.")
    head_name: str | None = plain("Name of the head [kepala keluarga].")
    address: str | None = plain("Address [alamat].")
    kk_number: str | None = plain("Family card number, masked as 3510**********01 unless the token has identity:read.")
    nik: str | None = plain("NIK of a member, masked likewise.")
    household: _Household | None = batched(
        households_of,
        key="household_id",
        of="Household",
        description="The household of the registry, once it is LISTED.",
    )
    created_at: datetime = plain("When it was noted.")
    changed_at: datetime = plain("When it moved last.")
