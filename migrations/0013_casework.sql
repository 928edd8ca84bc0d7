-- How a case file is worked: by whom (assignments of agencies), what happened to it (a history that only grows), and what other
-- systems still have to be told (the outbox). The database itself keeps these promises, whatever statement comes along: a case
-- file and an assignment move only along their transitions, a case file has one lead at most, and history is never rewritten.

alter table case_file
    add column person_id bigint,
    add column is_sensitive boolean not null default false,
    add column resolution_class text not null default 'REGULAR' check (resolution_class in ('INFORMATION', 'REGULAR', 'OVERSIGHT')),
    add column resolution text,
    add column duplicate_of bigint,
    add column description_version integer not null default 1,
    add column subject_version integer not null default 1,
    add column status_version integer not null default 1,
    add constraint case_file_is_not_its_own_duplicate check (duplicate_of <> case_file_id);
comment on column case_file.is_sensitive is 'seen only by those who have the scope for it';
comment on column case_file.resolution_class is 'how long its resolution may take: a question, a complaint, a complaint about officials';
comment on column case_file.duplicate_of is 'the case file in which this one goes on; known for those that were joined here';
comment on column case_file.description_version is 'counts the changes of type, category, class, summary, sensitivity';
comment on column case_file.subject_version is 'counts the changes of whom it is about';
comment on column case_file.status_version is 'counts the changes of status and resolution';
create index case_file_person on case_file (person_id) where person_id is not null;

create table case_transition (
    from_status text not null,
    to_status text not null,
    primary key (from_status, to_status)
);
insert into case_transition
select f, t from unnest(array['ASSIGNED', 'IN_PROGRESS', 'WAITING_CITIZEN', 'WAITING_AGENCY', 'REFERRED']) f,
    unnest(array['ASSIGNED', 'IN_PROGRESS', 'WAITING_CITIZEN', 'WAITING_AGENCY', 'REFERRED', 'RESOLVED', 'DUPLICATE', 'REJECTED']) t
where f <> t;
insert into case_transition values
    ('RECEIVED', 'TRIAGED'), ('RECEIVED', 'DUPLICATE'), ('RECEIVED', 'REJECTED'),
    ('TRIAGED', 'ASSIGNED'), ('TRIAGED', 'DUPLICATE'), ('TRIAGED', 'REJECTED'),
    ('RESOLVED', 'CLOSED'), ('RESOLVED', 'REOPENED'), ('CLOSED', 'REOPENED'), ('REJECTED', 'REOPENED'),
    ('REOPENED', 'ASSIGNED'), ('REOPENED', 'IN_PROGRESS'), ('REOPENED', 'RESOLVED');

-- An agency is named by its kind and where it sits, such as 35.10/DINAS_SOSIAL or 35.10.01/UPT; national ones by ID.
create table case_assignment (
    case_file_id bigint not null,
    assignment_no integer not null check (assignment_no > 0),
    agency_code text collate "C" not null,
    role text not null check (role in ('LEAD', 'SUPPORT')),
    status text not null check (status in ('ASSIGNED', 'ACKNOWLEDGED', 'COMPLETED', 'DECLINED', 'HANDED_OVER', 'WITHDRAWN')),
    version integer not null default 1,
    regency_code text collate "C" not null,
    is_sensitive boolean not null default false,
    assigned_at timestamptz not null,
    acknowledged_at timestamptz,
    ended_at timestamptz,
    result text,
    primary key (case_file_id, assignment_no),
    check ((status in ('ASSIGNED', 'ACKNOWLEDGED')) = (ended_at is null))
);
create unique index case_assignment_one_lead on case_assignment (case_file_id)
    where role = 'LEAD' and status in ('ASSIGNED', 'ACKNOWLEDGED');
create unique index case_assignment_once on case_assignment (case_file_id, agency_code) where status in ('ASSIGNED', 'ACKNOWLEDGED');
create index case_assignment_work on case_assignment (agency_code, assigned_at, case_file_id)
    where status in ('ASSIGNED', 'ACKNOWLEDGED');

create table assignment_transition (
    from_status text not null,
    to_status text not null,
    primary key (from_status, to_status)
);
insert into assignment_transition values
    ('ASSIGNED', 'ACKNOWLEDGED'), ('ASSIGNED', 'DECLINED'), ('ASSIGNED', 'HANDED_OVER'), ('ASSIGNED', 'WITHDRAWN'),
    ('ACKNOWLEDGED', 'COMPLETED'), ('ACKNOWLEDGED', 'HANDED_OVER'), ('ACKNOWLEDGED', 'WITHDRAWN');

