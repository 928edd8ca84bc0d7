"""Root fields that change the directory of districts; for the ministry."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any

import strawberry

from hub.domain.directory import DistrictAccess, DistrictTerms
from hub.domain.principal import Scope
from resolvers import directory
from resolvers.directory import Joining
from schema.context import Info
from schema.fields import plain
from schema.payloads import UserError, attempt, mutation
from schema.types.district import DistrictSystem

_KEY = "Makes the request safe to repeat: the same key with the same input changes nothing a second time."
_REASON = "Why, for the journal of the directory: 1 to 500 characters."
_TERMS = DistrictTerms()


@strawberry.input(description="A district that joins, or that is reached or treated otherwise from now on.")
class DistrictJoinInput:
    """A district that joins."""

    idempotency_key: str = plain(_KEY)
    regency_code: str = plain("Kemendagri code of the regency or city, such as 35.10.")
    endpoint: str = plain("URL of its GraphQL endpoint: https, or http on the hub's own machine.")
    credential: str = plain(
        "Where the hub finds the token that the district gave to it: env:SLRT_HUB_TOKEN_NAME, or file:NAME in its folder of "
        "credentials. Never the token itself."
    )
    reason: str = plain(_REASON)
    page_size: int = strawberry.field(
        default=_TERMS.page_size, description="Entries in a page of its feed, 1 to 1,000."
    )
    concurrency: int = strawberry.field(
        default=_TERMS.concurrency, description="Calls that it takes at the same time, 1 to 64."
    )
    freshness_seconds: int = strawberry.field(
        default=int(_TERMS.freshness_target.total_seconds()),
        description="How old its data may become before it is STALE.",
    )
    offline_seconds: int = strawberry.field(
        default=int(_TERMS.offline_after.total_seconds()),
        description="How long its calls may fail before it is OFFLINE.",
    )


@strawberry.input(description="Which district.")
class DistrictInput:
    """Which district."""

    regency_code: str = plain("Kemendagri code of the regency or city, such as 35.10.")


@strawberry.input(description="Which district, and why.")
class DistrictChangeInput:
    """Which district, and why."""

    idempotency_key: str = plain(_KEY)
    regency_code: str = plain("Kemendagri code of the regency or city, such as 35.10.")
    reason: str = plain(_REASON)


@strawberry.type(description="A district system as it stands now.")
class DistrictPayload:
    """A district system as it stands now."""

    district_system: DistrictSystem | None = plain("The district; null when nothing was done, or when it left.")
    user_errors: list[UserError] = plain(
        "Why nothing was done; each point in which a district does not keep the contract."
    )


_Input = strawberry.argument(name="input", description="What to do.")


@strawberry.type
class DistrictMutations:
    """What can be changed of the directory."""

    @mutation(
        Scope.DISTRICT_WRITE,
        DistrictPayload,
        "A district joins once a full check finds nothing; again: it is reached and treated as told from now on.",
    )
    async def district_join(self, info: Info, what: Annotated[DistrictJoinInput, _Input]) -> Any:
        return await _attempt(lambda: directory.join_district(info.context, _joining(what), what.idempotency_key))

    @mutation(Scope.DISTRICT_WRITE, DistrictPayload, "Check a district in full; findings stand in its `lastCheck`.")
    async def district_check(self, info: Info, what: Annotated[DistrictInput, _Input]) -> Any:
        return await _attempt(lambda: directory.check_district(info.context, what.regency_code))

    @mutation(Scope.DISTRICT_WRITE, DistrictPayload, "The hub leaves a district alone from now on.")
    async def district_suspend(self, info: Info, what: Annotated[DistrictChangeInput, _Input]) -> Any:
        return await _attempt(lambda: directory.suspend_district(info.context, *_change(what)))

    @mutation(Scope.DISTRICT_WRITE, DistrictPayload, "The hub asks a suspended district again.")
    async def district_resume(self, info: Info, what: Annotated[DistrictChangeInput, _Input]) -> Any:
        return await _attempt(lambda: directory.resume_district(info.context, *_change(what)))

    @mutation(
        Scope.DISTRICT_WRITE, DistrictPayload, "A district takes part no longer; what was read of it stays, as of then."
    )
    async def district_leave(self, info: Info, what: Annotated[DistrictChangeInput, _Input]) -> Any:
        return await _attempt(lambda: directory.leave_district(info.context, *_change(what)))


async def _attempt(work: Callable[[], Awaitable[Any]]) -> Any:
    return await attempt(DistrictPayload, "district_system", work)


def _change(what: DistrictChangeInput) -> tuple[str, str, str]:
    return (what.regency_code, what.reason, what.idempotency_key)


def _joining(what: DistrictJoinInput) -> Joining:
    return Joining(
        access=DistrictAccess(regency_code=what.regency_code, endpoint=what.endpoint, credential=what.credential),
        terms=DistrictTerms(
            page_size=what.page_size,
            concurrency=what.concurrency,
            freshness_target=timedelta(seconds=what.freshness_seconds),
            offline_after=timedelta(seconds=what.offline_seconds),
        ),
        reason=what.reason,
    )
