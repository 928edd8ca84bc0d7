-- Case files that hub and district both write. A case file belongs to its district: what the hub changes of it is shown at once and
-- put into the outbox; the district decides, and its feed brings back the case file as it is then, and why a change was refused.

alter table district_system
    drop constraint district_system_capabilities_check,
    add constraint district_system_capabilities_check check (capabilities <@ array[
        'HOUSEHOLDS', 'PERSONS', 'CASE_FILES', 'VILLAGE_SERVICES', 'CHANGES', 'MATCH_DELIVERY', 'CASE_UPDATES']);

alter table case_file
    add column owner_revision bigint,
    add column owner_description_version integer not null default 1,
    add column owner_subject_version integer not null default 1,
    add column owner_status_version integer not null default 1;
update case_file set owner_revision = source_revision where source_code <> 'HUB';
comment on column case_file.owner_revision is 'the revision of its district at which it was taken over last; null: no district has it yet';
comment on column case_file.owner_status_version is
    'as the district counts, at that revision: what changes that are made here build on; the same for the other two';

alter table case_assignment add column owner_revision bigint;
comment on column case_assignment.owner_revision is 'the revision of its district at which it was taken over last; null: it was made here';

-- A district's assignments are replicated as the district has them, so only what is changed here is held to the transitions.
create or replace function assignment_moves() returns trigger language plpgsql as $$
begin
    if new.owner_revision is distinct from old.owner_revision then
        return new;
    end if;
    if new.status <> old.status then
        if not exists (select from assignment_transition t where t.from_status = old.status and t.to_status = new.status) then
            raise exception 'the assignment of % cannot move from % to %', old.agency_code, old.status, new.status
                using errcode = 'integrity_constraint_violation', constraint = 'assignment_transition';
        end if;
        new.version := old.version + 1;
    end if;
    return new;
end $$;

-- Only a sync takes over; a caller moves assignments along their transitions.
do $$
declare c text;
begin
    revoke update on case_assignment from hub_app;
    for c in select attname from pg_attribute
        where attrelid = 'case_assignment'::regclass and attnum > 0 and not attisdropped and attname <> 'owner_revision' loop
        execute format('grant update (%I) on case_assignment to hub_app', c);
    end loop;
end $$;

alter table outbox_message add column answered_at timestamptz;
comment on column outbox_message.answered_at is 'when the feed of the destination brought its answer: until then the hub shows its own change';
create index outbox_message_of_case on outbox_message (subject_id, message_id) where kind = 'CASE_UPDATE';
create index outbox_message_dead on outbox_message (destination, subject_id) where status = 'DEAD';

-- What a feed told of a case file that has not come yet: in a feed, the case file stands after its changes.
create table early_case_update (
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    update_key text not null,
    revision bigint not null,
    body jsonb not null,
    primary key (source_code, source_record_id, update_key)
);
comment on table early_case_update is 'changes that wait for their case file; taken out when it comes';
alter table early_case_update enable row level security;
-- no policy and no grant: for jobs
