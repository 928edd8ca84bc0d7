"""A schema in which everything happens, with the same values for two twins.

`build("plan")` has batches, attributes, asynchronous resolvers and type resolvers; `build("sync")` gives
the same values from synchronous resolvers, so that graphql-core runs it depth first and finds its errors
in the order of the document. A seed says at which places values are wrong, missing or raised.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum
from typing import Any, Literal
from zlib import crc32

from graphql import GraphQLError, GraphQLSchema, build_schema

from execution.batch import Batch

Mode = Literal["plan", "sync"]

SDL = """
interface Node { id: ID! label(prefix: String = "n", loud: Boolean): String }
union Subject = Household | Person | Ghost
enum Sex { FEMALE MALE }
scalar Date
scalar Anything
input Range { from: Int = 1 to: Int! tags: [String!] }

type Query {
  node(id: ID!): Node
  nodes(first: Int = 3): [Node!]
  households(first: Int = 2, range: Range, sex: Sex = MALE): [Household!]!
  maybe(first: Int! = 3): [Household]
  subjects(first: Int = 4): [Subject]
  grid: [[Household!]!]!
  holes: [[Household]]
  matrix: [[Int!]]!
  region: Region!
  me: Person
  echo(range: Range, text: String, sex: Sex, numbers: [Int!]): String
}
type Mutation { add(by: Int!): Household count: Int! strict(by: Int): Household! }
type Household implements Node {
  id: ID! label(prefix: String = "n", loud: Boolean): String
  decile: Int welfare: Float! served: Boolean
  visited: Date! notes: Anything
  region: Region! home: Region
  members(sex: Sex, first: Int = 3): [Person!]! head: Person
  neighbours(first: Int!): [Household] next: Node subject: Subject
  size: Int! tags: [String!] scores: [[Float]!] later: [Int!] stream: [Int]
  slow: String computed(x: Int = 2): Int!
}
type Person implements Node {
  id: ID! label(prefix: String = "n", loud: Boolean): String
  name: String! sex: Sex! born: Date home: Household
  friends: [Person] strictFriends: [Person!]
}
type Ghost { id: ID! name: String sex: Sex }
type Region { code: ID! name: String parent: Region area(unit: String = "km2"): Float households: [Household!] }
"""

Sex = Enum("Sex", {"FEMALE": "f", "MALE": "m"})


class Trouble(Exception):
    """What resolvers raise."""


class World:
    """Values by (kind, id, field); `rate` is the share of a thousand places at which one is in trouble."""

    def __init__(self, seed: int, rate: int) -> None:
        self.seed = seed
        self.rate = rate
        self.added = 0

    def roll(self, *place: object) -> int:
        """A number below 1000 that depends on nothing but the seed and the place."""
        return crc32(repr((self.seed, *place)).encode()) % 1000

    def troubled(self, kind: str, id_: int, field: str, value: Any) -> Any:
        """The value, unless this place is in trouble."""
        roll = self.roll(kind, id_, field)
        if roll >= self.rate:
            return value
        match roll % 6:
            case 0:
                raise Trouble(f"{kind} {id_} {field}")
            case 1:
                return Trouble(f"returned {kind} {id_} {field}")
            case 2:
                raise GraphQLError(f"{field} refused", extensions={"code": "NO", "id": id_})
            case 3:
                return object
            case _:
                return None

    def household(self, id_: int) -> "Thing":
        return Thing(self, "Household", id_ % 7)

    def person(self, id_: int) -> "Thing":
        return Thing(self, "Person", id_ % 9)

    def node(self, id_: int) -> Any:
        return self.household(id_) if self.roll("node", id_) % 2 else self.person(id_)

    def subject(self, id_: int) -> Any:
        kind = self.roll("subject", id_) % 4
        if kind == 0:
            return {"__typename": "Ghost", "id": id_, "name": f"ghost {id_}", "sex": Sex.MALE}
        if kind == 1:
            return None if self.roll("null", id_) % 2 else {"nobody": id_}
        return self.household(id_) if kind == 2 else self.person(id_)

    def region(self, code: int) -> Any:
        """A mapping, whose values may be functions: the default resolver's business."""
        code %= 3
        fields = {
            "code": code,
            "name": f"Region {code}",
            "parent": {"code": 9 + code, "name": None, "area": 1.5},
            "area": lambda _info, unit: None if unit == "none" else code + len(unit) / 2,
            "households": [self.household(code), self.household(code + 1)],
        }
        return {name: self.quietly("Region", code, name, value) for name, value in fields.items()}

    def quietly(self, kind: str, id_: int, field: str, value: Any) -> Any:
        try:
            return self.troubled(kind, id_, field, value)
        except Exception as error:
            return error


