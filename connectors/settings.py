"""What a connector is told at its start; the server reads it from its configuration (msgspec.convert checks it)."""

from typing import Annotated

import msgspec

from hub.domain.district import DistrictCapability

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Wait = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the hub behaves towards one outside system. Times are in seconds."""

    deadline: Seconds = 10.0
    """For a whole call: waiting, attempts and back-off together."""
    connect_deadline: Seconds = 3.0
    read_deadline: Seconds = 5.0
    """Longest silence within an answer."""
    max_response_bytes: Count = 32 * 2**20
    attempts: Count = 4
    wait_initial: Wait = 0.2
    wait_max: Wait = 2.0
    wait_jitter: Wait = 0.3
    retry_after_cap: Wait = 5.0
    """A longer Retry-After is handed to the caller instead of being waited for."""
    breaker_threshold: Count = 8
    """Failed attempts in a row that open the circuit."""
    breaker_seconds: Seconds = 30.0
    """How long an open circuit leaves the system alone before one call tries it."""
    calls_per_second: Count | None = 50
    """None: as many as `max_concurrent` lets through."""
    max_concurrent: Count = 8
    proxy: str | None = None


class SystemAccess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a system is; what follows in a subclass is secret, and no text of it shows more than this."""

    url: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.url!r})"


class KisSettings(SystemAccess, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The health card system."""

    client_id: str
    client_secret: str
    page_size: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 2000


class PkhSettings(SystemAccess, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The family programme system."""

    api_key: str
    page_size: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 2000


class DistrictSettings(SystemAccess, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One district: `code` is its regency code, `url` its GraphQL endpoint."""

    code: str
    token: str
    page_size: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500
    capabilities: frozenset[DistrictCapability] = frozenset(DistrictCapability)
    """What the district can do: the rest is not asked of it."""
    concurrency: Count | None = None
    """Calls at the same time; None: as many as to any system."""
