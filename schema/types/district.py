"""District systems, the batches that came in, and what was rejected."""

from datetime import datetime

from hub.domain.principal import Scope
from hub.store import districts as rows
from resolvers.regions import regions_of
from schema.fields import batched, plain
from schema.objects import Node, entity, shape
from schema.types.region import Region
from schema.types.work_words import DistrictStatus, IngestChannel, RejectSeverity


@shape(rows.DistrictSystem, Scope.COVERAGE_READ, "How fresh the data of a district is. Stale is never zero.")
class Freshness:
    """How fresh the data of a district is."""

    cursor_moved_at: datetime | None = plain("When something new was read last.")
    drained_at: datetime | None = plain(
        "When the feed was last read to its end: what is not here by then, it did not have."
    )
    failed_at: datetime | None = plain("When reading failed last.")
    failure_code: str | None = plain("Why.")
    is_stale: bool = plain("Whether the feed was not read to its end for 24 hours.")


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
    status: DistrictStatus = plain("Whether it takes part.")
    joined_at: datetime = plain("Since when.")
    freshness: Freshness = plain("How fresh its data is here.")


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
