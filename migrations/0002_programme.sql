-- What there is to be given: programmes with versioned rules, rosters and the enrolments that they link to, verdicts, coverage.

create table programme (
    programme_code text collate "C" primary key,
    name_id text not null,
    name_en text not null,
    unit text not null check (unit in ('PERSON', 'HOUSEHOLD')),
    roster_source_code text collate "C" references source
);
comment on column programme.roster_source_code is 'the national system whose roster counts; null: the districts report who draws it';

create table programme_rule (
    programme_code text collate "C" not null references programme,
    version integer not null check (version > 0),
    status text not null check (status in ('DRAFT', 'VALIDATED', 'SIMULATED', 'APPROVED', 'PUBLISHED', 'RETIRED')),
    effective_from date not null,
    effective_to date,
    rule jsonb not null,
    primary key (programme_code, version),
    check (effective_to is null or effective_to > effective_from)
);
create unique index programme_rule_in_force on programme_rule (programme_code) where status = 'PUBLISHED' and effective_to is null;

create table roster_entry (
    source_code text collate "C" not null references source,
    source_record_id text collate "C" not null,
    source_revision bigint not null,
    observed_at timestamptz not null,
    fetched_at timestamptz not null,
    programme_code text collate "C" not null references programme,
    status text not null check (status in ('ACTIVE', 'INACTIVE', 'DECEASED')),
    nik text collate "C",
    kk_number text collate "C",
    name text,
    birth_date date,
    sex text,
    region_code text collate "C",
    segment text,
    components jsonb not null,
    amount bigint check (amount >= 0),
    primary key (source_code, source_record_id)
);
create index roster_entry_nik on roster_entry (nik) where nik is not null;
create index roster_entry_kk on roster_entry (kk_number) where kk_number is not null;

create table enrolment (
    household_id bigint not null references household,
    person_id bigint,
    programme_code text collate "C" not null references programme,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    source_revision bigint not null,
    observed_at timestamptz not null,
    fetched_at timestamptz not null,
    regency_code text collate "C" not null,
    status text not null check (status in ('ACTIVE', 'INACTIVE', 'DECEASED')),
    link_method text not null check (link_method in ('NIK', 'KK', 'KK_HISTORY', 'MEMBER_NIK', 'REPORTED')),
    segment text,
    components jsonb not null,
    amount bigint,
    primary key (household_id, programme_code, source_code, source_record_id),
    foreign key (household_id, person_id) references person on update cascade
);
create index enrolment_person on enrolment (household_id, person_id) where person_id is not null;
create index enrolment_source on enrolment (source_code, source_record_id);

-- Verdicts are found anew, all of a programme at once, from the tables that they speak of: foreign keys would check
-- millions of rows for nothing.
create table verdict (
    household_id bigint not null,
    person_id bigint,
    programme_code text collate "C" not null,
    rule_version integer not null,
    regency_code text collate "C" not null,
    status text not null check (status in ('ELIGIBLE', 'NOT_ELIGIBLE', 'UNKNOWN', 'EXCLUDED', 'ALREADY_ENROLLED')),
    failed bigint not null,
    missing bigint not null,
    evaluated_at timestamptz not null,
    unique nulls not distinct (household_id, programme_code, person_id)
);
comment on column verdict.evaluated_at is 'when this verdict was found first; finding it again leaves it';
comment on column verdict.failed is 'bit n is set when clause n of the rule version failed';
comment on column verdict.missing is 'bit n is set when clause n could not be decided';
create index verdict_status on verdict (programme_code, regency_code) where status = 'ELIGIBLE';

create table coverage (
    region_code text collate "C" not null references region,
    programme_code text collate "C" not null references programme,
    households integer not null,
    persons integer not null,
    eligible integer not null,
    undetermined integer not null,
    enrolled integer not null,
    unserved integer not null,
    matched integer not null,
    issued integer not null,
    refused integer not null,
    counted_at timestamptz not null,
    primary key (region_code, programme_code)
);
comment on table coverage is 'counts of units, rolled up to every region above a village that has households';
