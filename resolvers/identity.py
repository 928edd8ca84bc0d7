"""One record against all persons and rosters: who is meant, and whether that person is covered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from hub.domain.errors import Invalid, NotFound
from hub.domain.nik import nik_error
from hub.domain.principal import EVERYWHERE, RegionRange, Role, Scope
from hub.domain.rejects import WAY_OUT
from hub.matching.linkage import (
    IdentityRecord,
    LinkOutcome,
    Normalised,
    Weights,
    among_rivals,
    load_weights,
    normalise,
    score,
)
from hub.matching.linkage.score import outcome_of
from hub.store import coverage_check, identity
from hub.store.coverage_check import CheckNote
from hub.store.database import Session
from hub.store.identity import Candidate, Entry
from resolvers.context import Context

_TEXT_MAX = 200

S = TypeVar("S", Candidate, Entry)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a record means. LINKED: `person`; REVIEW: `candidates`, the likeliest first, for a person to choose; else nobody."""

    outcome: LinkOutcome
    person: Candidate | None
    candidates: tuple[Candidate, ...]
    bits: float | None


class CheckAnswer(StrEnum):
    """Whether a person is covered."""

    COVERED = "COVERED"
    NOT_COVERED = "NOT_COVERED"
    UNKNOWN = "UNKNOWN"


class CheckPurpose(StrEnum):
    """What the answer is needed for."""

    TREATMENT = "TREATMENT"
    SCHOOLING = "SCHOOLING"
    SOCIAL_CARE = "SOCIAL_CARE"
    ADMINISTRATION = "ADMINISTRATION"


class CheckBasis(StrEnum):
    """What allows the question."""

    CONSENT = "CONSENT"
    LEGAL_DUTY = "LEGAL_DUTY"


@dataclass(frozen=True, slots=True)
class CoverageQuestion:
    """Whether somebody is on a programme, for what the answer is needed, and what allows the question."""

    record: IdentityRecord
    programme_code: str
    purpose: CheckPurpose
    basis: CheckBasis
    basis_reference: str


@dataclass(frozen=True, slots=True)
class CoverageAnswer:
    """The answer. `programme_codes`: the programmes on which the person is now, where the caller may read the registry."""

    status: CheckAnswer
    programme_codes: list[str] | None


async def find_person(session: Session, record: IdentityRecord, regions: RegionRange) -> Subject:
    """Hold one record against all persons of these regions: the same keys and weights as in a batch."""
    asked = normalise(record)
    found, searched = await identity.find_persons(session, asked, regions)
    return _judge(asked, found, load_weights().searching(searched))


async def find_subject(ctx: Context, record: IdentityRecord) -> Subject:
    """Whom a case is about, within the caller's regions; whoever takes the case in confirms a doubtful one."""
    ctx.require(Scope.REGISTRY_READ)
    _check_texts(record)
    return await find_person(ctx.session, record, ctx.principal.regions)


async def check_coverage(ctx: Context, question: CoverageQuestion) -> CoverageAnswer:
    """Whether somebody is on a programme now, as far as it is certain; every question is noted with its purpose and basis."""
    ctx.require(Scope.COVERAGE_CHECK)
    _check_question(ctx, question)
    state = await coverage_check.find_roster_state(ctx.session, question.programme_code)
    if state is None:
        raise NotFound(f"there is no programme {question.programme_code!r}: ask for `programmes` to see them")
    regions = EVERYWHERE if _is_partner(ctx) else ctx.principal.regions
    subject = await find_person(ctx.jobs, question.record, regions)
    if _is_partner(ctx) and subject.person is not None and not _is_same_card(question.record, subject.person.record):
        subject = Subject(LinkOutcome.REVIEW, None, (), None)
    lines = await _find_lines(ctx, question, regions)
    person = subject.person
    codes = (
        []
        if person is None
        else await coverage_check.list_active_programmes(ctx.jobs, person.household_id, person.person_id)
    )
    is_covered = question.programme_code in codes or any(
        line.outcome is LinkOutcome.LINKED and line.is_active for line in lines
    )
    is_doubtful = subject.outcome is LinkOutcome.REVIEW or any(line.outcome is LinkOutcome.REVIEW for line in lines)
    is_told = person is not None or (regions == EVERYWHERE and state.has_roster)
    is_told = is_told and (not state.has_roster or (state.is_read and question.record.nik is not None))
    status = _status(is_covered=is_covered, is_doubtful=is_doubtful, is_told=is_told)
    await coverage_check.note_check(
        ctx.jobs,
        CheckNote(
            ctx.principal.client_id,
            question.purpose,
            question.basis,
            question.basis_reference,
            question.programme_code,
            None if person is None else person.person_id,
            status,
            ctx.clock(),
        ),
    )
    is_shown = person is not None and Scope.REGISTRY_READ in ctx.principal.scopes
    return CoverageAnswer(status, sorted(codes) if is_shown else None)


