"""District systems with their freshness, what came in, and what was rejected."""

from collections.abc import Sequence
from dataclasses import replace

from hub.domain.errors import NotFound
from hub.domain.nik import mask
from hub.store import districts
from hub.store.districts import DistrictSystem, IngestBatch, RejectedValue, RejectKey
from resolvers.context import Context
from resolvers.paging import Key, Page, window
from resolvers.registry import sees_whole_numbers

_IDENTITY_FIELDS = frozenset({"nik", "kkNumber", "kk_number"})
_MASKABLE = 10
_AFTER_ALL = 2**63 - 1
_BEFORE_ALL: RejectKey = ("", "", "", "", "")


async def districts_of(ctx: Context, codes: Sequence[str]) -> Sequence[DistrictSystem | None]:
    """The district system of each regency code, where the caller may look."""
    return await districts.find_districts(ctx.session, codes, ctx.principal.regions, ctx.clock())


async def list_districts(ctx: Context, first: int, after: str | None) -> Page[DistrictSystem]:
    """A page of district systems."""
    asked = window(first, after, "districtSystems")
    found = await districts.list_districts(
        ctx.session,
        ctx.principal.regions,
        ctx.clock(),
        after=str(asked.after[0]) if asked.after else None,
        first=asked.limit,
    )
    return asked.page(found, _code)


async def list_batches(ctx: Context, regency_code: str | None, first: int, after: str | None) -> Page[IngestBatch]:
    """A page of batches, the newest first."""
    asked = window(first, after, "ingestBatches", regency_code)
    before_id = int(asked.after[0]) if asked.after else _AFTER_ALL
    found = await districts.list_batches(ctx.session, regency_code, before_id=before_id, first=asked.limit)
    await _explain_nothing(ctx, regency_code, len(found))
    return asked.page(found, _batch)


async def list_rejects(ctx: Context, regency_code: str | None, first: int, after: str | None) -> Page[RejectedValue]:
    """A page of what is in quarantine; identity numbers are masked as everywhere."""
    asked = window(first, after, "rejects", regency_code)
    last = tuple(str(part) for part in asked.after) if asked.after else _BEFORE_ALL
    found = await districts.list_rejects(ctx.session, regency_code, after=_five(last), first=asked.limit)
    await _explain_nothing(ctx, regency_code, len(found))
    whole = sees_whole_numbers(ctx)
    return asked.page(found if whole else [masked(reject) for reject in found], _reject)


def masked(reject: RejectedValue) -> RejectedValue:
    """The reject with an identity number masked; a value too short to be masked is left out."""
    if reject.field not in _IDENTITY_FIELDS or reject.value is None:
        return reject
    return replace(reject, value=mask(reject.value) if len(reject.value) >= _MASKABLE else None)


async def _explain_nothing(ctx: Context, regency_code: str | None, found: int) -> None:
    if not found and regency_code is not None and (await districts_of(ctx, [regency_code]))[0] is None:
        raise NotFound(f"there is no district system {regency_code!r} that you may see: ask for `districtSystems`")


def _five(key: tuple[str, ...]) -> RejectKey:
    source, kind, record, field, code = key
    return (source, kind, record, field, code)


def _code(district: DistrictSystem) -> Key:
    return (district.regency_code,)


def _batch(batch: IngestBatch) -> Key:
    return (batch.batch_id,)


def _reject(reject: RejectedValue) -> Key:
    return reject.key
