"""Whom a case file is about, found by what a card or a form says."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.errors import Invalid
from hub.matching.linkage import IdentityRecord, LinkOutcome
from hub.store.registry import Person
from resolvers.context import Context
from resolvers.identity import Subject, find_subject
from resolvers.registry import persons_of

_CANDIDATES_MAX = 10


@dataclass(frozen=True, slots=True)
class CaseSubject:
    """LINKED: `person_id` is meant; REVIEW: one of the candidates may be, the likeliest first; else nobody is known."""

    outcome: LinkOutcome
    person_id: int | None
    candidate_ids: tuple[int, ...]


async def find_case_subject(ctx: Context, record: IdentityRecord) -> CaseSubject:
    """Whom the record means, within the caller's regions."""
    found = await find_subject(ctx, record)
    candidates = tuple(candidate.person_id for candidate in found.candidates[:_CANDIDATES_MAX])
    return CaseSubject(found.outcome, None if found.person is None else found.person.person_id, candidates)


async def person_lists_of(ctx: Context, lists: Sequence[tuple[int, ...]]) -> Sequence[list[Person]]:
    """The persons of each list of ids, in its order."""
    wanted = list(dict.fromkeys(person_id for ids in lists for person_id in ids))
    found = {person.person_id: person for person in await persons_of(ctx, wanted) if person is not None}
    return [[found[person_id] for person_id in ids if person_id in found] for ids in lists]


async def require_one(ctx: Context, record: IdentityRecord) -> tuple[int, int]:
    """Household and person of the only one whom the record can mean; raises Invalid when it is not certain."""
    subject: Subject = await find_subject(ctx, record)
    if subject.person is None:
        known = len(subject.candidates)
        raise Invalid(
            f"it is not certain who is meant ({known} persons may be): ask `caseSubject`, and name householdId and personId, "
            "or leave the subject out and make a pre-list entry",
            ("identity",),
        )
    return subject.person.household_id, subject.person.person_id
