"""The truth kept aside: who is who, who is in need, and how well the hub found it.

A unit is (district code, household id, person id or None), with the ids that the district gave.
What came to be by cards issued on request is left out: it is the hub's own work.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from simulators import rules
from simulators.enrolment import certain
from simulators.numbers import is_valid_kk, is_valid_nik
from simulators.records import Household, Person
from simulators.world import World

PROGRAMMES = ("KIS_PBI", "PKH", "SEMBAKO", "PIP")

Unit = tuple[str, str, str | None]


class PersonLink(NamedTuple):
    """A recorded person who is a KIS participant, by equal valid NIK."""

    district: str
    person_id: str
    participant_id: str
    method: str = "NIK"


class HouseholdLink(NamedTuple):
    """A recorded household that is a PKH recipient; method KK, KK_HISTORY or MEMBER_NIK."""

    district: str
    household_id: str
    recipient_id: str
    method: str


class Links(NamedTuple):
    """All links findable by identity: of persons by participant id, of households by recipient id."""

    persons: dict[str, PersonLink]
    households: dict[str, HouseholdLink]


def find_links(world: World) -> Links:
    """All links findable from what the systems recorded."""
    return Links(kis_links(world), pkh_links(world))


def recorded_households(world: World) -> Iterator[tuple[str, Household]]:
    """Every household that a district records now, with the district's code."""
    for code, district in world.districts.items():
        for household in district.households.values():
            yield code, household


def kis_links(world: World) -> dict[str, PersonLink]:
    """All links findable by NIK from what the systems recorded, by participant id."""
    persons = {
        member.nik: (code, member.id)
        for code, household in recorded_households(world)
        for member in household.members
        if is_valid_nik(member.nik)
    }
    return {
        participant.id: PersonLink(*persons[participant.nik], participant.id)
        for participant in world.kis.participants.values()
        if participant.nik in persons and participant.id not in world.kis.issued
    }


def pkh_links(world: World) -> dict[str, HouseholdLink]:
    """All links findable by KK or NIK from what the systems recorded, by recipient id."""
    by_kk: dict[str | None, tuple[str, str]] = {}
    by_old_kk: dict[str | None, tuple[str, str]] = {}
    by_nik: dict[str | None, tuple[str, str]] = {}
    for code, household in recorded_households(world):
        unit = code, household.id
        if is_valid_kk(household.kk_number):
            by_kk[household.kk_number] = unit
        by_old_kk.update(dict.fromkeys(filter(is_valid_kk, household.previous_kk_numbers), unit))
        by_nik.update({member.nik: unit for member in household.members if is_valid_nik(member.nik)})
    links: dict[str, HouseholdLink] = {}
    for recipient in world.pkh.recipients.values():
        for method, units, number in (
            ("KK", by_kk, recipient.kk_number),
            ("KK_HISTORY", by_old_kk, recipient.kk_number),
            ("MEMBER_NIK", by_nik, recipient.head_nik),
        ):
            if number in units:
                links[recipient.id] = HouseholdLink(*units[number], recipient.id, method)
                break
    return links


def true_units(world: World) -> dict[str, dict[str, tuple[str, str]]]:
    """Whom each roster line truly means, where a district records that unit: [district, person or household id] by line."""
    persons = {
        certain(truth)[0]: (code, truth.id)
        for code, district in world.districts.items()
        for household_id, recorded in district.households.items()
        for truth in _recorded_truths(world.population.settlements[code].households[household_id], recorded)
    }
    participants = {
        participant_id: persons[nik]
        for participant_id, nik in world.kis.nik_of.items()
        if nik in persons and participant_id not in world.kis.issued
    }
    recipients = {
        recipient_id: unit
        for unit, recipient_id in world.pkh.recipient_of.items()
        if unit[0] in world.districts and unit[1] in world.districts[unit[0]].households
    }
    return {"KIS_PBI": participants, "PKH": recipients}


def _recorded_truths(truth: Household, recorded: Household) -> Iterator[Person]:
    """The true persons behind the recorded members."""
    ids = {member.id for member in recorded.members}
    return (member for member in truth.members if member.id in ids)


def real_need(world: World, as_of: date) -> dict[str, set[Unit]]:
    """Per programme the recorded units that are truly entitled and truly not enrolled."""
    need: dict[str, set[Unit]] = {programme: set() for programme in PROGRAMMES}
    for code, district in world.districts.items():
        truths = world.population.settlements[code].households
        for household_id in district.households:
            _add_need(world, need, code, truths[household_id], as_of)
    return need


def _add_need(world: World, need: dict[str, set[Unit]], code: str, household: Household, as_of: date) -> None:
    unit: Unit = (code, household.id, None)
    draws_pkh = world.pkh.draws(code, household.id)
    if not draws_pkh and rules.may_have_pkh(household, as_of):
        need["PKH"].add(unit)
    if "SEMBAKO" not in household.assistance and rules.may_have_sembako(household):
        need["SEMBAKO"].add(unit)
    for member in household.members:
        if rules.may_have_kis(household, member) and not is_covered(world, certain(member)[0]):
            need["KIS_PBI"].add((code, household.id, member.id))
        if "PIP" not in member.assistance and rules.may_have_pip(household, member, as_of, draws_pkh=draws_pkh):
            need["PIP"].add((code, household.id, member.id))


def is_covered(world: World, nik: str) -> bool:
    """Whether somebody has active health cover that the hub did not bring about."""
    participant_id = world.kis.covered.get(nik)
    return participant_id is not None and participant_id not in world.kis.issued
