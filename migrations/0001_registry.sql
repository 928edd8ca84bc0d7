-- Who is who and where: regions, sources, and the registry of households, persons, case files and village services.
-- Keys: everything that hangs on a household has household_id first in its primary key, so that these tables can be
-- distributed by it (Citus). household_id and person_id are made from the sender's own key (hub.domain.ids), so no unique
-- index needs to span households, and a replay meets the row that it made.

create table region (
    region_code text collate "C" primary key,
    parent_code text collate "C" references region,
    level text not null check (level in ('PROVINCE', 'REGENCY', 'SUBDISTRICT', 'VILLAGE')),
    kind text not null,
    name text not null,
    latitude double precision,
    longitude double precision,
    area_km2 double precision,
    population integer,
    valid_from date,
    valid_to date,
    replaced_by text collate "C" references region
);
create index region_parent on region (parent_code);

create table source (
    source_code text collate "C" primary key,
    kind text not null check (kind in ('DISTRICT', 'NATIONAL', 'HUB')),
    name text not null,
    cursor text,
    cursor_moved_at timestamptz,
    drained_at timestamptz,
    failed_at timestamptz,
    failure_code text,
    failure_message text
);
comment on column source.drained_at is 'when the feed was last read to its end: what is not here by then, the source did not have';

create table district_system (
    regency_code text collate "C" primary key references region,
    source_code text collate "C" not null unique references source,
    endpoint text not null,
    contract_version integer not null,
    status text not null check (status in ('JOINED', 'SUSPENDED')),
    joined_at timestamptz not null
);

create table ingest_batch (
    batch_id bigint generated always as identity primary key,
    source_code text collate "C" not null references source,
    channel text not null check (channel in ('PULL', 'PUSH')),
    cursor_after text,
    received integer not null,
    merged integer not null,
    unchanged integer not null,
    rejected integer not null,
    merged_at timestamptz not null
);
create index ingest_batch_source on ingest_batch (source_code, batch_id);

create table reject (
    source_code text collate "C" not null references source,
    record_kind text not null,
    source_record_id text collate "C" not null,
    field text not null,
    code text not null,
    severity text not null check (severity in ('RECORD', 'FIELD')),
    value text not null,
    batch_id bigint not null,
    rejected_at timestamptz not null,
    primary key (source_code, record_kind, source_record_id, field, code)
);

create table household (
    household_id bigint primary key,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    source_revision bigint not null,
    observed_at timestamptz not null,
    fetched_at timestamptz not null,
    regency_code text collate "C" not null,
    region_code text collate "C" not null,
    kk_number text collate "C",
    kk_status text not null check (kk_status in ('VALID', 'CONTESTED', 'MISSING', 'INVALID')),
    address text,
    decile smallint check (decile between 1 and 10),
    welfare_source text,
    welfare_period text,
    removed_at timestamptz,
    check (starts_with(region_code, regency_code)),
    check ((kk_status in ('VALID', 'CONTESTED')) = (kk_number is not null))
);
create index household_region on household (region_code, household_id);
create index household_by_kk_number on household (kk_number) where kk_number is not null;

create table household_kk (
    household_id bigint not null references household,
    kk_number text collate "C" not null,
    regency_code text collate "C" not null,
    replaced_at timestamptz not null,
    primary key (household_id, kk_number)
);
comment on table household_kk is 'family cards that a household had before the one that it has now';
create index household_kk_number on household_kk (kk_number);

-- No foreign key to household: checking it for each row costs as much as the rest of a large merge (see
-- docs/decisions/0006-keys-of-the-registry.md). One transaction merges both, and households are marked, never deleted.
create table person (
    household_id bigint not null,
    person_id bigint not null,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    source_revision bigint not null,
    observed_at timestamptz not null,
    fetched_at timestamptz not null,
    regency_code text collate "C" not null,
    nik text collate "C",
    nik_status text not null check (nik_status in ('VALID', 'CONTESTED', 'MISSING', 'INVALID')),
    nik_warnings text[] not null,
    name text,
    sex text check (sex in ('MALE', 'FEMALE')),
    birth_date date,
    birth_place text,
    is_head boolean not null,
    vital_status text check (vital_status in ('ALIVE', 'DECEASED', 'MOVED_ABROAD')),
    is_pregnant boolean,
    pregnancy_due_on date,
    school_level text check (school_level in ('NONE', 'SD', 'SMP', 'SMA', 'HIGHER')),
    is_enrolled_in_school boolean,
    disability text check (disability in ('NONE', 'MILD', 'SEVERE')),
    has_chronic_illness boolean,
    occupation_class text check (occupation_class in
        ('NONE', 'FARMER', 'LABOURER', 'TRADER', 'EMPLOYEE', 'CIVIL_SERVANT', 'MILITARY', 'POLICE', 'OTHER')),
    left_at timestamptz,
    primary key (household_id, person_id),
    check ((nik_status in ('VALID', 'CONTESTED')) = (nik is not null))
);
comment on column person.nik_status is 'CONTESTED: several present persons hold this NIK, so it proves nothing until that is cleared up';
comment on column person.left_at is 'set when the newest record of the household no longer names the person';
create index person_by_id on person (person_id);
create index person_nik on person (nik) where nik is not null;

create table case_file (
    case_file_id bigint primary key,
    household_id bigint,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    source_revision bigint not null,
    observed_at timestamptz not null,
    fetched_at timestamptz not null,
    regency_code text collate "C" not null,
    region_code text collate "C" not null,
    number text not null,
    type text not null check (type in
        ('QUESTION', 'SUGGESTION', 'COMPLAINT', 'NEED', 'OBJECTION', 'PROPOSAL', 'OUTREACH_FINDING')),
    category text not null check (category in
        ('HEALTH', 'EDUCATION', 'SOCIAL_ECONOMIC', 'FOOD', 'ENERGY', 'AGRICULTURE', 'FISHERIES', 'HOUSING', 'CIVIL_REGISTRATION')),
    channel text not null,
    status text not null check (status in
        ('RECEIVED', 'TRIAGED', 'ASSIGNED', 'IN_PROGRESS', 'WAITING_CITIZEN', 'WAITING_AGENCY', 'REFERRED', 'RESOLVED', 'CLOSED',
         'REOPENED', 'DUPLICATE', 'REJECTED')),
    summary text,
    received_at timestamptz not null,
    closed_at timestamptz,
    removed_at timestamptz,
    check (starts_with(region_code, regency_code))
);
create index case_file_region on case_file (region_code, case_file_id);
create index case_file_household on case_file (household_id) where household_id is not null;

create table village_service (
    village_service_id bigint primary key,
    household_id bigint,
    source_code text collate "C" not null,
    source_record_id text collate "C" not null,
    source_revision bigint not null,
    observed_at timestamptz not null,
    fetched_at timestamptz not null,
    regency_code text collate "C" not null,
    region_code text collate "C" not null,
    type text not null,
    status text not null,
    requested_at timestamptz,
    completed_at timestamptz,
    removed_at timestamptz,
    check (starts_with(region_code, regency_code))
);
create index village_service_region on village_service (region_code, village_service_id);

create table idempotency_key (
    client_id text not null,
    operation text not null,
    key text not null,
    request_digest bytea not null,
    response jsonb not null,
    created_at timestamptz not null,
    primary key (client_id, operation, key)
);

create table installation (
    name text primary key,
    value text not null
);
comment on table installation is 'facts about this database, such as which demo world it holds';
