"""Objects held as columns, and questions that leave together: the answers are those of objects asked for one by one."""

import gc
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from graphql import GraphQLResolveInfo, GraphQLSchema
from msgspec import Struct

from execution.batch import CALL, LOOKUP, Batch, Call, Lookup
from execution.collect import Selection
from execution.executor import Executor
from execution.joint import Joint
from execution.table import Grouped, Table
from tests.execution.small import ask, both, make

SDL = """
type Query { houses: [House!]! house(number: Int!): House }
type House { number: Int! members: [Person!]! pets: [Pet!] }
type Person { id: ID! name: String! loud: String later: String sort: Sort town: Town }
type Pet { name: String }
type Town { name: String }
enum Sort { UP DOWN }
"""


class House(Struct):
    number: int


class Person(Struct):
    key: int
    name: str | None
    sort: str | None

    @property
    def id(self) -> str:
        return f"P{self.key}"

    @property
    def loud(self) -> str | None:
        if self.name == "bad":
            raise ValueError("no such voice")
        return None if self.name is None else self.name.upper()


class Pet(Struct):
    name: str


class Source:
    """Answers with what `answers` has for a question; notes what is asked together."""

    def __init__(self) -> None:
        self.asked: list[list[Any]] = []
        self.answers: Callable[[Any], Any] = lambda question: question
        self.broken: Exception | None = None

    async def answer(self, questions: Sequence[Any]) -> Sequence[Any]:
        self.asked.append(list(questions))
        if self.broken is not None:
            raise self.broken
        return [self.answers(question) for question in questions]


NAMES = {1: ["Ani", "Budi"], 2: [], 3: ["Citra"]}


def _ids(persons: Table) -> list[str]:
    return [f"P{key}" for key in persons.column("key")]


def _grouped(numbers: Sequence[int], **changed: Any) -> Grouped:
    rows = [(number * 10 + place, name) for number in numbers for place, name in enumerate(NAMES[number])]
    columns: dict[str, Any] = {
        "key": [key for key, _ in rows],
        "name": [name for _, name in rows],
        "sort": ["UP"] * len(rows),
        **{name: values[: len(rows)] for name, values in changed.items()},
    }
    return Grouped(Table(Person, len(rows), columns, {"id": _ids}), [len(NAMES[number]) for number in numbers])


@pytest.fixture
def source() -> Source:
    return Source()


def _schema(source: Source, **changed: Any) -> GraphQLSchema:
    def members(_context: Any, numbers: Sequence[int]) -> Joint[Grouped]:
        return Joint(source, ("members", *numbers), lambda _: _grouped(numbers, **changed))

    def pets(_context: Any, numbers: Sequence[int]) -> Joint[list[list[Pet]]]:
        return Joint(source, ("pets", *numbers), lambda _: [[Pet(f"Cat {number}")] for number in numbers])

    def houses(_context: Any, numbers: Sequence[int]) -> Joint[list[House]]:
        return Joint(source, ("house", *numbers), lambda _: [House(number) for number in numbers])

    async def later(person: Person, _info: GraphQLResolveInfo[Any]) -> str:
        return f"later {person.name}"

    schema = make(
        SDL,
        {
            "House.number": "number",
            "House.members": Batch(members, "number"),
            "House.pets": Batch(pets, "number"),
            **{f"Person.{name}": name for name in ("id", "name", "loud", "sort")},
            "Person.later": later,
            "Person.town": Batch(lambda _context, names: [{"name": name} for name in names], "name"),
            "Pet.name": "name",
        },
    )
    lookup = Lookup(lambda number: number, Batch(houses, "number"))
    schema.query_type.fields["house"].extensions[LOOKUP] = lookup
    return schema


HOUSES = {"houses": [House(1), House(2), House(3)]}
QUERIES = [
    "{ houses { members { id name } } }",
    "{ houses { number members { __typename name again: name id sort } pets { name } } }",
    "{ houses { members { name loud later } } }",
    "{ houses { members { id town { name } } } }",
    "{ houses { a: members { name } b: members { id } } }",
    "{ house(number: 3) { number members { name } pets { name } } }",
]


@pytest.mark.parametrize("query", QUERIES)
async def test_a_table_is_written_as_its_objects_are(source: Source, query: str) -> None:
    for _ in range(2):
        answer = await both(_schema(source), query, root=HOUSES)
        assert "errors" not in answer


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ["Ani", None, "Citra"]},
        {"name": ["Ani", 7, b"Citra"]},
        {"name": ["bad", "Budi", "bad"]},
        {"sort": ["UP", None, "DOWN"]},
        {"sort": ["UP", "sideways", "DOWN"]},
    ],
)
@pytest.mark.parametrize("query", QUERIES)
async def test_what_is_wrong_in_a_table_is_told_where_it_is(source: Source, query: str, changed: Any) -> None:
    await both(_schema(source, **changed), query, root=HOUSES)