class Thing:
    """An object whose attributes are made when they are read, and may raise."""

    def __init__(self, world: World, kind: str, id_: int) -> None:
        self.world = world
        self.kind = kind
        self.number = id_

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.world.troubled(self.kind, self.number, name, self._value(name))

    def _value(self, name: str) -> Any:
        id_ = self.number
        values: dict[str, Any] = {
            "id": id_ if id_ % 2 else f"{self.kind[0]}{id_}",
            "decile": None if id_ % 3 == 0 else (True if id_ == 4 else id_),
            "welfare": id_ / 3 if id_ % 2 else id_,
            "served": id_ % 2 == 0,
            "visited": date(2024, 1, 1 + id_),
            "notes": [None, {"a": [1, "ü\u2028\x00"]}, "x", 7, [1.5]][id_ % 5],
            "tags": [["a", '"quoted"\n', "\\"], ("t",), [], "text", {"k": 1}, None, ["é", "\ud83d\ude00"]][id_ % 7],
            "scores": [[[1.0, None], [2]], [], None, [[float("nan")], []], [None], [(3,)], [["x"], [1]]][id_ % 7],
            "name": f"Person {id_} \ud800" if id_ == 5 else f"Person {id_}",
            "sex": [Sex.FEMALE, Sex.MALE, "m", "nonsense", Sex.MALE][id_ % 5],
            "born": None if id_ % 4 == 0 else date(1980, 2, 1 + id_),
            "region_code": None if id_ == 6 else id_ % 3,
            "region": self.world.region(id_),
            "home": self.world.household(id_ + 1) if self.kind == "Person" else None,
        }  # fmt: skip
        return values[name]

    def __repr__(self) -> str:
        return f"{self.kind}({self.number})"


def date_text(value: Any) -> Any:
    if value.day == 4:
        raise ValueError("the fourth cannot be told")
    return None if value.day == 6 else value.isoformat()


def anything(value: Any) -> Any:
    if isinstance(value, type):
        raise GraphQLError("a class is not anything")
    return value


def build(mode: Mode, *, hints: bool = False) -> GraphQLSchema:
    """One of the twins."""
    schema = build_schema(SDL)
    _leaves(schema)
    twin = _Twin(schema, mode)
    twin.root()
    twin.household()
    twin.person()
    twin.types(hints=hints)
    return schema


def _leaves(schema: GraphQLSchema) -> None:
    types: Any = schema.type_map
    types["Date"].coerce_output_value = date_text
    types["Anything"].coerce_output_value = anything
    for name, value in types["Sex"].values.items():
        value.value = Sex[name]


