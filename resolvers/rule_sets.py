"""The life of a rule set: written, validated, simulated (in simulation.py), approved by somebody else, published, retired."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec

from hub.domain.errors import Conflict, Forbidden, Invalid
from hub.domain.principal import Scope
from hub.domain.rule_sets import EDITABLE, RULE_TRANSITIONS, RuleStatus
from hub.matching.benefit import read_benefit
from hub.matching.examples import read_examples, require_examples
from hub.matching.rules import read_rule
from hub.store import idempotency, rule_sets
from hub.store.database import Session
from hub.store.rule_sets import Document, Hand, RuleKey, RuleMove, RuleSet
from resolvers.context import Context
from resolvers.paging import Key, Page, window

DOCUMENT_MAX = 200_000
REASON_MAX = 1_000


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What an author hands in. `version` None begins a new one; `document` is JSON text with `rule` and `examples`."""

    programme_code: str
    version: int | None
    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleStep:
    """A version that is to be moved, and why."""

    programme_code: str
    version: int
    reason: str

    @property
    def key(self) -> RuleKey:
        """Programme and version."""
        return (self.programme_code, self.version)


async def rule_sets_of(ctx: Context, codes: Sequence[str]) -> Sequence[RuleSet | None]:
    """The version of each code, such as PKH/2; a code that is none names nothing."""
    keys = [_key_of(code) for code in codes]
    return await rule_sets.find_rule_sets(ctx.session, keys)


async def find_rule_set(ctx: Context, programme_code: str, version: int) -> RuleSet | None:
    """One version."""
    return (await rule_sets.find_rule_sets(ctx.session, [(programme_code, version)]))[0]


async def list_rule_sets(
    ctx: Context, programme_code: str | None, status: str | None, first: int, after: str | None
) -> Page[RuleSet]:
    """A page of versions: by programme, the newest first."""
    asked = window(first, after, "ruleSets", programme_code, status)
    start = ("", 0) if asked.after is None else (str(asked.after[0]), -int(asked.after[1]))
    found = await rule_sets.list_rule_sets(ctx.session, programme_code, status, after=start, first=asked.limit)
    return asked.page(found, _page_key)


async def history_of(ctx: Context, keys: Sequence[RuleKey]) -> Sequence[list[RuleMove]]:
    """What became of each version, in order."""
    return await rule_sets.list_history(ctx.session, keys)


async def draft_rule(ctx: Context, draft: RuleDraft, key: str) -> RuleSet:
    """A new version, or another document of one that is not published; an edit takes it back to DRAFT."""
    document = _read_document(draft.document)

    async def work(transaction: Session, hand: Hand) -> RuleKey:
        await rule_sets.lock_programme(transaction, draft.programme_code)
        if draft.version is None:
            return (
                draft.programme_code,
                await rule_sets.add_draft(transaction, draft.programme_code, document, hand),
            )
        found = await rule_sets.lock_rule_set(transaction, (draft.programme_code, draft.version))
        if RuleStatus(found.status) not in EDITABLE:
            raise Conflict(
                f"rule {found.code} is {found.status} and never changes: draft a new version (leave the version out)"
            )
        await rule_sets.change_draft(transaction, found.key, document, hand)
        return found.key

    return await _once(ctx, Once("ruleDraft", key, asdict(draft), draft.reason), work)


async def validate_rule(ctx: Context, step: RuleStep, key: str) -> RuleSet:
    """Read the document, check every field and amount, and run its examples; Invalid says what is wrong."""

    async def work(transaction: Session, hand: Hand) -> RuleKey:
        found = await _locked(transaction, step.key, RuleStatus.VALIDATED)
        unit = await rule_sets.lock_programme(transaction, step.programme_code)
        require_sound(found, unit)
        await rule_sets.move_rule_set(transaction, step.key, RuleStatus.VALIDATED, hand)
        return step.key

    return await _once(ctx, Once("ruleValidate", key, asdict(step), step.reason), work)


async def approve_rule(ctx: Context, step: RuleStep, key: str) -> RuleSet:
    """Say yes to a simulated version; never to one that the caller wrote or changed."""

    async def work(transaction: Session, hand: Hand) -> RuleKey:
        found = await _locked(transaction, step.key, RuleStatus.APPROVED)
        if ctx.principal.client_id in await rule_sets.list_authors(transaction, step.key):
            raise Forbidden(f"rule {found.code} was written by you: somebody else has to approve it")
        await rule_sets.approve_rule_set(transaction, step.key, hand)
        return step.key

    return await _once(ctx, Once("ruleApprove", key, asdict(step), step.reason, Scope.RULE_APPROVE), work)


async def publish_rule(ctx: Context, step: RuleStep, effective_from: date, key: str) -> RuleSet:
    """From a day on, not in the past and after the first day of what counts last, this version counts."""

    async def work(transaction: Session, hand: Hand) -> RuleKey:
        await rule_sets.lock_programme(transaction, step.programme_code)
        await rule_sets.retire_past(transaction, hand.now)
        found = await _locked(transaction, step.key, RuleStatus.PUBLISHED)
        today = hand.now.date()
        if effective_from < today:
            raise Invalid(
                f"rule {found.code} cannot count from {effective_from}: the day has passed, name {today} or a later one",
                ("effectiveFrom",),
            )
        last = await rule_sets.find_last_published(transaction, step.programme_code)
        if last is not None and effective_from <= last[1]:
            raise Conflict(
                f"version {last[0]} of {step.programme_code} counts from {last[1]}: "
                "name a later day, or retire that version before its day has come"
            )
        await rule_sets.publish_rule_set(transaction, step.key, effective_from, hand)
        return step.key

    asked = {**asdict(step), "effective_from": str(effective_from)}
    return await _once(ctx, Once("rulePublish", key, asked, step.reason, Scope.RULE_APPROVE), work)


