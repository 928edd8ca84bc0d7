"""Hot reads have an index to go by, whatever the size of the table."""

from datetime import UTC, datetime

import pytest

from hub.domain.principal import RegionRange
from hub.store.database import Database
from hub.store.queries import query
from hub.store.rows import Stretch, stretches

PAGE = {"region_from": "35.10", "region_to": "35.10/", "after_region": "", "after_id": 0, "first": 101}
SEARCH = {
    "region_from": "", "region_to": "~", "statuses": None, "categories": None, "received_from": None, "received_before": None,
    "number": None, "text": None, "first": 101,
}  # fmt: skip
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
AFTER = {"after_at": NOON, "after_source": "35.10", "after_id": "c1"}
AFTER_EACH = {"sources": ["35.10", "HUB"], "after_ats": [NOON, NOON], "after_ids": ["c1", ""]}
REFERRALS = {"status": None, "party_code": None, "overdue_at": None, "after_id": 0, "first": 101}
UNITS = {"household_ids": [1, 2], "person_ids": [3, 4]}
UNTOLD = {name: value for name, value in SEARCH.items() if name != "first"} | {"sources": ["35.10"]}
STRETCHES = stretches([Stretch(RegionRange.under("35.10"), ("35.10.01", "a"))], 51)


CASES: list[tuple[str, str, dict[str, object], str]] = [
    ("registry", "list_households", PAGE, "household_region"),
    ("registry", "find_households", {"household_ids": [1]}, "household_pkey"),
    ("registry", "list_members", {"household_ids": [1, 2]}, "person_pkey"),
    ("registry", "find_persons", {"person_ids": [1]}, "person_by_id"),
    ("registry", "list_persons_by_nik", {"nik": "3510010101900001"}, "person_nik"),
    ("programme", "list_enrolments_of_households", {"household_ids": [1, 2]}, "enrolment_pkey"),
    ("programme", "list_enrolments_of_persons", UNITS, "enrolment_person"),
    ("programme", "list_coverage", {"codes": ["35.10"], "programme_code": None}, "coverage_pkey"),
    ("matches_read", "list_matches_of_households", {"household_ids": [1, 2]}, "match_pkey"),
    ("matches_read", "find_matches", {"match_ids": [1, 2]}, "match_by_id"),
    ("matches_read", "list_events", {"household_ids": [1], "match_ids": [2]}, "match_event_"),
    (
        "matches_read",
        "list_run_candidates",
        {"run_ids": [1], "after_rank": 0, "first": 51},
        "allocation_candidate_pkey",
    ),
    ("case_search", "list_oldest_first", {**SEARCH, **AFTER}, "case_file_received"),
    ("case_search", "list_newest_first", {**SEARCH, **AFTER}, "case_file_received"),
    ("case_search", "list_oldest_of_sources", {**SEARCH, **AFTER_EACH}, "case_file_of_source"),
    ("case_search", "list_newest_of_sources", {**SEARCH, **AFTER_EACH}, "case_file_of_source"),
    (
        "matches_read",
        "list_moved_candidates",
        {"run_ids": [1], "after_rank": 0, "first": 51},
        "allocation_candidate_moved",
    ),
    ("matches_read", "list_shares", {"run_ids": [1]}, "allocation_share_pkey"),
    ("case_file", "list_case_files_of", {"household_ids": [1]}, "case_file_household"),
    ("case_file", "list_village_services", STRETCHES, "village_service_region"),
    ("village_profile", "list_profiles", STRETCHES, "village_profile_pkey"),
    ("village_profile", "list_poverty_series", STRETCHES, "poverty_series_region"),
    (
        "village_profile",
        "drop_unlisted_profiles",
        {"source_code": "35.10", "record_ids": ["a"]},
        "village_profile_source",
    ),
    ("village_profile", "drop_unlisted_series", {"source_code": "35.10", "record_ids": ["a"]}, "poverty_series_source"),
    (
        "case_search",
        "count_sensitive_untold",
        UNTOLD,
        "outbox_message_due",
    ),
    ("finder", "find_findings", {"finding_ids": [1]}, "finding_pkey"),
    ("finder", "find_holder_deceased", {"programme_codes": ["KIS_PBI"], "segments": ["PBI"]}, "person_deceased"),
    ("finder", "find_death_reported", {}, "village_service_completed"),
    ("finder", "find_move_reported", {}, "village_service_completed"),
    ("finder", "find_newborn", {}, "village_service_completed"),
    ("referral", "list_incoming", {**REFERRALS, "regency_code": "35.10"}, "referral_incoming"),
    (
        "referral",
        "list_incoming",
        {**REFERRALS, "regency_code": "35.10", "status": "DELIVERED"},
        "referral_incoming_status",
    ),
    ("referral", "list_outgoing", {**REFERRALS, "regency_code": "35.10"}, "referral_outgoing"),
    ("referral", "find_referrals", {"referral_ids": [1]}, "referral_pkey"),
    ("referral", "list_referrals_of_cases", {"case_file_ids": [1]}, "referral_case_file"),
    ("referral", "list_referral_events", {"referral_ids": [1]}, "referral_event_pkey"),
    ("referral", "list_answered_by_matches", {"after_id": 0, "first": 100}, "referral_of_nation"),
    ("region", "list_children", {"codes": ["35"], "after": None, "first": 51}, "region_parent"),
]


@pytest.mark.parametrize(
    ("file", "name", "values", "index"), CASES, ids=lambda part: part if isinstance(part, str) else ""
)
async def test_a_hot_read_goes_by_its_index(
    world: Database, file: str, name: str, values: dict[str, object], index: str
) -> None:
    read = query(file, name)
    async with world.jobs.connection() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        lines = await connection.fetch(f"explain {read.sql}", *read.arguments(values))
    plan = "\n".join(line[0] for line in lines)
    assert index in plan, plan
