"""What an allocation works with: candidates as columns, pools, the programmes of the run and which exclude each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from hub.domain.errors import Invalid

Integers: TypeAlias = npt.NDArray[np.int64]
Booleans: TypeAlias = npt.NDArray[np.bool_]

MAX_PROGRAMMES = 6
"""The conditions that decide whether somebody can be served grow with 2 to the number of programmes."""

NOT_WAITING = 2**31
"""Stands for the day of the oldest open case file of those who have none: after every day."""


class Policy(StrEnum):
    """In which order candidates draw on the pools."""

    STRICT_PRIORITY = "STRICT_PRIORITY"
    REGIONAL_FLOORS = "REGIONAL_FLOORS"


class Candidate(NamedTuple):
    """A unit that is eligible and unserved. `waiting_since`: days since the epoch of the oldest open case file, or None.
    `mask`: bit n is set when it may get programme n of the run.
    """

    household_id: int
    person_id: int | None
    regency_code: str
    decile: int
    vulnerability: int
    waiting_since: int | None
    mask: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Candidates as columns of one length; `regency` is a position in `regency_codes`, `person_id` 0 stands for none."""

    regency_codes: tuple[str, ...]
    household_id: Integers
    person_id: Integers
    regency: Integers
    decile: Integers
    vulnerability: Integers
    waiting_since: Integers
    mask: Integers

    def __len__(self) -> int:
        return len(self.household_id)

    @classmethod
    def of(cls, rows: Iterable[Candidate]) -> "Candidates":
        """The columns of some rows; regencies in the order of their codes."""
        columns = list(zip(*rows, strict=True)) or [()] * len(Candidate._fields)
        households, persons, codes, deciles, vulnerabilities, waiting, masks = columns
        regency_codes = tuple(sorted(set(codes)))
        position = {code: number for number, code in enumerate(regency_codes)}
        return cls(
            regency_codes,
            _integers(households),
            _integers([person or 0 for person in persons]),
            _integers([position[code] for code in codes]),
            _integers(deciles),
            _integers(vulnerabilities),
            _integers([NOT_WAITING if day is None else day for day in waiting]),
            _integers(masks),
        )


@dataclass(frozen=True, slots=True)
class Pool:
    """Free slots of one programme (its position in the run) in one region, or in the nation (None)."""

    pool_id: int
    region_code: str | None
    available: int
    programme: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One allocation. `programmes`: codes, the preferred ones first. `groups`: masks of programmes of which a unit gets at
    most one; every programme is in one group. `held`: units of a regency that draw already, by regency code.
    """

    programmes: tuple[str, ...]
    groups: tuple[int, ...]
    candidates: Candidates
    pools: Sequence[Pool]
    seed: int
    policy: Policy
    held: Mapping[str, int] = field(default_factory=dict)


def groups_of(
    programmes: Sequence[str], exclusions: Iterable[tuple[str, str]], *, one_per_unit: bool
) -> tuple[int, ...]:
    """Masks of programmes of which a unit gets at most one: all of them, or those that exclude each other.

    Raises Invalid where A excludes B and B excludes C but A and C go together: whom to serve is then no longer a question
    of rank alone, so such programmes belong into different runs.
    """
    if not 1 <= len(programmes) <= MAX_PROGRAMMES or len(set(programmes)) < len(programmes):
        raise Invalid(
            f"a run has 1 to {MAX_PROGRAMMES} different programmes, not {', '.join(programmes) or 'none'}",
            ("programmeCodes",),
        )
    if one_per_unit:
        return (2 ** len(programmes) - 1,)
    position = {code: number for number, code in enumerate(programmes)}
    beside = [1 << number for number in range(len(programmes))]
    for one, other in exclusions:
        if one in position and other in position:
            beside[position[one]] |= 1 << position[other]
            beside[position[other]] |= 1 << position[one]
    for number, mask in enumerate(beside):
        for other_number, other_mask in enumerate(beside):
            if mask >> other_number & 1 and mask != other_mask:
                raise Invalid(
                    f"{programmes[number]} and {programmes[other_number]} exclude each other, but not the same other "
                    "programmes: put programmes that only one of them excludes into a run of their own",
                    ("programmeCodes",),
                )
    return tuple(dict.fromkeys(beside))


def _integers(values: Sequence[int]) -> Integers:
    return np.array(values, np.int64)
