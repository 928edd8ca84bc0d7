"""Work on case files in the world of two regencies: an assignment, a line of history and a message for each case file."""

from hub.store.database import Session


async def put_casework(jobs: Session) -> None:
    """The same for both regencies."""
    async with jobs.connection() as connection:
        await connection.execute(
            "insert into case_assignment (case_file_id, assignment_no, agency_code, role, status, regency_code, assigned_at)"
            " select case_file_id, 1, regency_code || '/DINAS_SOSIAL', 'LEAD', 'ASSIGNED', regency_code, received_at"
            " from case_file on conflict do nothing"
        )
        await connection.execute(
            "insert into case_event (case_file_id, event_no, event_key, field_group, to_value, actor, actor_role, agency_code,"
            " regency_code, happened_at, recorded_at)"
            " select case_file_id, 1, 'seen in ' || regency_code, 'NOTE', null, 'officer', 'DISTRICT_OFFICER',"
            " regency_code || '/DINAS_SOSIAL', regency_code, received_at, received_at from case_file on conflict do nothing"
        )
        await connection.execute(
            "insert into outbox_message (destination, kind, subject_id, key, payload, regency_code, next_attempt_at, created_at)"
            " select regency_code, 'CASE_UPDATE', case_file_id, 'of the world/' || case_file_id, '{}', regency_code, received_at,"
            " received_at from case_file on conflict do nothing"
        )
