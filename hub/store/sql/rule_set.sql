-- name: find_rule_sets
-- Versions by programme and number.
select r.programme_code, r.version, r.status, r.origin, r.revision, r.effective_from, r.effective_to, r.drafted_by, r.simulation_id,
    r.approved_by, r.moved_by, r.moved_at, r.reason, r.rule, r.examples
from programme_rule r
where (r.programme_code, r.version) in (select * from unnest(:codes::text[], :versions::integer[]));

-- name: list_rule_sets
-- Versions of rules, a programme's newest first; null filters mean all.
select r.programme_code, r.version, r.status, r.origin, r.revision, r.effective_from, r.effective_to, r.drafted_by, r.simulation_id,
    r.approved_by, r.moved_by, r.moved_at, r.reason, r.rule, r.examples
from programme_rule r
where (:programme_code::text is null or r.programme_code = :programme_code) and (:status::text is null or r.status = :status)
    and (r.programme_code, -r.version) > (:after_code, :after_version::integer)
order by r.programme_code, r.version desc
limit :first;

-- name: lock_rule_set
-- One at a time moves a version.
select r.programme_code, r.version, r.status, r.origin, r.revision, r.effective_from, r.effective_to, r.drafted_by, r.simulation_id,
    r.approved_by, r.moved_by, r.moved_at, r.reason, r.rule, r.examples
from programme_rule r
where r.programme_code = :programme_code and r.version = :version
for update;

-- name: lock_programme
-- Versions of a programme are numbered and published one after the other; its unit.
select unit from programme where programme_code = :programme_code for no key update;

-- name: list_history
-- What became of some versions, in order.
select h.programme_code, h.version, h.from_status, h.to_status, h.revision, h.effective_from, h.effective_to, h.simulation_id, h.actor,
    h.reason, h.rule is not null as is_written, h.moved_at
from rule_history h
where (h.programme_code, h.version) in (select * from unnest(:codes::text[], :versions::integer[]))
order by h.programme_code, h.version, h.entry_id;

-- name: list_authors
-- Who wrote a version or changed its document.
select distinct actor from rule_history
where programme_code = :programme_code and version = :version and rule is not null
order by actor;

-- name: add_draft
-- The next version of a programme.
insert into programme_rule (programme_code, version, status, origin, rule, examples, drafted_by, moved_by, moved_at, reason)
select :programme_code, coalesce(max(r.version), 0) + 1, 'DRAFT', 'AUTHORED', :rule::jsonb, :examples::jsonb, :actor, :actor, :now, :reason
from programme_rule r where r.programme_code = :programme_code
returning version;

-- name: change_draft
-- Another document; whatever was found of the one before no longer holds.
update programme_rule
set status = 'DRAFT', rule = :rule::jsonb, examples = :examples::jsonb, moved_by = :actor, moved_at = :now, reason = :reason
where programme_code = :programme_code and version = :version;

-- name: move_rule_set
-- To another state, without more.
update programme_rule set status = :to_status, moved_by = :actor, moved_at = :now, reason = :reason
where programme_code = :programme_code and version = :version;

-- name: note_simulated
-- The version is simulated.
update programme_rule set status = 'SIMULATED', simulation_id = :simulation_id, moved_by = :actor, moved_at = :now, reason = :reason
where programme_code = :programme_code and version = :version;

-- name: approve_rule_set
-- Somebody else than its authors says yes.
update programme_rule set status = 'APPROVED', approved_by = :actor, moved_by = :actor, moved_at = :now, reason = :reason
where programme_code = :programme_code and version = :version;

-- name: bound_predecessor
-- The version that counts without end makes room.
update programme_rule set effective_to = :effective_from, moved_by = :actor, moved_at = :now, reason = :reason
where programme_code = :programme_code and version <> :version and status = 'PUBLISHED' and effective_to is null;

-- name: publish_rule_set
-- It counts from a day on.
update programme_rule set status = 'PUBLISHED', effective_from = :effective_from, moved_by = :actor, moved_at = :now, reason = :reason
where programme_code = :programme_code and version = :version;

-- name: end_rule_set
-- It counts up to a day.
update programme_rule
set effective_to = :effective_to, status = :to_status, moved_by = :actor, moved_at = :now, reason = :reason
where programme_code = :programme_code and version = :version;

-- name: reopen_predecessor
-- What would have made room for a version that was withdrawn counts on.
update programme_rule set effective_to = null, moved_by = :actor, moved_at = :now, reason = :reason
where programme_code = :programme_code and version <> :version and status = 'PUBLISHED' and effective_to = :effective_to;

-- name: find_last_published
-- The version of a programme that counts from the latest day.
select version, effective_from from programme_rule
where programme_code = :programme_code and status in ('PUBLISHED', 'RETIRED') and effective_from is not null
    and effective_to is distinct from effective_from
order by effective_from desc limit 1;

-- name: retire_past
-- Versions whose last day has passed.
update programme_rule set status = 'RETIRED', moved_by = :actor, moved_at = :now, reason = 'its last day has passed'
where status = 'PUBLISHED' and effective_to <= :today::date;
