"""Case files and village services: all can be read, those that were opened in the hub can be changed here."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

import msgspec

from hub.domain.cases import next_case_statuses
from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.ids import stable_id
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import Scope
from hub.store import case_files, idempotency, regions, registry, village_effects
from hub.store.case_files import CaseFile, CaseFileChange, NewCaseFile, VillageService
from hub.store.database import Session
from hub.store.village_effects import ServiceEffect
from resolvers.context import Context
from resolvers.paging import Key, Page, window
from resolvers.places import is_own, require_regions
from resolvers.registry import region_page

_NUMBER_MAX = 60
_SUMMARY_MAX = 4000
_CHANNEL_MAX = 60
_REGENCY_CODE = 5


@dataclass(frozen=True, slots=True)
class CaseFileDraft:
    """A case file to be opened. None for the number: the hub numbers it."""

    region_code: str
    household_id: int | None
    number: str | None
    type: str
    category: str
    channel: str
    summary: str | None


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


async def list_village_services(
    ctx: Context, region_code: str | None, first: int, after: str | None
) -> Page[VillageService]:
    """A page of village services under a region."""
    asked = window(first, after, "villageServices", region_code)
    found = await case_files.list_village_services(ctx.session, region_page(ctx, asked, region_code))
    if not found and region_code is not None:
        await require_regions(ctx.session, [region_code], "regionCode")
    return asked.page(found, _service_key)


async def create_case_file(ctx: Context, draft: CaseFileDraft, key: str) -> CaseFile:
    """Open a case file in the hub; the same key with the same draft gives the first one again."""
    ctx.require(Scope.CASE_WRITE)
    _check_texts(draft)
    async with ctx.session.transaction() as transaction:
        claim = _claim(ctx, "caseFileCreate", key, asdict(draft))
        earlier = await idempotency.claim(transaction, claim, ctx.clock())
        case_file_id: int = earlier if earlier is not None else await _open(ctx, transaction, draft, key)
        if earlier is None:
            await idempotency.keep(transaction, claim, case_file_id)
        return await _get(transaction, case_file_id)


async def update_case_file(ctx: Context, case_file_id: int, change: CaseFileChange, key: str) -> CaseFile:
    """Move a case file of the hub on; a district changes its own case files itself."""
    ctx.require(Scope.CASE_WRITE)
    _check_length("summary", change.summary, _SUMMARY_MAX)
    async with ctx.session.transaction() as transaction:
        claim = _claim(ctx, "caseFileUpdate", key, {"case_file_id": case_file_id, **asdict(change)})
        if await idempotency.claim(transaction, claim, ctx.clock()) is None:
            await _change(ctx, transaction, case_file_id, change)
            await idempotency.keep(transaction, claim, case_file_id)
        return await _get(transaction, case_file_id)


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
    )
    await case_files.add_case_file(session, new, now)
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
        household = (await registry.find_households(session, [draft.household_id], whole=False))[0]
        if household is None or household.regency_code != regency_code:
            shown = opaque_id(Kind.HOUSEHOLD, draft.household_id)
            raise NotFound(f"there is no household {shown!r} in {regency_code}")
    return regency_code


async def _change(ctx: Context, session: Session, case_file_id: int, change: CaseFileChange) -> None:
    case_file = await case_files.lock_case_file(session, case_file_id)
    if case_file is None:
        raise NotFound(f"there is no case file {opaque_id(Kind.CASE_FILE, case_file_id)!r}")
    if case_file.source_code != "HUB":
        raise Conflict(f"case file {case_file.number} is kept by {case_file.source_code}: change it in that system")
    allowed = next_case_statuses(case_file.status)
    if change.status is not None and change.status not in allowed:
        ways = ", ".join(sorted(allowed)) or "nothing else"
        raise Conflict(
            f"case file {case_file.number} is {case_file.status} and can move to {ways}, not {change.status}"
        )
    await case_files.change_case_file(session, case_file_id, change, ctx.clock())


async def _get(session: Session, case_file_id: int) -> CaseFile:
    case_file = (await case_files.find_case_files(session, [case_file_id]))[0]
    if case_file is None:
        raise NotFound(f"there is no case file {opaque_id(Kind.CASE_FILE, case_file_id)!r}")
    return case_file


def _claim(ctx: Context, operation: str, key: str, asked: dict[str, object]) -> idempotency.Claim:
    digest = sha256(msgspec.json.encode(asked, order="sorted")).digest()
    return idempotency.Claim(ctx.principal.client_id, operation, key, digest)


def _check_texts(draft: CaseFileDraft) -> None:
    _check_length("number", draft.number, _NUMBER_MAX)
    _check_length("summary", draft.summary, _SUMMARY_MAX)
    _check_length("channel", draft.channel, _CHANNEL_MAX)
    if draft.number == "" or draft.channel == "":
        raise Invalid("number and channel must not be empty: leave the number out to have one given", ("number",))


def _check_length(name: str, value: str | None, longest: int) -> None:
    if value is not None and len(value) > longest:
        raise Invalid(f"{name} has {len(value)} characters: at most {longest} are allowed", (name,))


def _service_key(service: VillageService) -> Key:
    return (service.region_code, service.village_service_id)
