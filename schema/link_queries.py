"""Root fields that read the review queue, and the question whether a person is covered."""

from datetime import date
from typing import Annotated, Any

import strawberry

from hub.domain.opaque_id import Kind, number_of
from hub.domain.principal import Scope
from hub.matching.linkage import IdentityRecord
from resolvers import identity, link_review
from resolvers.identity import CheckBasis, CheckPurpose, CoverageQuestion
from resolvers.link_review import LinkQuestion
from resolvers.paging import FIRST
from schema.arguments import Id, OneProgrammeCode, RegionCode, asked
from schema.connection import Connection
from schema.context import Info
from schema.fields import After, First, plain
from schema.types.link import CoverageCheck, Link, LinkOrder, LinkStatus, MatchReview
from schema.types.words import Sex


@strawberry.input(description="A person as a card or a form says; unknown is null. Given in a variable.")
class IdentityInput:
    """A person as a card or a form says."""

    name: str = plain("Name.")
    nik: str | None = strawberry.field(default=None, description="NIK, 16 digits.")
    kk_number: str | None = strawberry.field(default=None, description="Family card number, 16 digits.")
    birth_date: date | None = strawberry.field(default=None, description="Date of birth.")
    sex: Sex | None = strawberry.field(default=None, description="Sex.")
    region_code: str | None = strawberry.field(default=None, description="Kemendagri code of where the person lives.")
    address: str | None = strawberry.field(default=None, description="Address.")

    def record(self) -> IdentityRecord:
        """As linkage takes it."""
        return IdentityRecord(
            name=self.name,
            nik=self.nik,
            kk_number=self.kk_number,
            birth_date=self.birth_date,
            sex=None if self.sex is None else self.sex.value,
            region_code=self.region_code,
            address=self.address,
        )


@strawberry.type
class LinkQueries:
    """Links, matches in review, coverage of one person."""

    @asked(Link | None, "A link by its id.")
    async def link(self, info: Info, object_id: Id) -> Any:
        return await info.context.load(link_review.links_by_id, number_of(Kind.LINK, object_id))

    @asked(Connection[Link], "Pairs of a roster line and a household or person; without a status the review queue.")
    async def links(
        self,
        info: Info,
        region_code: RegionCode = None,
        status: Annotated[
            LinkStatus, strawberry.argument(description="Only links of this status.")
        ] = LinkStatus.REVIEW,
        order: Annotated[LinkOrder, strawberry.argument(description="Which come first.")] = LinkOrder.OLDEST,
        first: First = FIRST,
        after: After = None,
    ) -> Any:
        question = LinkQuestion(region_code, status.value, order.value)
        return await link_review.list_links(info.context, question, first, after)

    @asked(Connection[MatchReview], "Matches that wait for a person on duty, the oldest first.")
    async def match_reviews(
        self, info: Info, region_code: RegionCode = None, first: First = FIRST, after: After = None
    ) -> Any:
        return await link_review.list_match_reviews(info.context, region_code, first, after)

    @strawberry.federation.field(
        graphql_type=CoverageCheck,
        requires_scopes=[[Scope.COVERAGE_CHECK.value]],
        description="Whether one person is on a programme now. Every question is kept with its purpose and basis.",
    )
    async def coverage_check(
        self,
        info: Info,
        identity_input: Annotated[
            IdentityInput,
            strawberry.argument(name="identity", description="Who; a partner app names NIK, name and birth date."),
        ],
        programme_code: OneProgrammeCode,
        purpose: Annotated[CheckPurpose, strawberry.argument(description="What the answer is needed for.")],
        basis: Annotated[CheckBasis, strawberry.argument(description="What allows the question.")],
        basis_reference: Annotated[
            str, strawberry.argument(description="Where the consent is kept, or which duty: never a name or number.")
        ],
    ) -> Any:
        question = CoverageQuestion(identity_input.record(), programme_code, purpose, basis, basis_reference)
        return await identity.check_coverage(info.context, question)
