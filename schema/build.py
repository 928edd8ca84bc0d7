"""Builds the schema: Strawberry's, with what the executor needs to know of every field."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from execution.batch import ATTRIBUTE, BATCH
from execution.index import CLASS
from hub.domain.errors import Invalid
from hub.domain.opaque_id import NAMED_BY_CODE, Kind, Name, read_opaque_id
from resolvers.nodes import find_nodes
from schema.context import Info, RequestContext
from schema.direct import call_directly
from schema.district_mutations import DistrictMutations
from schema.live_queries import LiveQueries
from schema.mutations import Mutation
from schema.objects import row_of
from schema.queries import RegistryQueries
from schema.scalars import SCALARS
from schema.types.case_file import CaseFile, VillageService
from schema.types.district import DistrictSystem
from schema.types.match import AllocationRun, Match
from schema.types.programme import EntitlementPool, Programme
from schema.types.region import Region
from schema.types.registry import Household, Person
from schema.work_queries import WorkQueries

DEFINITION = "strawberry-definition"
ENTITIES_MAX = 1_000
_ENTITIES: tuple[type, ...] = (
    Region,
    Household,
    Person,
    CaseFile,
    VillageService,
    Programme,
    EntitlementPool,
    Match,
    AllocationRun,
    DistrictSystem,
)


class HubSchema(strawberry.federation.Schema):
    """A Federation v2 subgraph whose entities are found in sets, by the function that finds nodes."""

    async def entities_resolver(  # type: ignore[override]  # the base class resolves them one by one
        self, info: Info, representations: list[FederationAny]
    ) -> Any:
        """One object per representation."""
        return await find_entities(info.context, representations)  # type: ignore[arg-type]  # FederationAny is any JSON

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core and the executor take it."""
        return self._schema


@cache
def build_schema() -> HubSchema:
    """The whole schema; the same one every time, for it never changes."""
    query = merge_types("Query", (RegistryQueries, WorkQueries, LiveQueries))
    schema = HubSchema(
        query=strawberry.type(query, description="What can be asked."),
        mutation=strawberry.type(
            merge_types("Mutation", (Mutation, DistrictMutations)),
            description="What can be changed. Every mutation needs the scope that it is marked with.",
        ),
        types=_ENTITIES,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    for type_ in schema.graphql.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            _tell_executor(type_)
    for name, field in schema.graphql.query_type.fields.items():  # type: ignore[union-attr]  # there is one
        declared = field.extensions.get(DEFINITION)
        if not name.startswith("_") and isinstance(declared, StrawberryField):
            call_directly(field, declared)
    return schema


async def find_entities(ctx: RequestContext, representations: Sequence[Mapping[str, Any]]) -> list[Any]:
    """For each representation its object or None; a representation that names nothing is an error of its own."""
    if len(representations) > ENTITIES_MAX:
        raise Invalid(f"ask for at most {ENTITIES_MAX} entities at a time, not {len(representations)}")
    names = [_name(representation) for representation in representations]
    found = iter(await find_nodes(ctx, [name for name in names if isinstance(name, Name)]))
    return [next(found) if isinstance(name, Name) else name for name in names]


def _name(representation: Mapping[str, Any]) -> Name | Invalid:
    try:
        kind = Kind(representation["__typename"])
        if "id" not in representation and kind in NAMED_BY_CODE:
            return Name(kind, str(representation["code"]))
        name = read_opaque_id(str(representation["id"]))
    except (KeyError, TypeError, ValueError):
        return Invalid("a representation has the __typename of an entity and its id")
    except Invalid as error:
        return error
    return name if name.kind is kind else Invalid(f"the id is that of a {name.kind.value}, not of a {kind.value}")


def _tell_executor(type_: GraphQLObjectType) -> None:
    definition = type_.extensions.get(DEFINITION)
    if isinstance(definition, StrawberryObjectDefinition):
        row = row_of(definition.origin)
        if row is not None:
            type_.extensions[CLASS] = row
    for field in type_.fields.values():
        declared = field.extensions.get(DEFINITION)
        if not isinstance(declared, StrawberryField):
            continue
        if BATCH in declared.metadata:
            field.extensions[BATCH] = declared.metadata[BATCH]
        elif declared.is_basic_field:
            field.extensions[ATTRIBUTE] = declared.python_name
