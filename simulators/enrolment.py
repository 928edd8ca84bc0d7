"""Who already draws what: the national rosters, and the assistance that districts know of."""

from datetime import date
from random import Random

import msgspec

from simulators import rules
from simulators.names import variant_of
from simulators.people import Population, Settlement
from simulators.records import Household, Participant, Person, Recipient

NAME_VARIANT_SHARE = 0.06
DEFAULT_BIRTH_DATE_SHARE = 0.03
VILLAGE_UNKNOWN_SHARE = 0.15
"""Lines of which the national system knows the regency and not the village."""


class Rosters(msgspec.Struct):
    """The national rosters as written, with whom each line truly means beside it."""

    participants: list[Participant]
    participant_niks: list[str]
    """True NIK of each participant, also where the roster does not have it."""
    recipients: list[Recipient]
    recipient_households: list[tuple[str, str]]
    """District code and household id of each recipient."""


class Enroller:
    """Writes the rosters, one regency after the other."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._as_of = population.as_of
        self.rosters = Rosters([], [], [], [])
        self._registrar = Random(population.seed)

    def enrol(self, settlement: Settlement) -> None:
        """Write the lines of one regency, and note assistance on its people."""
        code = settlement.regency.code
        rng = Random(f"{self._population.seed}/{code}/enrolment")
        self._registrar = Random(f"{self._population.seed}/{code}/registrar")
        for households in (settlement.households, settlement.elsewhere):
            for household_id, household in households.items():
                self._cover_family(household, rng)
                draws_pkh = self._write_recipient(household, code, rng)
                households[household_id] = self._with_assistance(household, rng, draws_pkh=draws_pkh)

    def _cover_family(self, household: Household, rng: Random) -> None:
        pick = rng.random
        segment, share = _family_cover(household, pick())
        for member in household.members:
            if pick() < share:
                self._write_participant(member, household.region_code, segment, rng)

    def _write_participant(self, person: Person, village: str, segment: str, rng: Random) -> None:
        pick = rng.random
        rosters = self.rosters
        number = len(rosters.participants) + 1
        status = "INACTIVE" if pick() < 0.025 else "ACTIVE"
        if person.vital_status == "DECEASED" and pick() < 0.7:
            status = "DECEASED"
        nik, name, birth_date, sex = certain(person)
        rosters.participants.append(
            Participant(
                id=f"P-{number:08}",
                nik=None if pick() < 0.015 else nik,
                name=_roster_name(name, sex, rng),
                birth_date=self._written_birth_date(birth_date),
                sex=sex,
                region=self._written_region(village),
                segment=segment,
                status=status,
                revision=number,
                observed_at=self._population.observed_at,
            )
        )
        rosters.participant_niks.append(nik)

    def _write_recipient(self, household: Household, code: str, rng: Random) -> bool:
        """Perhaps put a household on the PKH roster; True when it draws PKH."""
        pick = rng.random
        at = pick()
        if at >= 0.57:
            return False
        entitled = rules.may_have_pkh(household, self._as_of)
        above_cut_off = household.decile in {5, 6} and at < 0.02
        if not entitled and not above_cut_off:
            return False
        components = rules.components_of(household, self._as_of)
        if not components:
            return False
        rosters = self.rosters
        number = len(rosters.recipients) + 1
        status = "ACTIVE" if at < 0.55 else "INACTIVE"
        nik, name, birth_date, sex = certain(head_of(household))
        written_kk = household.previous_kk_numbers[-1] if household.previous_kk_numbers else household.kk_number
        rosters.recipients.append(
            Recipient(
                id=f"K-{number:08}",
                kk_number=None if pick() < 0.015 else written_kk,
                head_nik=None if pick() < 0.03 else nik,
                head_name=_roster_name(name, sex, rng),
                head_birth_date=self._written_birth_date(birth_date),
                head_sex=sex,
                region=self._written_region(household.region_code),
                status=status,
                components=components,
                amount=rules.amount_of(components),
                revision=number,
                observed_at=self._population.observed_at,
            )
        )
        rosters.recipient_households.append((code, household.id))
        return status == "ACTIVE"

    def _written_birth_date(self, birth_date: date) -> date:
        is_default = self._registrar.random() < DEFAULT_BIRTH_DATE_SHARE
        return birth_date.replace(month=1, day=1) if is_default else birth_date

    def _written_region(self, village: str) -> str:
        return village[:5] if self._registrar.random() < VILLAGE_UNKNOWN_SHARE else village

    def _with_assistance(self, household: Household, rng: Random, *, draws_pkh: bool) -> Household:
        """The household with SEMBAKO and its pupils with PIP, for about half of those entitled."""
        pick = rng.random
        assistance = ("SEMBAKO",) if rules.may_have_sembako(household) and pick() < 0.5 else ()
        members = tuple(
            self._drawing_pip(member)
            if rules.may_have_pip(household, member, self._as_of, draws_pkh=draws_pkh) and pick() < 0.5
            else member
            for member in household.members
        )
        return msgspec.structs.replace(household, assistance=assistance, members=members)

    def _drawing_pip(self, person: Person) -> Person:
        drawing = msgspec.structs.replace(person, assistance=("PIP",))
        self._population.people[certain(person)[0]] = drawing
        return drawing


def head_of(household: Household) -> Person:
    """The head; the first member where none is marked."""
    return next((member for member in household.members if member.is_head), household.members[0])


def certain(person: Person) -> tuple[str, str, date, str]:
    """NIK, name, birth date and sex of a true person, who has them all."""
    if person.nik is None or person.name is None or person.birth_date is None or person.sex is None:
        raise ValueError(f"{person.id} is a record, not a true person")
    return person.nik, person.name, person.birth_date, person.sex


def _family_cover(household: Household, at: float) -> tuple[str, float]:
    """Segment of a family's health cover, and the share of its members who have it."""
    works = {member.occupation_class for member in household.members if rules.is_living(member)}
    if works & rules.OFFICIALS:
        return "PPU", 1.0
    if "EMPLOYEE" in works and at < 0.8:
        return "PPU", 0.98
    if rules.is_poor(household, 5):
        return "PBI", 0.93 if at < 0.65 else 0.12
    return "PBPU", 0.95 if at < 0.45 else 0.02


def _roster_name(name: str, sex: str, rng: Random) -> str:
    if rng.random() >= NAME_VARIANT_SHARE:
        return name
    return variant_of(name, rng, woman=sex == "FEMALE")
