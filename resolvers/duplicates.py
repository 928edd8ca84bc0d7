"""Case files that are the same as others: shown to whoever triages, and joined by a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.casework import CaseAction
from hub.domain.duplicates import ALIKE, WITHIN, DuplicateSign, likeness
from hub.domain.errors import Conflict, NotFound
from hub.domain.opaque_id import Kind, opaque_id
from hub.store import case_files, casework
from hub.store.case_files import CaseFile
from hub.store.casework import Alike
from resolvers.context import Context
from resolvers.held_case import HeldCase, Step, do_step, get_case_file

CANDIDATES_MAX = 10
DUPLICATES_MAX = 100
_PER_PLACE = 200


@dataclass(frozen=True, slots=True)
class DuplicateCandidate:
    """An open case file that may be the same; `likeness` is the share of the words that both have."""

    case_file_id: int
    signs: tuple[DuplicateSign, ...]
    likeness: float


async def duplicate_candidates_of(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[list[DuplicateCandidate]]:
    """For each case file the open ones that may be the same, the likeliest first, at most 10."""
    found = await casework.list_alike(ctx.session, case_file_ids, WITHIN, per_case=CANDIDATES_MAX, per_place=_PER_PLACE)
    return [_judge(alike) for alike in found]


async def duplicates_of(ctx: Context, case_file_ids: Sequence[int]) -> Sequence[list[CaseFile]]:
    """For each case file those that were joined to it, the newest first, at most 100."""
    lists = await casework.list_duplicates(ctx.session, case_file_ids, DUPLICATES_MAX)
    wanted = [case_file_id for ids in lists for case_file_id in ids]
    found = {case.case_file_id: case for case in await case_files.find_case_files(ctx.session, wanted) if case}
    return [[found[case_file_id] for case_file_id in ids if case_file_id in found] for ids in lists]


async def join_case(ctx: Context, step: Step, other_id: int) -> CaseFile:
    """It goes on in another case file, which takes note of it: DUPLICATE."""

    async def work(held: HeldCase) -> None:
        held.require(CaseAction.JOIN)
        other = await get_case_file(held.session, other_id)
        _require_target(held, other)
        await held.move(CaseAction.JOIN, step, duplicate_of=other_id)
        await held.end_assignments(step.reason)
        joined = opaque_id(Kind.CASE_FILE, step.case_file_id)
        held.tell("NOTE", case_file_id=other_id, changes={"joined": joined}, reason=step.reason)

    return await do_step(ctx, "caseFileJoin", step, {"other_id": other_id}, work, also=other_id)


def _require_target(held: HeldCase, other: CaseFile) -> None:
    mine = held.case_file
    if other.case_file_id == mine.case_file_id:
        raise Conflict(f"{held.name} cannot be joined to itself: name the other one")
    if other.regency_code != mine.regency_code or other.removed_at is not None:
        raise NotFound(
            f"there is no case file {opaque_id(Kind.CASE_FILE, other.case_file_id)!r} in {mine.regency_code}"
        )
    if other.status in {"DUPLICATE", "REJECTED"}:
        raise Conflict(f"case file {other.number} is {other.status}: join {held.name} to one in which work goes on")


def _judge(found: Sequence[Alike]) -> list[DuplicateCandidate]:
    weighed = [(likeness(alike.summary, alike.other_summary), alike) for alike in found]
    candidates = [
        DuplicateCandidate(alike.case_file_id, _signs(alike, share), round(share, 2))
        for share, alike in weighed
        if alike.is_same_household or share >= ALIKE
    ]
    candidates.sort(key=lambda one: (-len(one.signs), -one.likeness, one.case_file_id))
    return candidates[:CANDIDATES_MAX]


def _signs(alike: Alike, share: float) -> tuple[DuplicateSign, ...]:
    signs = []
    if alike.is_same_person:
        signs.append(DuplicateSign.SAME_PERSON)
    if alike.is_same_household:
        signs.append(DuplicateSign.SAME_HOUSEHOLD)
    if share >= ALIKE:
        signs.append(DuplicateSign.SIMILAR_WORDS)
    return tuple(signs)
