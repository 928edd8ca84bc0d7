"""Where a caller may look: every filter by region passes through here."""

from collections.abc import Iterable

from hub.domain.errors import Forbidden, Invalid
from hub.domain.principal import RegionRange
from hub.store import regions
from hub.store.database import Session
from resolvers.context import Context


def within(ctx: Context, region_code: str | None) -> RegionRange:
    """The part of a region that the caller may see; raises Forbidden when there is none."""
    own = ctx.principal.regions
    if region_code is None:
        return own
    asked = RegionRange.under(region_code)
    start, end = max(own.start, asked.start), min(own.end, asked.end)
    if start >= end:
        raise Forbidden(
            f"region {region_code!r} is not yours to see: you are bound to {ctx.principal.regency_code or 'no region'}"
        )
    return RegionRange(start, end)


async def require_regions(session: Session, codes: Iterable[str], argument: str) -> None:
    """Raise Invalid for a code that no region has; costs a statement, so ask only when nothing was found."""
    wanted = list(codes)
    found = await regions.find_regions(session, wanted)
    unknown = [code for code, region in zip(wanted, found, strict=True) if region is None]
    if unknown:
        raise Invalid(
            f"there is no region {unknown[0]!r}: use a Kemendagri code with dots, such as 35.10.01", (argument,)
        )


def is_own(ctx: Context, region_code: str) -> bool:
    """Whether a region lies where the caller may read and write."""
    own = ctx.principal.regions
    return own.start <= region_code < own.end
