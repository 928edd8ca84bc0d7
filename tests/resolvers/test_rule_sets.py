"""The life of a rule set as the ministry moves it: what each step takes, and what it is told when it cannot."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role, Scope
from hub.store.database import Database
from hub.store.eligibility import list_rules
from hub.store.rule_sets import RuleSet
from resolvers import rule_sets, simulation
from resolvers.context import Context, context_of
from resolvers.rule_sets import RuleDraft, RuleStep
from tests.schema.happenings import with_deciles

TODAY = datetime(2026, 7, 1, 9, tzinfo=UTC)
STEP = RuleStep("SEMBAKO", 2, "because")


def _context(database: Database, name: str, day: datetime = TODAY, scopes: frozenset[Scope] | None = None) -> Context:
    allowed = SCOPES_OF_ROLE[Role.MINISTRY_ANALYST] if scopes is None else scopes
    return context_of(database, Principal(name, Role.MINISTRY_ANALYST, allowed), lambda: day, {})


@pytest.fixture
def author(database: Database) -> Context:
    return _context(database, "author")


@pytest.fixture
def approver(database: Database) -> Context:
    return _context(database, "approver")


def _document(deciles: list[int] | None = None, programme: str = "SEMBAKO", **more: Any) -> str:
    return msgspec.json.encode({"rule": with_deciles(programme, deciles or [1, 4])} | more).decode()


async def _draft(ctx: Context, version: int | None = None, document: str | None = None, key: str = "d") -> RuleSet:
    return await rule_sets.draft_rule(ctx, RuleDraft("SEMBAKO", version, document or _document(), "because"), key)


async def _approved(author: Context, approver: Context, version: int = 2) -> None:
    step = replace(STEP, version=version)
    await _draft(author, key=f"d{version}")
    await rule_sets.validate_rule(author, step, f"v{version}")
    await simulation.simulate_rule(author, step, f"s{version}")
    await rule_sets.approve_rule(approver, step, f"a{version}")


async def _in_force(database: Database, day: date) -> int | None:
    return {rule.programme_code: rule.version for rule in await list_rules(database.jobs, day)}.get("SEMBAKO")


async def test_from_draft_to_the_day_on_which_it_counts(database: Database, author: Context, approver: Context) -> None:
    drafted = await _draft(author)
    assert (drafted.code, drafted.status, drafted.drafted_by, drafted.revision) == ("SEMBAKO/2", "DRAFT", "author", 1)
    assert (await rule_sets.validate_rule(author, STEP, "v")).status == "VALIDATED"
    assert (await simulation.simulate_rule(author, STEP, "s")).status == "DONE"
    assert (await rule_sets.approve_rule(approver, STEP, "a")).approved_by == "approver"
    published = await rule_sets.publish_rule(author, STEP, date(2026, 8, 1), "p")
    assert (published.status, published.effective_from, published.effective_to) == ("PUBLISHED", date(2026, 8, 1), None)
    assert [await _in_force(database, date(2026, month, 1)) for month in (7, 8)] == [1, 2]
    assert await _in_force(database, date(2026, 7, 31)) == 1
    history = (await rule_sets.history_of(author, [("SEMBAKO", 2)]))[0]
    assert [move.to_status for move in history] == ["DRAFT", "VALIDATED", "SIMULATED", "APPROVED", "PUBLISHED"]
    assert [move.actor for move in history] == ["author", "author", "author", "approver", "author"]


async def test_the_same_key_gives_the_same_answer_and_for_something_else_it_is_refused(author: Context) -> None:
    for _ in range(2):
        assert (await _draft(author)).code == "SEMBAKO/2"
    with pytest.raises(Conflict, match="'d' was used for another ruleDraft"):
        await _draft(author, document=_document([1, 2]))
    for _ in range(2):
        assert (await rule_sets.validate_rule(author, STEP, "v")).status == "VALIDATED"
    with pytest.raises(Conflict, match="is VALIDATED and cannot become VALIDATED: that takes DRAFT"):
        await rule_sets.validate_rule(author, STEP, "another")


async def test_an_edit_takes_it_back_to_a_draft_and_makes_the_editor_an_author(
    author: Context, approver: Context
) -> None:
    await _approved(author, approver)
    edited = await _draft(approver, version=2, document=_document([1, 2]), key="edit")
    assert (edited.status, edited.revision, edited.approved_by, edited.simulation_id) == ("DRAFT", 2, None, None)
    await rule_sets.validate_rule(author, STEP, "again")
    await simulation.simulate_rule(author, STEP, "again")
    for ctx in (author, approver):
        with pytest.raises(Forbidden, match="SEMBAKO/2 was written by you: somebody else has to approve it"):
            await rule_sets.approve_rule(ctx, STEP, "approve again")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "the document is no JSON"),
        ("[]", 'the document is {"rule": {...}'),
        ('{"rule": {}, "more": 1}', 'the document is {"rule": {...}'),
        ('{"rule": {}, "examples": {}}', "examples are a list"),
        ('{"rule": {"unit": "\\u0000"}}', "NUL character"),
        ('{"rule": {"unit": "' + "x" * 200_000 + '"}}', "at most 200000 characters"),
    ],
)
async def test_a_document_of_another_form_is_refused_when_it_is_handed_in(
    author: Context, document: str, message: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await _draft(author, document=document)
    assert message in caught.value.message


async def test_a_draft_may_be_unfinished_and_validation_says_what_is_wrong(author: Context) -> None:
    wrong = with_deciles("SEMBAKO", [1, 5])
    wrong["requirements"][0]["expression"]["field"] = "income"
    example = {
        "given": "decile 3",
        "facts": {"decile": 3},
        "members": [{"occupation_class": "NONE"}],
        "verdict": "EXCLUDED",
    }
    for document, message in (
        (_document(rule=wrong), "there is no field 'income'"),
        (_document(programme="KIS_PBI"), "SEMBAKO is given to a HOUSEHOLD, and this rule is of a PERSON"),
        (_document(examples=[example]), "'decile 3': ELIGIBLE, not EXCLUDED"),
        (_document(rule={**with_deciles("SEMBAKO", [1, 5]), "amount": -5}), "-5 is no amount"),
    ):
        found = await _draft(author, document=document, key=message)
        with pytest.raises(Invalid) as caught:
            await rule_sets.validate_rule(author, replace(STEP, version=found.version), f"v {message}")
        assert message in caught.value.message
        unchanged = await rule_sets.find_rule_set(author, "SEMBAKO", found.version)
        assert unchanged is not None
        assert unchanged.status == "DRAFT"


async def test_a_day_in_the_past_and_a_day_that_another_version_has_are_refused(
    database: Database, author: Context, approver: Context
) -> None:
    await _approved(author, approver, 2)
    with pytest.raises(Invalid, match="cannot count from 2026-06-30: the day has passed, name 2026-07-01"):
        await rule_sets.publish_rule(author, STEP, date(2026, 6, 30), "p")
    await rule_sets.publish_rule(author, STEP, date(2026, 8, 1), "p")
    await _approved(author, approver, 3)
    third = replace(STEP, version=3)
    for day in (date(2026, 7, 15), date(2026, 8, 1)):
        with pytest.raises(Conflict, match="version 2 of SEMBAKO counts from 2026-08-01: name a later day"):
            await rule_sets.publish_rule(author, third, day, "p3")
    await rule_sets.publish_rule(author, third, date(2026, 9, 1), "p3")
    assert [await _in_force(database, date(2026, month, 1)) for month in (7, 8, 9)] == [1, 2, 3]


async def test_a_version_may_count_from_today(database: Database, author: Context, approver: Context) -> None:
    await _approved(author, approver)
    await rule_sets.publish_rule(author, STEP, TODAY.date(), "p")
    assert await _in_force(database, TODAY.date()) == 2
    before = await rule_sets.find_rule_set(author, "SEMBAKO", 1)
    assert before is not None
    assert before.effective_to == TODAY.date()


async def test_what_is_withdrawn_before_its_day_leaves_the_one_before_in_force(
    database: Database, author: Context, approver: Context
) -> None:
    await _approved(author, approver)
    await rule_sets.publish_rule(author, STEP, date(2026, 8, 1), "p")
    with pytest.raises(Invalid, match="has not begun: leave the day out"):
        await rule_sets.retire_rule(author, STEP, date(2026, 9, 1), "r")
    withdrawn = await rule_sets.retire_rule(author, STEP, None, "r")
    assert withdrawn.status == "RETIRED"
    assert [await _in_force(database, date(2026, month, 1)) for month in (7, 8, 12)] == [1, 1, 1]
    await _approved(author, approver, 3)
    await rule_sets.publish_rule(author, replace(STEP, version=3), date(2026, 8, 1), "p3")
    assert await _in_force(database, date(2026, 8, 1)) == 3


async def test_what_counts_ends_with_a_day_that_has_not_passed(database: Database, author: Context) -> None:
    first = replace(STEP, version=1)
    with pytest.raises(Invalid, match="cannot end with 2026-06-30: the day has passed"):
        await rule_sets.retire_rule(author, first, date(2026, 6, 30), "r")
    ending = await rule_sets.retire_rule(author, first, date(2026, 8, 1), "r")
    assert (ending.status, ending.effective_to) == ("PUBLISHED", date(2026, 8, 1))
    assert [await _in_force(database, date(2026, month, 1)) for month in (7, 8)] == [1, None]
    with pytest.raises(Conflict, match="already ends with 2026-08-01"):
        await rule_sets.retire_rule(author, first, None, "again")


async def test_what_ends_today_counts_no_longer(database: Database, author: Context) -> None:
    ended = await rule_sets.retire_rule(author, replace(STEP, version=1), None, "r")
    assert (ended.status, await _in_force(database, TODAY.date())) == ("RETIRED", None)


async def test_what_was_never_published_is_given_up_and_changes_no_more(author: Context) -> None:
    await _draft(author)
    with pytest.raises(Invalid, match="never counted: leave the day out"):
        await rule_sets.retire_rule(author, STEP, date(2027, 1, 1), "r")
    assert (await rule_sets.retire_rule(author, STEP, None, "r")).status == "RETIRED"
    with pytest.raises(Conflict, match="SEMBAKO/2 is RETIRED and never changes: draft a new version"):
        await _draft(author, version=2, key="again")


async def test_what_does_not_exist_is_named(author: Context) -> None:
    with pytest.raises(NotFound, match="there is no programme 'BLT'"):
        await rule_sets.draft_rule(author, RuleDraft("BLT", None, _document(), "because"), "d")
    with pytest.raises(NotFound, match="SEMBAKO has no rule of version 9"):
        await _draft(author, version=9)
    with pytest.raises(NotFound, match="SEMBAKO has no rule of version 9"):
        await rule_sets.validate_rule(author, replace(STEP, version=9), "v")
    assert await rule_sets.rule_sets_of(author, ["SEMBAKO/9", "SEMBAKO/x", "none", "SEMBAKO/99999999999"]) == [None] * 4


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1_001, "a\x00"])
async def test_every_step_needs_a_reason(author: Context, reason: str) -> None:
    with pytest.raises(Invalid, match="say in 1 to 1000 characters why"):
        await rule_sets.validate_rule(author, replace(STEP, reason=reason), "v")


Work = Callable[[Context], Awaitable[object]]
STEPS: dict[str, tuple[Scope, Work]] = {
    "draft": (Scope.RULE_WRITE, _draft),
    "validate": (Scope.RULE_WRITE, lambda ctx: rule_sets.validate_rule(ctx, STEP, "k")),
    "simulate": (Scope.RULE_WRITE, lambda ctx: simulation.simulate_rule(ctx, STEP, "k")),
    "continue": (Scope.RULE_WRITE, lambda ctx: simulation.continue_simulation(ctx, 1)),
    "approve": (Scope.RULE_APPROVE, lambda ctx: rule_sets.approve_rule(ctx, STEP, "k")),
    "publish": (Scope.RULE_APPROVE, lambda ctx: rule_sets.publish_rule(ctx, STEP, date(2027, 1, 1), "k")),
    "retire": (Scope.RULE_APPROVE, lambda ctx: rule_sets.retire_rule(ctx, STEP, None, "k")),
}


async def test_every_step_needs_its_scope_and_a_denial_changes_nothing(database: Database) -> None:
    rows = "select (select count(*) from rule_history) + (select count(*) from idempotency_key)"
    async with database.jobs.connection() as connection:
        before = await connection.fetchval(rows)
        for scope, work in STEPS.values():
            denied = _context(database, "x", scopes=SCOPES_OF_ROLE[Role.MINISTRY_ANALYST] - {scope})
            with pytest.raises(Forbidden, match=scope.value):
                await work(denied)
        assert await connection.fetchval(rows) == before


async def test_versions_are_listed_in_pages_the_newest_first(author: Context) -> None:
    await _draft(author, key="2")
    await _draft(author, key="3")
    first = await rule_sets.list_rule_sets(author, None, None, 4, None)
    rest = await rule_sets.list_rule_sets(author, None, None, 4, first.page_info.end_cursor)
    assert [rule.code for rule in [*first.nodes, *rest.nodes]] == [
        "KIS_PBI/1",
        "PIP/1",
        "PKH/1",
        "SEMBAKO/3",
        "SEMBAKO/2",
        "SEMBAKO/1",
    ]
    drafts = await rule_sets.list_rule_sets(author, "SEMBAKO", "DRAFT", 10, None)
    assert [rule.code for rule in drafts.nodes] == ["SEMBAKO/3", "SEMBAKO/2"]
