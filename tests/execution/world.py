"""A schema in which everything happens, and its values: a seed says where they are wrong, missing or raised."""

from datetime import date
from enum import Enum
from typing import Any
from zlib import crc32

from graphql import GraphQLError

SDL = """
interface Node { id: ID! label(prefix: String = "n", loud: Boolean): String }
union Subject = Household | Person | Ghost
enum Sex { FEMALE MALE }
scalar Date
scalar Anything
input Range { from: Int = 1 to: Int! tags: [String!] }

type Query {
  node(id: ID!): Node
  household(number: Int = 1): Household
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
        except Exception as error:  # noqa: BLE001  # trouble as a value
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
