"""Two made registers of one population, with the truth beside them: a district's, and a national roster."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.graphql.dataset import cache_folder
from benchmarks.linkage import clerks
from benchmarks.linkage.clerks import Clerk, Faults
from simulators import names, noise, numbers, people
from simulators.people import Population
from simulators.records import Household
from simulators.regions import Regions

_SCHEMA = pa.schema(
    [
        ("record_id", pa.string()),
        ("nik", pa.string()),
        ("name", pa.string()),
        ("sex", pa.string()),
        ("birth_date", pa.date32()),
        ("kk_number", pa.string()),
        ("region_code", pa.string()),
        ("address", pa.string()),
        ("person", pa.int64()),
    ]
)
_PERSONS_OF_HOUSEHOLD = 3.5
_PERSONS_OF_VILLAGE = 1_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many persons stand on the roster, in the district, and on both."""

    roster: int
    district: int
    both: int


FULL = Size(roster=1_000_000, district=300_000, both=240_000)
EVALUATED_SEED = 7
SMALL = Size(roster=100_000, district=30_000, both=24_000)


@dataclass(frozen=True, slots=True)
class Registers:
    """Two Arrow tables with the columns of IdentityRecord, `record_id`, and `person`: the truth, equal for one person."""

    district: pa.Table
    roster: pa.Table


def make_registers(size: Size, faults: tuple[Faults, Faults], seed: int) -> Registers:
    """The same arguments give the same registers; `faults` of the district and of the roster.

    The district lists whole households, of which four fifths of the members are on the roster: brothers and sisters of those who
    are not. The rest of the roster are other households of the same villages.
    """
    population = _populate(size, seed)
    rng = Random(f"{seed}/registers")
    households = [each for settlement in population.settlements.values() for each in settlement.households.values()]
    rng.shuffle(households)
    persons = _enumerate(households)
    listed = persons[: size.district]
    on_both = set(rng.sample(range(len(listed)), size.both))
    others = persons[size.district : size.district + size.roster - size.both]
    on_roster = [person for at, person in enumerate(listed) if at in on_both] + others
    return Registers(
        _write(Clerk(population, faults[0], "district"), listed, "D", rng),
        _write(Clerk(population, faults[1], "roster"), on_roster, "R", rng),
    )


def cached_registers(size: Size, faults: tuple[Faults, Faults], seed: int) -> Registers:
    """The same, kept in the cache folder under a name that changes with the code that makes them."""
    folder = cache_folder() / f"linkage-{size.roster}-{size.district}-{seed}-{_fingerprint(size, faults)}"
    if not (folder / "roster.parquet").exists():
        sys.stderr.write(f"making {size.roster:,} x {size.district:,} records, once\n")
        made = make_registers(size, faults, seed)
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(made.district, folder / "district.parquet")
        pq.write_table(made.roster, folder / "roster.parquet")
    return Registers(pq.read_table(folder / "district.parquet"), pq.read_table(folder / "roster.parquet"))


def _populate(size: Size, seed: int) -> Population:
    wanted = size.roster + size.district - size.both
    regions = Regions.read()
    villages = 0
    regencies = []
    for regency in regions.select(regions.first(len(regions.by_code))):
        regencies.append(regency)
        villages += sum(len(subdistrict.villages) for subdistrict in regency.subdistricts)
        if len(regencies) >= 2 and villages * _PERSONS_OF_VILLAGE >= wanted:
            break
    population = Population(seed, date(2026, 3, 31), regencies)
    for regency in regencies:
        population.settle(regency, 1 + round(1.05 * wanted / _PERSONS_OF_HOUSEHOLD / len(regencies)))
    return population


def _enumerate(households: Iterable[Household]) -> list[tuple[Household, int]]:
    """Each person as a household and the place in it."""
    return [(household, place) for household in households for place in range(len(household.members))]


def _write(clerk: Clerk, persons: list[tuple[Household, int]], letter: str, rng: Random) -> pa.Table:
    rows = list(_rows(clerk, persons))
    rng.shuffle(rows)
    for number, row in enumerate(rows):
        row["record_id"] = f"{letter}{number:07}"
    return pa.Table.from_pylist(rows, _SCHEMA)


def _rows(clerk: Clerk, persons: list[tuple[Household, int]]) -> Iterator[clerks.Row]:
    household: Household | None = None
    shared: clerks.Row = {}
    members: list[clerks.Row] = []
    for listed_in, place in persons:
        if listed_in is not household:
            household = listed_in
            shared, members = clerk.household(household)
        yield members[place] | shared | {"person": _number(listed_in.members[place].nik)}


def _number(nik: str | None) -> int:
    """A number of a true person that tells nothing of the NIK."""
    return int.from_bytes(sha256((nik or "").encode()).digest()[:8], "big") >> 1


def _fingerprint(size: Size, faults: tuple[Faults, Faults]) -> str:
    digest = sha256(repr((size, faults)).encode())
    for module in (clerks, names, noise, numbers, people, sys.modules[__name__]):
        digest.update(Path(module.__file__ or "").read_bytes())
    return digest.hexdigest()[:12]
