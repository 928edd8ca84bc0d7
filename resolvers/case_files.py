"""Case files and village services: all can be read, those that were opened in the hub can be changed here."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

import msgspec

from hub.domain.cases import CASE_CHANNELS, class_of_type
from hub.domain.casework import WHO_MAY, CaseAction, may, standings_of
from hub.domain.errors import Forbidden, Invalid
from hub.domain.ids import stable_id
from hub.domain.principal import Scope
from hub.matching.linkage import IdentityRecord
from hub.store import case_files, idempotency, regions, village_effects
from hub.store.case_files import CaseFile, NewCaseFile, VillageService
from hub.store.database import Session
from hub.store.village_effects import ServiceEffect
from resolvers.case_changes import note_changes
from resolvers.case_work import require_subject
from resolvers.context import Context
from resolvers.held_case import HeldCase, get_case_file, who
from resolvers.needs import propose_for_need
from resolvers.places import is_own, require_regions
from resolvers.subjects import require_one

_NUMBER_MAX = 60
_SUMMARY_MAX = 4000
_REGENCY_CODE = 5


@dataclass(frozen=True, slots=True)
class CaseFileDraft:
    """A case file to be opened. None for the number: the hub numbers it; for the class: it comes of the type."""

    region_code: str
    household_id: int | None
    number: str | None
    type: str
    category: str
    channel: str
    summary: str | None
    person_id: int | None = None
    resolution_class: str | None = None
    is_sensitive: bool = False
    identity: IdentityRecord | None = None


async def case_files_by_id(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[CaseFile | None]:
    """The case file of each id."""
    return await case_files.find_case_files(ctx.session, case_file_ids)


async def case_files_of(ctx: Context, household_ids: Sequence[int]) -> Sequence[list[CaseFile]]:
    """The case files of each household, the newest first."""
    return await case_files.list_case_files_of(ctx.session, household_ids)


async def village_services_by_id(ctx: Context, ids: Sequence[int]) -> Sequence[VillageService | None]:
    """The village service of each id."""
    return await case_files.find_village_services(ctx.session, ids)


async def effects_of(ctx: Context, ids: Sequence[int]) -> Sequence[ServiceEffect | None]:
    """What followed from each village service."""
    return await village_effects.find_effects_of(ctx.session, ids)


async def create_case_file(ctx: Context, draft: CaseFileDraft, key: str) -> CaseFile:
    """Open a case file in the hub; the same key with the same draft gives the first one again."""
    ctx.require(Scope.CASE_WRITE)
    _require_may_open(ctx, draft)
    _check_texts(draft)
    claim = _claim(ctx, "caseFileCreate", key, asdict(draft))
    if draft.identity is not None and await idempotency.find_earlier(ctx.session, claim) is None:
        draft = await _with_subject(ctx, draft, draft.identity)
    async with ctx.session.transaction() as transaction:
        earlier = await idempotency.claim(transaction, claim, ctx.clock())
        case_file_id: int = earlier if earlier is not None else await _open(ctx, transaction, draft, key)
        if earlier is None:
            await idempotency.keep(transaction, claim, case_file_id)
        return await get_case_file(transaction, case_file_id)


async def _with_subject(ctx: Context, draft: CaseFileDraft, record: IdentityRecord) -> CaseFileDraft:
    """With the household and person whom its identity means; raises Invalid when it is not certain."""
    if draft.household_id is not None:
        raise Invalid("name either householdId or identity", ("identity",))
    household_id, person_id = await require_one(ctx, record)
    return replace(draft, household_id=household_id, person_id=person_id, identity=None)


async def _open(ctx: Context, session: Session, draft: CaseFileDraft, key: str) -> int:
    regency_code = await _check_place(ctx, session, draft)
    now = ctx.clock()
    number = draft.number or await case_files.next_number(session, regency_code, now.year)
    record_id = f"{ctx.principal.client_id}/{key}"
    case_file_id = stable_id("case_file", "HUB", record_id)
    new = NewCaseFile(
        case_file_id=case_file_id,
        source_record_id=record_id,
        household_id=draft.household_id,
        regency_code=regency_code,
        region_code=draft.region_code,
        number=number,
        type=draft.type,
        category=draft.category,
        channel=draft.channel,
        summary=draft.summary,
        person_id=draft.person_id,
        is_sensitive=draft.is_sensitive,
        resolution_class=draft.resolution_class or class_of_type(draft.type),
    )
    await case_files.add_case_file(session, new, now)
    case_file = await get_case_file(session, case_file_id)
    held = HeldCase(ctx, session, case_file, [], f"{ctx.principal.client_id}/caseFileCreate/{key}")
    changes = {"type": new.type, "category": new.category, "channel": new.channel}
    held.tell("OPENING", version=1, to_value=case_file.status, changes=changes)
    await propose_for_need(held)
    await note_changes(session, held.events, now)
    return case_file_id


async def _check_place(ctx: Context, session: Session, draft: CaseFileDraft) -> str:
    region = (await regions.find_regions(session, [draft.region_code]))[0]
    if region is None:
        await require_regions(session, [draft.region_code], "regionCode")
    if region is None or region.level == "PROVINCE":
        raise Invalid(f"{draft.region_code!r} is a province: name a regency or a region below it", ("regionCode",))
    if not is_own(ctx, draft.region_code):
        raise Forbidden(f"region {draft.region_code!r} is not yours: you are bound to {ctx.principal.regency_code}")
    regency_code = draft.region_code[:_REGENCY_CODE]
    if draft.household_id is not None:
        await require_subject(session, regency_code, draft.household_id, draft.person_id)
    return regency_code


def _require_may_open(ctx: Context, draft: CaseFileDraft) -> None:
    standings = standings_of(ctx.principal, {})
    if not may(CaseAction.OPEN, standings):
        raise Forbidden(
            f"opening a case file is for {sorted(WHO_MAY[CaseAction.OPEN])}: {who(ctx.principal, standings)}"
        )
    if draft.is_sensitive:
        ctx.require(Scope.CASE_SENSITIVE)


def _claim(ctx: Context, operation: str, key: str, asked: dict[str, object]) -> idempotency.Claim:
    digest = sha256(msgspec.json.encode(asked, order="sorted")).digest()
    return idempotency.Claim(ctx.principal.client_id, operation, key, digest)


def _check_texts(draft: CaseFileDraft) -> None:
    _check_length("number", draft.number, _NUMBER_MAX)
    _check_length("summary", draft.summary, _SUMMARY_MAX)
    if draft.number == "":
        raise Invalid("the number must not be empty: leave it out to have one given", ("number",))
    if draft.channel not in CASE_CHANNELS:
        raise Invalid(f"channel {draft.channel[:60]!r} is not one of {', '.join(CASE_CHANNELS)}", ("channel",))
    if draft.person_id is not None and draft.household_id is None:
        raise Invalid("a person is named together with the household", ("householdId",))


def _check_length(name: str, value: str | None, longest: int) -> None:
    if value is not None and len(value) > longest:
        raise Invalid(f"{name} has {len(value)} characters: at most {longest} are allowed", (name,))
