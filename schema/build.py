"""Builds the schema: Strawberry's, with what the executor needs to know of every field."""

from functools import cache
from typing import Final

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from execution.batch import ATTRIBUTE, BATCH, LOOKUP
from execution.index import CLASS
from schema.assignment_mutations import AssignmentMutations
from schema.case_extra_mutations import CaseExtraMutations
from schema.case_mutations import CaseMutations
from schema.case_queries import CaseQueries
from schema.clock_mutations import ClockMutations
from schema.clock_queries import ClockQueries
from schema.direct import call_directly, name_arguments
from schema.district_mutations import DistrictMutations
from schema.finding_queries import FindingQueries
from schema.link_mutations import LinkMutations
from schema.link_queries import LinkQueries
from schema.live_queries import LiveQueries
from schema.mutations import MUTATION, Mutation
from schema.objects import row_of
from schema.outbox_queries import OutboxQueries
from schema.queries import RegistryQueries
from schema.referral_mutations import ReferralMutations
from schema.referral_queries import ReferralQueries
from schema.rule_mutations import RuleMutations
from schema.rule_queries import RuleQueries
from schema.scalars import SCALARS
from schema.subgraph import make_subgraph
from schema.subscription import Subscription
from schema.types.case_file import CaseFile, VillageService
from schema.types.district import DistrictSystem
from schema.types.finding import Finding
from schema.types.household_move import HouseholdMove
from schema.types.link import Link, MatchReview
from schema.types.match import Match
from schema.types.programme import EntitlementPool, Programme
from schema.types.referral import Referral
from schema.types.region import Region
from schema.types.registry import Household, Person
from schema.types.rule_set import Evaluation, RuleSet, RuleSimulation
from schema.types.run import AllocationRun
from schema.types.webhook import Webhook
from schema.village_mutations import VillageMutations
from schema.village_queries import VillageQueries
from schema.webhook_fields import WebhookMutations, WebhookQueries
from schema.work_queries import WorkQueries

DEFINITION = "strawberry-definition"
FEDERATION: Final = "2.5"
"""The lowest version that has all directives of ours: composers lag behind Apollo's newest."""
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
    RuleSet,
    RuleSimulation,
    Evaluation,
    Link,
    MatchReview,
    Finding,
    Webhook,
    HouseholdMove,
    Referral,
)


_QUERIES: tuple[type, ...] = (
    RegistryQueries,
    WorkQueries,
    LiveQueries,
    RuleQueries,
    LinkQueries,
    FindingQueries,
    CaseQueries,
    ClockQueries,
    OutboxQueries,
    ReferralQueries,
    VillageQueries,
    WebhookQueries,
)
_MUTATIONS: tuple[type, ...] = (
    Mutation,
    DistrictMutations,
    RuleMutations,
    LinkMutations,
    CaseMutations,
    AssignmentMutations,
    ClockMutations,
    ReferralMutations,
    CaseExtraMutations,
    VillageMutations,
    WebhookMutations,
)


class HubSchema(strawberry.federation.Schema):
    """Strawberry's schema of a Federation v2 subgraph."""

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core and the executor take it."""
        return self._schema


@cache
def build_schema() -> HubSchema:
    """The whole schema; the same one every time, for it never changes."""
    query = merge_types("Query", _QUERIES)
    mutation = merge_types("Mutation", _MUTATIONS)
    schema = HubSchema(
        query=strawberry.type(query, description="What can be asked."),
        mutation=strawberry.type(mutation, description=MUTATION),
        subscription=Subscription,
        types=_ENTITIES,
        config=StrawberryConfig(scalar_map=SCALARS),
        federation_version=FEDERATION,
    )
    for type_ in schema.graphql.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            _tell_executor(type_)
    for name, field in schema.graphql.query_type.fields.items():  # type: ignore[union-attr]  # there is one
        declared = field.extensions.get(DEFINITION)
        if not name.startswith("_") and LOOKUP not in field.extensions and isinstance(declared, StrawberryField):
            call_directly(field, declared)
    make_subgraph(schema, schema.graphql)
    return schema


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
        elif LOOKUP in declared.metadata:
            field.extensions[LOOKUP] = declared.metadata[LOOKUP]
            name_arguments(field, declared)
        elif declared.is_basic_field:
            field.extensions[ATTRIBUTE] = declared.python_name
