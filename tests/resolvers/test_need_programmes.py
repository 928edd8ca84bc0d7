"""The ministry's programme officers say which programmes cover which needs, from a moment on; what held before stays known."""

from datetime import datetime, timedelta

import asyncpg
import pytest

from hub.domain.errors import Conflict, Forbidden, Invalid
from hub.store.database import Database
from resolvers.need_programmes import NeedProgrammeDraft, list_need_programmes, set_need_programme
from tests.resolvers.casework import of
from tests.resolvers.test_ended_needs import matches, need, unranked
from tests.schema.world import CALLERS, context
from tests.schema.world_records import NOW

SEMBAKO = NeedProgrammeDraft("FOOD", "SEMBAKO", is_covered=False, valid_from=None, reason="Permensos 1/2026")
ENERGY = NeedProgrammeDraft("ENERGY", "SEMBAKO", is_covered=True, valid_from=None, reason="Permensos 2/2026")


async def covered(database: Database) -> list[tuple[str, str]]:
    found = await list_need_programmes(context(database, CALLERS["officer"]))
    return [(one.category, one.programme_code) for one in found]


SHIPPED = [
    ("EDUCATION", "PIP"),
    ("FOOD", "SEMBAKO"),
    ("HEALTH", "KIS_PBI"),
    ("SOCIAL_ECONOMIC", "PKH"),
    ("SOCIAL_ECONOMIC", "SEMBAKO"),
]


async def test_a_programme_that_covers_a_need_no_more_is_proposed_no_more(own_world: Database) -> None:
    analyst = context(own_world, CALLERS["analyst"])
    assert await covered(own_world) == SHIPPED
    set_ = await set_need_programme(analyst, SEMBAKO, "k")
    assert (set_.is_covered, set_.valid_from, set_.reason, set_.set_by) == (False, NOW, SEMBAKO.reason, "analyst")
    assert await covered(own_world) == [pair for pair in SHIPPED if pair != ("FOOD", "SEMBAKO")]
    household_id = await unranked(own_world)
    await need(own_world, household_id, "food")
    assert await matches(own_world, household_id, "SEMBAKO") == []
    await set_need_programme(analyst, ENERGY, "l")
    await need(own_world, household_id, "energy", "ENERGY")
    assert await matches(own_world, household_id, "SEMBAKO") == [("PROPOSED", None, None)]


async def test_what_is_set_for_later_holds_from_then_on(own_world: Database) -> None:
    analyst = context(own_world, CALLERS["analyst"])
    later = NeedProgrammeDraft("ENERGY", "PKH", is_covered=True, valid_from=NOW + timedelta(days=1), reason="besok")
    await set_need_programme(analyst, later, "k")
    assert await covered(own_world) == SHIPPED


async def test_the_same_key_says_it_once_and_another_draft_under_it_is_refused(own_world: Database) -> None:
    analyst = context(own_world, CALLERS["analyst"])
    first = await set_need_programme(analyst, SEMBAKO, "k")
    assert await set_need_programme(analyst, SEMBAKO, "k") == first
    with pytest.raises(Conflict):
        await set_need_programme(analyst, ENERGY, "k")


@pytest.mark.parametrize("caller", ["SECRETARIAT", "LEAD", "DISTRICT_SYSTEM", "PARTNER_APP"])
async def test_nobody_but_the_ministry_says_it(own_world: Database, caller: str) -> None:
    with pytest.raises(Forbidden, match="rule:write"):
        await set_need_programme(of(own_world, caller), SEMBAKO, "k")
    assert await covered(own_world) == SHIPPED


@pytest.mark.parametrize(
    ("programme_code", "valid_from", "reason", "message"),
    [
        ("XYZ", None, "x", "there is no programme 'XYZ': use one of KIS_PBI, PIP, PKH, SEMBAKO"),
        ("PKH", NOW - timedelta(seconds=1), "x", "validFrom has a time zone and is not in the past"),
        ("PKH", datetime(2030, 1, 1), "x", "validFrom has a time zone"),  # noqa: DTZ001 -- what is refused
        ("PKH", None, " ", "reason has 1 characters"),
    ],
)
async def test_bad_input_sets_nothing_and_names_the_way_out(
    own_world: Database, programme_code: str, valid_from: datetime | None, reason: str, message: str
) -> None:
    draft = NeedProgrammeDraft("FOOD", programme_code, is_covered=True, valid_from=valid_from, reason=reason)
    with pytest.raises(Invalid, match=message):
        await set_need_programme(context(own_world, CALLERS["analyst"]), draft, "k")
    assert await covered(own_world) == SHIPPED


async def test_what_was_set_is_never_changed(own_world: Database) -> None:
    async with own_world.jobs.connection() as connection:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="only added to"):
            await connection.execute("update need_programme set is_covered = false")
