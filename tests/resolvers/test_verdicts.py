"""Verdicts that are found live, beside those that the job recorded in sets."""

import pytest

from hub.domain.errors import Invalid, NotFound
from hub.matching.judgement import Outcome, VerdictStatus
from resolvers.context import Context
from resolvers.household_lists import HouseholdList, list_households
from resolvers.verdicts import find_verdict, recorded_of, verdicts_of_households, verdicts_of_persons
from tests.schema.world_records import FOREIGN, OWN, household_of, person_of


async def test_live_verdicts_equal_the_recorded_ones_for_every_unit(analyst: Context) -> None:
    page = await list_households(analyst, HouseholdList(), 100, None)
    household_ids = [household.household_id for household in page.nodes]
    units = [(household_of(OWN, n), person_of(OWN, n, member)) for n in range(1, 60) for member in (1, 2)]
    live = [*await verdicts_of_households(analyst, household_ids), *await verdicts_of_persons(analyst, units)]
    flat = [verdict for of_unit in live for verdict in of_unit]
    recorded = await recorded_of(analyst, [verdict.key for verdict in flat])
    differing = [(v, r) for v, r in zip(flat, recorded, strict=True) if r is None or r.status != v.status]
    assert differing == []
    assert len(flat) == 2 * len(household_ids) + 2 * len(units)
    assert {verdict.status for verdict in flat} >= {
        VerdictStatus.ELIGIBLE,
        VerdictStatus.NOT_ELIGIBLE,
        VerdictStatus.UNKNOWN,
        VerdictStatus.ALREADY_ENROLLED,
    }


async def test_a_verdict_names_what_is_not_known_and_what_to_do(officer: Context) -> None:
    verdict = await find_verdict(officer, (household_of(OWN, 3), None), "PKH")
    assert verdict.status is VerdictStatus.UNKNOWN
    decile = next(clause for clause in verdict.explanation if clause.code == "decile")
    assert decile.outcome is Outcome.MISSING
    assert [(value.field, value.value) for value in decile.values] == [("decile", None)]
    assert decile.next_step_en == "Ask the village or Dinas Sosial to update the decile in DTSEN."


async def test_a_clause_that_is_met_has_no_next_step(officer: Context) -> None:
    verdict = await find_verdict(officer, (household_of(OWN, 1), person_of(OWN, 1)), "KIS_PBI")
    assert [clause.next_step for clause in verdict.explanation if clause.outcome is Outcome.PASS] == [None] * 5
    assert verdict.status is VerdictStatus.ALREADY_ENROLLED


async def test_a_programme_of_persons_gives_no_verdict_on_a_household(officer: Context) -> None:
    with pytest.raises(Invalid, match="KIS_PBI is given to a person: name personId"):
        await find_verdict(officer, (household_of(OWN, 1), None), "KIS_PBI")


async def test_an_unknown_programme_is_named_with_those_that_there_are(officer: Context) -> None:
    with pytest.raises(Invalid, match="'BLT' is in force: there is KIS_PBI, PIP, PKH, SEMBAKO"):
        await find_verdict(officer, (household_of(OWN, 1), None), "BLT")


async def test_a_unit_that_is_gone_has_no_verdict(officer: Context) -> None:
    with pytest.raises(NotFound, match="household is no longer in the registry"):
        await find_verdict(officer, (1, None), "PKH")


async def test_a_brief_verdict_is_the_same_without_its_explanation(analyst: Context) -> None:
    household_ids = [household_of(OWN, n) for n in range(1, 40)]
    whole = await verdicts_of_households(analyst, household_ids)
    brief = await verdicts_of_households(analyst, household_ids, brief=True)
    assert [[v.status for v in of_unit] for of_unit in brief] == [[v.status for v in of_unit] for of_unit in whole]
    with pytest.raises(TypeError, match="asked for in brief"):
        _ = brief[0][0].sentence


async def test_no_explanation_tells_a_name_or_a_number_of_an_identity(analyst: Context) -> None:
    household_ids = [household_of(regency, n) for regency in (OWN, FOREIGN) for n in range(1, 60)]
    units = [(household_of(OWN, n), person_of(OWN, n, member)) for n in range(1, 60) for member in (1, 2)]
    async with analyst.jobs.connection() as connection:
        rows = await connection.fetch("select name, nik, kk_number from person join household using (household_id)")
    secrets = {text for row in rows for text in row if text}
    found = [*await verdicts_of_households(analyst, household_ids), *await verdicts_of_persons(analyst, units)]
    told = [text for of_unit in found for verdict in of_unit for text in (verdict.sentence, verdict.sentence_en)]
    told += [str(verdict.explanation) for of_unit in found for verdict in of_unit]
    assert len(secrets) > 100
    assert [text for text in told if any(secret in text for secret in secrets)] == []


async def test_values_carry_the_source_and_the_day_of_the_record_that_gave_them(officer: Context) -> None:
    verdict = await find_verdict(officer, (household_of(OWN, 1), person_of(OWN, 1)), "KIS_PBI")
    values = {value.field: value for clause in verdict.explanation for value in clause.values}
    async with officer.jobs.connection() as connection:
        own, of_roster = await connection.fetchrow(
            "select p.observed_at, e.observed_at from person p join enrolment e using (household_id, person_id)"
            " where person_id = $1 and e.programme_code = 'KIS_PBI'",
            person_of(OWN, 1),
        )
    assert (values["vital_status"].source, values["vital_status"].observed_at) == (OWN, own)
    assert (values["has_other_health_cover"].source, values["has_other_health_cover"].observed_at) == ("KIS", of_roster)