@dataclass(frozen=True, slots=True)
class _Line:
    outcome: LinkOutcome
    is_active: bool


async def _find_lines(ctx: Context, question: CoverageQuestion, regions: RegionRange) -> list[_Line]:
    """The lines of the programme's roster that are, or may be, the person's; it need not be in the registry."""
    asked = normalise(question.record)
    found = [
        entry
        for entry in await identity.find_entries(ctx.jobs, asked, regions)
        if entry.programme_code == question.programme_code and entry.unit == "PERSON"
    ]
    weights = load_weights().searching(await identity.count_searched(ctx.jobs))
    if _is_partner(ctx):
        found = [entry for entry in found if _is_same_card(question.record, entry.record)]
    ranked = _ranked(asked, _by_number(asked, found, weights), weights)
    bits = [weight for weight, _ in ranked]
    return [
        _Line(_outcome(weight, [*bits[:at], *bits[at + 1 :]], weights), entry.status == "ACTIVE")
        for at, (weight, entry) in enumerate(ranked)
    ]


def _status(*, is_covered: bool, is_doubtful: bool, is_told: bool) -> CheckAnswer:
    if is_covered:
        return CheckAnswer.COVERED
    return CheckAnswer.NOT_COVERED if is_told and not is_doubtful else CheckAnswer.UNKNOWN


def _judge(asked: Normalised, found: Sequence[Candidate], weights: Weights) -> Subject:
    ranked = _ranked(asked, _by_number(asked, found, weights), weights)
    if not ranked:
        return Subject(LinkOutcome.NOT_LINKED, None, (), None)
    bits, best = ranked[0]
    outcome = _outcome(bits, [weight for weight, _ in ranked[1:]], weights)
    if outcome is LinkOutcome.LINKED:
        return Subject(outcome, best, (), bits)
    candidates = tuple(c for weight, c in ranked if outcome_of(weight, weights) is not LinkOutcome.NOT_LINKED)
    return Subject(outcome, None, candidates, bits)


def _ranked(asked: Normalised, found: Iterable[S], weights: Weights) -> list[tuple[float, S]]:
    weighed = [(score(asked, one.record, weights).bits, one) for one in found]
    return sorted(weighed, key=lambda pair: -pair[0])


def _by_number(asked: Normalised, found: Sequence[S], weights: Weights) -> Sequence[S]:
    """The only one who holds the record's NIK, if what else is known does not speak against it; else all, as rivals."""
    holders = [one for one in found if asked.nik is not None and one.record.nik == asked.nik]
    if len(holders) == 1 and outcome_of(score(asked, holders[0].record, weights).bits, weights) is LinkOutcome.LINKED:
        return holders
    return found


def _outcome(bits: float, rivals: Sequence[float], weights: Weights) -> LinkOutcome:
    """LINKED only when the rivals leave enough; REVIEW when the record alone would be at least that."""
    if outcome_of(among_rivals(bits, rivals), weights) is LinkOutcome.LINKED:
        return LinkOutcome.LINKED
    alone = outcome_of(bits, weights)
    return LinkOutcome.NOT_LINKED if alone is LinkOutcome.NOT_LINKED else LinkOutcome.REVIEW


def _is_partner(ctx: Context) -> bool:
    return ctx.principal.role is Role.PARTNER_APP


def _is_same_card(record: IdentityRecord, other: Normalised) -> bool:
    """Whether NIK and birth date are the same; the name is weighed as always."""
    asked = normalise(record)
    return asked.nik is not None and (asked.nik, asked.birth_date) == (other.nik, other.birth_date)


def _check_question(ctx: Context, question: CoverageQuestion) -> None:
    """A partner shows that it has the person's card before it: NIK, name and birth date; nobody is found by guessing."""
    record = question.record
    _check_texts(record)
    if not question.basis_reference.strip() or len(question.basis_reference) > _TEXT_MAX:
        raise Invalid(f"basisReference has 1 to {_TEXT_MAX} characters: the consent or the duty", ("basisReference",))
    if _is_partner(ctx) and (record.nik is None or record.birth_date is None):
        raise Invalid("a partner app names NIK, name and birth date of the person: all three", ("identity",))


def _check_texts(record: IdentityRecord) -> None:
    if record.nik is not None:
        error = nik_error(record.nik)
        if error is not None:
            raise Invalid(f"this is no NIK ({error}): {WAY_OUT[error]}", ("identity", "nik"))
    for name, text in (("name", record.name), ("address", record.address), ("regionCode", record.region_code)):
        if text is not None and not 1 <= len(text) <= _TEXT_MAX:
            raise Invalid(f"{name} has 1 to {_TEXT_MAX} characters", ("identity", name))
