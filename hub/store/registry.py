"""Reads the registry: households [keluarga] and persons [penduduk].

The numbers of identity cards and family cards stand last in every row; `whole` False masks them before anybody else
gets to see them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from execution.joint import Joint
from execution.table import Derive, Grouped, Table
from hub.domain.nik import mask
from hub.domain.opaque_id import Kind, opaque_id, opaque_ids
from hub.store.database import Cells, Session
from hub.store.joined import Columns, look, sheet
from hub.store.queries import query
from hub.store.rows import RegionPage, SourceStamp, by_key, grouped, tables


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


MEMBER_IN_BRIEF = ("person_id", "household_id", "name", "sex", "birth_date", "is_head")
"""The columns of `list_members_in_brief`."""


def _ids_of_households(households: Table) -> list[str]:
    return opaque_ids(Kind.HOUSEHOLD, households.column("household_id"))


def _welfares(households: Table) -> list[Welfare | None]:
    return list(map(_welfare, *map(households.column, ("decile", "welfare_source", "welfare_period"))))


def _ids_of_persons(persons: Table) -> list[str]:
    return opaque_ids(Kind.PERSON, persons.column("person_id"))


_OF_HOUSEHOLDS: Mapping[str, Derive] = {"id": _ids_of_households, "welfare": _welfares}
"""Attributes that are computed for all of a table at once."""
_OF_PERSONS: Mapping[str, Derive] = {"id": _ids_of_persons}


@dataclass(frozen=True, slots=True)
class VerdictFilter:
    """Households of which a unit has this verdict for the programme."""

    programme_code: str
    status: str


def find_households(session: Session, household_ids: Sequence[int], *, whole: bool) -> Joint[list[Household | None]]:
    """The household of each id."""

    def finish(columns: Columns) -> list[Household | None]:
        households = _households(zip(*columns, strict=True), whole=whole)
        return by_key(household_ids, ((household.household_id, household) for household in households))

    of = sheet("registry", "find_households", Household.__struct_fields__)
    return look(session, of, finish, household_ids=list(household_ids))


async def list_households(
    session: Session, page: RegionPage, verdict: VerdictFilter | None, *, whole: bool
) -> Sequence[Household]:
    """A page of households in the order of region and id."""
    values = page.values()
    name = "list_households"
    if verdict is not None:
        name = "list_judged_households"
        values |= {"programme_code": verdict.programme_code, "verdict_status": verdict.status}

    def finish(columns: Columns) -> Sequence[Household]:
        named = dict(zip(of.columns, columns, strict=True))
        if not whole:
            named["kk_number"] = list(map(mask, named["kk_number"]))
        return Table(Household, len(columns[0]), named, _OF_HOUSEHOLDS)

    of = sheet("registry", name, Household.__struct_fields__)
    return await look(session, of, finish, **values)


async def find_persons(session: Session, person_ids: Sequence[int], *, whole: bool) -> list[Person | None]:
    """The person of each id."""
    rows = await session.fetch(query("registry", "find_persons"), person_ids=list(person_ids))
    return by_key(person_ids, ((p.person_id, p) for p in _persons(rows, whole=whole)))


async def list_persons_by_nik(session: Session, nik: str, *, whole: bool) -> list[Person]:
    """The present persons who hold a NIK."""
    return _persons(await session.fetch(query("registry", "list_persons_by_nik"), nik=nik), whole=whole)


async def list_members(session: Session, household_ids: Sequence[int], *, whole: bool) -> list[list[Person]]:
    """The present members of each household, the head first."""
    rows = await session.fetch(query("registry", "list_members"), household_ids=list(household_ids))
    return grouped(household_ids, ((p.household_id, p) for p in _persons(rows, whole=whole)))


def list_members_in_brief(session: Session, household_ids: Sequence[int]) -> Joint[Grouped]:
    """As `list_members`, and only ids, name, sex, birth date and is_head; all else is None."""
    of = sheet("registry", "list_members_in_brief", MEMBER_IN_BRIEF)
    return look(session, of, tables(Person, of, household_ids, _OF_PERSONS), household_ids=list(household_ids))


def _households(rows: Iterable[Cells], *, whole: bool) -> list[Household]:
    if whole:
        return [Household(*row) for row in rows]
    return [Household(*(*row[:-1], mask(row[-1]))) for row in rows]


def _persons(rows: Iterable[Cells], *, whole: bool) -> list[Person]:
    if whole:
        return [Person(*row) for row in rows]
    return [Person(*(*row[:-1], mask(row[-1]))) for row in rows]