create table case_event (
    case_file_id bigint not null,
    event_no integer not null check (event_no > 0),
    event_key text not null,
    field_group text not null check (field_group in
        ('OPENING', 'DESCRIPTION', 'SUBJECT', 'STATUS', 'ASSIGNMENT', 'ATTACHMENT', 'NOTE', 'ESCALATION', 'REFERRAL')),
    item text not null default '',
    outcome text not null default 'APPLIED' check (outcome in ('APPLIED', 'REFUSED')),
    base_version integer,
    version integer,
    from_value text,
    to_value text,
    changes jsonb not null default '{}',
    reason text,
    actor text not null,
    actor_role text not null,
    agency_code text collate "C",
    regency_code text collate "C" not null,
    is_sensitive boolean not null default false,
    happened_at timestamptz not null,
    recorded_at timestamptz not null,
    primary key (case_file_id, event_no),
    unique (case_file_id, event_key)
);
comment on table case_event is 'the history of each case file: who, when, what, why; appended to, never changed';
comment on column case_event.event_key is 'made by whoever made the change: the same change that comes again, from whichever side, is met by it';
comment on column case_event.item is 'which assignment (its agency), attachment or referral of the case file; empty for groups that are one';
comment on column case_event.outcome is 'REFUSED: a change of another system that lost against an earlier one, kept with its reason';
comment on column case_event.from_value is 'a status before, for groups that have one';
comment on column case_event.happened_at is 'by the clock of whoever made the change; order is event_no, never a clock';

create table outbox_message (
    message_id bigint generated always as identity primary key,
    destination text collate "C" not null,
    kind text not null,
    subject_id bigint not null,
    key text not null,
    payload jsonb not null,
    regency_code text collate "C" not null,
    status text not null default 'PENDING' check (status in ('PENDING', 'DELIVERED', 'REFUSED', 'DEAD')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    reason_code text,
    reason text,
    created_at timestamptz not null,
    settled_at timestamptz,
    unique (destination, key),
    check ((status = 'PENDING') = (settled_at is null))
);
comment on table outbox_message is 'what another system has to be told, in the order of message_id for each destination';
create index outbox_message_due on outbox_message (destination, message_id) where status = 'PENDING';
create index outbox_message_unsettled on outbox_message (regency_code, message_id) where status <> 'DELIVERED';

create function refuse_rewriting() returns trigger language plpgsql as $$
begin
    raise exception 'the history in % is only added to', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger case_event_grows before update or delete on case_event for each statement execute function refuse_rewriting();

-- Case files of a district are replicated as the district has them, so only those that were opened here are held to the transitions.
create function case_file_moves() returns trigger language plpgsql as $$
begin
    if new.status <> old.status and new.source_code = 'HUB'
        and not exists (select from case_transition t where t.from_status = old.status and t.to_status = new.status) then
        raise exception 'case file % cannot move from % to %', old.number, old.status, new.status
            using errcode = 'integrity_constraint_violation', constraint = 'case_transition';
    end if;
    return new;
end $$;
create trigger case_file_moves before update of status on case_file for each row execute function case_file_moves();

create function assignment_moves() returns trigger language plpgsql as $$
begin
    if new.status <> old.status then
        if not exists (select from assignment_transition t where t.from_status = old.status and t.to_status = new.status) then
            raise exception 'the assignment of % cannot move from % to %', old.agency_code, old.status, new.status
                using errcode = 'integrity_constraint_violation', constraint = 'assignment_transition';
        end if;
        new.version := old.version + 1;
    end if;
    return new;
end $$;
create trigger assignment_moves before update on case_assignment for each row execute function assignment_moves();

alter table case_assignment enable row level security;
alter table case_event enable row level security;
alter table outbox_message enable row level security;
do $$
declare t text;
begin
    foreach t in array array['case_assignment', 'case_event', 'outbox_message'] loop
        execute format('create policy own_region on %I to hub_app'
            ' using (regency_code >= current_setting(''hub.region_from'') and regency_code < current_setting(''hub.region_to''))', t);
    end loop;
end $$;
grant select on case_transition, assignment_transition to hub_app;
grant select, insert, update on case_assignment to hub_app;
grant select, insert on case_event, outbox_message to hub_app;
