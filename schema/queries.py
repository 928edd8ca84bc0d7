"""Root fields that read regions, the registry and case files; any object by its id; and who is calling."""

from typing import Annotated, Any

import strawberry

from hub.domain.opaque_id import Kind, read_opaque_id
from hub.domain.principal import Principal, Role, Scope
from hub.store.regions import RegionFilter
from resolvers import case_files, nodes, regions, registry
from resolvers.paging import FIRST
from schema.arguments import Id, asked
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First, looked_up, plain
from schema.objects import Node
from schema.types.case_file import CaseFile
from schema.types.region import Region
from schema.types.registry import Household, Person
from schema.types.words import RegionLevel


@strawberry.type(description="Who is calling.")
class Viewer:
    """Who is calling."""

    client_id: str = plain("The OAuth client.")
    role: Role = plain("What kind of party it is.")
    regency_code: str | None = plain("The regency that it is bound to; null: none.")
    scopes: list[str] = strawberry.field(
        resolver=lambda root: _scopes(root), description="What the token allows, such as registry:read."
    )


def _scopes(principal: Principal) -> list[str]:
    return sorted(scope.value for scope in principal.scopes)


@strawberry.type
class RegistryQueries:
    """Regions, households, persons, case files."""

    @asked(Viewer, "Who is calling.")
    async def viewer(self, info: Info) -> Any:
        return info.context.principal

    @asked(Node | None, "Any object by its id; null when there is none that the caller may see.")
    async def node(self, info: Info, object_id: Id) -> Any:
        return (await nodes.find_nodes(info.context, [read_opaque_id(object_id)]))[0]

    @asked(Region | None, "A region [wilayah] by its code.")
    async def region(
        self, info: Info, code: Annotated[str, strawberry.argument(description="Kemendagri code, such as 35.10.")]
    ) -> Any:
        return (await regions.regions_of(info.context, [code]))[0]

    @asked(Connection[Region], "Regions in the order of their codes.")
    async def regions(
        self,
        info: Info,
        parent_code: Annotated[
            str | None, strawberry.argument(description="Only those right below this region.")
        ] = None,
        level: Annotated[RegionLevel | None, strawberry.argument(description="Only those of this level.")] = None,
        name: Annotated[
            str | None, strawberry.argument(description="Only those whose name begins so, without regard to case.")
        ] = None,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        wanted = RegionFilter(parent_code, None if level is None else level.value, name)
        return await regions.list_regions(info.context, wanted, first, after)

    household = looked_up(
        Household | None,
        registry.households_of,
        kind=Kind.HOUSEHOLD,
        key="household_id",
        description="A household [keluarga] by its id.",
        of="Household",
    )
    person = looked_up(
        Person | None,
        registry.persons_of,
        kind=Kind.PERSON,
        key="person_id",
        description="A person [penduduk] by id.",
    )

    @strawberry.federation.field(
        graphql_type=list[Person],
        requires_scopes=[[Scope.IDENTITY_READ.value]],
        description="The persons who hold a NIK; several when it is contested.",
    )
    async def persons_by_nik(
        self,
        info: Info,
        nik: Annotated[str, strawberry.argument(description="16 digits, given in a variable, never in the query.")],
    ) -> Any:
        return await registry.find_persons_by_nik(info.context, nik)

    case_file = looked_up(
        CaseFile | None,
        case_files.case_files_by_id,
        kind=Kind.CASE_FILE,
        key="case_file_id",
        description="A case file [laporan] by its id.",
    )
