-- Clocks of case files [tenggat]: what is promised (policies), on which days (calendar), where each clock stands, and to whom a case
-- file has risen. Moments are computed by hub/domain/clocks.py; the database keeps that nothing escalates twice.

create table province_zone (
    province_code text collate "C" primary key,
    zone text not null check (zone in ('WIB', 'WITA', 'WIT'))
);
comment on table province_zone is 'Keputusan Presiden 41/1987; provinces that were founded later have the zone of the one they came from';
insert into province_zone
select code, 'WIB' from unnest(array['11', '12', '13', '14', '15', '16', '17', '18', '19', '21', '31', '32', '33', '34', '35', '36',
    '61', '62']) code
union all
select code, 'WITA' from unnest(array['51', '52', '53', '63', '64', '65', '71', '72', '73', '74', '75', '76']) code
union all
select code, 'WIT' from unnest(array['81', '82', '91', '92', '93', '94', '95', '96']) code;

create table day_off (
    region_code text collate "C" not null,
    day date not null,
    kind text not null check (kind in ('NATIONAL_HOLIDAY', 'JOINT_LEAVE', 'REGIONAL')),
    name text not null,
    source text not null,
    primary key (region_code, day)
);
comment on table day_off is 'working days are Monday to Friday but for these; region ID is the nation, else a province or regency';
insert into day_off
select 'ID', day::date, kind, name,
    'SKB Menteri Agama, Menteri Ketenagakerjaan, Menteri PANRB 1497/2025, 2/2025, 5/2025: hari libur nasional dan cuti bersama 2026'
from (values
    ('2026-01-01', 'NATIONAL_HOLIDAY', 'Tahun Baru 2026 Masehi'),
    ('2026-01-16', 'NATIONAL_HOLIDAY', 'Isra Mikraj Nabi Muhammad'),
    ('2026-02-16', 'JOINT_LEAVE', 'Cuti bersama Tahun Baru Imlek'),
    ('2026-02-17', 'NATIONAL_HOLIDAY', 'Tahun Baru Imlek 2577'),
    ('2026-03-18', 'JOINT_LEAVE', 'Cuti bersama Hari Suci Nyepi'),
    ('2026-03-19', 'NATIONAL_HOLIDAY', 'Hari Suci Nyepi, Tahun Baru Saka 1948'),
    ('2026-03-20', 'JOINT_LEAVE', 'Cuti bersama Idul Fitri'),
    ('2026-03-21', 'NATIONAL_HOLIDAY', 'Idul Fitri 1447 Hijriah'),
    ('2026-03-22', 'NATIONAL_HOLIDAY', 'Idul Fitri 1447 Hijriah'),
    ('2026-03-23', 'JOINT_LEAVE', 'Cuti bersama Idul Fitri'),
    ('2026-03-24', 'JOINT_LEAVE', 'Cuti bersama Idul Fitri'),
    ('2026-04-03', 'NATIONAL_HOLIDAY', 'Wafat Yesus Kristus'),
    ('2026-04-05', 'NATIONAL_HOLIDAY', 'Kebangkitan Yesus Kristus (Paskah)'),
    ('2026-05-01', 'NATIONAL_HOLIDAY', 'Hari Buruh Internasional'),
    ('2026-05-14', 'NATIONAL_HOLIDAY', 'Kenaikan Yesus Kristus'),
    ('2026-05-15', 'JOINT_LEAVE', 'Cuti bersama Kenaikan Yesus Kristus'),
    ('2026-05-27', 'NATIONAL_HOLIDAY', 'Idul Adha 1447 Hijriah'),
    ('2026-05-28', 'JOINT_LEAVE', 'Cuti bersama Idul Adha'),
    ('2026-05-31', 'NATIONAL_HOLIDAY', 'Hari Raya Waisak 2570'),
    ('2026-06-01', 'NATIONAL_HOLIDAY', 'Hari Lahir Pancasila'),
    ('2026-06-16', 'NATIONAL_HOLIDAY', 'Tahun Baru Islam 1448 Hijriah'),
    ('2026-08-17', 'NATIONAL_HOLIDAY', 'Proklamasi Kemerdekaan'),
    ('2026-08-25', 'NATIONAL_HOLIDAY', 'Maulid Nabi Muhammad'),
    ('2026-12-24', 'JOINT_LEAVE', 'Cuti bersama Natal'),
    ('2026-12-25', 'NATIONAL_HOLIDAY', 'Kelahiran Yesus Kristus')) shipped (day, kind, name);

