"""Rows of the staging tables, made of records."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import msgspec

from hub.domain.case_updates import assignments_fault, case_file_number
from hub.domain.ids import case_file_id, household_id, person_id, stable_id
from hub.domain.records import (
    CaseFileRecord,
    HouseholdRecord,
    Reject,
    RosterRecord,
    VillageServiceRecord,
)

REGENCY_CODE = 5
"""Characters in the code of a regency."""

HOUSEHOLD_COLUMNS = (
    "position",
    "household_id",
    "source_record_id",
    "revision",
    "observed_at",
    "region_code",
    "kk_number",
    "previous_kk_numbers",
    "address",
    "decile",
    "welfare_source",
    "welfare_period",
    "assistance",
    "is_removed",
)
PERSON_COLUMNS = (
    "position",
    "household_id",
    "person_id",
    "source_record_id",
    "revision",
    "observed_at",
    "nik",
    "name",
    "sex",
    "birth_date",
    "birth_place",
    "is_head",
    "vital_status",
    "is_pregnant",
    "pregnancy_due_on",
    "school_level",
    "is_enrolled_in_school",
    "disability",
    "has_chronic_illness",
    "occupation_class",
    "assistance",
)
CASE_FILE_COLUMNS = (
    "position",
    "case_file_id",
    "household_id",
    "source_record_id",
    "revision",
    "observed_at",
    "region_code",
    "number",
    "type",
    "category",
    "channel",
    "status",
    "summary",
    "received_at",
    "closed_at",
    "hub_case_file_id",
    "person_id",
    "is_sensitive",
    "resolution_class",
    "resolution",
    "description_version",
    "subject_version",
    "status_version",
    "assignments",
    "assignments_fault",
    "is_removed",
)
VILLAGE_SERVICE_COLUMNS = (
    "position",
    "village_service_id",
    "household_id",
    "source_record_id",
    "revision",
    "observed_at",
    "region_code",
    "type",
    "status",
    "person_id",
    "event_on",
    "other_region_code",
    "other_household_id",
    "other_kk_number",
    "requested_at",
    "completed_at",
    "is_removed",
)
ROSTER_COLUMNS = (
    "position",
    "source_record_id",
    "revision",
    "observed_at",
    "programme_code",
    "status",
    "nik",
    "kk_number",
    "name",
    "birth_date",
    "sex",
    "region_code",
    "segment",
    "components",
    "amount",
)
REJECT_COLUMNS = ("record_kind", "source_record_id", "field", "code", "severity", "value")


def household_rows(source_code: str, households: Iterable[HouseholdRecord]) -> Iterator[tuple[object, ...]]:
    """Rows of stage_household."""
    for position, h in enumerate(households):
        yield (
            position,
            household_id(source_code, h.source_record_id),
            h.source_record_id,
            h.revision,
            h.observed_at,
            h.region_code,
            h.kk_number,
            h.previous_kk_numbers,
            h.address,
            h.decile,
            h.welfare_source,
            h.welfare_period,
            h.assistance,
            h.is_removed,
        )


def person_rows(source_code: str, households: Iterable[HouseholdRecord]) -> Iterator[tuple[object, ...]]:
    """Rows of stage_person, a household's members with its position."""
    for position, h in enumerate(households):
        of_household = household_id(source_code, h.source_record_id)
        for p in h.members:
            yield (
                position,
                of_household,
                person_id(source_code, p.source_record_id),
                p.source_record_id,
                h.revision,
                h.observed_at,
                p.nik,
                p.name,
                p.sex,
                p.birth_date,
                p.birth_place,
                p.is_head,
                p.vital_status,
                p.is_pregnant,
                p.pregnancy_due_on,
                p.school_level,
                p.is_enrolled_in_school,
                p.disability,
                p.has_chronic_illness,
                p.occupation_class,
                p.assistance,
            )


def case_file_rows(source_code: str, case_files: Iterable[CaseFileRecord]) -> Iterator[tuple[object, ...]]:
    """Rows of stage_case_file."""
    for position, c in enumerate(case_files):
        yield (
            position,
            case_file_id(source_code, c.source_record_id),
            None if c.household_record_id is None else household_id(source_code, c.household_record_id),
            c.source_record_id,
            c.revision,
            c.observed_at,
            c.region_code,
            c.number,
            c.type,
            c.category,
            c.channel,
            c.status,
            c.summary,
            c.received_at,
            c.closed_at,
            None if c.hub_reference is None else case_file_number(c.hub_reference),
            None if c.person_record_id is None else person_id(source_code, c.person_record_id),
            c.is_sensitive,
            c.resolution_class,
            c.resolution,
            c.description_version,
            c.subject_version,
            c.status_version,
            None if c.assignments is None else msgspec.json.encode(c.assignments).decode(),
            assignments_fault(c.assignments or ()),
            c.is_removed,
        )


def service_rows(source_code: str, services: Iterable[VillageServiceRecord]) -> Iterator[tuple[object, ...]]:
    """Rows of stage_village_service."""
    for position, v in enumerate(services):
        yield (
            position,
            stable_id("village_service", source_code, v.source_record_id),
            None if v.household_record_id is None else household_id(source_code, v.household_record_id),
            v.source_record_id,
            v.revision,
            v.observed_at,
            v.region_code,
            v.type,
            v.status,
            None if v.person_record_id is None else person_id(source_code, v.person_record_id),
            v.event_on,
            v.other_region_code,
            _household_elsewhere(v),
            v.other_kk_number,
            v.requested_at,
            v.completed_at,
            v.is_removed,
        )


def _household_elsewhere(service: VillageServiceRecord) -> int | None:
    """The household in the other district of a move: a district's records come under the code of its regency."""
    if service.other_household_record_id is None or service.other_region_code is None:
        return None
    return household_id(service.other_region_code[:REGENCY_CODE], service.other_household_record_id)


def roster_rows(rosters: Iterable[RosterRecord]) -> Iterator[tuple[object, ...]]:
    """Rows of stage_roster."""
    for position, r in enumerate(rosters):
        yield (
            position,
            r.source_record_id,
            r.revision,
            r.observed_at,
            r.programme_code,
            r.status,
            r.nik,
            r.kk_number,
            r.name,
            r.birth_date,
            r.sex,
            r.region_code,
            r.segment,
            msgspec.json.encode(r.components).decode(),
            r.amount,
        )


def reject_row(reject: Reject) -> tuple[object, ...]:
    """A row of stage_reject; a record without an id gets one from its value, so a replay meets it."""
    value = _storable(reject.value)
    record_id = _storable(reject.source_record_id) or "?" + blake2b(value.encode(), digest_size=6).hexdigest()
    return (reject.record_kind, record_id, _storable(reject.field), reject.code, reject.severity, value[:200])


def _storable(text: str) -> str:
    """What is wrong with a text must not keep it out of quarantine."""
    return text.encode(errors="replace").decode().replace("\0", "?")
