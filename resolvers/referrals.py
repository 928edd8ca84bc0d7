"""Reads referrals [rujukan]: by id, of a case file, and the inbox and outbox of a district or of the nation."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.agencies import NATION
from hub.domain.errors import Forbidden, Invalid
from hub.domain.parties import read_party
from hub.domain.principal import Role, Scope
from hub.domain.referral_clocks import ReferralClock, clock
from hub.domain.referral_package import PACKAGE_FIELDS, Value, masked_package, text_of
from hub.store import referrals_read
from hub.store.referrals_read import Referral, ReferralEvent, ReferralFilter, ReferralPurpose, ReferralTimes
from resolvers.context import Context
from resolvers.paging import Key, Page, window


class ReferralDirection(StrEnum):
    """Which way referrals go, seen from the caller."""

    IN = "IN"
    OUT = "OUT"


@dataclass(frozen=True, slots=True)
class ReferralList:
    """Which referrals are asked for; None: all that are visible."""

    direction: ReferralDirection | None = None
    status: str | None = None
    party_code: str | None = None
    is_overdue: bool = False


@dataclass(frozen=True, slots=True)
class PackageEntry:
    """One field of a package; `value` None: nothing is known."""

    field: str
    label_id: str
    label_en: str
    value: str | None


@dataclass(frozen=True, slots=True)
class ReferralClocks:
    """Both clocks of a referral; None: not started."""

    acceptance: ReferralClock | None
    completion: ReferralClock | None


async def referrals_by_id(ctx: Context, referral_ids: Sequence[int]) -> Sequence[Referral | None]:
    """The referral of each id."""
    return await referrals_read.find_referrals(ctx.session, referral_ids)


async def referrals_of_cases(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[list[Referral]]:
    """The referrals that each case file was sent with, or opened by; at most 50 each."""
    ctx.require(Scope.REFERRAL_READ)
    return await referrals_read.list_referrals_of_cases(ctx.session, case_file_ids)


async def next_legs_of(ctx: Context, referral_ids: Sequence[int]) -> Sequence[Referral | None]:
    """The leg to which each was redirected, if the caller may see it."""
    return await referrals_read.find_next_legs(ctx.session, referral_ids)


async def referral_events_of(ctx: Context, referral_ids: Sequence[int]) -> Sequence[list[ReferralEvent]]:
    """The history of each referral."""
    return await referrals_read.list_events(ctx.session, referral_ids)


async def purposes_of(ctx: Context, keys: Sequence[tuple[str, int]]) -> Sequence[ReferralPurpose | None]:
    """The purpose of each (code, version)."""
    return await referrals_read.find_purposes(ctx.session, keys)


async def packages_of(ctx: Context, packages: Sequence[Sequence[tuple[str, Value]]]) -> Sequence[list[PackageEntry]]:
    """What is in each package, with its numbers masked for those who may not see them."""
    is_whole = Scope.IDENTITY_READ in ctx.principal.scopes
    return [_entries(dict(package) if is_whole else masked_package(dict(package))) for package in packages]


async def clocks_of(ctx: Context, times: Sequence[ReferralTimes]) -> Sequence[ReferralClocks]:
    """Both clocks of each, as they stand now."""
    now = ctx.clock()
    found = []
    for its in times:
        acceptance = completion = None
        if its.sent_at is not None and its.acceptance is not None:
            acceptance = clock(its.sent_at, its.acceptance, its.accepted_at or its.ended_at, now)
        if its.accepted_at is not None and its.completion is not None:
            completion = clock(its.accepted_at, its.completion, its.ended_at, now)
        found.append(ReferralClocks(acceptance, completion))
    return found


async def list_purposes(ctx: Context) -> Sequence[ReferralPurpose]:
    """The purposes in force."""
    return await referrals_read.list_purposes(ctx.session, ctx.clock().date())


async def list_referrals(ctx: Context, wanted: ReferralList, first: int, after: str | None) -> Page[Referral]:
    """A page of the caller's referrals in the order in which they were made."""
    ctx.require(Scope.REFERRAL_READ)
    view = window(first, after, "referrals", *_words(wanted))
    if wanted.party_code is not None:
        read_party(wanted.party_code, "partyCode")
    found = await _read(ctx, wanted, int(view.after[0]) if view.after else 0, view.limit)
    return view.page(found, _key)


async def _read(ctx: Context, wanted: ReferralList, after_id: int, first: int) -> list[Referral]:
    narrowed = ReferralFilter(wanted.status, wanted.party_code, ctx.clock() if wanted.is_overdue else None)
    if wanted.direction is None and ctx.principal.regency_code is None:
        return await referrals_read.list_all(ctx.session, narrowed, after_id=after_id, first=first)
    home = _home(ctx)
    found: dict[int, Referral] = {}
    if wanted.direction is not ReferralDirection.OUT:
        incoming = await referrals_read.list_incoming(ctx.session, home, narrowed, after_id=after_id, first=first)
        found.update((r.referral_id, r) for r in incoming)
    if wanted.direction is not ReferralDirection.IN:
        outgoing = await referrals_read.list_outgoing(ctx.session, home, narrowed, after_id=after_id, first=first)
        found.update((r.referral_id, r) for r in outgoing)
    return [found[number] for number in sorted(found)][:first]


def _home(ctx: Context) -> str:
    if ctx.principal.regency_code is not None:
        return ctx.principal.regency_code
    if ctx.principal.role is Role.MINISTRY_ANALYST:
        return NATION
    raise Forbidden("you are no party of any referral: leave direction out")


def _words(wanted: ReferralList) -> tuple[object, ...]:
    direction = None if wanted.direction is None else wanted.direction.value
    return (direction, wanted.status, wanted.party_code, wanted.is_overdue)


def _key(referral: Referral) -> Key:
    return (referral.referral_id,)


def _entries(package: dict[str, Value]) -> list[PackageEntry]:
    if not package.keys() <= PACKAGE_FIELDS.keys():
        raise Invalid("a package holds a field that is not known any more")
    return [
        PackageEntry(name, field.label_id, field.label_en, text_of(package[name]))
        for name, field in PACKAGE_FIELDS.items()
        if name in package
    ]
