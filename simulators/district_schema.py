"""The GraphQL schema of a district system: schema/district.graphql, served as far as the district can."""

import dataclasses
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeVar, cast

import msgspec
import strawberry
from graphql import GraphQLError
from strawberry import federation
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.types import ExecutionContext

from simulators import district_search, records
from simulators.case_desk import Asked, Refused
from simulators.district import CAPABILITIES, Delivery, DistrictSystem, UnknownMatch
from simulators.district_case_types import CaseUpdateInput, CaseUpdateResult
from simulators.district_referral_types import ReferralInput, ReferralMoveKind, ReferralReceipt, ReferralUpdate
from simulators.district_scalars import CONFIG, Info
from simulators.district_types import (
    CaseFile,
    CaseFileFilter,
    CaseFilePage,
    CaseFilePosition,
    CaseFileSearchPage,
    CaseUpdate,
    ChangePage,
    ChangeRow,
    District,
    Household,
    HouseholdPage,
    MatchDeliveryInput,
    MatchDeliveryResult,
    MatchOutcome,
    MatchOutcomeKind,
    PageRow,
    Person,
    SearchRow,
    VillageService,
    VillageServicePage,
    find_person,
    this_district,
)
from simulators.feed import CursorExpired
from simulators.referral_desk import Moved, Referred, UnknownReferral
from simulators.village_profile_schema import (
    PovertySeriesPage,
    VillageProfilePage,
    as_profiles,
    as_series,
    page_of,
)

MAX_CHANGES, MAX_PAGE, MAX_DELIVERIES, MAX_REFERRALS = 1_000, 100, 500, 100

T = TypeVar("T")
Listed = records.Household | records.CaseFile


def refusal(code: str, message: str) -> GraphQLError:
    """An error with `extensions.code`."""
    return GraphQLError(message, extensions={"code": code})


def changes_of(system: DistrictSystem, after: str | None, first: int) -> PageRow:
    """A page of the change feed; GraphQLError when the cursor is old or `first` out of bounds."""
    _check_first(first, MAX_CHANGES)
    try:
        entities, cursor, has_more = system.feed.page(after, first)
    except CursorExpired as error:
        raise refusal("CURSOR_EXPIRED", "the cursor is not known any more; start without it") from error
    nodes = [ChangeRow(entity.revision, system.is_removed(entity), entity) for entity in entities]
    return PageRow(nodes, cursor, has_more)


def search_of(
    system: DistrictSystem,
    wanted: district_search.CaseFileFilter,
    after: district_search.Position | None,
    first: int,
) -> SearchRow:
    """A page of a search; GraphQLError when `first` is out of bounds."""
    _check_first(first, MAX_PAGE)
    return SearchRow(*district_search.search(system.ordered_case_files, wanted, after, first))


def _check_first(first: int, most: int) -> None:
    if not 1 <= first <= most:
        raise refusal("BAD_REQUEST", f"first is {first}; write a number from 1 to {most}")


def _page(entities: Iterable[Listed], region_code: str | None, after: str | None, first: int) -> PageRow:
    """A page of what stands under a region, by id; ids are made in their order."""
    _check_first(first, MAX_PAGE)
    below = f"{region_code}." if region_code else ""
    wanted = (
        entity
        for entity in entities
        if (after is None or entity.id > after)
        and (not region_code or entity.region_code == region_code or entity.region_code.startswith(below))
    )
    found = list(islice(wanted, first + 1))
    nodes = found[:first]
    return PageRow(nodes, nodes[-1].id if nodes else None, len(found) > first)


def _filter(given: CaseFileFilter) -> district_search.CaseFileFilter:
    statuses, categories = _given(given.statuses), _given(given.categories)
    return district_search.CaseFileFilter(
        region_code=_given(given.region_code),
        statuses=None if statuses is None else frozenset(statuses),
        categories=None if categories is None else frozenset(categories),
        received_from=_given(given.received_from),
        received_before=_given(given.received_before),
        number=_given(given.number),
        text=_given(given.text),
        is_sensitive=_given(given.is_sensitive),
        order=given.order.value,
    )


def _position(given: CaseFilePosition | None) -> district_search.Position | None:
    return district_search.Position(given.received_at, _given(given.id)) if given else None


