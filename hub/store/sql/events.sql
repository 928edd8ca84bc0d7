-- name: hold_event_head
-- One at a time gives positions or removes events; the others wait until it has committed.
select last_position, removed_through from event_head for update;

-- name: give_positions
-- Committed events without a position get the next ones, in the order of their ids; run after hold_event_head in its transaction.
with waiting as (
    select w.event_id, row_number() over (order by w.event_id) as turn
    from (select event_id from hub_event where position is null order by event_id limit :most) w
),
placed as (
    update hub_event e set position = h.last_position + w.turn, sequenced_at = :now
    from waiting w, event_head h
    where e.event_id = w.event_id
    returning e.position
)
update event_head set last_position = last_position + (select count(*) from placed)
returning last_position, (select count(*) from placed) as placed;

-- name: find_event_head
-- How far events have positions, and through which they are gone.
select last_position, removed_through from event_head;

-- name: list_events
-- Events of a stretch of positions, in their order. A case file that is sensitive now counts as such, whatever it was then; one that the
-- caller may not see, too.
select e.event_id, e.position, e.topic, e.kind, e.subject_id, e.regency_code, e.other_regency_code,
    e.is_sensitive or e.topic = 'CASE' and coalesce(c.is_sensitive, true) as is_sensitive, e.payload, e.occurred_at
from hub_event e
left join case_file c on e.topic = 'CASE' and c.case_file_id = e.subject_id
where e.position > :after and e.position <= :through
order by e.position;

-- name: remove_events
-- The oldest events go, up to the first that is still young enough; run after hold_event_head in its transaction.
with oldest as (
    select o.position, bool_and(o.sequenced_at < :before) over (order by o.position) as is_old
    from (
        select position, sequenced_at from hub_event where position is not null order by position limit :most
    ) o
),
gone as (
    delete from hub_event e using oldest o where e.position = o.position and o.is_old returning e.position
)
update event_head set removed_through = greatest(removed_through, (select max(position) from gone))
returning (select count(*) from gone) as removed;
