"""Root fields that read how case files are worked: the work of an agency, and the routing rules."""

from typing import Annotated, Any

import strawberry

from resolvers import assignments, need_programmes, routing, subjects
from resolvers.paging import FIRST
from schema.arguments import asked
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First
from schema.link_queries import IdentityInput
from schema.types.casework import CaseAssignment, CaseSubject, NeedProgramme, RoutingRule


@strawberry.type
class CaseQueries:
    """How case files are worked."""

    @asked(Connection[CaseAssignment], "What an agency has to work on, the oldest first.")
    async def agency_work(
        self,
        info: Info,
        agency_code: Annotated[str, strawberry.argument(description="The agency, such as 35.10/DINAS_KESEHATAN.")],
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        return await assignments.list_agency_work(info.context, agency_code, first, after)

    @asked(
        list[RoutingRule],
        "The routing rules that hold now, the most specific first: everybody's and those of a regency.",
    )
    async def routing_rules(
        self,
        info: Info,
        regency_code: Annotated[
            str | None, strawberry.argument(description="With the rules of this regency; left out: everybody's alone.")
        ] = None,
    ) -> Any:
        return await routing.list_routing_rules(info.context, regency_code)

    @asked(list[NeedProgramme], "Which programmes cover needs now, by category: they are proposed for them.")
    async def need_programmes(self, info: Info) -> Any:
        return await need_programmes.list_need_programmes(info.context)

    @asked(CaseSubject, "Whom a case file would be about, by what a card says: certain, doubtful or unknown.")
    async def case_subject(
        self,
        info: Info,
        identity_input: Annotated[
            IdentityInput, strawberry.argument(name="identity", description="Who, given in a variable.")
        ],
    ) -> Any:
        return await subjects.find_case_subject(info.context, identity_input.record())
