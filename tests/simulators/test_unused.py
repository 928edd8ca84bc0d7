"""The truth about unused slots, and how a hub's findings stand beside it."""

from collections.abc import Callable
from datetime import date

from simulators.evolve import Changes, Evolution
from simulators.score import Finding, score
from simulators.unused import KINDS, UnusedScore, score_unused, unused_lines
from simulators.world import World

AS_OF = date(2026, 7, 1)


def test_silent_deaths_and_second_lines_lie_unused(make_world: Callable[..., World]) -> None:
    world = make_world(households=60)
    before = unused_lines(world)
    assert before["HOLDER_DUPLICATE"] == set()
    assert Evolution(world).make(Changes(silent_deaths=4, duplicates=3)) | {} == {
        "deaths": 0, "deactivations": 0, "births": 0, "moves": 0, "revisions": 0, "exits": 0,
        "silent_deaths": 4, "duplicates": 3, "birth_letters": 0, "death_letters": 0,
    }  # fmt: skip
    after = unused_lines(world)
    dead = after["HOLDER_DECEASED"] - before["HOLDER_DECEASED"]
    assert len({world.kis.nik_of[line] for line in dead if line.startswith("P-")}) == 4
    assert len(after["HOLDER_DUPLICATE"]) == 3
    twice = [world.kis.nik_of[line] for line in after["HOLDER_DUPLICATE"]]
    assert all(list(world.kis.nik_of.values()).count(nik) == 2 for nik in twice)
    for line in dead:
        record = next(
            member
            for district in world.districts.values()
            for household in district.households.values()
            for member in household.members
            if member.id in _ids_of(world, world.kis.nik_of[line]) and member.vital_status == "DECEASED"
        )
        assert record.vital_status == "DECEASED"


def _ids_of(world: World, nik: str) -> set[str]:
    return {world.population.people[nik].id}


def test_a_household_that_no_district_lists_is_unlisted_and_one_above_the_cut_off_is_above(
    make_world: Callable[..., World],
) -> None:
    world = make_world(households=200)
    lines = unused_lines(world)
    listed = {record for district in world.districts.values() for record in district.households}
    drawing = {
        line: unit for unit, line in world.pkh.recipient_of.items() if world.pkh.recipients[line].status == "ACTIVE"
    }
    assert {line for line in lines["HOLDER_UNLISTED"] if line in drawing} == {
        line for line, (_, household) in drawing.items() if household not in listed
    }
    above = [drawing[line] for line in lines["HOLDER_ABOVE_CUT_OFF"] if line in drawing]
    assert above
    assert {world.population.settlements[code].households[home].decile for code, home in above} <= {5, 6}


def test_findings_are_scored_by_kind(make_world: Callable[..., World]) -> None:
    world = make_world(households=60)
    Evolution(world).make(Changes(duplicates=3))
    true = sorted(unused_lines(world)["HOLDER_DUPLICATE"])
    said = Finding(
        kind="unused", programme="KIS_PBI", rows=[("HOLDER_DUPLICATE", true[0]), ("HOLDER_DUPLICATE", "P-00000001")]
    )
    scored = score(world, AS_OF, [said]).unused
    assert list(scored) == list(KINDS)
    assert scored["HOLDER_DUPLICATE"] == UnusedScore(unused=3, found=1, missed=2, wrong=1)
    assert score_unused(world, unused_lines(world))["HOLDER_DECEASED"].missed == 0
