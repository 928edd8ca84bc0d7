"""Which object type a value has: told by its Python class, or asked of the schema's author."""

from collections.abc import Awaitable, Sequence
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    default_type_resolver,
    is_object_type,
)
from graphql.pyutils import inspect, is_awaitable

from execution.index import SchemaIndex
from execution.plan import Step
from execution.table import Table

Found = Sequence[GraphQLObjectType] | None


def by_class(index: SchemaIndex, step: Step, items: Sequence[Any]) -> Found:
    """The types of the items if their Python classes say so; None if the author must be asked."""
    known = index.by_class(step.type)  # type: ignore[arg-type]  # a step with items has no leaf type
    classes = {items.kind} if type(items) is Table else set(map(type, items))
    types = [known.get(class_) for class_ in classes]
    if len(types) == 1 and types[0] is not None:
        return [types[0]]
    if any(type_ is None for type_ in types):
        return None
    return [known[type(item)] for item in items]


def type_of(step: Step, value: Any, info: GraphQLResolveInfo[Any]) -> GraphQLObjectType | Awaitable[GraphQLObjectType]:
    """The type of one value, as graphql-core finds it; raises (or awaiting it does) what it raises."""
    type_ = step.type
    if isinstance(type_, GraphQLObjectType):
        return _checked(step, type_, value, info)
    resolve: Any = getattr(type_, "resolve_type", None) or default_type_resolver
    name = resolve(value, info, type_)
    if is_awaitable(name):
        return _named_later(step, value, info, name)
    return _checked(step, valid_type(info.schema, step, value, name), value, info)


async def _named_later(
    step: Step, value: Any, info: GraphQLResolveInfo[Any], name: Awaitable[Any]
) -> GraphQLObjectType:
    type_ = valid_type(info.schema, step, value, await name)
    checked = _checked(step, type_, value, info)
    return checked if isinstance(checked, GraphQLObjectType) else await checked


def _checked(
    step: Step, type_: GraphQLObjectType, value: Any, info: GraphQLResolveInfo[Any]
) -> GraphQLObjectType | Awaitable[GraphQLObjectType]:
    if type_.is_type_of is None:
        return type_
    answer = type_.is_type_of(value, info)
    if is_awaitable(answer):
        return _checked_later(step, type_, value, answer)
    return _told(step, type_, value, bool(answer))


async def _checked_later(
    step: Step, type_: GraphQLObjectType, value: Any, answer: Awaitable[bool]
) -> GraphQLObjectType:
    return _told(step, type_, value, await answer)


def _told(step: Step, type_: GraphQLObjectType, value: Any, answer: bool) -> GraphQLObjectType:
    if not answer:
        raise GraphQLError(f"Expected value of type '{type_}' but got: {inspect(value)}.", step.nodes)
    return type_


def valid_type(schema: GraphQLSchema, step: Step, value: Any, name: Any) -> GraphQLObjectType:
    """The object type of `name` if a value of the abstract type may have it; GraphQLError if not."""
    abstract, where = step.type, f"{step.parent}.{step.name}"
    if name is None:
        raise GraphQLError(
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field"
            f" '{where}'. Either the '{abstract}' type should provide a 'resolve_type' function"
            " or each possible type should provide an 'is_type_of' function.",
            step.nodes,
        )
    if not isinstance(name, str):
        raise GraphQLError(
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field"
            f" '{where}' with value {inspect(value)}, received '{inspect(name)}',"
            " which is not a valid Object type name.",
            step.nodes,
        )
    type_ = schema.get_type(name)
    if type_ is None:
        message = f"Abstract type '{abstract}' was resolved to a type '{name}' that does not exist inside the schema."
    elif not is_object_type(type_):
        message = f"Abstract type '{abstract}' was resolved to a non-object type '{name}'."
    elif schema.is_sub_type(abstract, type_):  # type: ignore[arg-type]  # abstract: see `type_of`
        return type_
    else:
        message = f"Runtime Object type '{type_}' is not a possible type for '{abstract}'."
    raise GraphQLError(message, step.nodes)
