"""Root fields with which case files are opened, worked on, answered and closed: one action each."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Scope
from hub.store.case_files import CaseFile as CaseFileRow
from resolvers import assignments, case_files, case_work
from schema.case_inputs import (
    CaseFileAssignInput,
    CaseFileCreateInput,
    CaseFileDescribeInput,
    CaseFileMarkSensitiveInput,
    CaseFileNoteInput,
    CaseFileReasonedStepInput,
    CaseFileResolveInput,
    CaseFileStepInput,
    CaseFileSubjectChangeInput,
    CaseFileTriageInput,
    description_of,
    step_of,
)
from schema.context import Info
from schema.fields import plain
from schema.payloads import Input, UserError, attempt, mutation
from schema.types.case_file import CaseFile


@strawberry.type(description="A case file as it stands now.")
class CaseFilePayload:
    """A case file as it stands now."""

    case_file: CaseFile | None = plain("The case file; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


def case_mutation(description: str) -> Any:
    """A root field that changes a case file."""
    return mutation(Scope.CASE_WRITE, CaseFilePayload, description)


async def attempt_case(work: Callable[[], Awaitable[CaseFileRow]]) -> Any:
    """The payload with the case file, or why nothing was done."""
    return await attempt(CaseFilePayload, "case_file", work)


@strawberry.type
class CaseMutations:
    """Case files."""

    @case_mutation("Open a case file [laporan] in the hub.")
    async def case_file_create(self, info: Info, what: Annotated[CaseFileCreateInput, Input]) -> Any:
        return await attempt_case(lambda: case_files.create_case_file(info.context, what.draft(), what.idempotency_key))

    @case_mutation("Look at a new case file and put its type and category right [verifikasi]: RECEIVED to TRIAGED.")
    async def case_file_triage(self, info: Info, what: Annotated[CaseFileTriageInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.triage_case(info.context, step_of(what), description_of(what)))

    @case_mutation("Give a case file to agencies [disposisi]; with a new lead it is ASSIGNED.")
    async def case_file_assign(self, info: Info, what: Annotated[CaseFileAssignInput, Input]) -> Any:
        return await attempt_case(lambda: assignments.assign_case(info.context, step_of(what), what.agencies()))

    @case_mutation("The lead begins to work: IN_PROGRESS.")
    async def case_file_start(self, info: Info, what: Annotated[CaseFileStepInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.start_case(info.context, step_of(what)))

    @case_mutation("Nothing goes on before the citizen does something; the clock of the resolution stands still.")
    async def case_file_wait_for_citizen(self, info: Info, what: Annotated[CaseFileReasonedStepInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.wait_for_citizen(info.context, step_of(what)))

    @case_mutation("Nothing goes on before another agency does something.")
    async def case_file_wait_for_agency(self, info: Info, what: Annotated[CaseFileReasonedStepInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.wait_for_agency(info.context, step_of(what)))

    @case_mutation("What a case file waited for has come: IN_PROGRESS again.")
    async def case_file_resume(self, info: Info, what: Annotated[CaseFileStepInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.resume_case(info.context, step_of(what)))

    @case_mutation("Answer a case file [tindak lanjut]: RESOLVED, and the lead has done its part.")
    async def case_file_resolve(self, info: Info, what: Annotated[CaseFileResolveInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.resolve_case(info.context, step_of(what), what.resolution))

    @case_mutation("Close an answered case file [tutup]; agencies that still had it have it no longer.")
    async def case_file_close(self, info: Info, what: Annotated[CaseFileStepInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.close_case(info.context, step_of(what)))

    @case_mutation("Open a case file again [buka kembali]; it goes back to the agency that led it last.")
    async def case_file_reopen(self, info: Info, what: Annotated[CaseFileReasonedStepInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.reopen_case(info.context, step_of(what)))

    @case_mutation("Say that a case file is for nobody here [tolak].")
    async def case_file_reject(self, info: Info, what: Annotated[CaseFileReasonedStepInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.reject_case(info.context, step_of(what)))

    @case_mutation("Write something down about a case file [catatan]; it changes nothing.")
    async def case_file_note(self, info: Info, what: Annotated[CaseFileNoteInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.note_on_case(info.context, step_of(what), what.text))

    @case_mutation("Put type, category, class or summary right.")
    async def case_file_describe(self, info: Info, what: Annotated[CaseFileDescribeInput, Input]) -> Any:
        return await attempt_case(lambda: case_work.describe_case(info.context, step_of(what), description_of(what)))

    @case_mutation("Say whom a case file is about.")
    async def case_file_subject_change(self, info: Info, what: Annotated[CaseFileSubjectChangeInput, Input]) -> Any:
        async def work() -> CaseFileRow:
            household_id = number_of(Kind.HOUSEHOLD, what.household_id)
            person_id = None if what.person_id is None else number_of(Kind.PERSON, what.person_id)
            return await case_work.change_subject(info.context, step_of(what), household_id, person_id)

        return await attempt_case(work)

    @mutation(
        Scope.CASE_SENSITIVE,
        CaseFilePayload,
        "Show a case file to those alone who have case:sensitive, or to all again.",
    )
    async def case_file_mark_sensitive(self, info: Info, what: Annotated[CaseFileMarkSensitiveInput, Input]) -> Any:
        return await attempt_case(
            lambda: case_work.mark_sensitive(info.context, step_of(what), is_sensitive=what.is_sensitive)
        )
