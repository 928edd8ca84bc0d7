"""What mutations of case files take."""

from typing import Any

import strawberry

from hub.domain.agencies import Agencies
from hub.domain.opaque_id import Kind, number_of
from hub.store.casework import Description
from resolvers.case_files import CaseFileDraft
from resolvers.held_case import Step
from schema.fields import plain
from schema.link_queries import IdentityInput
from schema.types.casework_words import CaseChannel, ResolutionClass
from schema.types.work_words import CaseCategory, CaseType

KEY = "Makes the request safe to repeat: the same key with the same input gives the first answer again."
REASON = "Why; it stays in the history."
_VERSION = "The version that you saw; CONFLICT when there is another one by now."


def optional(description: str, default: Any = None) -> Any:
    """A field of an input that can be left out."""
    return strawberry.field(default=default, description=description)


@strawberry.input(description="A new case file [laporan].")
class CaseFileCreateInput:
    """A new case file."""

    idempotency_key: str = plain(KEY)
    region_code: str = plain("Where it belongs: a regency or a region below one.")
    household_id: strawberry.ID | None = optional("The household that it is about, of the same regency.")
    person_id: strawberry.ID | None = optional("The person of that household that it is about.")
    identity: IdentityInput | None = optional(
        "In place of both: the person as a card says. INVALID when it is not certain who is meant; ask `caseSubject` then."
    )
    number: str | None = optional("Its number; left out, the hub gives one per regency and year.")
    type: CaseType = plain("Type.")
    category: CaseCategory = plain("Category.")
    channel: CaseChannel = plain("How it came in [kanal].")
    resolution_class: ResolutionClass | None = optional(
        "How long its resolution may take; left out, it comes of the type."
    )
    is_sensitive: bool = optional("Whether fewer people may see it; needs case:sensitive.", default=False)
    summary: str | None = optional("What it is about, at most 4,000 characters.")

    def draft(self) -> CaseFileDraft:
        """As the use case takes it."""
        return CaseFileDraft(
            region_code=self.region_code,
            household_id=None if self.household_id is None else number_of(Kind.HOUSEHOLD, self.household_id),
            person_id=None if self.person_id is None else number_of(Kind.PERSON, self.person_id),
            number=self.number,
            type=self.type.value,
            category=self.category.value,
            channel=self.channel.value,
            resolution_class=word(self.resolution_class),
            is_sensitive=self.is_sensitive,
            summary=self.summary,
            identity=None if self.identity is None else self.identity.record(),
        )


@strawberry.input(description="Which case file is moved on.")
class CaseFileStepInput:
    """Which case file is moved on."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional("`statusVersion`: t" + _VERSION[1:])


@strawberry.input(description="Which case file is moved on, and why.")
class CaseFileReasonedStepInput:
    """Which case file is moved on, and why."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    reason: str = plain(REASON)
    expected_version: int | None = optional("`statusVersion`: t" + _VERSION[1:])


@strawberry.input(description="Which case file is triaged, and what is put right with it.")
class CaseFileTriageInput:
    """Which case file is triaged."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    type: CaseType | None = optional("The type, where it is another one.")
    category: CaseCategory | None = optional("The category, where it is another one.")
    resolution_class: ResolutionClass | None = optional("The class, where it is another one.")
    summary: str | None = optional("What it is about, better said.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional("`statusVersion`: t" + _VERSION[1:])


@strawberry.input(description="What is put right of a case file. What is left out stays.")
class CaseFileDescribeInput:
    """What is put right of a case file."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    type: CaseType | None = optional("The type.")
    category: CaseCategory | None = optional("The category.")
    resolution_class: ResolutionClass | None = optional("The class.")
    summary: str | None = optional("What it is about.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional("`descriptionVersion`: t" + _VERSION[1:])


@strawberry.input(description="Which case file is answered, and how.")
class CaseFileResolveInput:
    """Which case file is answered, and how."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    resolution: str = plain("The answer, as the citizen gets it.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional("`statusVersion`: t" + _VERSION[1:])


@strawberry.input(description="To which agencies a case file is given.")
class CaseFileAssignInput:
    """To which agencies a case file is given."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    lead_agency_code: str | None = optional(
        "The agency that answers for the whole, such as 35.10/DINAS_KESEHATAN. No lead and no supports: by the routing rules."
    )
    support_agency_codes: list[str] = strawberry.field(default_factory=list, description="Agencies that do a part.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional("`statusVersion`: t" + _VERSION[1:])

    def agencies(self) -> Agencies:
        """As the use case takes it."""
        return Agencies(self.lead_agency_code, tuple(self.support_agency_codes))


@strawberry.input(description="A note on a case file.")
class CaseFileNoteInput:
    """A note on a case file."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    text: str = plain("The note.")


@strawberry.input(description="Whom a case file is about.")
class CaseFileSubjectChangeInput:
    """Whom a case file is about."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    household_id: strawberry.ID = plain("The household, of the same regency.")
    person_id: strawberry.ID | None = optional("The person of that household.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional("`subjectVersion`: t" + _VERSION[1:])


@strawberry.input(description="Whether fewer people may see a case file.")
class CaseFileMarkSensitiveInput:
    """Whether fewer people may see a case file."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    is_sensitive: bool = plain("True: only those who have the scope case:sensitive.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional("`descriptionVersion`: t" + _VERSION[1:])


def step_of(what: Any) -> Step:
    """The step in an input."""
    return Step(
        number_of(Kind.CASE_FILE, what.id),
        what.idempotency_key,
        getattr(what, "reason", None),
        getattr(what, "expected_version", None),
    )


def description_of(what: CaseFileTriageInput | CaseFileDescribeInput) -> Description:
    """What is put right in an input."""
    return Description(word(what.type), word(what.category), what.summary, word(what.resolution_class))


def word(given: Any) -> str | None:
    """The value of an enum's member, if there is one."""
    return None if given is None else str(given.value)
