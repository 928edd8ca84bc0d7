"""Operations for `world.SDL`, valid by construction, drawn by hypothesis."""

import re
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type
from hypothesis import strategies as st

ARGUMENTS: dict[str, list[str]] = {
    "Query.node": ['(id: "a")', "(id: $id)", "(id: 12)"],
    "Query.nodes": ["", "(first: 5)", "(first: $first)"],
    "Query.households": [
        "", "(first: 4)", "(first: $first)", "(range: {to: 2})", "(range: {to: $int, tags: [$text]})",
        "(range: $range, sex: $sex)", "(first: null)",
    ],
    "Query.maybe": ["", "(first: $int)", "(first: 4)", "(first: $first)"],
    "Query.subjects": ["", "(first: 6)"],
    "Query.echo": [
        "", "(range: $range)", "(range: {to: 1, from: $first})", "(text: $text, sex: $sex)", "(numbers: [1, $int])",
        "(numbers: 3, sex: FEMALE)", "(text: null)", "(numbers: $numbers)",
    ],
    "Mutation.add": ["(by: 1)", "(by: $int)"],
    "Mutation.strict": ["", "(by: 2)", "(by: $first)"],
    "label": ["", "(loud: true)", "(prefix: $text)", "(prefix: null, loud: $yes)", '(prefix: "p")'],
    "members": ["", "(first: 1)", "(first: $int)", "(sex: $sex)", "(sex: FEMALE, first: 2)"],
    "neighbours": ["(first: 3)", "(first: $int)", "(first: 1)"],
    "computed": ["", "(x: 3)", "(x: $first)"],
    "area": ["", '(unit: "none")', "(unit: $text)"],
}  # fmt: skip
VARIABLES = {
    "id": "ID!",
    "first": "Int = 2",
    "int": "Int!",
    "text": 'String! = "t"',
    "sex": "Sex",
    "range": "Range",
    "numbers": "[Int!]",
    "yes": "Boolean!",
    "no": "Boolean! = false",
}
VALUES: dict[str, list[Any]] = {
    "id": ["x", "yz", 7],
    "first": [0, 1, 3],
    "int": [1, 2, 0],
    "text": ["ü", "", 'q"'],
    "sex": ["FEMALE", "MALE", None],
    "range": [{"to": 1}, {"from": 4, "to": 2, "tags": ["x"]}, None],
    "numbers": [[1, 2], 5, None],
    "yes": [True, False],
    "no": [True, False],
}
WRONG: dict[str, list[Any]] = {
    "first": [2**40, "x"],
    "int": [None, "x", 1.5],
    "sex": ["OTHER"],
    "range": [{"from": 1}, {"to": 1, "x": 2}, 3],
    "numbers": [[1, None], ["x"]],
    "yes": [None, "true"],
}
OPTIONAL = {"first", "text", "sex", "range", "numbers", "no"}


@dataclass(frozen=True)
class Example:
    """An operation with its variables, and where values are in trouble."""

    query: str
    variables: dict[str, Any]
    name: str | None
    seed: int
    rate: int


