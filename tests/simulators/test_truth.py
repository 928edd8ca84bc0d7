"""Links and needs on hand-made cases, and the score of what a hub says about them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from simulators.kis import CardRequest
from simulators.records import Household, Person, Recipient
from simulators.score import Finding, Score, Weighed, score
from simulators.truth import is_covered, kis_links, pkh_links, real_need, true_units
from simulators.verdicts import evaluate
from simulators.world import World

AS_OF = date(2026, 7, 1)
NIK = "3510010101900001"
KK, OLD_KK = "3510010101200001", "3510010101150001"


@pytest.fixture
def tiny(make_world: Callable[..., World]) -> World:
    """One household in 35.10 that the systems know of, and nobody else."""
    world = make_world(households=1)
    world.districts["35.09"].households.clear()
    return world


def put(world: World, **values: Any) -> Household:
    """Replace the record of the one household; `member` values change its first member."""
    member_values = values.pop("member", {})
    district = world.districts["35.10"]
    before = district.households["H000001"]
    member = msgspec.structs.replace(before.members[0], **member_values)
    after = msgspec.structs.replace(before, members=(member,), **values)
    district.households["H000001"] = after
    return after


def only_recipient(world: World, **values: Any) -> None:
    row = {
        "id": "K-1",
        "kk_number": None,
        "head_nik": None,
        "head_name": "Slamet",
        "head_birth_date": date(1980, 1, 1),
        "head_sex": "MALE",
        "region": "35.10",
        "status": "ACTIVE",
        "components": {"ELDERLY": 1},
        "amount": 2_400_000,
        "revision": 1,
        "observed_at": world.population.observed_at,
    }
    world.pkh.recipients = {"K-1": Recipient(**(row | values))}


@pytest.mark.parametrize(
    ("record", "roster", "method"),
    [
        ({"kk_number": KK}, {"kk_number": KK}, "KK"),
        ({"kk_number": KK, "previous_kk_numbers": (OLD_KK,)}, {"kk_number": OLD_KK}, "KK_HISTORY"),
        ({"kk_number": None, "previous_kk_numbers": (OLD_KK,)}, {"kk_number": OLD_KK}, "KK_HISTORY"),
        ({"kk_number": None, "member": {"nik": NIK}}, {"kk_number": KK, "head_nik": NIK}, "MEMBER_NIK"),
        ({"kk_number": KK, "member": {"nik": NIK}}, {"kk_number": KK, "head_nik": NIK}, "KK"),
        ({"kk_number": KK, "member": {"nik": NIK}}, {"kk_number": KK, "status": "INACTIVE"}, "KK"),
        ({"kk_number": "0" * 16, "member": {"nik": None}}, {"kk_number": "0" * 16}, None),
        ({"kk_number": None, "member": {"nik": NIK[:15]}}, {"head_nik": NIK[:15]}, None),
        ({"kk_number": KK, "member": {"nik": None}}, {"kk_number": OLD_KK, "head_nik": NIK}, None),
    ],
)
def test_a_household_is_linked_by_kk_then_old_kk_then_the_nik_of_a_member(
    tiny: World, record: dict[str, Any], roster: dict[str, Any], method: str | None
) -> None:
    put(tiny, **record)
    only_recipient(tiny, **roster)

    links = pkh_links(tiny)

    expected = {"K-1": ("35.10", "H000001", "K-1", method)} if method else {}
    assert {recipient: tuple(link) for recipient, link in links.items()} == expected


@pytest.mark.parametrize("status", ["ACTIVE", "INACTIVE", "DECEASED"])
def test_a_person_is_linked_by_equal_valid_nik_whatever_the_status(world: World, status: str) -> None:
    participant = next(p for p in world.kis.participants.values() if p.id in kis_links(world))
    changed = msgspec.structs.replace(participant, status=status)
    world.kis.participants = {participant.id: changed}

    (link,) = kis_links(world).values()

    assert link.participant_id == participant.id
    assert link.method == "NIK"
    assert [
        m.nik for h in world.districts[link.district].households.values() for m in h.members if m.id == link.person_id
    ] == [participant.nik]


def test_a_participant_without_a_nik_or_with_an_unknown_one_is_not_linked(world: World) -> None:
    participant = next(iter(world.kis.participants.values()))
    world.kis.participants = {
        "P-1": msgspec.structs.replace(participant, id="P-1", nik=None),
        "P-2": msgspec.structs.replace(participant, id="P-2", nik="9171010101900009"),
    }

    assert kis_links(world) == {}


def test_who_is_enrolled_is_not_in_need_and_an_ended_enrolment_brings_the_need_back(world: World) -> None:
    need = real_need(world, AS_OF)
    (code, household_id), recipient_id = next(
        item
        for item in world.pkh.recipient_of.items()
        if not item[0][1].startswith("X")
        and world.pkh.draws(*item[0])
        and (world.population.settlements[item[0][0]].households[item[0][1]].decile or 9) <= 4
    )
    assert (code, household_id, None) not in need["PKH"]

    world.pkh.end(recipient_id)

    assert (code, household_id, None) in real_need(world, AS_OF)["PKH"]


def test_a_card_that_the_hub_had_issued_leaves_the_truth_as_it_was(world: World) -> None:
    need, links, ideal = real_need(world, AS_OF), kis_links(world), evaluate(world, AS_OF)
    code, household_id, person_id = min(need["KIS_PBI"])
    household = world.population.settlements[code].households[household_id]
    person = next(member for member in household.members if member.id == person_id)

    result = world.kis.issue(CardRequest("k1", person.nik, person.name, person.birth_date, None))

    assert result.status == "ISSUED"
    assert person.nik in world.kis.covered
    assert not is_covered(world, person.nik)
    assert real_need(world, AS_OF) == need
    assert kis_links(world) == links
    assert evaluate(world, AS_OF).unserved == ideal.unserved


def findings_of(world: World) -> list[Finding]:
    """What a hub that finds all and matches all would say."""
    units = [
        Finding(kind, programme, list(found))
        for programme, found in evaluate(world, AS_OF).unserved.items()
        for kind in ("unserved", "matched")
    ]
    return [
        *units,
        Finding("links", "KIS_PBI", list(kis_links(world).values())),
        Finding("links", "PKH", list(pkh_links(world).values())),
    ]


def test_a_hub_that_finds_all_that_can_be_found_agrees_in_everything(make_world: Callable[..., World]) -> None:
    world = make_world(households=300)
    need, ideal = real_need(world, AS_OF), evaluate(world, AS_OF).unserved

    scored = score(world, AS_OF, findings_of(world))

    for programme, result in scored.programmes.items():
        assert result.unserved == len(need[programme])
        assert result.found == len(need[programme] & ideal[programme])
        assert result.found + result.missed == result.unserved
        assert result.wrong == len(ideal[programme] - need[programme])
    for agreement in (*scored.identity.values(), *scored.verdicts.values()):
        assert (agreement.missing_count, agreement.surplus_count) == (0, 0)
        assert agreement.expected == agreement.found > 0


def test_a_hub_that_says_nothing_missed_everything(world: World) -> None:
    scored = score(world, AS_OF, [])

    assert scored.programmes["PKH"].found == 0
    assert scored.programmes["PKH"].missed == scored.programmes["PKH"].unserved > 0
    assert scored.identity["PKH"].missing_count == scored.identity["PKH"].expected
    assert len(scored.identity["PKH"].missing) == 5


def test_false_links_and_false_matches_are_named(world: World) -> None:
    scored: Score = score(
        world,
        AS_OF,
        [
            Finding("links", "KIS_PBI", [("35.10", "H999999-1", "P-00000001", "NIK")]),
            Finding("links", "PKH", [("35.10", "H000001", "K-99999999", "KK")]),
            Finding("matched", "SEMBAKO", [("35.10", "H999999", None)]),
            Finding("unserved", "SEMBAKO", [("35.10", "H999999", None)]),
        ],
    )

    assert scored.identity["KIS_PBI"].surplus == [["35.10", "H999999-1", "P-00000001", "NIK"]]
    assert scored.identity["PKH"].surplus == [["35.10", "H000001", "K-99999999", "KK"]]
    assert scored.programmes["SEMBAKO"].wrong == 1
    assert scored.programmes["SEMBAKO"].found == 0
    assert scored.verdicts["SEMBAKO"].surplus == [["35.10", "H999999", None]]


def test_a_link_by_another_method_than_the_first_that_fits_is_not_the_expected_one(world: World) -> None:
    recipient_id, link = next((r, link) for r, link in pkh_links(world).items() if link.method == "KK")

    scored = score(world, AS_OF, [Finding("links", "PKH", [link._replace(method="MEMBER_NIK")])])

    assert scored.identity["PKH"].found == 0
    assert scored.identity["PKH"].surplus == [[link.district, link.household_id, recipient_id, "MEMBER_NIK"]]


def test_an_unknown_programme_is_refused_by_name(world: World) -> None:
    with pytest.raises(ValueError, match="unknown programme 'BLT'"):
        score(world, AS_OF, [Finding("matched", "BLT", [])])


def test_the_truth_knows_people_that_no_district_records(world: World) -> None:
    elsewhere: list[Person] = [
        m for s in world.population.settlements.values() for h in s.elsewhere.values() for m in h.members
    ]
    on_rosters = set(world.kis.nik_of.values())

    assert any(person.nik in on_rosters for person in elsewhere)
    assert not {p.nik for p in elsewhere} & {
        m.nik for d in world.districts.values() for h in d.households.values() for m in h.members
    }


def test_links_by_weight_are_held_against_whom_the_lines_truly_mean(world: World) -> None:
    truth, by_number = true_units(world)["KIS_PBI"], kis_links(world)
    first, second, third, *_ = [(unit, line) for line, unit in truth.items() if line not in by_number]
    wrong = (*first[0], third[1], "PROBABILISTIC")
    links = [(*link,) for link in by_number.values()]
    links += [(*first[0], first[1], "PROBABILISTIC"), (*second[0], second[1], "REVIEWED"), wrong]
    reviews = [(*third[0], third[1], "PROBABILISTIC"), (*first[0], "P-0", "PROBABILISTIC")]

    scored = score(world, AS_OF, [Finding("links", "KIS_PBI", links), Finding("reviews", "KIS_PBI", reviews)])

    assert scored.weighed["KIS_PBI"] == Weighed(
        findable=len(truth.keys() - by_number.keys()), right=2, wrong=1, in_review=1, reviews=2
    )
    assert (scored.identity["KIS_PBI"].missing_count, scored.identity["KIS_PBI"].surplus_count) == (0, 0)


def test_the_ideal_evaluator_takes_links_by_weight_as_given(world: World) -> None:
    by_number = kis_links(world)
    ideal = evaluate(world, AS_OF).unserved["KIS_PBI"]
    code, household_id, person_id = min(ideal)
    line = next(p for p in world.kis.participants.values() if p.id not in by_number and p.status == "ACTIVE")
    links = [(*link,) for link in by_number.values()] + [(code, person_id, line.id, "PROBABILISTIC")]

    found = [
        Finding("links", "KIS_PBI", links),
        Finding("unserved", "KIS_PBI", sorted(ideal - {(code, household_id, person_id)})),
    ]
    scored = score(world, AS_OF, found).verdicts["KIS_PBI"]

    assert (scored.missing_count, scored.surplus_count) == (0, 0)
