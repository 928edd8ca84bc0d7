"""What is asked of a schema again and again, computed once."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
)

from execution.facts import Facts, facts_of

CLASS = "execution.class"
"""Extension of an object type: the Python class (or a tuple of them) whose instances are always of it."""


class SchemaIndex:
    """Names that a fragment may condition on, and the Python classes that tell an object's type."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._names: dict[str, frozenset[str]] = {}
        self._by_class: dict[str, Mapping[type, GraphQLObjectType]] = {}
        self._known: dict[str, frozenset[type]] = {}
        self._facts: dict[tuple[str, str], Facts] = {}

    def names(self, type_: GraphQLObjectType) -> frozenset[str]:
        """The type's own name and those of its interfaces and unions: conditions that it meets."""
        names = self._names.get(type_.name)
        if names is None:
            own = {type_.name, *(interface.name for interface in type_.interfaces)}
            own.update(other.name for other in self.schema.type_map.values() if type_ in getattr(other, "types", ()))
            names = self._names[type_.name] = frozenset(own)
        return names

    def facts(self, parent: GraphQLObjectType, name: str) -> Facts:
        """What the schema says of a field of `parent`; `__typename` is one."""
        place = (parent.name, name)
        facts = self._facts.get(place)
        if facts is None:
            definition = self.schema.get_field(parent, name)
            if definition is None:
                raise ValueError(f"{parent.name} has no field {name}: the document is not valid.")
            facts = self._facts[place] = facts_of(parent, name, definition)
        return facts

    def by_class(self, type_: GraphQLObjectType | GraphQLAbstractType) -> Mapping[type, GraphQLObjectType]:
        """Python class -> object type, for values of `type_`; classes that would be ambiguous are left out."""
        known = self._by_class.get(type_.name)
        if known is None:
            known = self._by_class[type_.name] = self._classes_of(type_)
        return known

    def known_classes(self, type_: GraphQLObjectType) -> frozenset[type]:
        """The Python classes whose instances are of an object type without asking."""
        known = self._known.get(type_.name)
        if known is None:
            known = self._known[type_.name] = frozenset(self.by_class(type_))
        return known

    def _classes_of(self, type_: GraphQLObjectType | GraphQLAbstractType) -> Mapping[type, GraphQLObjectType]:
        if isinstance(type_, GraphQLObjectType):
            return dict.fromkeys(classes(type_), type_)
        found: dict[type, list[GraphQLObjectType]] = {}
        for possible in self.schema.get_possible_types(type_):
            for class_ in classes(possible):
                found.setdefault(class_, []).append(possible)
        return {class_: types[0] for class_, types in found.items() if len(types) == 1}


def classes(type_: GraphQLObjectType) -> tuple[type, ...]:
    """The Python classes that the schema's author gave to `type_`."""
    given: Any = type_.extensions.get(CLASS, ())
    return (given,) if isinstance(given, type) else tuple(given)
