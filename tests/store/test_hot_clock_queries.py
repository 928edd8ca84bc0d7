"""Over many regencies: the escalation job's pass, lists by urgency, and what a district was not told, use their indexes."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from hub.store.queries import query

NOW = datetime(2026, 7, 1, tzinfo=UTC)
MANY = """
insert into case_file (case_file_id, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code,
    region_code, number, type, category, channel, status, received_at)
select n, 'HUB', n::text, 1, now(), now(), '35.' || lpad((n % 99 + 1)::text, 2, '0'), '35.' || lpad((n % 99 + 1)::text, 2, '0'),
    n::text, 'NEED', 'FOOD', 'WALK_IN', 'IN_PROGRESS', timestamptz '2026-07-01' - n * interval '1 minute'
from generate_series(1, 30000) n;
insert into case_assignment (case_file_id, assignment_no, agency_code, role, status, regency_code, assigned_at)
select case_file_id, 1, regency_code || '/' || (array['DINAS_SOSIAL', 'DPMD'])[1 + case_file_id / 99 % 2], 'LEAD', 'ASSIGNED',
    regency_code, received_at from case_file;
insert into case_clock (case_file_id, kind, regency_code, policy_id, limit_units, started_at, at_risk_at, due_at, regency_at,
    province_at, ministry_at, next_threshold_at)
select c.case_file_id, k.kind, c.regency_code, 1, 14, c.received_at, c.received_at + interval '15 days',
    c.received_at + interval '20 days', c.received_at + interval '15 days', c.received_at + interval '20 days',
    c.received_at + interval '30 days',
    c.received_at + case when k.kind = 'RESOLUTION' then interval '21 days' else interval '60 days' end
from case_file c cross join (values ('FIRST_RESPONSE'), ('RESOLUTION')) k (kind);
update case_clock set next_threshold_at = null where next_threshold_at < timestamptz '2026-06-30 23:00:00+00';
insert into case_event (case_file_id, event_no, event_key, field_group, actor, actor_role, regency_code, happened_at, recorded_at)
select case_file_id, 1, 'k', 'STATUS', 'x', 'x', regency_code, received_at, received_at from case_file;
analyze case_file, case_assignment, case_clock, case_event;
"""
LIST = {
    "kind": "RESOLUTION", "now": NOW, "after_at": datetime(1, 1, 1, tzinfo=UTC), "after_id": 0, "first": 51,
    "region_from": "", "region_to": "~",
}  # fmt: skip
PASS = {"now": NOW, "after": NOW - timedelta(days=90), "batch": 1000}
HOT = [
    ("escalation", "hold_due", PASS, ["case_clock_threshold", "case_file_pkey"]),
    ("escalation", "raise_held", {"case_file_ids": [1, 2], "kinds": ["RESOLUTION"] * 2, "now": NOW}, ["case_clock_pkey"]),
    ("escalation", "set_next_thresholds", {"case_file_ids": [1, 2], "kinds": ["RESOLUTION"] * 2}, ["case_clock_pkey"]),
    ("escalation", "note_pass", {"now": NOW, "escalated": 0}, ["case_clock_(urgent|at_risk)"]),
    ("case_urgency", "list_at_risk", LIST, ["case_clock_urgent", "case_file_pkey"]),
    ("case_urgency", "list_at_risk_of_regency", LIST | {"regency_code": "35.10"}, ["case_clock_at_risk", "case_file_pkey"]),
    ("case_urgency", "list_at_risk_of_agency", LIST | {"agency_code": "35.10/DPMD"},
        ["case_assignment_work", "case_clock_pkey", "case_file_pkey"]),
    ("clock", "list_clocks", {"case_file_ids": [1, 2, 3]}, ["case_clock_pkey"]),
    ("clock", "list_lines", {"case_file_ids": [1, 2, 3], "at_work": ["IN_PROGRESS"]},
        ["case_event_(pkey|case_file_id_event_key_key)"]),
    ("case_updates", "hold_untold_case_files", {"first": 500}, ["case_file_of_hub"]),
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


@pytest.mark.parametrize(("file", "name", "values", "indexes"), HOT, ids=[f"{file}.{name}" for file, name, *_ in HOT])
def test_a_hot_query_over_many_regencies_uses_its_indexes(explain, file, name, values, indexes) -> None:
    plan = explain(file, name, values)
    for index in indexes:
        assert re.search(rf"(using|on) {index}\b", plan), plan
    assert not re.search(r"Seq Scan on (case_file|case_clock|case_assignment|case_event)\b", plan), plan
