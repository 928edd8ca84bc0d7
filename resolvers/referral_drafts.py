"""Making referrals: from a case file of the sender, for a purpose, to a party that the purpose allows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

import msgspec

from hub.domain.agencies import is_secretariat
from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.parties import Party, read_party
from hub.domain.principal import Scope
from hub.domain.referral_package import Value, build_package
from hub.domain.referrals import Side
from hub.store import idempotency, referrals, referrals_read, regions, registry
from hub.store.database import Session
from hub.store.referrals import NewReferral, ReferralMover, SenderCase
from hub.store.referrals_read import Referral, ReferralPurpose
from hub.store.registry import Household, Person
from resolvers.context import Context
from resolvers.places import is_own, require_regions
from resolvers.referral_redirects import allowed_party

REFERRALS_PER_CASE = 50
_OVER = frozenset({"RESOLVED", "CLOSED", "DUPLICATE", "REJECTED"})
_OPERATION = "referralDraft"


@dataclass(frozen=True, slots=True)
class ReferralDraft:
    """What is to be referred. None: by the caller's agency, or the district; the household and person of the case file."""

    case_file_id: int
    purpose_code: str
    to_party: str
    from_party: str | None = None
    household_id: int | None = None
    person_id: int | None = None


async def draft_referral(ctx: Context, draft: ReferralDraft, key: str) -> Referral:
    """Make a draft with its package; the same key with the same draft gives the first one again."""
    ctx.require(Scope.REFERRAL_WRITE)
    case = await _case_of(ctx, draft)
    claim = claim_of(ctx, _OPERATION, key, asdict(draft))
    earlier = await idempotency.find_earlier(ctx.jobs, claim)
    new = await _new_referral(ctx, draft, case) if earlier is None else None
    async with ctx.jobs.transaction() as transaction:
        referral_id = await idempotency.claim(transaction, claim, ctx.clock())
        if referral_id is None and new is not None:
            referral_id = await _add(transaction, new, mover_of(ctx), key)
            await idempotency.keep(transaction, claim, referral_id)
        [found] = await referrals_read.find_referrals(transaction, [referral_id or 0])
    if found is None:
        raise NotFound(f"referral {referral_id} is gone")
    return found


def claim_of(ctx: Context, operation: str, key: str, asked: dict[str, object]) -> idempotency.Claim:
    """The caller's key for one operation on referrals."""
    digest = sha256(msgspec.json.encode(asked, order="sorted")).digest()
    return idempotency.Claim(ctx.principal.client_id, operation, key, digest)


def mover_of(ctx: Context) -> ReferralMover:
    """The caller as one who moves referrals."""
    return ReferralMover(ctx.principal.client_id, ctx.principal.role.value, ctx.clock())


async def _case_of(ctx: Context, draft: ReferralDraft) -> SenderCase:
    case = await referrals.find_sender_case(ctx.session, draft.case_file_id)
    if case is None or case.removed_at is not None:
        raise NotFound(f"there is no case file {opaque_id(Kind.CASE_FILE, draft.case_file_id)!r}")
    if ctx.principal.regency_code is None or not is_own(ctx, case.regency_code):
        raise Forbidden(f"case file {case.number} is referred by its district {case.regency_code}, and not by you")
    return case


async def _new_referral(ctx: Context, draft: ReferralDraft, case: SenderCase) -> NewReferral:
    if case.status in _OVER:
        raise Conflict(f"case file {case.number} is {case.status}: nothing of it is to be referred")
    purpose = await _purpose(ctx, draft.purpose_code)
    sender = _sender(ctx, draft, case)
    if sender.regency_code != case.regency_code:
        raise Invalid(f"{sender.code} is no party of {case.regency_code}, where the case file belongs", ("fromParty",))
    if sender.region_code is not None:
        await require_regions(ctx.session, [sender.region_code], "fromParty")
    receiver = allowed_party(purpose, draft.to_party, "toParty")
    if receiver.region_code is not None:
        await require_regions(ctx.session, [receiver.region_code], "toParty")
    if receiver.code == sender.code:
        raise Invalid(f"{sender.code} cannot refer to itself", ("toParty",))
    household = await _household(ctx, draft, case)
    person = await _person(ctx, draft, case, household, purpose)
    package = build_package(purpose.fields, await _known(ctx, case, household, person))
    return NewReferral(
        from_party=sender.code,
        to_party=receiver.code,
        from_regency_code=sender.regency_code,
        to_regency_code=receiver.regency_code,
        case_file_id=case.case_file_id,
        household_id=None if household is None else household.household_id,
        person_id=None if person is None else person.person_id,
        purpose_code=purpose.purpose_code,
        purpose_version=purpose.version,
        package=package,
    )


