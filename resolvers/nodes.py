"""Any object by its opaque id: the same batch functions as everywhere, and the same scopes."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from hub.domain.opaque_id import Kind, Name
from hub.domain.principal import Scope
from resolvers.case_files import case_files_by_id, village_services_by_id
from resolvers.context import Context
from resolvers.districts import districts_of
from resolvers.evaluation import evaluations_of
from resolvers.findings import findings_by_id
from resolvers.household_moves import household_moves_by_id
from resolvers.link_review import links_by_id, match_reviews_by_id
from resolvers.matches import matches_by_id
from resolvers.programmes import pools_of, programmes_of
from resolvers.referrals import referrals_by_id
from resolvers.regions import regions_of
from resolvers.registry import households_of, persons_of
from resolvers.rule_sets import rule_sets_of
from resolvers.runs import runs_of
from resolvers.simulation import simulations_of
from resolvers.webhooks import webhooks_by_id

_Finder = Callable[[Context, Sequence[Any]], Awaitable[Sequence[Any]]]

SCOPE_OF_KIND: dict[Kind, Scope] = {
    Kind.REGION: Scope.REGION_READ,
    Kind.PROGRAMME: Scope.REGION_READ,
    Kind.HOUSEHOLD: Scope.REGISTRY_READ,
    Kind.PERSON: Scope.REGISTRY_READ,
    Kind.VILLAGE_SERVICE: Scope.REGISTRY_READ,
    Kind.CASE_FILE: Scope.CASE_READ,
    Kind.ENTITLEMENT_POOL: Scope.COVERAGE_READ,
    Kind.DISTRICT_SYSTEM: Scope.COVERAGE_READ,
    Kind.MATCH: Scope.MATCH_READ,
    Kind.ALLOCATION_RUN: Scope.RUN_READ,
    Kind.RULE_SET: Scope.RULE_READ,
    Kind.RULE_SIMULATION: Scope.RULE_READ,
    Kind.EVALUATION: Scope.RULE_READ,
    Kind.LINK: Scope.LINK_READ,
    Kind.MATCH_REVIEW: Scope.MATCH_READ,
    Kind.FINDING: Scope.MATCH_READ,
    Kind.REFERRAL: Scope.REFERRAL_READ,
    Kind.HOUSEHOLD_MOVE: Scope.REGISTRY_READ,
    Kind.WEBHOOK: Scope.WEBHOOK_WRITE,
}

_FINDERS: dict[Kind, _Finder] = {
    Kind.REGION: regions_of,
    Kind.PROGRAMME: programmes_of,
    Kind.HOUSEHOLD: households_of,
    Kind.PERSON: persons_of,
    Kind.VILLAGE_SERVICE: village_services_by_id,
    Kind.CASE_FILE: case_files_by_id,
    Kind.ENTITLEMENT_POOL: pools_of,
    Kind.DISTRICT_SYSTEM: districts_of,
    Kind.MATCH: matches_by_id,
    Kind.ALLOCATION_RUN: runs_of,
    Kind.RULE_SET: rule_sets_of,
    Kind.RULE_SIMULATION: simulations_of,
    Kind.EVALUATION: evaluations_of,
    Kind.LINK: links_by_id,
    Kind.MATCH_REVIEW: match_reviews_by_id,
    Kind.FINDING: findings_by_id,
    Kind.REFERRAL: referrals_by_id,
    Kind.HOUSEHOLD_MOVE: household_moves_by_id,
    Kind.WEBHOOK: webhooks_by_id,
}


async def find_nodes(ctx: Context, names: Sequence[Name]) -> list[Any]:
    """The object of each name, or None where there is none for this caller; one statement per kind.

    Raises Forbidden when the token lacks the scope of a kind.
    """
    found: dict[Name, Any] = {}
    for kind in dict.fromkeys(name.kind for name in names):
        ctx.require(SCOPE_OF_KIND[kind])
        wanted = list(dict.fromkeys(name for name in names if name.kind is kind))
        objects = await _FINDERS[kind](ctx, [name.key for name in wanted])
        found.update(zip(wanted, objects, strict=True))
    return [found[name] for name in names]