create table sla_policy (
    policy_id integer generated always as identity primary key,
    regency_code text collate "C",
    version integer not null check (version > 0),
    valid_from timestamptz not null,
    first_response_minutes integer not null check (first_response_minutes between 1 and 43200),
    first_response_hours text not null check (first_response_hours in ('AROUND_THE_CLOCK', 'OFFICE_HOURS')),
    office_opens time not null,
    office_closes time not null,
    information_days integer not null check (information_days between 1 and 366),
    regular_days integer not null check (regular_days between 1 and 366),
    oversight_days integer not null check (oversight_days between 1 and 366),
    at_risk_percent integer not null check (at_risk_percent between 1 and 99),
    regency_percent integer check (regency_percent between 1 and 1000),
    province_percent integer check (province_percent between 1 and 1000),
    ministry_percent integer check (ministry_percent between 1 and 1000),
    reason text not null,
    set_by text not null,
    set_at timestamptz not null,
    unique nulls not distinct (regency_code, version),
    unique nulls not distinct (regency_code, valid_from),
    check (office_opens < office_closes),
    constraint sla_policy_is_not_backdated check (valid_from >= set_at)
);
comment on table sla_policy is 'what is promised to whoever brings a case file; the version in force when it was received counts to its end';
comment on column sla_policy.regency_code is 'null: the nation, for regencies without one of their own';
comment on column sla_policy.regency_percent is 'of the limit, when the regency is told; null: never';
insert into sla_policy (regency_code, version, valid_from, first_response_minutes, first_response_hours, office_opens, office_closes,
    information_days, regular_days, oversight_days, at_risk_percent, regency_percent, province_percent, ministry_percent, reason,
    set_by, set_at)
values (null, 1, '0001-01-01 00:00:00+00', 240, 'AROUND_THE_CLOCK', '08:00', '16:00', 5, 14, 60, 75, 75, 100, 150, 'as shipped',
    'slrt-hub', '0001-01-01 00:00:00+00');
create trigger sla_policy_stays before update or delete on sla_policy for each statement execute function refuse_rewriting();

create table case_status_seen (
    case_file_id bigint not null,
    seen_no integer not null check (seen_no > 0),
    status text not null,
    seen_at timestamptz not null,
    recorded_at timestamptz not null,
    regency_code text collate "C" not null,
    primary key (case_file_id, seen_no)
);
comment on table case_status_seen is 'the statuses in which the feed of a district showed its case files: the history of those that have no other';

create table case_clock (
    case_file_id bigint not null,
    kind text not null check (kind in ('FIRST_RESPONSE', 'RESOLUTION')),
    regency_code text collate "C" not null,
    policy_id integer not null references sla_policy,
    limit_units integer not null check (limit_units > 0),
    started_at timestamptz not null,
    at_risk_at timestamptz,
    due_at timestamptz,
    regency_at timestamptz,
    province_at timestamptz,
    ministry_at timestamptz,
    paused_since timestamptz,
    ended_at timestamptz,
    outcome text check (outcome in ('MET', 'LATE', 'STOPPED')),
    next_threshold_at timestamptz,
    primary key (case_file_id, kind),
    check ((ended_at is null) = (outcome is null)),
    check (ended_at is null or next_threshold_at is null)
);
comment on column case_clock.limit_units is 'minutes of a first response, working days of a resolution';
comment on column case_clock.next_threshold_at is 'the first level that it has not risen to; null: nothing to wait for';
create index case_clock_threshold on case_clock (next_threshold_at) where next_threshold_at is not null;
create index case_clock_at_risk on case_clock (regency_code, kind, at_risk_at, case_file_id) where ended_at is null;
create index case_clock_urgent on case_clock (kind, at_risk_at, case_file_id) include (due_at) where ended_at is null;

create table escalation (
    case_file_id bigint not null,
    kind text not null,
    level text not null check (level in ('REGENCY', 'PROVINCE', 'MINISTRY')),
    regency_code text collate "C" not null,
    threshold_at timestamptz not null,
    escalated_at timestamptz not null,
    primary key (case_file_id, kind, level)
);
comment on table escalation is 'which level was told that a clock passed its threshold: once, whatever happens';
create trigger escalation_stays before update or delete on escalation for each statement execute function refuse_rewriting();

create table escalation_pass (
    is_only boolean primary key default true check (is_only),
    passed_at timestamptz not null,
    escalated bigint not null,
    figures jsonb not null
);
comment on table escalation_pass is 'when the escalation job came to its end last, and how many clocks stood how then';