def _sender(ctx: Context, draft: ReferralDraft, case: SenderCase) -> Party:
    """Who refers: an agency's officer in the name of the agency, the secretariat also in that of the district."""
    agency = ctx.principal.agency_code
    speaks_as = case.regency_code if agency is None or is_secretariat(agency) else agency
    sender = read_party(draft.from_party or speaks_as, "fromParty")
    if agency is not None and sender.code not in {agency, speaks_as}:
        raise Forbidden(f"{sender.code} refers for itself: you work for {agency}, leave fromParty out")
    return sender


async def _purpose(ctx: Context, code: str) -> ReferralPurpose:
    purposes = {p.purpose_code: p for p in await referrals_read.list_purposes(ctx.session, ctx.clock().date())}
    if code not in purposes:
        raise Invalid(f"there is no purpose {code[:60]!r}: use one of {', '.join(sorted(purposes))}", ("purposeCode",))
    return purposes[code]


async def _household(ctx: Context, draft: ReferralDraft, case: SenderCase) -> Household | None:
    """The household, whole: its numbers go into the package where the purpose says so, whatever the caller may see."""
    wanted = draft.household_id if draft.household_id is not None else case.household_id
    if wanted is None:
        return None
    if case.household_id is not None and wanted != case.household_id:
        raise Invalid(f"case file {case.number} is about another household", ("householdId",))
    [household] = await registry.find_households(ctx.session, [wanted], whole=True)
    if household is None or household.regency_code != case.regency_code:
        raise NotFound(f"there is no household {opaque_id(Kind.HOUSEHOLD, wanted)!r} in {case.regency_code}")
    return household


async def _person(
    ctx: Context, draft: ReferralDraft, case: SenderCase, household: Household | None, purpose: ReferralPurpose
) -> Person | None:
    wanted = draft.person_id if draft.person_id is not None else case.person_id
    if wanted is None:
        if purpose.is_about_person:
            raise Invalid(f"{purpose.purpose_code} is about a person: name personId", ("personId",))
        return None
    [person] = await registry.find_persons(ctx.session, [wanted], whole=True)
    if person is None or household is None or person.household_id != household.household_id:
        raise NotFound(f"there is no person {opaque_id(Kind.PERSON, wanted)!r} in the household of the case file")
    return person


async def _known(
    ctx: Context, case: SenderCase, household: Household | None, person: Person | None
) -> dict[str, object]:
    """Everything that a package could hold; the purpose then takes what it allows."""
    known: dict[str, object] = {"summary": case.summary}
    if person is not None:
        known |= {
            "name": person.name,
            "birth_date": person.birth_date,
            "birth_place": person.birth_place,
            "sex": person.sex,
            "nik": person.nik,
            "is_pregnant": person.is_pregnant,
            "disability": person.disability,
            "has_chronic_illness": person.has_chronic_illness,
            "school_level": person.school_level,
            "is_enrolled_in_school": person.is_enrolled_in_school,
        }
    if household is not None:
        [members] = await registry.list_members(ctx.session, [household.household_id], whole=False)
        known |= {
            "household_head": _head(members),
            "kk_number": household.kk_number,
            "address": household.address,
            "village": await _village(ctx, household.region_code),
            "decile": household.decile,
            "member_count": len(members),
        }
    return known


async def _village(ctx: Context, code: str) -> Value:
    [region] = await regions.find_regions(ctx.session, [code])
    return code if region is None else f"{code} {region.name}"


def _head(members: Sequence[Person]) -> str | None:
    return next((member.name for member in members if member.is_head), None)


async def _add(session: Session, new: NewReferral, mover: ReferralMover, key: str) -> int:
    await referrals.lock_cases(session, [new.case_file_id])
    if await referrals.count_referrals_of_case(session, new.case_file_id) >= REFERRALS_PER_CASE:
        raise Conflict(f"the case file has {REFERRALS_PER_CASE} referrals, and none may have more")
    cause = f"{mover.actor}:{_OPERATION}:{key}"
    [referral_id] = await referrals.add_referrals(session, [new], mover, side=Side.SENDER, key=cause)
    return referral_id
