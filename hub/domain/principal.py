"""Who is calling, and what the caller may do."""

from dataclasses import dataclass, replace
from enum import StrEnum

from hub.domain.errors import Unauthenticated


class Role(StrEnum):
    """What kind of party a client is; it bounds the scopes that the client can be given."""

    MINISTRY_ANALYST = "MINISTRY_ANALYST"
    DISTRICT_OFFICER = "DISTRICT_OFFICER"
    DISTRICT_SYSTEM = "DISTRICT_SYSTEM"
    PARTNER_APP = "PARTNER_APP"
    ROUTER = "ROUTER"


class Scope(StrEnum):
    """What a token allows."""

    REGION_READ = "region:read"
    REGISTRY_READ = "registry:read"
    REGISTRY_WRITE = "registry:write"
    IDENTITY_READ = "identity:read"
    CASE_READ = "case:read"
    CASE_WRITE = "case:write"
    CASE_SENSITIVE = "case:sensitive"
    COVERAGE_READ = "coverage:read"
    MATCH_READ = "match:read"
    MATCH_WRITE = "match:write"
    RUN_READ = "run:read"
    RUN_WRITE = "run:write"
    RUN_APPROVE = "run:approve"
    FEDERATION_READ = "federation:read"
    DISTRICT_WRITE = "district:write"
    RULE_READ = "rule:read"
    RULE_WRITE = "rule:write"
    RULE_APPROVE = "rule:approve"
    LINK_READ = "link:read"
    LINK_WRITE = "link:write"
    COVERAGE_CHECK = "coverage:check"
    SLA_WRITE = "sla:write"
    REFERRAL_READ = "referral:read"
    REFERRAL_WRITE = "referral:write"
    WEBHOOK_WRITE = "webhook:write"


SCOPES_OF_ROLE: dict[Role, frozenset[Scope]] = {
    Role.MINISTRY_ANALYST: frozenset(Scope) - {Scope.REGISTRY_WRITE, Scope.FEDERATION_READ},
    Role.DISTRICT_OFFICER: frozenset(
        {
            Scope.REGION_READ,
            Scope.REGISTRY_READ,
            Scope.IDENTITY_READ,
            Scope.CASE_READ,
            Scope.CASE_WRITE,
            Scope.CASE_SENSITIVE,
            Scope.COVERAGE_READ,
            Scope.MATCH_READ,
            Scope.MATCH_WRITE,
            Scope.LINK_READ,
            Scope.LINK_WRITE,
            Scope.COVERAGE_CHECK,
            Scope.SLA_WRITE,
            Scope.REFERRAL_READ,
            Scope.REFERRAL_WRITE,
        }
    ),
    Role.DISTRICT_SYSTEM: frozenset(
        {
            Scope.REGION_READ,
            Scope.REGISTRY_READ,
            Scope.REGISTRY_WRITE,
            Scope.CASE_READ,
            Scope.CASE_WRITE,
            Scope.CASE_SENSITIVE,
            Scope.COVERAGE_READ,
            Scope.MATCH_READ,
            Scope.MATCH_WRITE,
            Scope.LINK_READ,
            Scope.COVERAGE_CHECK,
            Scope.REFERRAL_READ,
            Scope.REFERRAL_WRITE,
            Scope.WEBHOOK_WRITE,
        }
    ),
    Role.PARTNER_APP: frozenset({Scope.REGION_READ, Scope.COVERAGE_CHECK}),
    Role.ROUTER: frozenset(
        {
            Scope.FEDERATION_READ,
            Scope.REGION_READ,
            Scope.REGISTRY_READ,
            Scope.CASE_READ,
            Scope.COVERAGE_READ,
            Scope.MATCH_READ,
            Scope.RUN_READ,
            Scope.REFERRAL_READ,
        }
    ),
}
"""The most that a client of the role can be given."""

_SENSITIVE = frozenset({Scope.CASE_SENSITIVE})
ONLY_IF_NAMED: dict[Role, frozenset[Scope]] = {
    Role.MINISTRY_ANALYST: _SENSITIVE,
    Role.DISTRICT_OFFICER: _SENSITIVE,
    Role.DISTRICT_SYSTEM: _SENSITIVE,
    Role.PARTNER_APP: frozenset({Scope.COVERAGE_CHECK}),
}
"""Of these, what a client gets only when the operator names it: it rests on an agreement, or on a duty of this person."""

BOUND_TO_A_REGENCY = frozenset({Role.DISTRICT_OFFICER, Role.DISTRICT_SYSTEM})


@dataclass(frozen=True, slots=True)
class RegionRange:
    """The regions that a caller may touch: codes from `start` up to, not including, `end`."""

    start: str
    end: str

    @classmethod
    def under(cls, region_code: str) -> "RegionRange":
        """A region and all below it: `/` is the character after the dot of `35.10.01`."""
        return cls(region_code, region_code + "/")


EVERYWHERE = RegionRange("", "~")
NOWHERE = RegionRange("~", "~")


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of one request, bound to no regency or to one, and speaking for no agency or for one."""

    client_id: str
    role: Role
    scopes: frozenset[Scope]
    regency_code: str | None = None
    agency_code: str | None = None

    @property
    def sees_sensitive(self) -> bool:
        """Whether sensitive case files are shown to the caller."""
        return Scope.CASE_SENSITIVE in self.scopes

    @property
    def regions(self) -> RegionRange:
        """Where the caller may read and write personal data."""
        if self.role is Role.PARTNER_APP:
            return NOWHERE
        return EVERYWHERE if self.regency_code is None else RegionRange.under(self.regency_code)

    def through(self, router: "Principal") -> "Principal":
        """This caller, whose request a router sent: with its own rights, and with the way of asking that routers have.

        Raises Unauthenticated when the other one is no router.
        """
        if Scope.FEDERATION_READ not in router.scopes:
            raise Unauthenticated(
                f"Router-Authorization takes the token of a {Role.ROUTER} with {Scope.FEDERATION_READ}"
            )
        return replace(self, scopes=self.scopes | {Scope.FEDERATION_READ})