async def retire_rule(ctx: Context, step: RuleStep, effective_to: date | None, key: str) -> RuleSet:
    """Give up a version. What was published and has not begun is withdrawn, and its predecessor counts on; what counts
    ends with `effective_to`, its first day without (None: today).
    """

    async def work(transaction: Session, hand: Hand) -> RuleKey:
        await rule_sets.lock_programme(transaction, step.programme_code)
        found = await _locked(transaction, step.key, RuleStatus.RETIRED)
        await _retire(transaction, found, effective_to, hand)
        return step.key

    asked = {**asdict(step), "effective_to": str(effective_to)}
    return await _once(ctx, Once("ruleRetire", key, asked, step.reason, Scope.RULE_APPROVE), work)


def require_sound(found: RuleSet, unit: str) -> None:
    """Raise Invalid when the document cannot be a rule of its programme, or gets its examples wrong."""
    rule = read_rule(found.rule)
    if rule.unit.value != unit:
        raise Invalid(f"{found.programme_code} is given to a {unit}, and this rule is of a {rule.unit.value}")
    read_benefit(found.rule)
    require_examples(rule, read_examples(found.examples))


async def _retire(transaction: Session, found: RuleSet, effective_to: date | None, hand: Hand) -> None:
    today = hand.now.date()
    begins = found.effective_from
    if begins is None:
        if effective_to is not None:
            raise Invalid(f"rule {found.code} never counted: leave the day out", ("effectiveTo",))
        await rule_sets.move_rule_set(transaction, found.key, RuleStatus.RETIRED, hand)
        return
    if found.effective_to is not None:
        raise Conflict(f"rule {found.code} already ends with {found.effective_to}")
    ends = effective_to or today
    if begins > today:
        if effective_to is not None:
            raise Invalid(f"rule {found.code} has not begun: leave the day out to withdraw it", ("effectiveTo",))
        await rule_sets.end_rule_set(transaction, found.key, begins, RuleStatus.RETIRED, hand)
        await rule_sets.reopen_predecessor(transaction, found.key, begins, hand)
        return
    if ends < today:
        raise Invalid(f"rule {found.code} cannot end with {ends}: the day has passed", ("effectiveTo",))
    status = RuleStatus.RETIRED if ends == today else RuleStatus.PUBLISHED
    await rule_sets.end_rule_set(transaction, found.key, max(ends, begins), status, hand)


async def _locked(session: Session, key: RuleKey, to: RuleStatus) -> RuleSet:
    found = await rule_sets.lock_rule_set(session, key)
    if to not in RULE_TRANSITIONS.get(RuleStatus(found.status), ()):
        before = " or ".join(status.value for status, targets in RULE_TRANSITIONS.items() if to in targets)
        raise Conflict(f"rule {found.code} is {found.status} and cannot become {to.value}: that takes {before}")
    return found


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is done once for its key."""

    operation: str
    key: str
    asked: Mapping[str, Any]
    reason: str
    scope: Scope = Scope.RULE_WRITE


async def _once(ctx: Context, once: Once, work: Callable[[Session, Hand], Awaitable[RuleKey]]) -> RuleSet:
    ctx.require(once.scope)
    _check_reason(once.reason)
    now = ctx.clock()
    actor = ctx.principal.client_id
    digest = sha256(msgspec.json.encode(once.asked, order="sorted")).digest()
    claim = idempotency.Claim(actor, once.operation, once.key, digest)
    async with ctx.jobs.transaction() as transaction:
        known = await idempotency.claim(transaction, claim, now)
        if known is None:
            known = await work(transaction, Hand(actor, now, once.reason))
            await idempotency.keep(transaction, claim, known)
        return await rule_sets.lock_rule_set(transaction, (known[0], known[1]))


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > REASON_MAX or "\x00" in reason:
        raise Invalid(f"say in 1 to {REASON_MAX} characters why", ("reason",))


def _read_document(text: str) -> Document:
    if len(text) > DOCUMENT_MAX:
        raise Invalid(f"a rule's document has at most {DOCUMENT_MAX} characters, not {len(text)}", ("document",))
    try:
        whole = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Invalid(f"the document is no JSON: {error}", ("document",)) from error
    match whole:
        case {"rule": dict() as rule, **rest} if rest.keys() <= {"examples"}:
            examples = rest.get("examples", [])
        case _:
            raise Invalid('the document is {"rule": {...}, "examples": [...]}, with examples at will', ("document",))
    if not isinstance(examples, list):
        raise Invalid("examples are a list", ("document",))
    if "\\u0000" in text:
        raise Invalid("the document holds a NUL character: take it out", ("document",))
    return Document(rule, examples)


def _key_of(code: str) -> RuleKey:
    programme_code, _, version = code.rpartition("/")
    is_number = version.isascii() and version.isdigit() and len(version) < 9
    return (programme_code, int(version) if is_number else 0)


def _page_key(found: RuleSet) -> Key:
    return (found.programme_code, found.version)
