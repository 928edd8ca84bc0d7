"""The truth about slots that lie unused: active lines of the national rosters whose holders should not hold them.

What came to be by cards issued on request is left out: it is the hub's own work.
"""

from collections.abc import Iterator

import msgspec

from simulators.records import Household
from simulators.rules import is_poor
from simulators.truth import recorded_households
from simulators.world import World

KINDS = ("HOLDER_DECEASED", "HOLDER_DUPLICATE", "HOLDER_ABOVE_CUT_OFF", "HOLDER_UNLISTED")
CUT_OFF = {"KIS_PBI": 5, "PKH": 4}

Lines = dict[str, set[str]]
"""Ids of roster lines by kind."""


class UnusedScore(msgspec.Struct):
    """Lines of one kind over both rosters: `unused` in truth; of these `found` and `missed`; `wrong` were named and are not."""

    unused: int
    found: int
    missed: int
    wrong: int


def unused_lines(world: World) -> Lines:
    """All lines that lie unused, by kind; a line can be of several kinds."""
    lines: Lines = {kind: set() for kind in KINDS}
    for line_id, kinds in (*_cards(world), *_recipients(world)):
        for kind in kinds:
            lines[kind].add(line_id)
    return lines


def score_unused(world: World, found: Lines) -> dict[str, UnusedScore]:
    """What was found beside the truth."""
    return {
        kind: UnusedScore(len(true), len(true & named), len(true - named), len(named - true))
        for kind, true in unused_lines(world).items()
        for named in [found.get(kind, set()) - world.kis.issued]
    }


def _cards(world: World) -> Iterator[tuple[str, list[str]]]:
    """Every active PBI line of KIS with the reasons for which it lies unused."""
    homes = {member.nik: household for _, household in _true_households(world) for member in household.members}
    listed = {
        member.nik
        for code, record in recorded_households(world)
        for member in world.population.settlements[code].households[record.id].members
    }
    seen: set[str] = set()
    for participant in sorted(world.kis.participants.values(), key=lambda participant: participant.id):
        if participant.segment != "PBI" or participant.status != "ACTIVE" or participant.id in world.kis.issued:
            continue
        nik = world.kis.nik_of[participant.id]
        reasons = {
            "HOLDER_DECEASED": world.population.people[nik].vital_status == "DECEASED",
            "HOLDER_DUPLICATE": nik in seen,
            "HOLDER_ABOVE_CUT_OFF": nik in listed and _is_above(homes[nik], CUT_OFF["KIS_PBI"]),
            "HOLDER_UNLISTED": nik not in listed,
        }
        seen.add(nik)
        yield participant.id, [kind for kind, holds in reasons.items() if holds]


def _recipients(world: World) -> Iterator[tuple[str, list[str]]]:
    """Every active line of PKH with the reasons for which it lies unused."""
    homes = {(code, household.id): household for code, household in _true_households(world)}
    for (code, household_id), recipient_id in world.pkh.recipient_of.items():
        if world.pkh.recipients[recipient_id].status != "ACTIVE":
            continue
        household = homes[code, household_id]
        is_listed = household_id in world.districts[code].households
        reasons = {
            "HOLDER_DECEASED": all(member.vital_status == "DECEASED" for member in household.members),
            "HOLDER_ABOVE_CUT_OFF": is_listed and _is_above(household, CUT_OFF["PKH"]),
            "HOLDER_UNLISTED": not is_listed,
        }
        yield recipient_id, [kind for kind, holds in reasons.items() if holds]


def _true_households(world: World) -> Iterator[tuple[str, Household]]:
    for code, settlement in world.population.settlements.items():
        for household in (*settlement.households.values(), *settlement.elsewhere.values()):
            yield code, household


def _is_above(household: Household, cut_off: int) -> bool:
    return household.decile is not None and not is_poor(household, cut_off)
