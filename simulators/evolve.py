"""Time passes: deaths, deactivations, births, moves, new revisions and letters of villages, drawn by seed."""

from collections.abc import Callable
from random import Random
from typing import Annotated

import msgspec

from simulators.calls import Call
from simulators.enrolment import certain
from simulators.letters import give_letter, give_move_letters
from simulators.people import Family
from simulators.records import Household, Person
from simulators.world import World

HowMany = Annotated[int, msgspec.Meta(ge=0)]


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each; a system whose people are too few changes as many as it has."""

    deaths: HowMany = 0
    """Living PBI participants die: KIS knows at once, the district of every second one too."""
    deactivations: HowMany = 0
    """Active PBI participants lose their cover; people and districts do not change."""
    births: HowMany = 0
    """Children are born into recorded households."""
    moves: HowMany = 0
    """Households move to another regency: gone from one district, new in another, with the next id and letters of both sides."""
    revisions: HowMany = 0
    """Households whose address the district writes anew."""
    exits: HowMany = 0
    """Active PKH recipients leave."""
    silent_deaths: HowMany = 0
    """Living PBI participants die: the district of each knows, KIS hears nothing."""
    duplicates: HowMany = 0
    """KIS writes a second active line for a PBI participant."""
    birth_letters: HowMany = 0
    """Children are born of whom only a letter of their village tells so far."""
    death_letters: HowMany = 0
    """Living PBI participants die: a letter of their village tells, the district's records and KIS do not yet."""
    seed: int = 1


class TimePassed(Call, frozen=True, tag="evolve"):
    """A call for changes."""

    changes: Changes


