"""The two twins of `world.SDL`, with the same values.

`build("plan")` has batches, attributes, asynchronous resolvers and type resolvers; `build("sync")` has
synchronous resolvers only, so that graphql-core runs it depth first and finds its errors in the order of
the document.
"""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, Literal

from graphql import GraphQLError, GraphQLSchema, build_schema

from execution.batch import Batch, Call, Lookup
from tests.execution.world import SDL, Sex, Thing, Trouble, World

Mode = Literal["plan", "sync"]


def build(mode: Mode) -> GraphQLSchema:
    """One of the twins."""
    schema = build_schema(SDL)
    _leaves(schema)
    twin = _Twin(schema, mode)
    twin.root()
    twin.household()
    twin.person()
    twin.types()
    return schema


def date_text(value: Any) -> Any:
    if value.day == 4:
        raise ValueError("the fourth cannot be told")
    return None if value.day == 6 else value.isoformat()


def anything(value: Any) -> Any:
    if isinstance(value, type):
        raise GraphQLError("a class is not anything")
    return value


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

    def call(self, place: str, function: Any) -> None:
        """A field that needs the context and its arguments alone."""

        async def called(context: World, **arguments: Any) -> Any:
            return function(None, SimpleNamespace(context=context), **arguments)

        if self.plan:
            self.field(place).extensions["execution.call"] = Call(called, joins=lambda **_: True)
        else:
            self.field(place).resolve = function

    def lookup(self, place: str, key: Any, function: Any) -> None:
        """A field that finds its object by a key in its arguments; everything at once, and each object, may be in trouble."""
        name = place.rpartition(".")[2]

        def one(world: World, key_: Any) -> Any:
            if world.roll("lookup", name) < world.rate // 2:
                raise Trouble(f"no {name} at all")
            return world.troubled("lookup", key_, name, function(world, key_))

        async def many(world: World, keys: Sequence[Any]) -> list[Any]:
            return [_caught(one, world, key_) for key_ in keys]

        def alone(_source: Any, info: Any, **arguments: Any) -> Any:
            key_ = key(**arguments)
            return None if key_ is None else one(info.context, key_)

        many.__name__ = name
        if self.plan:
            self.field(place).extensions["execution.lookup"] = Lookup(key, Batch(many, "number"))
        else:
            self.field(place).resolve = alone

    def root(self) -> None:
        self.lookup("Query.household", _key, lambda w, n: None if n % 8 == 7 else w.household(n))
        self.resolver("Query.node", _node)
        self.resolver("Query.nodes", _nodes, slow=True)
        self.call("Query.households", _households)
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

    def types(self) -> None:
        async def is_person(value: Any, _info: Any) -> bool:
            return getattr(value, "kind", "") == "Person"

        self.types_["Node"].resolve_type = _node_type
        self.types_["Household"].is_type_of = _is_household
        self.types_["Person"].is_type_of = is_person if self.plan else lambda v, _i: getattr(v, "kind", "") == "Person"


def _caught(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001  # trouble as a value
        return error


def _key(number: Any = None) -> Any:
    if number is not None and number % 5 == 4:
        raise Trouble(f"{number} is no number of a household")
    return number


def _node_type(value: Any, info: Any, _type: Any) -> Any:
    roll = info.context.roll("type", value.kind, value.number)
    if roll < info.context.rate // 2:
        return [None, "Nobody", "Region", "Subject", 7][roll % 5]
    return value.kind


def _is_household(value: Any, info: Any) -> bool:
    if isinstance(value, Thing) and info.context.roll("is", value.kind, value.number) < info.context.rate // 4:
        raise Trouble(f"what is {value!r}")
    return isinstance(value, Thing) and value.kind == "Household"


def _node(_source: Any, info: Any, **arguments: Any) -> Any:
    return info.context.node(len(arguments["id"]))


def _nodes(_source: Any, info: Any, first: int) -> Any:
    return [info.context.quietly("nodes", n, "item", info.context.node(n)) for n in range(first)]


def _households(_source: Any, info: Any, first: Any = 0, **arguments: Any) -> Any:
    given = arguments.get("range")
    count = (first or 1) + (given["to"] if given else 0) % 3
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
