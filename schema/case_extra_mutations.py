"""Root fields for what stands beside a case file: joining, attachments, the pre-list, routing rules."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from hub.domain.agencies import AgencyKind
from hub.domain.attachments import NewAttachment
from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Scope
from hub.store.case_files import CaseFile as CaseFileRow
from hub.store.prelist import NewPrelistEntry
from resolvers import attachments, duplicates, need_programmes, prelist, routing
from schema.case_inputs import KEY, REASON, optional, step_of, word
from schema.case_mutations import attempt_case, case_mutation
from schema.context import Info
from schema.fields import plain
from schema.payloads import Input, UserError, attempt, mutation
from schema.scalars import Long
from schema.types.casework import NeedProgramme, RoutingRule
from schema.types.work_words import CaseCategory, CaseType

_VERSION = "`version` of the entry that you saw; CONFLICT when there is another one by now."


@strawberry.input(description="Which case file goes on in which other one.")
class CaseFileJoinInput:
    """Which case file goes on in which other one."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file that becomes DUPLICATE.")
    duplicate_of_id: strawberry.ID = plain("The one in which it goes on, of the same regency.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional(
        "`statusVersion`: the version that you saw; CONFLICT when it is another one."
    )


@strawberry.input(description="What is attached to a case file. It holds no personal data: only where the file lies.")
class CaseFileAttachInput:
    """What is attached to a case file."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    uri: str = plain("Where it lies: https, without query and fragment, at most 500 characters.")
    name: str = plain("Its name, at most 200 characters.")
    media_type: str = plain("image/jpeg, image/png, image/webp, application/pdf, audio/mpeg, audio/ogg or video/mp4.")
    size_bytes: Long = plain("Its size, at most 26,214,400 bytes.")
    sha256: str = plain("SHA-256 of its content, 64 hexadecimal digits.")

    def attachment(self) -> NewAttachment:
        """As the use case takes it."""
        return NewAttachment(self.uri, self.name, self.media_type, self.size_bytes, self.sha256)


@strawberry.input(description="A household that no registry lists, as far as it is known.")
class CaseFilePrelistInput:
    """A household that no registry lists."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file that is about it.")
    head_name: str | None = optional("Name of its head.")
    address: str | None = optional("Its address.")
    kk_number: str | None = optional("Its family card number, 16 digits.")
    nik: str | None = optional("NIK of a member, 16 digits.")
    reason: str | None = optional(REASON)

    def entry(self) -> NewPrelistEntry:
        """As the use case takes it."""
        return NewPrelistEntry(self.head_name, self.address, self.kk_number, self.nik)