alter table sla_policy enable row level security;
create policy seen_by_those_whom_it_binds on sla_policy for select to hub_app
    using (regency_code is null
        or regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to'));
create policy set_for_own_region on sla_policy for insert to hub_app
    with check (current_setting('hub.region_from') = ''
        or regency_code >= current_setting('hub.region_from') and regency_code < current_setting('hub.region_to'));
do $$
declare t text;
begin
    foreach t in array array['case_status_seen', 'case_clock', 'escalation'] loop
        execute format('alter table %I enable row level security', t);
        execute format('create policy own_region on %I to hub_app'
            ' using (regency_code >= current_setting(''hub.region_from'') and regency_code < current_setting(''hub.region_to''))', t);
    end loop;
end $$;
grant select on province_zone, day_off, case_status_seen, escalation, escalation_pass to hub_app;
grant select, insert on sla_policy to hub_app;
grant select, insert, update on case_clock to hub_app;

-- The tables of pgqueuer 1.6, as its installer makes them: forward only, and by our own migrations when it changes.
CREATE TYPE pgqueuer_status AS ENUM ('queued', 'picked', 'successful', 'exception', 'canceled', 'deleted', 'failed');

CREATE TABLE pgqueuer (
    id bigserial NOT NULL PRIMARY KEY,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone NOT NULL DEFAULT now(),
    updated timestamp with time zone NOT NULL DEFAULT now(),
    heartbeat timestamp with time zone NOT NULL DEFAULT now(),
    execute_after timestamp with time zone NOT NULL DEFAULT now(),
    status pgqueuer_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer NOT NULL DEFAULT 0,
    slot bigint
);

CREATE TABLE pgqueuer_log (
    id bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL PRIMARY KEY,
    created timestamp with time zone NOT NULL DEFAULT now(),
    job_id bigint NOT NULL,
    status pgqueuer_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
);

CREATE TABLE pgqueuer_schedules (
    id bigserial NOT NULL PRIMARY KEY,
    expression text NOT NULL,
    entrypoint text NOT NULL,
    heartbeat timestamp with time zone NOT NULL DEFAULT now(),
    created timestamp with time zone NOT NULL DEFAULT now(),
    updated timestamp with time zone NOT NULL DEFAULT now(),
    next_run timestamp with time zone NOT NULL DEFAULT now(),
    last_run timestamp with time zone,
    status pgqueuer_status DEFAULT 'queued'::pgqueuer_status,
    UNIQUE (expression, entrypoint)
);

CREATE TABLE pgqueuer_statistics (
    id bigserial NOT NULL PRIMARY KEY,
    created timestamp with time zone NOT NULL DEFAULT date_trunc('sec'::text, now()),
    count bigint NOT NULL,
    priority integer NOT NULL,
    status pgqueuer_status NOT NULL,
    entrypoint text NOT NULL
);

CREATE INDEX pgqueuer_ep_ea_idx ON pgqueuer USING btree (entrypoint, execute_after) WHERE (status = 'queued'::pgqueuer_status);

CREATE INDEX pgqueuer_ep_prio_id_idx ON pgqueuer USING btree (entrypoint, priority DESC, id) WHERE (status = 'queued'::pgqueuer_status);

CREATE INDEX pgqueuer_log_created ON pgqueuer_log USING btree (created);

CREATE INDEX pgqueuer_log_job_id_status ON pgqueuer_log USING btree (job_id, created DESC);

CREATE INDEX pgqueuer_log_not_aggregated ON pgqueuer_log USING btree ((1)) WHERE (NOT aggregated);

CREATE INDEX pgqueuer_log_status ON pgqueuer_log USING btree (status);

CREATE INDEX pgqueuer_picked_heartbeat_idx ON pgqueuer USING btree (heartbeat) WHERE (status = 'picked'::pgqueuer_status);

CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON pgqueuer USING btree (entrypoint, slot) WHERE ((status = 'picked'::pgqueuer_status) AND (slot IS NOT NULL));

CREATE INDEX pgqueuer_priority_id_id1_idx ON pgqueuer USING btree (priority, id DESC) INCLUDE (id) WHERE (status = 'queued'::pgqueuer_status);

CREATE INDEX pgqueuer_queue_manager_id_idx ON pgqueuer USING btree (queue_manager_id) WHERE (queue_manager_id IS NOT NULL);

CREATE UNIQUE INDEX pgqueuer_statistics_unique_count ON pgqueuer_statistics USING btree (priority, date_trunc('sec'::text, timezone('UTC'::text, created)), status, entrypoint);

CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON pgqueuer USING btree (dedupe_key) WHERE ((status = ANY (ARRAY['queued'::pgqueuer_status, 'picked'::pgqueuer_status])) AND (dedupe_key IS NOT NULL));

CREATE INDEX pgqueuer_updated_id_id1_idx ON pgqueuer USING btree (updated, id DESC) INCLUDE (id) WHERE (status = 'picked'::pgqueuer_status);

CREATE FUNCTION fn_pgqueuer_changed() RETURNS TRIGGER AS $$
DECLARE
    to_emit BOOLEAN := false;  -- Flag to decide whether to emit a notification
BEGIN
    -- Check operation type and set the emit flag accordingly
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        to_emit := true;
    ELSIF TG_OP = 'DELETE' THEN
        to_emit := true;
    ELSIF TG_OP = 'INSERT' THEN
        to_emit := true;
    ELSIF TG_OP = 'TRUNCATE' THEN
        to_emit := true;
    END IF;

    -- Perform notification if the emit flag is set
    IF to_emit THEN
        PERFORM pg_notify(
            'ch_pgqueuer',
            json_build_object(
                'channel', 'ch_pgqueuer',
                'operation', lower(TG_OP),
                'sent_at', NOW(),
                'table', TG_TABLE_NAME,
                'type', 'table_changed_event'
            )::text
        );
    END IF;

    -- Return appropriate value based on the operation
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSE
        RETURN NULL; -- For TRUNCATE and other non-row-specific contexts
    END IF;

END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER tg_pgqueuer_changed
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pgqueuer
EXECUTE FUNCTION fn_pgqueuer_changed();
