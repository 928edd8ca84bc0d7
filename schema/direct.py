"""Root fields without Strawberry between the executor and the author's function.

Strawberry reads a field's arguments and their types anew for every request. Where all arguments are scalars, enums and
lists of them, what comes of it is known when the schema is built: graphql-core's coerced values (enums are members
already) under Python's names.
"""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLField, get_named_type, is_leaf_type
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.utils.str_converters import to_camel_case

from execution.batch import CALL, Call
from execution.collect import Selection
from schema.arguments import JOINS
from schema.context import RequestContext


class DirectInfo:
    """All that a root field's function asks of its `info`."""

    __slots__ = ("context", "fields")

    def __init__(self, context: RequestContext, fields: Selection) -> None:
        self.context = context
        self.fields = fields


def call_directly(field: GraphQLField, declared: StrawberryField) -> None:
    """Let the executor call the function of a root field, if nothing of Strawberry's is needed for it."""
    resolver = declared.base_resolver
    if resolver is None or resolver.self_parameter is None or resolver.info_parameter is None:
        return
    if declared.permission_classes or declared.extensions:
        return
    if not all(is_leaf_type(get_named_type(argument.type)) for argument in field.args.values()):
        return
    name_arguments(field, declared)
    field.extensions[CALL] = Call(_with_context(resolver), wants_selection=True, joins=declared.metadata.get(JOINS))


def name_arguments(field: GraphQLField, declared: StrawberryField) -> None:
    """Let coerced arguments have their names in Python."""
    for argument in declared.arguments:
        field.args[argument.graphql_name or to_camel_case(argument.python_name)].out_name = argument.python_name


def _with_context(resolver: StrawberryResolver[Any]) -> Callable[..., Any]:
    function: Any = resolver.wrapped_func
    return lambda context, fields, **arguments: function(None, DirectInfo(context, fields), **arguments)
