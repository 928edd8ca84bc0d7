"""What is asked decides which columns are read; what is not asked for makes no difference to what is."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import pytest

from execution.facts import How
from execution.index import SchemaIndex
from hub.domain.principal import EVERYWHERE
from hub.store.database import Database, Session
from hub.store.matches_read import MATCHES, list_matches_of_households
from hub.store.programmes import COVERAGE, ENROLMENTS, list_coverage, list_enrolments_of_households
from hub.store.queries import query
from hub.store.registry import HOUSEHOLDS, MEMBERS, find_households, list_households, list_members
from hub.store.rows import Attributes, RegionPage, Shape
from schema.build import build_schema
from tests.schema.world_records import OWN, household_of

IDS = [household_of(OWN, number) for number in range(60, 0, -1)]
"""In no order that the database would give."""
INDEX = SchemaIndex(build_schema().graphql)


async def _found(session: Session, asked: Attributes) -> Iterable[Any]:
    return await find_households(session, IDS, whole=False, attributes=asked)


async def _listed(session: Session, asked: Attributes) -> Iterable[Any]:
    page = RegionPage(EVERYWHERE, ("", -1), 101)
    return await list_households(session, page, None, whole=False, attributes=asked)


async def _members(session: Session, asked: Attributes) -> Iterable[Any]:
    return _flat(await list_members(session, IDS, whole=False, attributes=asked))


async def _enrolments(session: Session, asked: Attributes) -> Iterable[Any]:
    return _flat(await list_enrolments_of_households(session, IDS, asked))


async def _matches(session: Session, asked: Attributes) -> Iterable[Any]:
    return _flat(await list_matches_of_households(session, IDS, asked))


async def _coverage(session: Session, asked: Attributes) -> Iterable[Any]:
    return await list_coverage(session, [OWN], None, asked)


def _flat(lists: Sequence[Sequence[Any]]) -> list[Any]:
    """The objects with None between those of one household and the next."""
    return [each for found in lists for each in (*found, None)]


READS: list[tuple[str, Shape, Callable[[Session, Attributes], Awaitable[Iterable[Any]]]]] = [
    ("Household", HOUSEHOLDS, _found),
    ("Household", HOUSEHOLDS, _listed),
    ("Person", MEMBERS, _members),
    ("Enrolment", ENROLMENTS, _enrolments),
    ("Match", MATCHES, _matches),
    ("Coverage", COVERAGE, _coverage),
]
QUERIES = [
    ("registry", "find_households", HOUSEHOLDS),
    ("registry", "list_households", HOUSEHOLDS),
    ("registry", "list_judged_households", HOUSEHOLDS),
    ("registry", "list_members", MEMBERS),
    ("programme", "list_enrolments_of_households", ENROLMENTS),
    ("matches_read", "list_matches_of_households", MATCHES),
    ("programme", "list_coverage", COVERAGE),
    ("programme", "list_coverage_of_children", COVERAGE),
]


def _attributes(type_name: str) -> list[str]:
    """What the fields of a type read of its objects."""
    type_: Any = INDEX.schema.type_map[type_name]
    read = []
    for name in type_.fields:
        facts = INDEX.facts(type_, name)
        assert facts.how in (How.ATTRIBUTE, How.BATCH), f"{type_name}.{name} may read anything"
        read.append(facts.attribute if facts.batch is None else facts.batch.key)
    return sorted(set(read))


@pytest.mark.parametrize(("type_name", "shape", "read"), READS)
async def test_an_attribute_that_is_asked_for_alone_is_what_it_is_in_a_whole_row(
    world: Database, type_name: str, shape: Shape, read: Callable[[Session, Attributes], Awaitable[Iterable[Any]]]
) -> None:
    whole = list(await read(world.jobs, None))
    assert sum(each is not None for each in whole) >= 4
    for attribute in (*_attributes(type_name), *shape.keys):
        alone = await read(world.jobs, frozenset({attribute}))
        assert [each and getattr(each, attribute) for each in alone] == [
            each and getattr(each, attribute) for each in whole
        ], attribute


@pytest.mark.parametrize(("type_name", "shape", "read"), READS)
async def test_all_that_can_be_asked_for_together_is_what_it_is_in_a_whole_row(
    world: Database, type_name: str, shape: Shape, read: Callable[[Session, Attributes], Awaitable[Iterable[Any]]]
) -> None:
    asked = [name for name in _attributes(type_name) if shape.columns(frozenset({name})) is not None]
    whole, found = await read(world.jobs, None), await read(world.jobs, frozenset(asked))
    assert [[each and getattr(each, name) for name in asked] for each in found] == [
        [each and getattr(each, name) for name in asked] for each in whole
    ]


@pytest.mark.parametrize(("file", "name", "shape"), QUERIES)
async def test_the_columns_of_a_shape_are_in_its_query_and_fields_of_its_class(
    world: Database, file: str, name: str, shape: Shape
) -> None:
    async with world.jobs.connection() as connection:
        statement = await connection.prepare(query(file, name).sql)
        in_query = {attribute.name for attribute in statement.get_attributes()}
    every = shape.columns(frozenset(shape.kind.__struct_fields__) & _in_parts(shape))
    assert every is not None
    assert set(every) <= in_query
    assert set(every) <= set(shape.kind.__struct_fields__)


def _in_parts(shape: Shape) -> set[str]:
    return {name for name in shape.kind.__struct_fields__ if shape.columns(frozenset({name})) is not None}


def test_what_is_asked_for_takes_few_columns_and_what_nobody_declared_takes_them_all() -> None:
    assert HOUSEHOLDS.columns(frozenset({"id", "region_code"})) == ("household_id", "region_code")
    assert HOUSEHOLDS.columns(frozenset({"id", "address"})) == ("household_id", "region_code", "kk_status", "address")
    assert MEMBERS.columns(frozenset({"unit"})) == ("person_id", "household_id")
    assert MEMBERS.columns(frozenset({"unit", "nik"})) is None
    assert MEMBERS.columns(None) is None


def test_there_are_few_sets_of_columns_whatever_is_asked_for() -> None:
    for shape, most in ((HOUSEHOLDS, 8), (MEMBERS, 2), (ENROLMENTS, 4), (MATCHES, 4), (COVERAGE, 16)):
        fields = sorted(_in_parts(shape))
        asked = [frozenset(fields[n] for n in range(len(fields)) if bits >> n & 1) for bits in range(2 ** len(fields))]
        assert len({shape.columns(each) for each in asked}) <= most
