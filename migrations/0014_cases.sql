-- Who works on case files and by which rules: agencies of callers, routing, attachments, the pre-list, programmes that cover needs, and
-- case files that fewer people see.

alter table oauth_client
    add column agency_code text collate "C",
    add check (agency_code is null or role in ('DISTRICT_OFFICER', 'MINISTRY_ANALYST'));
comment on column oauth_client.agency_code is 'the agency for which the client works on case files; null: for none, or for the secretariat of its regency';

-- What comes of a case file beyond its own fields is told in its history, too.
alter table case_event
    drop constraint case_event_field_group_check,
    add constraint case_event_field_group_check check (field_group in
        ('OPENING', 'DESCRIPTION', 'SUBJECT', 'STATUS', 'ASSIGNMENT', 'ATTACHMENT', 'NOTE', 'ESCALATION', 'REFERRAL', 'PRELIST', 'MATCH'));

-- Sensitive case files are for those who have the scope: hub.sensitive is on for them. It stands beside hub.region_from, and a
-- connection without it gets an error.
create function may_see(is_sensitive boolean) returns boolean language sql stable
    return not is_sensitive or current_setting('hub.sensitive') = 'on';
create policy sensitive on case_file as restrictive to hub_app using (may_see(is_sensitive));
create policy sensitive on case_assignment as restrictive to hub_app using (may_see(is_sensitive));
-- What hangs on a case file is as sensitive as that is now; history is never rewritten, so it carries no sign of its own. It is a
-- function, for of a subquery the planner could make a table of all case files.
create function may_see_case(of_case bigint) returns boolean language plpgsql stable as $$
begin
    return current_setting('hub.sensitive') = 'on'
        or exists (select from case_file c where c.case_file_id = of_case and not c.is_sensitive);
end $$;
create policy sensitive on case_event as restrictive to hub_app using (may_see_case(case_file_id));

create function case_file_sensitivity() returns trigger language plpgsql as $$
begin
    update case_assignment set is_sensitive = new.is_sensitive where case_file_id = new.case_file_id;
    return null;
end $$;
create trigger case_file_sensitivity after update of is_sensitive on case_file
    for each row when (new.is_sensitive <> old.is_sensitive) execute function case_file_sensitivity();

create index case_file_open_alike on case_file (region_code, category, received_at)
    where removed_at is null and status in ('RECEIVED', 'TRIAGED', 'ASSIGNED', 'IN_PROGRESS', 'WAITING_CITIZEN', 'WAITING_AGENCY',
        'REFERRED', 'REOPENED');
create index case_file_need on case_file (case_file_id)
    where type = 'NEED' and household_id is not null and removed_at is null and status in ('RECEIVED', 'TRIAGED', 'ASSIGNED',
        'IN_PROGRESS', 'WAITING_CITIZEN', 'WAITING_AGENCY', 'REFERRED', 'REOPENED');
create index case_file_duplicate on case_file (duplicate_of) where duplicate_of is not null;

create table routing_rule (
    rule_no bigint generated always as identity primary key,
    regency_code text collate "C",
    category text,
    type text,
    lead_kind text,
    support_kinds text[] not null default '{}',
    valid_from timestamptz not null,
    reason text,
    set_by text not null,
    set_at timestamptz not null,
    check (lead_kind is not null or support_kinds = '{}')
);
comment on table routing_rule is 'which agencies work on which case files; of the rules that fit, the most specific, and of that its newest';
comment on column routing_rule.lead_kind is 'null: from valid_from on there is no rule for exactly this';
create index routing_rule_place on routing_rule (regency_code, valid_from desc);
insert into routing_rule (category, type, lead_kind, support_kinds, valid_from, reason, set_by, set_at)
select category, type, lead_kind, string_to_array(support_kinds, ' '), timestamptz '2020-01-01 00:00+00', 'shipped with the hub', 'hub', now()
from (values
    (null, null, 'DINAS_SOSIAL', ''),
    ('HEALTH', null, 'DINAS_KESEHATAN', 'DINAS_SOSIAL'),
    ('EDUCATION', null, 'DINAS_PENDIDIKAN', ''),
    ('SOCIAL_ECONOMIC', null, 'DINAS_SOSIAL', ''),
    ('FOOD', null, 'DINAS_SOSIAL', ''),
    ('ENERGY', null, 'DPMD', ''),
    ('AGRICULTURE', null, 'DINAS_PERTANIAN', ''),
    ('FISHERIES', null, 'DINAS_PERIKANAN', ''),
    ('HOUSING', null, 'DINAS_PERUMAHAN', 'DINAS_SOSIAL'),
    ('CIVIL_REGISTRATION', null, 'DUKCAPIL', ''),
    (null, 'OBJECTION', 'DINAS_SOSIAL', 'PUSKESOS'),
    (null, 'PROPOSAL', 'DINAS_SOSIAL', 'PUSKESOS'),
    (null, 'OUTREACH_FINDING', 'UPT', 'DINAS_SOSIAL')
) as shipped(category, type, lead_kind, support_kinds);

