"""Reads the registry: households [keluarga] and persons [penduduk].

The numbers of identity cards and family cards stand last in every row; `whole` False masks them before anybody else
gets to see them.
"""

from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import msgspec

from execution.joint import Joint
from execution.table import Table
from hub.domain.nik import mask
from hub.domain.opaque_id import Kind, opaque_id, opaque_ids
from hub.store.database import Cells, Session
from hub.store.joined import Columns, Sheet, look, sheet
from hub.store.queries import query
from hub.store.rows import Attributes, Derived, RegionPage, Shape, SourceStamp, by_key, look_below


class Welfare(msgspec.Struct, frozen=True, gc=False):
    """The welfare decile [desil] as BPS gave it, with its source and period."""

    decile: int | None
    source: str | None
    period: str | None


def _welfare(decile: int | None, source: str | None, period: str | None) -> Welfare | None:
    return None if decile is None and source is None and period is None else Welfare(decile, source, period)


class Household(msgspec.Struct, frozen=True, gc=False):
    """A household as its district knows it."""

    household_id: int
    regency_code: str
    region_code: str
    kk_status: str
    address: str | None
    decile: int | None
    welfare_source: str | None
    welfare_period: str | None
    removed_at: datetime | None
    source_code: str
    source_record_id: str
    observed_at: datetime
    fetched_at: datetime
    kk_number: str | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.HOUSEHOLD, self.household_id)

    @property
    def welfare(self) -> Welfare | None:
        """None when the district knows nothing of it."""
        return _welfare(self.decile, self.welfare_source, self.welfare_period)

    @property
    def source_stamp(self) -> SourceStamp:
        """Where this comes from."""
        return SourceStamp(self.source_code, self.source_record_id, self.observed_at, self.fetched_at)


class Person(msgspec.Struct, frozen=True, gc=False):
    """A person as the district knows the person."""

    person_id: int
    household_id: int
    regency_code: str
    name: str | None
    sex: str | None
    birth_date: date | None
    birth_place: str | None
    is_head: bool
    vital_status: str | None
    is_pregnant: bool | None
    pregnancy_due_on: date | None
    school_level: str | None
    is_enrolled_in_school: bool | None
    disability: str | None
    has_chronic_illness: bool | None
    occupation_class: str | None
    left_at: datetime | None
    nik_status: str
    nik_warnings: list[str]
    source_code: str
    source_record_id: str
    observed_at: datetime
    fetched_at: datetime
    nik: str | None

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.PERSON, self.person_id)

    @property
    def unit(self) -> tuple[int, int]:
        """Household and person: what enrolments, matches and verdicts of a person are kept by."""
        return (self.household_id, self.person_id)

    @property
    def source_stamp(self) -> SourceStamp:
        """Where this comes from."""
        return SourceStamp(self.source_code, self.source_record_id, self.observed_at, self.fetched_at)


def _ids_of_households(households: Table) -> list[str]:
    return opaque_ids(Kind.HOUSEHOLD, households.column("household_id"))


def _welfares(households: Table) -> list[Welfare | None]:
    return list(map(_welfare, *map(households.column, ("decile", "welfare_source", "welfare_period"))))


def _ids_of_persons(persons: Table) -> list[str]:
    return opaque_ids(Kind.PERSON, persons.column("person_id"))


def _units(persons: Table) -> list[tuple[int, int]]:
    return list(zip(persons.column("household_id"), persons.column("person_id"), strict=True))


HOUSEHOLDS = Shape(
    Household,
    ("household_id", "region_code"),
    (("kk_number",), ("kk_status", "address"), ("decile", "welfare_source", "welfare_period")),
    {
        "id": Derived(("household_id",), _ids_of_households),
        "welfare": Derived(("decile", "welfare_source", "welfare_period"), _welfares),
    },
)
MEMBERS = Shape(
    Person,
    ("person_id", "household_id"),
    (("name", "sex", "birth_date", "is_head"),),
    {"id": Derived(("person_id",), _ids_of_persons), "unit": Derived(("household_id", "person_id"), _units)},
)


@dataclass(frozen=True, slots=True)
class VerdictFilter:
    """Households of which a unit has this verdict for the programme."""

    programme_code: str
    status: str


def find_households(
    session: Session, household_ids: Sequence[int], *, whole: bool, attributes: Attributes = None
) -> Joint[list[Household | None]]:
    """The household of each id."""

    def finish(columns: Columns) -> list[Household | None]:
        households: list[Household] = _households(of, columns, whole=whole).objects
        return by_key(household_ids, ((household.household_id, household) for household in households))

    of = _sheet_of_households("find_households", attributes)
    return look(session, of, finish, household_ids=list(household_ids))


async def list_households(
    session: Session, page: RegionPage, verdict: VerdictFilter | None, *, whole: bool, attributes: Attributes = None
) -> Sequence[Household]:
    """A page of households in the order of region and id."""
    values = page.values()
    name = "list_households"
    if verdict is not None:
        name = "list_judged_households"
        values |= {"programme_code": verdict.programme_code, "verdict_status": verdict.status}
    of = _sheet_of_households(name, attributes)
    return await look(session, of, partial(_households, of, whole=whole), **values)


async def find_persons(session: Session, person_ids: Sequence[int], *, whole: bool) -> list[Person | None]:
    """The person of each id."""
    rows = await session.fetch(query("registry", "find_persons"), person_ids=list(person_ids))
    return by_key(person_ids, ((p.person_id, p) for p in _persons(rows, whole=whole)))


async def list_persons_by_nik(session: Session, nik: str, *, whole: bool) -> list[Person]:
    """The present persons who hold a NIK."""
    return _persons(await session.fetch(query("registry", "list_persons_by_nik"), nik=nik), whole=whole)


def list_members(
    session: Session, household_ids: Sequence[int], *, whole: bool, attributes: Attributes = None
) -> Awaitable[Sequence[Sequence[Person]]]:
    """The present members of each household, the head first."""
    whole_persons = partial(_persons, whole=whole)
    return look_below(session, household_ids, ("registry", "list_members"), MEMBERS, attributes, whole_persons)


def _sheet_of_households(name: str, attributes: Attributes) -> Sheet:
    return sheet("registry", name, HOUSEHOLDS.columns(attributes) or Household.__struct_fields__)


def _households(of: Sheet, columns: Columns, *, whole: bool) -> Table:
    named = dict(zip(of.columns, columns, strict=True))
    if not whole and "kk_number" in named:
        named["kk_number"] = list(map(mask, named["kk_number"]))
    return Table(Household, len(columns[0]), named, HOUSEHOLDS.derive)


def _persons(rows: Iterable[Cells], *, whole: bool) -> list[Person]:
    if whole:
        return [Person(*row) for row in rows]
    return [Person(*(*row[:-1], mask(row[-1]))) for row in rows]
