"""Who is calling, and what the caller may do."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What kind of party a client is; it bounds the scopes that the client can be given."""

    MINISTRY_ANALYST = "MINISTRY_ANALYST"
    DISTRICT_OFFICER = "DISTRICT_OFFICER"
    DISTRICT_SYSTEM = "DISTRICT_SYSTEM"
    PARTNER_APP = "PARTNER_APP"


class Scope(StrEnum):
    """What a token allows."""

    REGION_READ = "region:read"
    REGISTRY_READ = "registry:read"
    REGISTRY_WRITE = "registry:write"
    IDENTITY_READ = "identity:read"
    CASE_READ = "case:read"
    CASE_WRITE = "case:write"
    COVERAGE_READ = "coverage:read"
    MATCH_READ = "match:read"
    MATCH_WRITE = "match:write"
    RUN_READ = "run:read"
    RUN_WRITE = "run:write"
    RUN_APPROVE = "run:approve"
    DISTRICT_WRITE = "district:write"


SCOPES_OF_ROLE: dict[Role, frozenset[Scope]] = {
    Role.MINISTRY_ANALYST: frozenset(Scope) - {Scope.REGISTRY_WRITE},
    Role.DISTRICT_OFFICER: frozenset(
        {
            Scope.REGION_READ,
            Scope.REGISTRY_READ,
            Scope.IDENTITY_READ,
            Scope.CASE_READ,
            Scope.CASE_WRITE,
            Scope.COVERAGE_READ,
            Scope.MATCH_READ,
            Scope.MATCH_WRITE,
        }
    ),
    Role.DISTRICT_SYSTEM: frozenset(
        {
            Scope.REGION_READ,
            Scope.REGISTRY_READ,
            Scope.REGISTRY_WRITE,
            Scope.CASE_READ,
            Scope.CASE_WRITE,
            Scope.COVERAGE_READ,
            Scope.MATCH_READ,
            Scope.MATCH_WRITE,
        }
    ),
    Role.PARTNER_APP: frozenset({Scope.REGION_READ}),
}

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
    """The caller of one request. `regency_code` None means that the caller is bound to no regency."""

    client_id: str
    role: Role
    scopes: frozenset[Scope]
    regency_code: str | None = None

    @property
    def regions(self) -> RegionRange:
        """Where the caller may read and write personal data."""
        if self.role is Role.PARTNER_APP:
            return NOWHERE
        return EVERYWHERE if self.regency_code is None else RegionRange.under(self.regency_code)
