"""Hot queries use the index that they were written for, on tables of a size at which it matters."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from hub.store import programmes, registry
from hub.store.joined import Sheet, joined
from hub.store.queries import query

MANY = """
insert into household (household_id, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code,
    region_code, kk_status)
select n, '35.10', 'H' || n, 1, now(), now(), '35.10', '35.10.' || lpad((n % 20 + 1)::text, 2, '0') || '.2001', 'MISSING'
from generate_series(1, 20000) n;
insert into person (household_id, person_id, source_code, source_record_id, source_revision, observed_at, fetched_at,
    regency_code, nik, nik_status, nik_warnings, is_head)
select n, n + 1000000, '35.10', 'P' || n, 1, now(), now(), '35.10', lpad(n::text, 16, '3'), 'VALID', '{}', true
from generate_series(1, 20000) n;
insert into match (household_id, regency_code, programme_code, rule_version, status, created_at, changed_at)
select n, '35.10', (array['PKH', 'SEMBAKO'])[n % 2 + 1], 1, 'PROPOSED', now(), now() from generate_series(1, 20000) n;
update match set status = 'RELEASED', delivered_status = 'RELEASED' where household_id > 200;
update match set status = 'SUPERSEDED' where household_id <= 30;
update match set status = 'RELEASED', delivered_status = 'PROPOSED' where household_id between 31 and 60;
insert into person_key (key, person_id, regency_code)
select key_number(k || md5((n / 3)::text)), n + 1000000, '35.10'
from generate_series(1, 20000) n cross join unnest(array['A', 'B', 'C']) k;
insert into roster_entry (source_code, source_record_id, source_revision, observed_at, fetched_at, programme_code, status,
    components)
select 'KIS', 'P' || n, 1, now(), now(), 'KIS_PBI', 'ACTIVE', '{}' from generate_series(1, 20000) n;
insert into roster_key (key, source_code, source_record_id)
select key_number(k || md5((n / 3)::text)), 'KIS', 'P' || n
from generate_series(1, 20000) n cross join unnest(array['A', 'B', 'C']) k;
insert into roster_keyed (source_code, source_record_id, source_revision, weights_version, keys)
select 'KIS', 'P' || n, 1, 'x', array[key_number('A' || md5((n / 3)::text))] from generate_series(1, 20000) n;
insert into link (source_code, source_record_id, programme_code, household_id, person_id, regency_code, method, status, weight,
    weights_version, evidence, found_at)
select 'KIS', 'P' || n, 'KIS_PBI', n, n + 1000000, '35.10', 'PROBABILISTIC',
    case when n % 100 = 0 then 'REVIEW' else 'LINKED' end, n % 40, 'x', '[]', now() from generate_series(1, 20000) n;
insert into case_file (case_file_id, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code,
    region_code, number, type, category, channel, status, summary, received_at, household_id, duplicate_of)
select n, 'HUB', 'c' || n, 1, now(), now(), '35.10', '35.10.' || lpad((n % 20 + 1)::text, 2, '0') || '.2001', n::text,
    case when n % 2 = 0 then 'NEED' else 'COMPLAINT' end, (array['HEALTH', 'FOOD'])[n % 3 % 2 + 1], 'WEB', 'ASSIGNED', 'x',
    now() - n * interval '1 minute', n, case when n % 50 = 0 then n - 1 end
from generate_series(1, 20000) n;
insert into case_assignment (case_file_id, assignment_no, agency_code, role, status, regency_code, assigned_at)
select n, 1, '35.10/' || (array['DINAS_SOSIAL', 'DPMD', 'KESRA'])[n % 3 + 1], 'LEAD', 'ASSIGNED', '35.10', now()
from generate_series(1, 20000) n;
insert into case_event (case_file_id, event_no, event_key, field_group, actor, actor_role, regency_code, happened_at, recorded_at)
select n / 10, n % 10 + 1, n::text, 'NOTE', 'x', 'x', '35.10', now(), now() from generate_series(10, 20000) n;
insert into prelist_entry (case_file_id, regency_code, region_code, kk_number, head_name, created_at, changed_at)
select n, '35.10', '35.10', n::text, 'x', now(), now() from generate_series(1, 20000) n;
insert into outbox_message (destination, kind, subject_id, key, payload, regency_code, next_attempt_at, created_at, status,
    settled_at)