class Evolution:
    """Makes changes in a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def make(self, changes: Changes) -> dict[str, int]:
        """Make the changes; how many of each there were."""
        self._world.recorder(TimePassed(changes))
        steps: dict[str, tuple[int, Callable[[int, Random], int]]] = {
            "deaths": (changes.deaths, self._deaths),
            "deactivations": (changes.deactivations, self._deactivations),
            "births": (changes.births, self._births),
            "moves": (changes.moves, self._moves),
            "revisions": (changes.revisions, self._revisions),
            "exits": (changes.exits, self._exits),
            "silent_deaths": (changes.silent_deaths, self._silent_deaths),
            "duplicates": (changes.duplicates, self._duplicates),
            "birth_letters": (changes.birth_letters, self._birth_letters),
            "death_letters": (changes.death_letters, self._death_letters),
        }
        return {
            name: make(count, Random(f"{changes.seed}/{name}")) if count else 0 for name, (count, make) in steps.items()
        }

    def _deaths(self, count: int, rng: Random) -> int:
        world = self._world
        places = self._places()
        living = [nik for nik in self._covered_by_pbi() if world.population.people[nik].vital_status == "ALIVE"]
        chosen = rng.sample(living, min(count, len(living)))
        for nik in chosen:
            world.kis.end(world.kis.covered[nik], "DECEASED")
            dead = msgspec.structs.replace(world.population.people[nik], vital_status="DECEASED")
            world.population.people[nik] = dead
            if nik in places:
                code, household_id = places[nik]
                self._rewrite(code, household_id, dead, is_known=rng.random() < 0.5)
        return len(chosen)

    def _silent_deaths(self, count: int, rng: Random) -> int:
        world = self._world
        places = self._places()
        living = [
            nik
            for nik in self._covered_by_pbi()
            if nik in places and world.population.people[nik].vital_status == "ALIVE"
        ]
        chosen = rng.sample(living, min(count, len(living)))
        for nik in chosen:
            dead = msgspec.structs.replace(world.population.people[nik], vital_status="DECEASED")
            world.population.people[nik] = dead
            self._rewrite(*places[nik], dead, is_known=True)
        return len(chosen)

    def _duplicates(self, count: int, rng: Random) -> int:
        covered = self._covered_by_pbi()
        chosen = rng.sample(covered, min(count, len(covered)))
        for nik in chosen:
            self._world.kis.write_again(self._world.kis.covered[nik])
        return len(chosen)

    def _rewrite(self, code: str, household_id: str, person: Person, *, is_known: bool) -> None:
        """Put a changed person into the truth, and into the record when the district knows."""
        households = self._world.population.settlements[code].households
        households[household_id] = _with_member(households[household_id], person)
        district = self._world.districts[code]
        if not is_known:
            return
        before = district.households[household_id]
        recorded = next(member for member in before.members if member.id == person.id)
        recorded = msgspec.structs.replace(recorded, vital_status=person.vital_status)
        after = _with_member(before, recorded)
        district.put(msgspec.structs.replace(after, revision=district.next_revision))

    def _deactivations(self, count: int, rng: Random) -> int:
        covered = self._covered_by_pbi()
        chosen = rng.sample(covered, min(count, len(covered)))
        for nik in chosen:
            self._world.kis.end(self._world.kis.covered[nik], "INACTIVE")
        return len(chosen)

    def _births(self, count: int, rng: Random) -> int:
        chosen = self._some_households(count, rng)
        for code, household_id in chosen:
            settlement = self._world.population.settlements[code]
            district = self._world.districts[code]
            truth, record = settlement.households[household_id], district.households[household_id]
            family = Family(self._world.population, settlement.regency, rng)
            child = family.newborn(truth, f"{household_id}-{len(truth.members) + 1}")
            settlement.households[household_id] = _with_member(truth, child)
            after = _with_member(record, district.clerk.record_person(child))
            district.put(msgspec.structs.replace(after, revision=district.next_revision))
        return len(chosen)

    def _birth_letters(self, count: int, rng: Random) -> int:
        chosen = self._some_households(count, rng)
        for code, household_id in chosen:
            settlement = self._world.population.settlements[code]
            district = self._world.districts[code]
            truth = settlement.households[household_id]
            family = Family(self._world.population, settlement.regency, rng)
            child = family.newborn(truth, f"{household_id}-{len(truth.members) + 1}")
            settlement.households[household_id] = _with_member(truth, child)
            record = district.households[household_id]
            letter = give_letter(district, "BIRTH_LETTER", record, event_on=certain(child)[2])
            self._world.told_by_letter.append((code, letter.id, child.id))
        return len(chosen)

    def _death_letters(self, count: int, rng: Random) -> int:
        world, places = self._world, self._places()
        living = [
            nik
            for nik in self._covered_by_pbi()
            if nik in places and world.population.people[nik].vital_status == "ALIVE"
        ]
        chosen = rng.sample(living, min(count, len(living)))
        for nik in chosen:
            code, household_id = places[nik]
            dead = msgspec.structs.replace(world.population.people[nik], vital_status="DECEASED")
            world.population.people[nik] = dead
            self._rewrite(code, household_id, dead, is_known=False)
            district = world.districts[code]
            letter = give_letter(district, "DEATH_LETTER", district.households[household_id], person_id=dead.id)
            world.told_by_letter.append((code, letter.id, dead.id))
        return len(chosen)

    def _moves(self, count: int, rng: Random) -> int:
        codes = list(self._world.districts)
        if len(codes) < 2:
            return 0
        chosen = self._some_households(count, rng)
        for code, household_id in chosen:
            self._move(code, household_id, rng.choice([other for other in codes if other != code]), rng)
        return len(chosen)

    def _move(self, code: str, household_id: str, to_code: str, rng: Random) -> None:
        world = self._world
        left, joined = world.population.settlements[code], world.population.settlements[to_code]
        truth = left.households.pop(household_id)
        gone = world.districts[code].households[household_id]
        new_id = f"H{len(joined.households) + len(world.districts[to_code].removed) + 1:06}"
        members = tuple(
            msgspec.structs.replace(member, id=f"{new_id}-{position}")
            for position, member in enumerate(truth.members, 1)
        )
        world.population.people.update({certain(member)[0]: member for member in members})
        village = rng.choice(rng.choice(joined.regency.subdistricts).villages)
        moved = msgspec.structs.replace(truth, id=new_id, region_code=village, members=members)
        joined.households[new_id] = moved
        world.pkh.follow((code, household_id), (to_code, new_id))
        district = world.districts[to_code]
        recorded = district.clerk.record(moved, district.next_revision)
        district.put(recorded)
        give_move_letters(world.districts[code], gone, district, recorded)
        world.districts[code].remove(household_id)
        world.moves.append(((code, household_id), (to_code, new_id)))

    def _revisions(self, count: int, rng: Random) -> int:
        chosen = self._some_households(count, rng)
        for code, household_id in chosen:
            district = self._world.districts[code]
            before = district.households[household_id]
            address = f"RT {rng.randrange(1, 13):02} RW {rng.randrange(1, 9):02}"
            revision = district.next_revision
            district.put(msgspec.structs.replace(before, address=address, revision=revision))
        return len(chosen)

    def _exits(self, count: int, rng: Random) -> int:
        recipients = self._world.pkh.recipients.values()
        active = [recipient.id for recipient in recipients if recipient.status == "ACTIVE"]
        chosen = rng.sample(active, min(count, len(active)))
        for recipient_id in chosen:
            self._world.pkh.end(recipient_id)
        return len(chosen)

    def _covered_by_pbi(self) -> list[str]:
        kis = self._world.kis
        return [nik for nik, participant in kis.covered.items() if kis.participants[participant].segment == "PBI"]

    def _some_households(self, count: int, rng: Random) -> list[tuple[str, str]]:
        all_of_them = [
            (code, household_id)
            for code, district in self._world.districts.items()
            for household_id in district.households
        ]
        return rng.sample(all_of_them, min(count, len(all_of_them)))

    def _places(self) -> dict[str, tuple[str, str]]:
        return {
            certain(member)[0]: (code, household.id)
            for code, settlement in self._world.population.settlements.items()
            for household in settlement.households.values()
            for member in household.members
        }


def _with_member(household: Household, person: Person) -> Household:
    """The household with a member replaced, or added when new."""
    members = {member.id: member for member in household.members} | {person.id: person}
    return msgspec.structs.replace(household, members=tuple(members.values()))
