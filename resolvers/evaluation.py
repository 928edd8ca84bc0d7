"""Everybody is judged anew, after each quarter's registry or whenever something came in; the report tells what changed."""

from collections.abc import Sequence

import msgspec

from hub.domain.errors import Invalid
from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Role
from hub.domain.small_cells import withheld
from hub.store import evaluation
from hub.store.database import Session
from hub.store.eligibility import list_rules
from hub.store.evaluation import (
    ChangeCause,
    ChangeFilter,
    ChangeKey,
    EvaluatedProgramme,
    Evaluation,
    VerdictChange,
)
from hub.store.rule_sets import retire_past
from resolvers.context import Clock, Context
from resolvers.paging import Key, Page, window
from resolvers.places import require_regions, within
from resolvers.programmes import require_programme

_AFTER_ALL = 2**63 - 1
_BEFORE_ALL = ("", "", "", "")


async def judge_all(jobs: Session, clock: Clock, actor: str) -> int:
    """Judge every unit by every rule in force; the id of the report. Killed on its way, it leaves the report of what it did."""
    now = clock()
    await retire_past(jobs, now)
    evaluation_id = await evaluation.start_evaluation(jobs, actor, now)
    rules = await list_rules(jobs, now.date())
    for version in rules:
        await evaluation.evaluate_programme(jobs, evaluation_id, version, now)
    await evaluation.end_programmes(jobs, evaluation_id, [version.programme_code for version in rules], now)
    await evaluation.finish_evaluation(jobs, evaluation_id, clock())
    return evaluation_id


async def evaluations_of(ctx: Context, evaluation_ids: Sequence[int]) -> Sequence[Evaluation | None]:
    """The evaluation of each id."""
    return await evaluation.find_evaluations(ctx.session, evaluation_ids)


async def list_evaluations(ctx: Context, first: int, after: str | None) -> Page[Evaluation]:
    """A page of evaluations, the newest first."""
    asked = window(first, after, "evaluations")
    before_id = int(asked.after[0]) if asked.after else _AFTER_ALL
    found = await evaluation.list_evaluations(ctx.session, before_id=before_id, first=asked.limit)
    return asked.page(found, _evaluation_key)


async def programmes_of_evaluations(ctx: Context, evaluation_ids: Sequence[int]) -> Sequence[list[EvaluatedProgramme]]:
    """What each evaluation did, by programme."""
    return await evaluation.list_programmes_of(ctx.session, evaluation_ids)


async def list_changes(
    ctx: Context,
    object_id: str | None,
    programme_code: str | None,
    region_code: str | None,
    page: tuple[int, str | None],
) -> Page[VerdictChange]:
    """A page of what an evaluation changed, by programme and regency; without an id, of the newest one."""
    asked = window(*page, "verdictChanges", object_id, programme_code, region_code)
    regencies = within(ctx, region_code)
    number = number_of(Kind.EVALUATION, object_id) if object_id else await evaluation.find_last_evaluation(ctx.session)
    wanted = ChangeFilter(number or 0, programme_code, regencies)
    after = _BEFORE_ALL if asked.after is None else tuple(str(part) for part in asked.after)
    if len(after) != len(_BEFORE_ALL):
        raise Invalid("stale cursor: start again without after", ("after",))
    found = await evaluation.list_changes(
        ctx.session, wanted, after=(after[0], after[1], after[2], after[3]), first=asked.limit
    )
    if not found and region_code is not None:
        await require_regions(ctx.session, [region_code], "regionCode")
    if not found and programme_code is not None:
        await require_programme(ctx, programme_code)
    return asked.page(_reduced(ctx, found), _change_key)


async def causes_of(ctx: Context, keys: Sequence[ChangeKey]) -> Sequence[list[ChangeCause]]:
    """Because of what, for each change; callers outside the ministry are not told of a few people."""
    found = await evaluation.list_causes(ctx.session, keys)
    if ctx.principal.role is Role.MINISTRY_ANALYST:
        return found
    return [
        [cause for position, cause in enumerate(causes) if position not in withheld(_units(causes), has_margin=False)]
        for causes in found
    ]


def _units(causes: Sequence[ChangeCause]) -> list[tuple[int]]:
    return [(cause.units,) for cause in causes]


def _reduced(ctx: Context, changes: list[VerdictChange]) -> list[VerdictChange]:
    if ctx.principal.role is Role.MINISTRY_ANALYST:
        return changes
    hidden = withheld([(change.units or 0,) for change in changes], has_margin=False)
    return [
        msgspec.structs.replace(change, units=None) if position in hidden else change
        for position, change in enumerate(changes)
    ]


def _evaluation_key(found: Evaluation) -> Key:
    return (found.evaluation_id,)


def _change_key(change: VerdictChange) -> Key:
    return change.key[1:]
