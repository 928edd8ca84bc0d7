"""Hot queries use the index that they were written for, on tables of a size at which it matters."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import asyncpg
import pytest

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
select k || md5((n / 3)::text), n + 1000000, '35.10' from generate_series(1, 20000) n cross join unnest(array['A', 'B', 'C']) k;
insert into roster_entry (source_code, source_record_id, source_revision, observed_at, fetched_at, programme_code, status,
    components)
select 'KIS', 'P' || n, 1, now(), now(), 'KIS_PBI', 'ACTIVE', '{}' from generate_series(1, 20000) n;
insert into roster_key (key, source_code, source_record_id)
select k || md5((n / 3)::text), 'KIS', 'P' || n from generate_series(1, 20000) n cross join unnest(array['A', 'B', 'C']) k;
insert into roster_keyed (source_code, source_record_id, source_revision, weights_version, keys)
select 'KIS', 'P' || n, 1, 'x', array['A' || md5((n / 3)::text)] from generate_series(1, 20000) n;
insert into link (source_code, source_record_id, programme_code, household_id, person_id, regency_code, method, status, weight,
    weights_version, evidence, found_at)
select 'KIS', 'P' || n, 'KIS_PBI', n, n + 1000000, '35.10', 'PROBABILISTIC',
    case when n % 100 = 0 then 'REVIEW' else 'LINKED' end, n % 40, 'x', '[]', now() from generate_series(1, 20000) n;
insert into hub_event (topic, kind, subject_id, regency_code, payload, occurred_at, position, sequenced_at)
select 'CASE', 'case.noted', n, '35.10', '{}', now(), n, now() from generate_series(1, 20000) n;
insert into hub_event (topic, kind, subject_id, regency_code, payload, occurred_at)
select 'CASE', 'case.noted', n, '35.10', '{}', now() from generate_series(1, 50) n;
update event_head set last_position = 20000;
analyze hub_event, household, person, match, person_key, roster_key, roster_keyed, roster_entry, link;
"""
NOW = datetime(2026, 7, 1, tzinfo=UTC)
PAGE = {"after_id": 0, "first": 50}
KEYS = {"keys": ["A" + "0" * 32, "B" + "1" * 32], "per_key": 100}
QUEUE = {"region_from": "35.10", "region_to": "35.10/", "status": "REVIEW", "first": 50}
HOT = [
    ("registry", "list_households", {"region_from": "35.10", "region_to": "35.10/", "after_region": "35.10.05.2001",
        "after_id": 77, "first": 50}, "household_region"),
    ("registry", "find_households", {"household_ids": [1, 2, 3]}, "household_pkey"),
    ("registry", "list_members", {"household_ids": [1, 2, 3]}, "person_pkey"),
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
    ("link_review", "list_oldest", QUEUE | {"after_id": 0}, "link_oldest"),
    ("link_review", "list_surest", QUEUE | {"after_weight": 1e9, "after_id": 0}, "link_surest"),
    ("events", "list_events", {"after": 9_000, "through": 9_250}, "hub_event_position"),
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

        def plan(file: str, name: str, values: dict) -> str:
            statement = query(file, name)
            rows = runner.run(connection.fetch(f"explain {statement.sql}", *statement.arguments(values)))
            return "\n".join(row[0] for row in rows)

        yield plan
        runner.run(transaction.rollback())
        runner.run(connection.close())


@pytest.mark.parametrize(("file", "name", "values", "index"), HOT, ids=[f"{file}.{name}" for file, name, *_ in HOT])
def test_a_hot_query_uses_its_index_and_scans_no_large_table(explain, file, name, values, index) -> None:
    plan = explain(file, name, values)
    assert re.search(rf"using ({index})\b|Index Scan on ({index})\b", plan), plan
    assert not re.search(
        r"Seq Scan on (household|person|match|person_key|roster_key|roster_entry|link|hub_event)\b", plan
    ), plan