@strawberry.input(description="Which pre-list entry is moved on.")
class PrelistEntryInput:
    """Which pre-list entry is moved on."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional(_VERSION)


@strawberry.input(description="Which pre-list entry is listed, and as which household.")
class PrelistEntryListInput:
    """Which pre-list entry is listed."""

    idempotency_key: str = plain(KEY)
    id: strawberry.ID = plain("The case file's `id`.")
    household_id: strawberry.ID = plain("The household of the registry, of the same regency.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional(_VERSION)


@strawberry.input(description="A routing rule. It holds from a moment on; earlier ones stay known.")
class RoutingRuleSetInput:
    """A routing rule."""

    idempotency_key: str = plain(KEY)
    regency_code: str | None = optional("For this regency; left out: for all, which is the ministry's to set.")
    category: CaseCategory | None = optional("For this category; left out: for all.")
    type: CaseType | None = optional("For this type; left out: for all.")
    lead_kind: AgencyKind | None = optional("The lead; left out: from then on there is no rule for exactly this.")
    support_kinds: list[AgencyKind] = strawberry.field(default_factory=list, description="The supports.")
    valid_from: datetime | None = optional("From when on, with a time zone; left out: from now on.")
    reason: str | None = optional(REASON)

    def draft(self) -> routing.RuleDraft:
        """As the use case takes it."""
        return routing.RuleDraft(
            regency_code=self.regency_code,
            category=word(self.category),
            type=word(self.type),
            lead=self.lead_kind,
            supports=tuple(self.support_kinds),
            valid_from=self.valid_from,
            reason=self.reason,
        )


@strawberry.input(
    description="Whether a programme covers needs of a category, from a moment on; what held before stays known."
)
class NeedProgrammeSetInput:
    """Whether a programme covers needs of a category."""

    idempotency_key: str = plain(KEY)
    category: CaseCategory = plain("Needs of this category.")
    programme_code: str = plain("The programme, such as KIS_PBI.")
    is_covered: bool = strawberry.field(default=True, description="False: from then on it covers them no more.")
    valid_from: datetime | None = optional("From when on, with a time zone; left out: from now on.")
    reason: str = plain("Why, to stand with it.")

    def draft(self) -> need_programmes.NeedProgrammeDraft:
        """As the use case takes it."""
        return need_programmes.NeedProgrammeDraft(
            category=self.category.value,
            programme_code=self.programme_code,
            is_covered=self.is_covered,
            valid_from=self.valid_from,
            reason=self.reason,
        )


@strawberry.type(description="Whether a programme covers needs of a category, as it was set.")
class NeedProgrammePayload:
    """Whether a programme covers needs of a category."""

    need_programme: NeedProgramme | None = plain("What was set; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type(description="A routing rule as it was set.")
class RoutingRulePayload:
    """A routing rule as it was set."""

    routing_rule: RoutingRule | None = plain("The rule; null when nothing was done.")
    user_errors: list[UserError] = plain("Why nothing was done.")


@strawberry.type
class CaseExtraMutations:
    """What stands beside a case file."""

    @case_mutation("Join a case file to another one that is the same [gabung]: DUPLICATE.")
    async def case_file_join(self, info: Info, what: Annotated[CaseFileJoinInput, Input]) -> Any:
        async def work() -> CaseFileRow:
            other_id = number_of(Kind.CASE_FILE, what.duplicate_of_id)
            return await duplicates.join_case(info.context, step_of(what), other_id)

        return await attempt_case(work)

    @case_mutation("Attach a file that lies elsewhere [lampiran]; the same content again is no second one.")
    async def case_file_attach(self, info: Info, what: Annotated[CaseFileAttachInput, Input]) -> Any:
        return await attempt_case(lambda: attachments.attach_to_case(info.context, step_of(what), what.attachment()))

    @case_mutation("Note the unlisted household that a case file is about on the pre-list [daftar awal].")
    async def case_file_prelist(self, info: Info, what: Annotated[CaseFilePrelistInput, Input]) -> Any:
        return await attempt_case(lambda: prelist.prelist_case(info.context, step_of(what), what.entry()))

    @case_mutation("Somebody saw the household of a pre-list entry: VERIFIED. The reason says how.")
    async def prelist_entry_verify(self, info: Info, what: Annotated[PrelistEntryInput, Input]) -> Any:
        return await attempt_case(lambda: prelist.verify_prelist_entry(info.context, step_of(what)))

    @case_mutation("A pre-list entry was put forward for the list: SUBMITTED.")
    async def prelist_entry_submit(self, info: Info, what: Annotated[PrelistEntryInput, Input]) -> Any:
        return await attempt_case(lambda: prelist.submit_prelist_entry(info.context, step_of(what)))

    @case_mutation("The household of a pre-list entry is in the registry: LISTED, and the case file is about it.")
    async def prelist_entry_list(self, info: Info, what: Annotated[PrelistEntryListInput, Input]) -> Any:
        async def work() -> CaseFileRow:
            household_id = number_of(Kind.HOUSEHOLD, what.household_id)
            return await prelist.list_prelist_entry(info.context, step_of(what), household_id)

        return await attempt_case(work)

    @mutation(Scope.CASE_WRITE, RoutingRulePayload, "Set which agencies work on which case files.")
    async def routing_rule_set(self, info: Info, what: Annotated[RoutingRuleSetInput, Input]) -> Any:
        return await attempt(
            RoutingRulePayload,
            "routing_rule",
            lambda: routing.set_routing_rule(info.context, what.draft(), what.idempotency_key),
        )

    @mutation(
        Scope.RULE_WRITE,
        NeedProgrammePayload,
        "Say whether a programme covers needs of a category [the ministry].",
    )
    async def need_programme_set(self, info: Info, what: Annotated[NeedProgrammeSetInput, Input]) -> Any:
        return await attempt(
            NeedProgrammePayload,
            "need_programme",
            lambda: need_programmes.set_need_programme(info.context, what.draft(), what.idempotency_key),
        )
