"""What the two sides of a referral do to it, one action each; every action is safe to repeat by its key."""

from dataclasses import asdict, dataclass

from hub.domain.cases import class_of_type
from hub.domain.errors import CallerError, Invalid, NotFound
from hub.domain.ids import stable_id
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.parties import Party, read_party
from hub.domain.principal import Scope
from hub.domain.referrals import (
    NEEDS_REASON,
    SIDE_OF,
    TARGET,
    WITHDRAWABLE,
    ReferralAction,
    ReferralStatus,
    check_move,
    outcome_of,
    sides_of,
)
from hub.store import case_files, idempotency, referrals, referrals_read
from hub.store.case_files import NewCaseFile
from hub.store.case_history import NewCaseEvent
from hub.store.database import Session
from hub.store.referrals import ReferralMove, ReferralMover
from hub.store.referrals_read import Referral, ReferralPurpose
from resolvers.case_changes import note_changes
from resolvers.context import Context
from resolvers.referral_drafts import claim_of, mover_of
from resolvers.referral_moves import make_moves
from resolvers.referral_redirects import find_next_receivers

_REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class ReferralStep:
    """An action that is asked for. `opens_case`: the receiver opens a case file of its own; `to_party`: where it redirects to."""

    action: ReferralAction
    referral_id: int
    expected_version: int | None
    reason: str | None = None
    to_party: str | None = None
    opens_case: bool = False


async def move_referral(ctx: Context, step: ReferralStep, key: str) -> Referral:
    """Do what is asked and give the referral as it stands after it; a key that was used gives what it stands at by now.

    The caller's own session shows whether the caller is a party of it at all. The move is then made with the rights of
    jobs, for it also touches what belongs to the other side: its case file, its history.
    """
    ctx.require(Scope.REFERRAL_WRITE)
    _check_reason(step)
    [seen] = await referrals_read.find_referrals(ctx.session, [step.referral_id])
    if seen is None:
        raise NotFound(f"there is no referral {opaque_id(Kind.REFERRAL, step.referral_id)!r} that you may see")
    operation = f"referral{step.action.title()}"
    claim = claim_of(ctx, operation, key, asdict(step))
    async with ctx.jobs.transaction() as transaction:
        if await idempotency.claim(transaction, claim, ctx.clock()) is None:
            mover = mover_of(ctx)
            await _take(ctx, transaction, step, mover, f"{mover.actor}:{operation}:{key}")
            await idempotency.keep(transaction, claim, step.referral_id)
        [after] = await referrals_read.find_referrals(transaction, [step.referral_id])
    if after is None:
        raise NotFound(f"referral {seen.reference} is gone")
    return after


async def _take(ctx: Context, session: Session, step: ReferralStep, mover: ReferralMover, key: str) -> None:
    [referral] = await referrals.lock_referrals(session, [step.referral_id])
    if referral is None:
        raise NotFound(f"there is no referral {opaque_id(Kind.REFERRAL, step.referral_id)!r}")
    standing = referral.standing
    check_move(standing, step.action, sides_of(ctx.principal, standing), step.expected_version)
    await take_step(session, referral, step, mover, key)


async def take_step(session: Session, referral: Referral, step: ReferralStep, mover: ReferralMover, key: str) -> None:
    """Make a move that is free to be made, of a referral that is held."""
    to, status = TARGET[step.action], ReferralStatus(referral.status)
    if step.action is ReferralAction.CLOSE and status in WITHDRAWABLE and status is not ReferralStatus.DRAFT:
        _require_reason(step)
    receiver = await _next_receiver(session, referral, step)
    case_file_id = await _open_case(session, referral, mover) if step.opens_case else None
    move = ReferralMove(
        referral_id=referral.referral_id,
        to=to,
        side=SIDE_OF[step.action],
        key=key,
        outcome=outcome_of(status, to),
        reason=step.reason,
        redirected_to=None if receiver is None else receiver.code,
        receiver_case_file_id=case_file_id,
    )
    await make_moves(session, {referral.referral_id: referral}, [move], mover)


async def _next_receiver(session: Session, referral: Referral, step: ReferralStep) -> Party | None:
    if step.action is not ReferralAction.REDIRECT:
        return None
    [receiver] = await find_next_receivers(session, [(referral, step.to_party or "")])
    if isinstance(receiver, CallerError):
        raise receiver
    return receiver


async def _open_case(session: Session, referral: Referral, mover: ReferralMover) -> int:
    """The receiver's own case file about what was referred; it knows what the package says, and no household of elsewhere."""
    party = read_party(referral.to_party)
    if party.region_code is None:
        raise Invalid(f"{party.code} keeps no case files in the hub", ("opensCaseFile",))
    if referral.to_regency_code == referral.from_regency_code:
        raise Invalid(
            f"the case file of referral {referral.reference} is one of {party.regency_code} itself: it needs no second",
            ("opensCaseFile",),
        )
    new = await _case_of_package(session, referral, party, mover)
    await case_files.add_case_file(session, new, mover.now)
    opening = NewCaseEvent(
        case_file_id=new.case_file_id,
        event_key=f"referral:{referral.reference}:opening",
        field_group="OPENING",
        item=referral.reference,
        version=1,
        to_value="RECEIVED",
        actor=mover.actor,
        actor_role=mover.role,
        agency_code=referral.to_party,
        happened_at=mover.now,
    )
    await note_changes(session, [opening], mover.now)
    return new.case_file_id


async def _case_of_package(session: Session, referral: Referral, party: Party, mover: ReferralMover) -> NewCaseFile:
    purpose = await _purpose(session, referral)
    summary = referral.package.get("summary")
    record_id = f"referral/{referral.reference}"
    return NewCaseFile(
        case_file_id=stable_id("case_file", "HUB", record_id),
        source_record_id=record_id,
        household_id=None,
        regency_code=referral.to_regency_code,
        region_code=party.region_code or referral.to_regency_code,
        number=await case_files.next_number(session, referral.to_regency_code, mover.now.year),
        type="NEED",
        category=purpose.case_category,
        channel="REFERRAL",
        summary=summary if isinstance(summary, str) else None,
        person_id=None,
        is_sensitive=referral.is_sensitive,
        resolution_class=class_of_type("NEED"),
    )


async def _purpose(session: Session, referral: Referral) -> ReferralPurpose:
    [purpose] = await referrals_read.find_purposes(session, [referral.purpose_key])
    if purpose is None:
        raise NotFound(f"there is no purpose {referral.purpose_code} of version {referral.purpose_version}")
    return purpose


def _check_reason(step: ReferralStep) -> None:
    if step.action in NEEDS_REASON:
        _require_reason(step)
    if step.reason is not None and len(step.reason) > _REASON_MAX:
        raise Invalid(f"reason has {len(step.reason)} characters: at most {_REASON_MAX} are allowed", ("reason",))


def _require_reason(step: ReferralStep) -> None:
    if step.reason is None or not step.reason.strip():
        raise Invalid(f"to {step.action.lower()} a referral needs a reason: say why, or what came of it", ("reason",))