async def test_what_a_level_asks_of_one_source_is_asked_together(source: Source) -> None:
    await ask(Executor(_schema(source)), "{ houses { members { name } pets { name } } }", root=HOUSES)
    assert source.asked[0] == [("members", 1, 2, 3), ("pets", 1, 2, 3)]


async def test_what_is_known_ahead_is_asked_with_the_object_itself(source: Source) -> None:
    executor = Executor(_schema(source))
    answer = await executor.execute("{ house(number: 1) { members { name } pets { name } } }")
    assert answer.body == (b'{"data":{"house":{"members":[{"name":"Ani"},{"name":"Budi"}],"pets":[{"name":"Cat 1"}]}}}')
    assert source.asked == [[("members", 1), ("pets", 1), ("house", 1)]]


async def test_two_sources_are_asked_apart(source: Source) -> None:
    other = Source()
    schema = _schema(source)
    batch = Batch(lambda _, numbers: Joint(other, "pets", lambda _: [[Pet("x")] for _ in numbers]), "number")
    types: Any = schema.type_map
    types["House"].fields["pets"].extensions["execution.batch"] = batch
    await Executor(schema).execute("{ houses { members { name } pets { name } } }", root=HOUSES)
    assert (source.asked, other.asked) == ([[("members", 1, 2, 3)]], [["pets"]])


async def test_an_answer_that_is_an_error_is_that_of_its_field(source: Source) -> None:
    source.answers = lambda question: ValueError("gone") if question[0] == "pets" else question
    answer = await both(_schema(source), "{ houses { members { name } pets { name } } }", root=HOUSES)
    assert [error["path"] for error in answer["errors"]] == [["houses", number, "pets"] for number in range(3)]
    assert {error["message"] for error in answer["errors"]} == {"gone"}
    assert answer["data"]["houses"][0] == {"members": [{"name": "Ani"}, {"name": "Budi"}], "pets": None}


async def test_a_source_that_fails_is_the_error_of_all_that_was_asked(source: Source) -> None:
    source.broken = ValueError("down")
    answer = await both(_schema(source), "{ houses { pets { name } } house(number: 1) { number } }", root=HOUSES)
    assert [error["message"] for error in answer["errors"]] == ["down"] * 4
    assert answer["data"]["house"] is None


def test_lists_of_a_table_are_read_like_lists() -> None:
    grouped = _grouped([1, 2, 3])
    assert [len(members) for members in grouped] == [2, 0, 1] == [len(grouped[place]) for place in range(3)]
    assert [person.name for person in grouped[-1]] == ["Citra"] == [person.name for person in grouped[1:][1]]
    assert grouped.table[0] == Person(10, "Ani", "UP")
    assert list(Table(Person, 1, {"key": [1]}, {})) == [Person(1, None, None)]


async def test_a_request_leaves_nothing_that_only_the_garbage_collector_would_free(source: Source) -> None:
    executor = Executor(_schema(source))
    query = "{ house(number: 1) { members { name town { name } } pets { name } } }"
    await executor.execute(query)
    await executor.execute(query)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            await executor.execute(query)
        assert gc.collect() < 20
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ("id n: name again: name __typename", {"id", "name"}),
        ("...on Person { sort } town { name }", {"sort", "name"}),
        ("id later", None),
    ],
    ids=["attributes", "the key of a batch", "a resolver may read anything"],
)
async def test_a_call_learns_what_is_read_of_the_objects_below_it(
    source: Source, fields: str, read: set[str] | None
) -> None:
    seen: list[Selection] = []

    def house(_context: Any, number: int, fields: Selection) -> House:
        seen.append(fields)
        return House(number)

    schema = _schema(source)
    schema.query_type.fields["house"].extensions = {CALL: Call(house, wants_selection=True)}
    await both(schema, f"{{ house(number: 3) {{ members {{ {fields} }} pets {{ name }} }} }}")
    assert len(seen) == 3, "twice by the plan, once by graphql-core"
    for selection in seen:
        assert selection.attributes("House") == {"number"}
        assert selection.below("members").attributes("Person") == read
        assert selection.below("pets").attributes("Pet") == {"name"}
        assert selection.below("number").attributes("House") == frozenset()