select case when n % 20 = 0 then '35.09' else '35.10' end, 'CASE_UPDATE', n, 'k' || n, '{}', '35.10', now(), now(),
    case when n > 5000 then 'DELIVERED' when n % 500 = 0 then 'DEAD' else 'PENDING' end,
    case when n > 5000 or n % 500 = 0 then now() end
from generate_series(1, 20000) n;
truncate hub_event;
insert into enrolment (household_id, programme_code, source_code, source_record_id, source_revision, observed_at, fetched_at,
    regency_code, status, link_method, components)
select n, 'PKH', 'PKH', 'E' || n, 1, now(), now(), '35.10', 'ACTIVE', 'KK', '{}' from generate_series(1, 20000) n;
insert into hub_event (topic, kind, subject_id, regency_code, payload, occurred_at, position, sequenced_at)
select 'CASE', 'case.noted', n, '35.10', '{}', now(), n, now() from generate_series(1, 20000) n;
insert into hub_event (topic, kind, subject_id, regency_code, payload, occurred_at)
select 'CASE', 'case.noted', n, '35.10', '{}', now() from generate_series(1, 50) n;
update event_head set last_position = 20000;
analyze hub_event, outbox_message, case_file, case_assignment, case_event, prelist_entry;
analyze household, person, enrolment, match, person_key, roster_key, roster_keyed, roster_entry, link;
"""
LARGE = (
    "hub_event|outbox_message|case_file|case_assignment|case_event|"
    "household|person|match|person_key|roster_key|roster_entry|link"
)
AS_CALLER = """set role hub_app;
select set_config('hub.region_from', '', true), set_config('hub.region_to', '~', true)"""
OLD = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
PAGE = {"after_id": 0, "first": 50}
KEYS = {"keys": ["A" + "0" * 32, "B" + "1" * 32], "per_key": 100}
QUEUE = {"region_from": "35.10", "region_to": "35.10/", "status": "REVIEW", "first": 50}
HOT = [
    ("registry", "list_households", {"region_from": "35.10", "region_to": "35.10/", "after_region": "35.10.05.2001",
        "after_id": 77, "first": 50}, "household_region"),
    ("registry", "find_households", {"household_ids": [1, 2, 3]}, "household_pkey"),
    ("registry", "list_members", {"household_ids": [1, 2, 3]}, "person_member"),
    ("registry", "find_persons", {"person_ids": [1000001, 1000002]}, "person_by_id"),
    ("registry", "list_persons_by_nik", {"nik": "3333333333310001"}, "person_nik"),
    ("match", "list_work", PAGE | {"status": "PROPOSED", "programme_code": "PKH"}, "match_work"),
    ("match", "list_undelivered", PAGE | {"regency_code": "35.10"}, "match_news"),
    ("match", "lock_matches", {"match_ids": [1, 2, 3]}, "match_by_id"),
    ("matches_read", "find_matches", {"match_ids": [1, 2, 3]}, "match_by_id"),
    ("matches_read", "list_matches_of_households", {"household_ids": [1, 2, 3]}, "match_pkey|match_one_active"),
    ("identity", "find_persons_by_keys", KEYS | {"region_from": "35.10", "region_to": "35.10/"}, "person_key_pkey"),
    ("identity", "find_entries_by_keys", KEYS | {"region_from": "", "region_to": "~"}, "roster_key_pkey"),
    ("identity", "list_candidates", {"source_codes": ["KIS"], "record_ids": ["P7"], "programme_codes": ["KIS_PBI"],
        "units": ["PERSON"], "per_key": 100}, "person_key_pkey"),
    ("casework", "list_agency_work", {"agency_code": "35.10/DPMD", "after_at": OLD, "after_id": 0, "first": 50},
        "case_assignment_work"),
    ("casework", "list_assignments", {"case_file_ids": [1, 2, 3]}, "case_assignment_pkey"),
    ("casework", "list_history", {"case_file_ids": [1, 2, 3], "after_no": 0, "first": 50}, "case_event_pkey"),
    ("casework", "list_duplicates", {"case_file_ids": [1, 2, 3], "first": 50}, "case_file_duplicate"),
    ("casework", "list_alike", {"case_file_ids": [1, 2], "open_statuses": ["ASSIGNED"], "within": timedelta(hours=2),
        "per_case": 10, "per_place": 200}, "case_file_open_alike"),
    ("need", "list_needs", PAGE, "case_file_need"),
    ("link_review", "list_oldest", QUEUE | {"after_id": 0}, "link_oldest"),
    ("outbox", "list_next_messages", {"destination": "35.10", "kinds": ["CASE_UPDATE"], "first": 500}, "outbox_message_due"),
    ("outbox", "list_unanswered", {"destination": "35.10", "subject_ids": [1, 2, 3]}, "outbox_message_of_case"),
    ("outbox", "list_undelivered", {"region_from": "35.10", "region_to": "35.10/", "statuses": None, "after_region": "35.10",
        "after_id": 77, "first": 50}, "outbox_message_unsettled"),
    ("case_updates", "list_told_case_files", {"case_file_ids": [1, 2, 3]}, "case_file_pkey"),
    ("case_updates", "hold_case_files", {"source_code": "35.10", "hub_ids": [None, 5], "stable_ids": [1, 2],
        "record_ids": ["C1", "C2"]}, "case_file_pkey"),
    ("link_review", "list_surest", QUEUE | {"after_weight": 1e9, "after_id": 0}, "link_surest"),
    ("events", "list_events", {"after": 9_000, "through": 9_020}, "hub_event_position"),
    ("events", "give_positions", {"most": 1_000, "now": NOW}, "hub_event_waiting"),
    ("events", "remove_events", {"most": 100, "before": NOW}, "hub_event_position"),
]  # fmt: skip


@pytest.fixture(scope="module")
def explain(shared_url: str) -> Iterator[object]:
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(shared_url))
        transaction = connection.transaction()
        runner.run(transaction.start())
        runner.run(connection.execute(MANY))

        def plan(file: str, name: str, values: dict, columns: tuple[str, ...] = ()) -> str:
            """Of a query; with `columns`, of its sheet for a caller, under row-level security."""
            statement = query(file, name)
            of = Sheet(statement, columns or ())
            sql = joined((of,)) if columns else statement.sql
            arguments = of.arguments(values) if columns else statement.arguments(values)
            runner.run(connection.execute(AS_CALLER if columns else "reset role"))
            rows = runner.run(connection.fetch(f"explain {sql}", *arguments))
            return "\n".join(row[0] for row in rows)

        yield plan
        runner.run(transaction.rollback())
        runner.run(connection.close())


@pytest.mark.parametrize(("file", "name", "values", "index"), HOT, ids=[f"{file}.{name}" for file, name, *_ in HOT])
def test_a_hot_query_uses_its_index_and_scans_no_large_table(explain, file, name, values, index) -> None:
    plan = explain(file, name, values)
    assert re.search(rf"using ({index})\b|Index Scan on ({index})\b", plan), plan
    assert not re.search(rf"Seq Scan on ({LARGE})\b", plan), plan


FROM_INDEX = [
    ("registry", "list_households", registry.HOUSEHOLDS, {"id", "region_code", "kk_number", "welfare"},
        {"region_from": "35.10", "region_to": "35.10/", "after_region": "35.10", "after_id": -1, "first": 101},
        "household_region"),
    ("registry", "list_members", registry.MEMBERS, {"id", "name", "birth_date", "sex", "is_head"},
        {"household_ids": [1, 2, 3]}, "person_member"),
    ("programme", "list_enrolments_of_households", programmes.ENROLMENTS, {"programme_code", "status", "person_id"},
        {"household_ids": [1, 2, 3]}, "enrolment_pkey"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "name", "shape", "attributes", "values", "index"), FROM_INDEX)
def test_what_lists_show_is_read_from_the_index_alone(explain, file, name, shape, attributes, values, index) -> None:
    plan = explain(file, name, values, shape.columns(frozenset(attributes)))
    assert re.search(rf"Index Only Scan using {index}\b", plan), plan
    assert "Sort" not in plan, plan
