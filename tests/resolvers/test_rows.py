"""Rows become objects by position: the columns of a query stand in the order of the class's fields."""

from dataclasses import fields, is_dataclass

import pytest

from hub.store import (
    attachments,
    case_files,
    case_history,
    casework,
    districts,
    events,
    matches_read,
    prelist,
    programmes,
    referrals,
    referrals_read,
    regions,
    registry,
    routing,
    webhooks,
)
from hub.store.database import Database
from hub.store.queries import query

CASES: list[tuple[str, str, type, int]] = [
    ("events", "list_events", events.Event, 0),
    ("webhooks", "list_endpoints", webhooks.Endpoint, 0),
    ("webhooks", "find_endpoints", webhooks.Endpoint, 0),
    ("webhooks", "list_dead_letters", webhooks.DeadLetter, 0),
    ("webhooks", "list_asked_again", webhooks.DeadLetter, 0),
    ("region", "find_regions", regions.Region, 0),
    ("region", "list_regions", regions.Region, 0),
    ("region", "list_children", regions.Region, 1),
    ("registry", "find_households", registry.Household, 0),
    ("registry", "list_households", registry.Household, 0),
    ("registry", "list_judged_households", registry.Household, 0),
    ("registry", "find_persons", registry.Person, 0),
    ("registry", "list_persons_by_nik", registry.Person, 0),
    ("registry", "list_members", registry.Person, 0),
    ("case_file", "find_case_files", case_files.CaseFile, 0),
    ("case_search", "list_oldest_first", case_files.CaseFile, 0),
    ("case_search", "list_newest_first", case_files.CaseFile, 0),
    ("case_search", "list_oldest_of_sources", case_files.CaseFile, 0),
    ("case_search", "list_newest_of_sources", case_files.CaseFile, 0),
    ("case_file", "list_case_files_of", case_files.CaseFile, 0),
    ("case_file", "lock_case_file", case_files.CaseFile, 0),
    ("case_history", "list_case_events", case_history.CaseEvent, 0),
    ("casework", "list_history", case_history.CaseEvent, 0),
    ("casework", "list_assignments", casework.Assignment, 0),
    ("casework", "list_agency_work", casework.Assignment, 0),
    ("attachment", "list_attachments", attachments.Attachment, 0),
    ("prelist", "list_prelist_entries", prelist.PrelistEntry, 0),
    ("routing", "list_routing_rules", routing.RoutingRule, 0),
    ("case_file", "find_village_services", case_files.VillageService, 0),
    ("case_file", "list_village_services", case_files.VillageService, 0),
    ("programme", "find_programmes", programmes.Programme, 0),
    ("programme", "list_programmes", programmes.Programme, 0),
    ("programme", "list_rules_of", programmes.RuleInForce, 0),
    ("programme", "list_enrolments_of_households", programmes.Enrolment, 0),
    ("programme", "list_enrolments_of_persons", programmes.Enrolment, 0),
    ("programme", "find_pools", programmes.EntitlementPool, 0),
    ("programme", "list_pools", programmes.EntitlementPool, 0),
    ("programme", "list_coverage", programmes.Coverage, 0),
    ("programme", "list_coverage_of_children", programmes.Coverage, 0),
    ("matches_read", "find_matches", matches_read.Match, 0),
    ("matches_read", "list_matches", matches_read.Match, 0),
    ("matches_read", "list_matches_of_households", matches_read.Match, 0),
    ("matches_read", "list_matches_of_persons", matches_read.Match, 0),
    ("matches_read", "list_events", matches_read.MatchEvent, 0),
    ("matches_read", "list_recorded_verdicts", matches_read.RecordedVerdict, 0),
    ("matches_read", "list_active_enrolments", matches_read.ActiveEnrolment, 0),
    ("matches_read", "list_run_candidates", matches_read.RunCandidate, 0),
    ("district", "find_districts", districts.DistrictSystem, 0),
    ("district", "list_districts", districts.DistrictSystem, 0),
    ("district", "list_batches", districts.IngestBatch, 0),
    ("referral", "find_referrals", referrals_read.Referral, 0),
    ("referral", "lock_referrals", referrals_read.Referral, 0),
    ("referral", "list_incoming", referrals_read.Referral, 0),
    ("referral", "list_outgoing", referrals_read.Referral, 0),
    ("referral", "list_all", referrals_read.Referral, 0),
    ("referral", "list_referrals_of_cases", referrals_read.Referral, 1),
    ("referral", "find_next_legs", referrals_read.Referral, 0),
    ("referral", "list_legs", referrals_read.Referral, 0),
    ("referral", "move_referrals", referrals_read.Referral, 0),
    ("referral", "list_referral_events", referrals_read.ReferralEvent, 0),
    ("referral", "list_purposes", referrals_read.ReferralPurpose, 0),
    ("referral", "find_purposes", referrals_read.ReferralPurpose, 0),
    ("referral", "find_sender_cases", referrals.SenderCase, 0),
    ("referral", "lock_cases", referrals.SenderCase, 0),
    ("referral", "list_answered_by_matches", referrals.MatchAnswer, 0),
    ("district", "list_rejects", districts.RejectedValue, 0),
]


@pytest.mark.parametrize(("file", "name", "kind", "skipped"), CASES)
async def test_columns_stand_in_the_order_of_the_fields(
    world: Database, file: str, name: str, kind: type, skipped: int
) -> None:
    assert (await _columns(world, file, name))[skipped:] == _fields(kind)


async def _columns(world: Database, file: str, name: str) -> list[str]:
    async with world.jobs.connection() as connection:
        statement = await connection.prepare(query(file, name).sql)
        return [attribute.name for attribute in statement.get_attributes()]


def _fields(kind: type) -> list[str]:
    return [field.name for field in fields(kind)] if is_dataclass(kind) else list(kind.__struct_fields__)