class _Twin:
    def __init__(self, schema: GraphQLSchema, mode: Mode) -> None:
        self.types_: Any = schema.type_map
        self.plan = mode == "plan"

    def field(self, place: str) -> Any:
        type_, field = place.split(".")
        return self.types_[type_].fields[field]

    def attribute(self, place: str, name: str) -> None:
        if self.plan:
            self.field(place).extensions["execution.attribute"] = name
        else:
            self.field(place).resolve = lambda source, _info: getattr(source, name)

    def resolver(self, place: str, function: Any, *, slow: bool = False) -> None:
        async def later(source: Any, info: Any, **arguments: Any) -> Any:
            return function(source, info, **arguments)

        self.field(place).resolve = later if slow and self.plan else function

    def batch(self, place: str, key: str, function: Any) -> None:
        """`function(world, key, **arguments)` gives one value; whole calls fail too."""
        name = place.partition(".")[2]

        def one(world: World, id_: Any, arguments: dict[str, Any]) -> Any:
            if world.roll("batch", name) < world.rate // 2:
                raise Trouble(f"no {name} at all")
            return world.troubled("batch", id_, name, function(world, id_, **arguments))

        async def many(world: World, keys: Sequence[Any], **arguments: Any) -> list[Any]:
            return [_caught(one, world, id_, arguments) for id_ in keys]

        def alone(source: Any, info: Any, **arguments: Any) -> Any:
            id_ = getattr(source, key)
            if isinstance(id_, Exception):
                raise id_
            return None if id_ is None else one(info.context, id_, arguments)

        if self.plan:
            many.__name__ = name
            self.field(place).extensions["execution.batch"] = Batch(many, key)
        else:
            self.field(place).resolve = alone

    def root(self) -> None:
        self.resolver("Query.node", lambda _s, info, id: info.context.node(len(id)))
        self.resolver("Query.nodes", _nodes, slow=True)
        self.resolver("Query.households", _households, slow=True)
        self.resolver("Query.maybe", _maybe)
        self.resolver("Query.subjects", lambda _s, i, first: [i.context.subject(n) for n in range(first)])
        self.resolver(
            "Query.grid", lambda _s, i: [[i.context.household(1)], [], (i.context.household(n) for n in (2, 3))]
        )
        self.resolver("Query.holes", _holes, slow=True)
        self.resolver(
            "Query.matrix",
            lambda _s, i: [[1, 2], None if i.context.seed % 2 else [3], [4, None][: 1 + i.context.seed % 3 // 2]],
        )
        self.resolver("Query.region", lambda _s, i: i.context.region(i.context.seed))
        self.resolver("Query.me", lambda _s, i: i.context.quietly("Query", 0, "me", i.context.person(1)), slow=True)
        self.resolver("Query.echo", lambda _s, _i, **arguments: repr(arguments))
        self.resolver("Mutation.add", _add, slow=True)
        self.resolver(
            "Mutation.count", lambda _s, i: i.context.troubled("Mutation", i.context.added, "count", i.context.added)
        )
        self.resolver("Mutation.strict", _add)

    def household(self) -> None:
        for name in ("id", "decile", "welfare", "served", "visited", "notes", "region", "tags", "scores"):
            self.attribute(f"Household.{name}", name)
        self.resolver("Household.label", _label)
        self.resolver(
            "Household.slow", lambda s, i: i.context.troubled("H", s.number, "slow", f"slow {s.number}"), slow=True
        )
        self.resolver("Household.computed", lambda s, i, x: i.context.troubled("H", s.number, "computed", s.number * x))
        self.resolver("Household.later", self.later)
        self.resolver("Household.stream", self.stream)
        self.batch("Household.home", "region_code", lambda w, code: w.region(code))
        self.batch("Household.members", "number", _members)
        self.batch("Household.head", "number", lambda w, n: w.person(n) if n % 2 else None)
        self.batch("Household.size", "number", lambda w, n: len(_members(w, n)))
        self.batch(
            "Household.neighbours",
            "number",
            lambda w, n, first: [w.household(n + k) if k != 1 else None for k in range(first)],
        )
        self.batch("Household.next", "number", lambda w, n: w.node(n + 3))
        self.batch("Household.subject", "number", lambda w, n: w.subject(n))

    def person(self) -> None:
        for name in ("id", "sex", "born", "home"):
            self.attribute(f"Person.{name}", name)
        self.resolver("Person.label", _label)
        self.batch("Person.friends", "number", lambda w, n: [w.person(n + 1), None, w.person(n + 2)])
        self.batch("Person.strictFriends", "number", lambda w, n: [w.person(n + k) for k in range(1 + n % 2)])

    def later(self, source: Any, info: Any) -> Any:
        async def item(number: int) -> Any:
            return info.context.troubled("later", source.number, str(number), number)

        if self.plan:
            return [item(number) if number % 2 else number for number in range(3)]
        return [
            number if number % 2 == 0 else info.context.quietly("later", source.number, str(number), number)
            for number in range(3)
        ]

    def stream(self, source: Any, _info: Any) -> Any:
        async def numbers() -> Any:
            for number in range(source.number):
                yield number

        return numbers() if self.plan else list(range(source.number))

    def types(self, *, hints: bool) -> None:
        async def is_person(value: Any, _info: Any) -> bool:
            return getattr(value, "kind", "") == "Person"

        self.types_["Node"].resolve_type = _node_type
        self.types_["Household"].is_type_of = _is_household
        self.types_["Person"].is_type_of = is_person if self.plan else lambda v, _i: getattr(v, "kind", "") == "Person"
        if hints:
            self.types_["Ghost"].extensions["execution.class"] = Ghost


class Ghost(dict[str, Any]):
    """A class of its own, for the hint."""


def _caught(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        return error


def _node_type(value: Any, info: Any, _type: Any) -> Any:
    roll = info.context.roll("type", value.kind, value.number)
    if roll < info.context.rate // 2:
        return [None, "Nobody", "Region", "Subject", 7][roll % 5]
    return value.kind


def _is_household(value: Any, info: Any) -> bool:
    if isinstance(value, Thing) and info.context.roll("is", value.kind, value.number) < info.context.rate // 4:
        raise Trouble(f"what is {value!r}")
    return isinstance(value, Thing) and value.kind == "Household"


def _nodes(_source: Any, info: Any, first: int) -> Any:
    return [info.context.quietly("nodes", n, "item", info.context.node(n)) for n in range(first)]


def _households(_source: Any, info: Any, first: Any = 0, range: Any = None, sex: Any = None) -> Any:
    count = (first or 1) + (range["to"] if range else 0) % 3
    world = info.context
    return [world.quietly("households", n, "item", world.household(n)) for n in _numbers(count)]


def _maybe(_source: Any, info: Any, first: int) -> Iterator[Any]:
    for number in _numbers(first):
        yield None if number == 1 else info.context.household(number + 2)


def _holes(_source: Any, info: Any) -> Any:
    world = info.context
    return [None, [world.household(1), None], world.quietly("holes", 0, "list", []), [world.household(5)]]


def _label(source: Any, info: Any, prefix: Any = "-", loud: Any = None) -> Any:
    text = f"{prefix}{source.number}"
    return info.context.troubled("label", source.number, "label", text.upper() if loud else text)


def _members(world: World, id_: int, sex: Any = None, first: Any = 3) -> Any:
    return [world.person(id_ + k) for k in _numbers(min(first or 0, 4)) if sex is None or k % 2]


def _add(_source: Any, info: Any, by: Any = 1) -> Any:
    info.context.added += by or 0
    return info.context.troubled("Mutation", info.context.added, "add", info.context.household(info.context.added))


def _numbers(count: int) -> range:
    return range(max(0, count))
