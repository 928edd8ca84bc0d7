"""Interfaces and unions: each object by its own type, however that type is found."""

from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLSchema

from execution.executor import Executor
from tests.execution.small import ask, both, make

SDL = """
interface Named { name: String }
type Dog implements Named { name: String barks: Boolean }
type Cat implements Named { name: String lives: Int }
union Pet = Dog | Cat
type Rock { name: String }
type Query { named: [Named] pet: Pet pets: [Pet!] dog: Dog }
"""
QUERY = "{ named { kind: __typename name ... on Dog { barks } ... on Cat { lives } } }"
DOG = {"__typename": "Dog", "name": "Rex", "barks": True}
CAT = {"__typename": "Cat", "name": "Tom", "lives": 9}


@dataclass
class Dog:
    name: str
    barks: bool = True


@dataclass
class Cat:
    name: str
    lives: int = 9


@pytest.fixture
def schema() -> GraphQLSchema:
    return make(SDL)


def types(schema: GraphQLSchema) -> Any:
    return schema.type_map


async def test_a_typename_on_the_value_says_the_type(schema: GraphQLSchema) -> None:
    answer = await both(schema, QUERY, root={"named": [CAT, DOG, None, CAT]})
    cat = {"kind": "Cat", "name": "Tom", "lives": 9}
    assert answer["data"] == {"named": [cat, {"kind": "Dog", "name": "Rex", "barks": True}, None, cat]}


async def test_is_type_of_is_asked_when_nothing_else_tells(schema: GraphQLSchema) -> None:
    types(schema)["Dog"].is_type_of = lambda value, _info: isinstance(value, Dog)

    async def is_cat(value: Any, _info: Any) -> bool:
        return isinstance(value, Cat)

    types(schema)["Cat"].is_type_of = is_cat
    answer = await both(schema, QUERY, root={"named": [Cat("Tom"), Cat("Kit")]})
    assert [cat["name"] for cat in answer["data"]["named"]] == ["Tom", "Kit"]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_resolve_type_says_the_type_by_name(schema: GraphQLSchema, asynchronous: bool) -> None:
    async def later(value: Any, info: Any, type_: Any) -> str:
        return now(value, info, type_)

    def now(value: Any, info: Any, type_: Any) -> str:
        assert (info.field_name, type_.name) == ("pets", "Pet")
        return type(value).__name__

    types(schema)["Pet"].resolve_type = later if asynchronous else now
    root = {"pets": [Dog("Rex"), Cat("Tom"), Dog("Rob")]}
    answer = await both(schema, "{ pets { ... on Dog { name barks } ... on Named { again: name } } }", root=root)
    assert answer["data"]["pets"] == [
        {"name": "Rex", "barks": True, "again": "Rex"},
        {"again": "Tom"},
        {"name": "Rob", "barks": True, "again": "Rob"},
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            None,
            "Abstract type 'Pet' must resolve to an Object type at runtime for field 'Query.pet'."
            " Either the 'Pet' type should provide a 'resolve_type' function"
            " or each possible type should provide an 'is_type_of' function.",
        ),
        ("Bird", "Abstract type 'Pet' was resolved to a type 'Bird' that does not exist inside the schema."),
        ("Named", "Abstract type 'Pet' was resolved to a non-object type 'Named'."),
        ("Rock", "Runtime Object type 'Rock' is not a possible type for 'Pet'."),
        (
            7,
            "Abstract type 'Pet' must resolve to an Object type at runtime for field 'Query.pet'"
            " with value {'name': 'x'}, received '7', which is not a valid Object type name.",
        ),
    ],
)
async def test_a_wrong_type_is_the_error_of_the_field(schema: GraphQLSchema, name: Any, message: str) -> None:
    types(schema)["Pet"].resolve_type = lambda *_: name
    answer = await both(schema, "{ pet { __typename } }", root={"pet": {"name": "x"}})
    assert answer["data"] == {"pet": None}
    assert answer["errors"][0]["message"] == message


async def test_an_object_of_another_type_is_refused_by_is_type_of(schema: GraphQLSchema) -> None:
    types(schema)["Dog"].is_type_of = lambda value, _info: isinstance(value, Dog)
    answer = await both(schema, "{ dog { name } }", root={"dog": Cat("Tom")})
    assert answer["data"] == {"dog": None}
    assert answer["errors"][0]["message"] == "Expected value of type 'Dog' but got: <Cat instance>."


async def test_an_error_while_the_type_is_found_is_that_objects_error(schema: GraphQLSchema) -> None:
    def fails_on_cats(value: Any, _info: Any) -> bool:
        if value.name == "b":
            raise ValueError("allergic")
        return isinstance(value, Dog)

    types(schema)["Dog"].is_type_of = fails_on_cats
    answer = await both(schema, "{ named { name } }", root={"named": [Dog("a"), Cat("b"), Dog("c")]})
    assert answer["data"] == {"named": [{"name": "a"}, None, {"name": "c"}]}
    assert [(error["message"], error["path"]) for error in answer["errors"]] == [("allergic", ["named", 1])]


async def test_a_fragment_on_a_type_that_does_not_match_selects_nothing(schema: GraphQLSchema) -> None:
    answer = await both(schema, "{ pet { ... on Cat { lives } } }", root={"pet": DOG})
    assert answer == {"data": {"pet": {}}}


async def test_the_python_class_says_the_type_without_asking_anybody(schema: GraphQLSchema) -> None:
    for name, class_ in (("Dog", Dog), ("Cat", Cat)):
        types(schema)[name].extensions["execution.class"] = class_
        types(schema)[name].is_type_of = None
    executor = Executor(schema)
    root = {"named": [Cat("Tom"), Dog("Rex"), Cat("Kit")], "pet": Dog("Rob"), "dog": Dog("Roy")}
    answer = await ask(executor, "{ named { __typename name } pet { __typename } dog { name } }", root=root)
    assert answer["data"] == {
        "named": [
            {"__typename": "Cat", "name": "Tom"},
            {"__typename": "Dog", "name": "Rex"},
            {"__typename": "Cat", "name": "Kit"},
        ],
        "pet": {"__typename": "Dog"},
        "dog": {"name": "Roy"},
    }


async def test_a_class_that_two_types_claim_tells_nothing(schema: GraphQLSchema) -> None:
    for name in ("Dog", "Cat"):
        types(schema)[name].extensions["execution.class"] = (Dog, Cat)
        types(schema)[name].is_type_of = lambda value, _info, name=name: type(value).__name__ == name
    answer = await both(schema, "{ pets { __typename } }", root={"pets": [Dog("Rex"), Cat("Tom")]})
    assert [pet["__typename"] for pet in answer["data"]["pets"]] == ["Dog", "Cat"]
