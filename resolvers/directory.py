"""The directory of districts: a district joins after a check, is checked, suspended, resumed, and leaves. For the ministry."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import msgspec

from hub.domain.directory import DistrictAccess, DistrictEntry, DistrictTerms, Finding, Inspection
from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.principal import Scope
from hub.store import directory, idempotency
from hub.store.database import Session
from hub.store.directory import Change, DistrictEvent
from hub.store.districts import DistrictSystem
from hub.store.regions import find_regions
from resolvers.context import Context
from resolvers.districts import districts_of

EVENTS_SHOWN = 20
_REFERENCE = re.compile(r"env:SLRT_HUB_TOKEN_[A-Za-z0-9_]{1,80}|file:[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_REGENCY = re.compile(r"\d\d\.\d\d")
_ENDPOINT_MAX = 500
_REASON_MAX = 500
_PAGE_SIZES, _CONCURRENCY = range(1, 1_001), range(1, 65)
_DAY = timedelta(days=1)
_SHOWN = 5


class Unfit(Conflict):
    """A district that does not keep the contract cannot join; `findings` name what."""

    def __init__(self, message: str, findings: Sequence[Finding]) -> None:
        super().__init__(message)
        self.findings = tuple(findings)
        self.points = tuple(f"{finding.line}; {finding.mend}" for finding in findings)


@dataclass(frozen=True, slots=True)
class Joining:
    """What is asked of a district that joins, or that is reached or treated otherwise from now on."""

    access: DistrictAccess
    terms: DistrictTerms
    reason: str


async def events_of(ctx: Context, codes: Sequence[str]) -> Sequence[list[DistrictEvent]]:
    """The newest lines of the journal of each regency, the newest first."""
    return await directory.list_events(ctx.session, codes, EVENTS_SHOWN)


async def join_district(ctx: Context, joining: Joining, key: str) -> DistrictSystem:
    """A district joins once a full check finds nothing; joining again changes how it is reached and treated.

    Raises Unfit with the findings, Invalid for a value that does not fit, Conflict for a key that was used otherwise.
    """
    _require_ministry(ctx)
    _check_values(joining)
    code = joining.access.regency_code
    claim = _claim(ctx, "districtJoin", key, joining)
    if await idempotency.find_earlier(ctx.session, claim) is None:
        await _require_regency(ctx, code)
        found = await ctx.inspector.inspect(joining.access, "FULL")
        _require_fit(code, found)

        async def put(session: Session, change: Change) -> None:
            await directory.put_entry(session, joining.access, found, joining.terms, change)

        await _once(ctx, claim, joining.reason, put)
    return await _get(ctx, code)


async def check_district(ctx: Context, regency_code: str) -> DistrictSystem:
    """A full check, also of a district that is suspended; findings make it DEGRADED, and none of them ends that."""
    _require_ministry(ctx)
    entry = await _require_entry(ctx, ctx.session, regency_code)
    found = await ctx.inspector.inspect(entry.access, "FULL")
    change = Change(ctx.principal.client_id, "a check found nothing wrong", ctx.clock())
    await directory.note_check(ctx.session, regency_code, found, change)
    return await _get(ctx, regency_code)


async def suspend_district(ctx: Context, regency_code: str, reason: str, key: str) -> DistrictSystem:
    """The hub leaves it alone from now on; Conflict when it does already."""

    async def suspend(session: Session, change: Change) -> None:
        await _require_entry(ctx, session, regency_code)
        if not await directory.suspend(session, regency_code, change):
            raise Conflict(f"district {regency_code} is suspended already: resume it, or let it be")

    await _change(ctx, "districtSuspend", regency_code, reason, key, suspend)
    return await _get(ctx, regency_code)


async def resume_district(ctx: Context, regency_code: str, reason: str, key: str) -> DistrictSystem:
    """The hub asks it again; Conflict when it was not suspended."""

    async def resume(session: Session, change: Change) -> None:
        await _require_entry(ctx, session, regency_code)
        if not await directory.resume(session, regency_code, change):
            raise Conflict(
                f"district {regency_code} is not suspended: ask for its status, and check it when it does not answer"
            )

    await _change(ctx, "districtResume", regency_code, reason, key, resume)
    return await _get(ctx, regency_code)


async def leave_district(ctx: Context, regency_code: str, reason: str, key: str) -> None:
    """It takes part no longer; what was read of it stays with its as-of time, and its journal stays."""

    async def leave(session: Session, change: Change) -> None:
        await _require_entry(ctx, session, regency_code)
        await directory.remove(session, regency_code, change)

    await _change(ctx, "districtLeave", regency_code, reason, key, leave)


async def _change(
    ctx: Context,
    operation: str,
    regency_code: str,
    reason: str,
    key: str,
    work: Callable[[Session, Change], Awaitable[None]],
) -> None:
    _require_ministry(ctx)
    _check_reason(reason)
    await _once(ctx, _claim(ctx, operation, key, (regency_code, reason)), reason, work)


async def _once(
    ctx: Context, claim: idempotency.Claim, reason: str, work: Callable[[Session, Change], Awaitable[None]]
) -> None:
    change = Change(ctx.principal.client_id, reason, ctx.clock())
    async with ctx.session.transaction() as transaction:
        if await idempotency.claim(transaction, claim, change.now) is None:
            await work(transaction, change)
            await idempotency.keep(transaction, claim, "DONE")


def _claim(ctx: Context, operation: str, key: str, asked: object) -> idempotency.Claim:
    digest = sha256(msgspec.json.encode(asked, order="sorted")).digest()
    return idempotency.Claim(ctx.principal.client_id, operation, key, digest)


async def _require_entry(ctx: Context, session: Session, regency_code: str) -> DistrictEntry:
    entry = await directory.lock_entry(session, regency_code, ctx.clock())
    if entry is None:
        raise NotFound(f"no district {regency_code!r} takes part: ask for `districtSystems`, or let it join")
    return entry


async def _get(ctx: Context, regency_code: str) -> DistrictSystem:
    found = (await districts_of(ctx, [regency_code]))[0]
    if found is None:
        raise NotFound(f"district {regency_code!r} takes part no longer: it left meanwhile")
    return found


def _require_ministry(ctx: Context) -> None:
    ctx.require(Scope.DISTRICT_WRITE)
    if ctx.principal.regency_code is not None:
        raise Forbidden("the directory is the ministry's: a client that is bound to a regency cannot change it")


async def _require_regency(ctx: Context, code: str) -> None:
    region = (await find_regions(ctx.session, [code]))[0] if _REGENCY.fullmatch(code) else None
    if region is None or region.level != "REGENCY":
        raise Invalid(
            f"no regency or city has the code {code[:20]!r}: use a Kemendagri code such as 35.10", ("regencyCode",)
        )


def _require_fit(code: str, found: Inspection) -> None:
    if not found.findings:
        return
    named = "; ".join(finding.line for finding in found.findings[:_SHOWN])
    more = f"; and {len(found.findings) - _SHOWN} more" if len(found.findings) > _SHOWN else ""
    raise Unfit(
        f"district {code} does not keep the contract: {named}{more}. Its developers see all of it with "
        "`slrt-hub district check URL`; join it again when they have mended it",
        found.findings,
    )


def _check_values(joining: Joining) -> None:
    _check_reason(joining.reason)
    _check_endpoint(joining.access.endpoint)
    if not _REFERENCE.fullmatch(joining.access.credential):
        raise Invalid(
            "a credential is a reference: env:SLRT_HUB_TOKEN_NAME, or file:NAME in the hub's folder of credentials; never "
            "the token itself",
            ("credential",),
        )
    terms = joining.terms
    if terms.page_size not in _PAGE_SIZES:
        raise Invalid(f"a page of the feed has 1 to 1000 entries, not {terms.page_size}", ("pageSize",))
    if terms.concurrency not in _CONCURRENCY:
        raise Invalid(f"a district takes 1 to 64 calls at the same time, not {terms.concurrency}", ("concurrency",))
    if not timedelta(0) < terms.freshness_target <= 365 * _DAY:
        raise Invalid("the freshness target is more than 0 seconds and at most a year", ("freshnessSeconds",))
    if not timedelta(0) <= terms.offline_after <= 30 * _DAY:
        raise Invalid("a district counts as OFFLINE after 0 seconds to 30 days of failing", ("offlineSeconds",))


def _check_endpoint(endpoint: str) -> None:
    parts = _split(endpoint)
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if len(endpoint) > _ENDPOINT_MAX or not parts.hostname or not is_plain or not endpoint.isprintable():
        raise Invalid(
            "an endpoint is a URL such as https://slrt.example/graphql, without user, query or fragment", ("endpoint",)
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname)):
        raise Invalid(
            "an endpoint begins with https://; http only on this machine, for the token travels with it", ("endpoint",)
        )


def _split(endpoint: str) -> SplitResult:
    try:
        parts = urlsplit(endpoint)
        _ = parts.port  # a port that is no number is told only here
    except ValueError:
        return urlsplit("")
    return parts


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _REASON_MAX or not reason.isprintable():
        raise Invalid(f"say in 1 to {_REASON_MAX} characters why, for the journal", ("reason",))