def _given(value: T | None) -> T | None:
    return None if value is strawberry.UNSET else value


@strawberry.type
class _OfAll:
    @strawberry.field
    def district(self, info: Info) -> District:
        return this_district(info.context)


@strawberry.type
class _OfChanges:
    @strawberry.field
    def changes(self, info: Info, after: str | None = strawberry.UNSET, first: int = 500) -> ChangePage:
        return cast(ChangePage, changes_of(info.context, after or None, first))


@strawberry.type
class _OfHouseholds:
    @strawberry.field
    def household(self, info: Info, id: strawberry.ID) -> Household | None:  # noqa: A002 -- the contract's name
        return cast(Household | None, info.context.households.get(id))

    @strawberry.field
    def households(
        self,
        info: Info,
        region_code: str | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        first: int = 50,
    ) -> HouseholdPage:
        found = info.context.households.values()
        return cast(HouseholdPage, _page(found, region_code or None, after or None, first))


@strawberry.type
class _OfPersons:
    @strawberry.field
    def person(self, info: Info, id: strawberry.ID) -> Person | None:  # noqa: A002 -- the contract's name
        return find_person(info.context, id)


@strawberry.type
class _OfCaseFiles:
    @strawberry.field
    def case_files(
        self,
        info: Info,
        region_code: str | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        first: int = 50,
    ) -> CaseFilePage:
        found = info.context.case_files.values()
        return cast(CaseFilePage, _page(found, region_code or None, after or None, first))

    @strawberry.field
    def case_file_search(
        self,
        info: Info,
        filter: CaseFileFilter,  # noqa: A002 -- the contract's name
        after: CaseFilePosition | None = strawberry.UNSET,
        first: int = 50,
    ) -> CaseFileSearchPage:
        return cast(CaseFileSearchPage, search_of(info.context, _filter(filter), _position(after), first))

    @strawberry.field
    def case_file_count(self, info: Info, filter: CaseFileFilter) -> int:  # noqa: A002 -- the contract's name
        return district_search.count(info.context.ordered_case_files, _filter(filter))


@strawberry.type
class _OfVillageServices:
    @strawberry.field
    def village_services(
        self,
        info: Info,
        region_code: str | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        first: int = 50,
    ) -> VillageServicePage:
        _check_first(first, MAX_PAGE)
        found = info.context.village_services.values()
        return cast(VillageServicePage, page_of(found, region_code or None, after or None, first))


@strawberry.type
class _OfVillageProfiles:
    @strawberry.field
    def village_profiles(
        self,
        info: Info,
        region_code: str | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        first: int = 50,
    ) -> VillageProfilePage:
        _check_first(first, MAX_PAGE)
        return as_profiles(page_of(info.context.village_profiles, region_code or None, after or None, first))

    @strawberry.field
    def poverty_series(
        self,
        info: Info,
        region_code: str | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        first: int = 50,
    ) -> PovertySeriesPage:
        _check_first(first, MAX_PAGE)
        return as_series(page_of(info.context.poverty_series, region_code or None, after or None, first))


@strawberry.type
class _OfMatches:
    @strawberry.mutation
    def matches_deliver(self, info: Info, matches: list[MatchDeliveryInput]) -> list[MatchDeliveryResult]:
        if len(matches) > MAX_DELIVERIES:
            raise refusal("BAD_REQUEST", f"{len(matches)} matches; at most {MAX_DELIVERIES}")
        deliveries = [
            Delivery(
                match_reference=match.match_reference,
                household_id=match.household_id,
                person_id=match.person_id or None,
                programme_code=match.programme_code,
                status=match.status,
                expires_at=match.expires_at or None,
            )
            for match in matches
        ]
        return cast(list[MatchDeliveryResult], info.context.deliver(deliveries))

    @strawberry.mutation
    def match_outcome_report(
        self,
        info: Info,
        match_reference: strawberry.ID,
        outcome: MatchOutcomeKind,
        reason: str | None = strawberry.UNSET,
    ) -> MatchOutcome:
        try:
            reported = info.context.report(match_reference, outcome.value, reason or None)
        except UnknownMatch as error:
            raise refusal("NOT_FOUND", "no match of this reference was delivered here") from error
        return cast(MatchOutcome, reported)


