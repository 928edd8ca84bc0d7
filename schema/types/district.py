"""District systems, the batches that came in, and what was rejected."""

from datetime import datetime

from hub.domain.directory import Finding
from hub.domain.district import DistrictCapability, DistrictStatus
from hub.domain.principal import Scope
from hub.store import districts as rows
from hub.store.directory import DistrictEvent as DistrictEventRow
from resolvers.directory import events_of
from resolvers.regions import regions_of
from schema.fields import batched, plain
from schema.objects import Node, entity, shape
from schema.types.region import Region
from schema.types.work_words import CheckExtent, DistrictAction, IngestChannel, RejectSeverity


@shape(rows.DistrictSystem, Scope.COVERAGE_READ, "How fresh the data of a district is. Stale is never zero.")
class Freshness:
    """How fresh the data of a district is."""

    cursor_moved_at: datetime | None = plain("When something new was read last.")
    drained_at: datetime | None = plain(
        "When the feed was last read to its end: what is not here by then, it did not have."
    )
    failed_at: datetime | None = plain("When reading failed last.")
    failure_code: str | None = plain("Why.")
    target_seconds: int = plain("How old its data may become.")
    is_stale: bool = plain("Whether the feed was not read to its end for longer than that.")


@shape(Finding, Scope.COVERAGE_READ, "One point in which a district does not keep the contract.")
class DistrictFinding:
    """One point in which a district does not keep the contract."""

    check: str = plain("Id of the check, such as contract.fits or feed.order.")
    path: str = plain("The field, type or argument, such as Household.kkNumber; empty when it is about none.")
    asked: str = plain("What was asked.")
    came: str = plain("What came.")
    wanted: str = plain("What the contract wants.")
    mend: str = plain("How to mend it.")


@shape(rows.DistrictCheck, Scope.COVERAGE_READ, "The last check of a district.")
class DistrictCheck:
    """The last check of a district."""

    checked_at: datetime = plain("When.")
    extent: CheckExtent = plain("How much was asked.")
    findings: list[DistrictFinding] = plain("What was found; empty: it keeps the contract.")


@shape(DistrictEventRow, Scope.COVERAGE_READ, "A line of the journal of the directory.")
class DistrictEvent:
    """A line of the journal of the directory."""

    action: DistrictAction = plain("What was changed.")
    happened_at: datetime = plain("When.")
    actor: str = plain("By which client; `hub` for what the hub found by itself.")
    reason: str = plain("Why.")


@entity(
    rows.DistrictSystem,
    Scope.COVERAGE_READ,
    "The system of a district [sistem kabupaten/kota] as a party of the federation.",
)
class DistrictSystem(Node):
    """The system of a district."""

    region: Region | None = batched(regions_of, key="regency_code", description="Its regency or city.")
    endpoint: str = plain("Where the hub reads it.")
    contract_version: int = plain("Version of the contract that it serves.")
    capabilities: list[DistrictCapability] = plain("What it can do; what is absent it cannot.")
    concurrency: int = plain("Calls that it takes at the same time.")
    status: DistrictStatus = plain("How it stands.")
    status_since: datetime = plain("Since when it stands so.")
    joined_at: datetime = plain("Since when it takes part.")
    freshness: Freshness = plain("How fresh its data is here.")
    last_check: DistrictCheck | None = plain("Its last check; null: none yet.")
    history: list[DistrictEvent] = batched(
        events_of, key="regency_code", description="The newest 20 lines of its journal, the newest first."
    )


@shape(rows.IngestBatch, Scope.REGISTRY_READ, "A batch of records that came in.")
class IngestBatch:
    """A batch of records."""

    source: str = plain("Code of the system that sent it.")
    channel: IngestChannel = plain("How it came in.")
    received: int = plain("Records that came.")
    merged: int = plain("Records that were new or newer.")
    unchanged: int = plain("Records that were known already.")
    rejected: int = plain("Records that stayed out.")
    merged_at: datetime = plain("When.")


@shape(
    rows.RejectedValue, Scope.REGISTRY_READ, "A record or value that stayed out [karantina], until its sender mends it."
)
class Reject:
    """A record or value in quarantine."""

    source: str = plain("Code of the system that sent it.")
    record_kind: str = plain("Kind of the record, such as HOUSEHOLD or PERSON.")
    record_id: str = plain("The record's own id in that system.")
    field: str = plain("Which field; empty: the record as a whole.")
    code: str = plain("Why, such as NIK_NOT_16_DIGITS.")
    severity: RejectSeverity = plain("How much of the record stayed out.")
    value: str | None = plain("The value; identity numbers are masked unless the token has identity:read.")
    way_out: str | None = plain("What its sender does about it.")
    rejected_at: datetime = plain("When.")