create table case_attachment (
    case_file_id bigint not null,
    attachment_no integer not null check (attachment_no > 0),
    uri text not null,
    name text not null,
    media_type text not null,
    size_bytes bigint not null check (size_bytes > 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    added_by text not null,
    added_at timestamptz not null,
    regency_code text collate "C" not null,
    primary key (case_file_id, attachment_no),
    unique (case_file_id, sha256)
);
comment on table case_attachment is 'what belongs to a case file and lies elsewhere; the hub holds no content';

create table prelist_transition (
    from_status text not null,
    to_status text not null,
    primary key (from_status, to_status)
);
insert into prelist_transition values
    ('PRELIST', 'VERIFIED'), ('VERIFIED', 'SUBMITTED'), ('SUBMITTED', 'LISTED'), ('PRELIST', 'LISTED'), ('VERIFIED', 'LISTED');

create table prelist_entry (
    prelist_entry_id bigint generated always as identity primary key,
    case_file_id bigint not null unique,
    status text not null default 'PRELIST' check (status in ('PRELIST', 'VERIFIED', 'SUBMITTED', 'LISTED')),
    version integer not null default 1,
    regency_code text collate "C" not null,
    region_code text collate "C" not null,
    head_name text,
    address text,
    kk_number text,
    nik text,
    household_id bigint,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    check ((status = 'LISTED') = (household_id is not null)),
    check (head_name is not null or kk_number is not null or nik is not null)
);
comment on table prelist_entry is 'a household that no registry lists, on its way there [daftar awal]';
create index prelist_entry_kk on prelist_entry (kk_number) where status <> 'LISTED' and kk_number is not null;
create index prelist_entry_nik on prelist_entry (nik) where status <> 'LISTED' and nik is not null;
create index prelist_entry_waiting on prelist_entry (regency_code, prelist_entry_id) where status <> 'LISTED';
create function prelist_moves() returns trigger language plpgsql as $$
begin
    if new.status <> old.status then
        if not exists (select from prelist_transition t where t.from_status = old.status and t.to_status = new.status) then
            raise exception 'pre-list entry % cannot move from % to %', old.prelist_entry_id, old.status, new.status
                using errcode = 'integrity_constraint_violation', constraint = 'prelist_transition';
        end if;
        new.version := old.version + 1;
    end if;
    return new;
end $$;
create trigger prelist_moves before update on prelist_entry for each row execute function prelist_moves();

create table need_programme (
    category text not null,
    programme_code text collate "C" not null,
    primary key (category, programme_code)
);
comment on table need_programme is 'which programmes cover a need of a category';
insert into need_programme values
    ('HEALTH', 'KIS_PBI'), ('EDUCATION', 'PIP'), ('SOCIAL_ECONOMIC', 'PKH'), ('SOCIAL_ECONOMIC', 'SEMBAKO'), ('FOOD', 'SEMBAKO');

do $$
declare t text;
begin
    foreach t in array array['case_attachment', 'prelist_entry'] loop
        execute format('alter table %I enable row level security', t);
        execute format('create policy own_region on %I to hub_app'
            ' using (regency_code >= current_setting(''hub.region_from'') and regency_code < current_setting(''hub.region_to''))', t);
        execute format('create policy sensitive on %I as restrictive to hub_app using (may_see_case(case_file_id))', t);
    end loop;
end $$;

-- The nation's rules are the ministry's to set, whose region begins at the empty code, and everybody's to see; a district's its own.
alter table routing_rule enable row level security;
create policy own_region_or_all on routing_rule for select to hub_app
    using (regency_code is null
        or regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to'));
create policy own_region on routing_rule for insert to hub_app
    with check (case when regency_code is null then current_setting('hub.region_from') = ''
        else regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to') end);

grant select on prelist_transition, need_programme to hub_app;
grant select, insert on routing_rule, case_attachment to hub_app;
grant select, insert, update on prelist_entry to hub_app;