class Drawing:
    """Draws one document."""

    def __init__(self, schema: GraphQLSchema, draw: Any) -> None:
        self.schema = schema
        self.types: Any = schema.type_map
        self.draw = draw
        self.fragments: dict[str, str] = {}  # name -> type
        self.texts: list[str] = []

    def pick(self, values: Any) -> Any:
        return self.draw(st.sampled_from(list(values)))

    def chance(self, of: int) -> bool:
        return bool(self.draw(st.integers(0, of - 1)) == 0)

    def directives(self) -> str:
        if not self.chance(6):
            return ""
        condition = self.pick(["true", "false", "$yes", "$no"])
        text = f" @{self.pick(['skip', 'include'])}(if: {condition})"
        return text + (" @include(if: $yes)" if "skip" in text and self.chance(4) else "")

    def field(self, type_: Any, name: str, depth: int) -> str:
        definition = type_.fields[name]
        variants = ARGUMENTS.get(f"{type_.name}.{name}", ARGUMENTS.get(name, [""]))
        variant = self.draw(st.integers(0, len(variants) - 1))
        key = name if variant == 0 else f"{name}{variant}"
        if self.chance(8):
            key = f"again_{key}"
        # Types of a union may give one name different shapes: `own` keeps their keys apart.
        own = "" if name in ("id", "label") else f"{type_.name[0].lower()}_"
        alias = f"{own}{key}: " if own or key != name else ""
        named = get_named_type(definition.type)
        below = "" if is_leaf_type(named) else " " + self.selection(named, depth - 1)
        return f"{alias}{name}{variants[variant]}{self.directives()}{below}"

    def selection(self, type_: Any, depth: int) -> str:
        parts = [self.one(type_, depth) for _ in range(self.draw(st.integers(1, 4)))]
        if self.chance(5):
            parts.append(self.pick(["__typename", "kind: __typename"]))
        return "{ " + " ".join(parts) + " }"

    def one(self, type_: Any, depth: int) -> str:
        fields = getattr(type_, "fields", {})
        if depth <= 0:
            fields = {n: f for n, f in fields.items() if is_leaf_type(get_named_type(f.type))}
        if not fields or self.chance(4):
            return self.fragment(type_, depth)
        return self.field(type_, self.pick(sorted(fields)), depth)

    def fragment(self, type_: Any, depth: int) -> str:
        if depth <= -2:
            return "__typename"
        conditions = self.conditions(type_)
        usable = [name for name, on in self.fragments.items() if on in conditions]
        if usable and self.chance(2):
            return f"...{self.pick(usable)}{self.directives()}"
        condition = self.pick(conditions)
        on = "" if condition == type_.name and self.chance(2) else f" on {condition}"
        return f"...{on}{self.directives()} {self.selection(self.types[condition], depth - 1)}"

    def conditions(self, type_: Any) -> list[str]:
        if isinstance(type_, GraphQLObjectType):
            return [type_.name, *(interface.name for interface in type_.interfaces)]
        return [type_.name, *(possible.name for possible in self.schema.get_possible_types(type_))]

    def document(self) -> tuple[str, str | None]:
        for number in range(self.draw(st.integers(0, 2))):
            on = self.pick(["Household", "Person", "Node", "Subject", "Region"])
            text = self.selection(self.types[on], 1)
            self.texts.append(f"fragment F{number} on {on} {text}")
            self.fragments[f"F{number}"] = on
        kind, root = ("mutation", "Mutation") if self.chance(6) else ("query", "Query")
        text = self.selection(self.types[root], 3)
        self.texts = self.reached(text)
        body = "\n".join([text, *self.texts])
        used = dict.fromkeys(re.findall(r"\$(\w+)", body))
        declared = ", ".join(f"${name}: {VARIABLES[name]}" for name in used)
        head = f"{kind} Main{f'({declared})' if declared else ''}"
        several = self.chance(10)
        other = ["query Other { __typename }"] if several else []
        name = "Main" if several else self.pick([None, "Main"])
        return "\n".join([*other, f"{head} {body}"]), name

    def reached(self, text: str) -> list[str]:
        """Only the fragments that the operation uses, for the others are not valid."""
        names = set(re.findall(r"\.\.\.(F\d)", text))
        by_name = {fragment.split()[1]: fragment for fragment in self.texts}
        todo = list(names)
        while todo:
            for name in re.findall(r"\.\.\.(F\d)", by_name[todo.pop()]):
                if name not in names:
                    names.add(name)
                    todo.append(name)
        return [by_name[name] for name in sorted(names)]

    def variables(self, query: str) -> dict[str, Any]:
        given: dict[str, Any] = {}
        wrong = self.chance(40)
        for name in dict.fromkeys(re.findall(r"\$(\w+):", query)):
            if name in OPTIONAL and self.chance(3):
                continue
            values = WRONG[name] if wrong and name in WRONG else VALUES[name]
            given[name] = self.pick(values)
        return given


@st.composite
def examples(draw: Any, schema: GraphQLSchema) -> Example:
    """Operations over the schema of `world`."""
    drawing = Drawing(schema, draw)
    query, name = drawing.document()
    variables = drawing.variables(query)
    rate = draw(st.sampled_from([0, 0, 20, 60, 200]))
    return Example(query, variables, name, draw(st.integers(0, 10_000)), rate)