@strawberry.type
class _OfCaseUpdates:
    @strawberry.mutation
    def case_updates_deliver(self, info: Info, updates: list[CaseUpdateInput]) -> list[CaseUpdateResult]:
        if len(updates) > MAX_DELIVERIES:
            raise refusal("BAD_REQUEST", f"{len(updates)} updates; at most {MAX_DELIVERIES}")
        asked = [msgspec.convert(_plain(update), Asked) for update in updates]
        return cast(list[CaseUpdateResult], info.context.case_desk.deliver(asked))

    @strawberry.mutation
    def case_update_report(self, info: Info, update: CaseUpdateInput) -> CaseUpdate:
        try:
            changed = info.context.case_desk.change(msgspec.convert(_plain(update), Asked))
        except Refused as error:
            raise refusal("BAD_USER_INPUT", str(error)) from error
        return cast(CaseUpdate, changed)


@strawberry.type
class _OfReferrals:
    @strawberry.mutation
    def referrals_deliver(self, info: Info, referrals: list[ReferralInput]) -> list[ReferralReceipt]:
        if len(referrals) > MAX_REFERRALS:
            raise refusal("BAD_REQUEST", f"{len(referrals)} referrals; at most {MAX_REFERRALS}")
        taken = [
            Referred(
                reference=referral.reference,
                version=referral.version,
                status=referral.status,
                purpose_code=referral.purpose_code,
                from_party=referral.from_party,
                package={one.field: one.value or None for one in referral.package},
                reason=referral.reason or None,
                sent_at=referral.sent_at,
                accept_by=referral.accept_by or None,
            )
            for referral in referrals
        ]
        return cast(list[ReferralReceipt], info.context.referral_desk.deliver(taken))

    @strawberry.mutation
    def referral_move(
        self,
        info: Info,
        key: strawberry.ID,
        reference: strawberry.ID,
        move: ReferralMoveKind,
        reason: str | None = strawberry.UNSET,
        to_party: str | None = strawberry.UNSET,
    ) -> ReferralUpdate:
        asked = Moved(key=key, reference=reference, move=move.value, reason=reason or None, to_party=to_party or None)
        try:
            return cast(ReferralUpdate, info.context.referral_desk.move(asked))
        except UnknownReferral as error:
            raise refusal("NOT_FOUND", "no referral of this reference can be moved so here") from error


def _plain(given: Any) -> Any:
    """Inputs and enums as plain values; what was not given is absent."""
    if isinstance(given, Enum):
        return given.value
    if dataclasses.is_dataclass(given):
        fields = {field.name: getattr(given, field.name) for field in dataclasses.fields(given)}
        return {name: _plain(value) for name, value in fields.items() if value is not strawberry.UNSET}
    return given


_QUERIES: Mapping[str, type] = MappingProxyType(
    {
        "HOUSEHOLDS": _OfHouseholds,
        "PERSONS": _OfPersons,
        "CASE_FILES": _OfCaseFiles,
        "VILLAGE_SERVICES": _OfVillageServices,
        "VILLAGE_PROFILES": _OfVillageProfiles,
        "CHANGES": _OfChanges,
    }
)
"""The queries of each capability that has some."""
_MUTATIONS: Mapping[str, type] = MappingProxyType(
    {"MATCH_DELIVERY": _OfMatches, "CASE_UPDATES": _OfCaseUpdates, "REFERRALS": _OfReferrals}
)


class DistrictSchema(federation.Schema):
    """Errors go to the caller only: they name what the caller sent."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing."""


@cache
def make_schema(capabilities: frozenset[str] = CAPABILITIES) -> DistrictSchema:
    """The schema of a district that can do this, the same for every such one; the district system is the context."""
    extensions: list[Any] = [ParserCache, ValidationCache]
    roots = (_OfAll, *(fields for capability, fields in _QUERIES.items() if capability in capabilities))
    changes = tuple(fields for capability, fields in _MUTATIONS.items() if capability in capabilities)
    return DistrictSchema(
        query=strawberry.type(type("Query", roots, {})),
        mutation=strawberry.type(type("Mutation", changes, {})) if changes else None,
        types=[Household, Person, CaseFile, CaseUpdate, VillageService, MatchOutcome, ReferralUpdate, District],
        config=CONFIG,
        extensions=extensions,
        federation_version="2.9",
    )
