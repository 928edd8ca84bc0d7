-- Referrals [rujukan]: a case file's need is handed to whoever can serve it, and what became of it comes back. The database itself
-- keeps these promises: a referral moves only along referral_transition, each move by the side that may make it, its package holds
-- no field that its purpose does not name, and what was sent is never rewritten.

create table referral_transition (
    from_status text not null,
    to_status text not null,
    side text not null check (side in ('SENDER', 'RECEIVER', 'HUB')),
    primary key (from_status, to_status, side)
);
comment on column referral_transition.side is 'who may make the move; the hub also sends the next leg of a referral that was redirected';
insert into referral_transition values
    ('DRAFT', 'SENT', 'SENDER'), ('DRAFT', 'SENT', 'HUB'), ('DRAFT', 'CLOSED', 'SENDER'),
    ('SENT', 'DELIVERED', 'HUB'), ('SENT', 'FAILED', 'HUB'), ('SENT', 'CLOSED', 'SENDER'),
    ('DELIVERED', 'ACCEPTED', 'RECEIVER'), ('DELIVERED', 'DECLINED', 'RECEIVER'), ('DELIVERED', 'REDIRECTED', 'RECEIVER'),
    ('DELIVERED', 'CLOSED', 'SENDER'),
    ('ACCEPTED', 'IN_SERVICE', 'RECEIVER'), ('ACCEPTED', 'FAILED', 'RECEIVER'),
    ('IN_SERVICE', 'COMPLETED', 'RECEIVER'), ('IN_SERVICE', 'FAILED', 'RECEIVER'),
    ('DECLINED', 'CLOSED', 'SENDER'), ('COMPLETED', 'CLOSED', 'SENDER'), ('FAILED', 'CLOSED', 'SENDER'),
    ('REDIRECTED', 'CLOSED', 'HUB');

create table referral_purpose (
    purpose_code text not null,
    version integer not null check (version > 0),
    description_id text not null,
    description_en text not null,
    fields text[] not null check (cardinality(fields) > 0),
    receiver_kinds text[] not null check (cardinality(receiver_kinds) > 0),
    is_about_person boolean not null,
    case_category text not null,
    effective_from date not null,
    primary key (purpose_code, version)
);
comment on table referral_purpose is 'what a referral can be for; a change is a new version, and a referral keeps the one that it was made by';
comment on column referral_purpose.fields is 'all that a package of this purpose may hold, in the words of hub.domain.referral_package';
comment on column referral_purpose.receiver_kinds is 'DISTRICT, a kind of agency, or a national system';
insert into referral_purpose values
    ('HEALTH_TREATMENT', 1, 'Pengobatan atau perawatan', 'Treatment or care',
        '{name,birth_date,sex,nik,village,is_pregnant,disability,has_chronic_illness,summary}',
        '{DISTRICT,DINAS_KESEHATAN,PUSKESOS}', true, 'HEALTH', '2026-01-01'),
    ('EDUCATION_RETURN', 1, 'Kembali bersekolah', 'Back to school',
        '{name,birth_date,sex,nik_masked,village,school_level,is_enrolled_in_school,summary}',
        '{DISTRICT,DINAS_PENDIDIKAN,PUSKESOS}', true, 'EDUCATION', '2026-01-01'),
    ('CIVIL_REGISTRATION', 1, 'Dokumen kependudukan', 'Papers of civil registration',
        '{name,birth_date,birth_place,sex,nik,kk_number,address,village,summary}',
        '{DISTRICT,DUKCAPIL}', true, 'CIVIL_REGISTRATION', '2026-01-01'),
    ('SHELTER', 1, 'Rumah aman atau balai', 'Shelter',
        '{name,birth_date,sex,nik_masked,disability,summary}',
        '{DISTRICT,DINAS_SOSIAL,KEMENSOS}', true, 'SOCIAL_ECONOMIC', '2026-01-01'),
    ('HOUSING_REPAIR', 1, 'Perbaikan rumah', 'Repair of a house',
        '{household_head,kk_number_masked,address,village,decile,member_count,summary}',
        '{DISTRICT,DINAS_SOSIAL,DPMD,KESRA}', false, 'HOUSING', '2026-01-01'),
    ('FOOD_AID', 1, 'Bantuan pangan', 'Food aid',
        '{household_head,address,village,member_count,summary}',
        '{DISTRICT,DINAS_SOSIAL,DPMD,KESRA,UPT,PUSKESOS}', false, 'FOOD', '2026-01-01'),
    ('ENROLMENT', 1, 'Kepesertaan program nasional', 'Enrolment in a national programme',
        '{name,birth_date,sex,nik,kk_number,village,decile}',
        '{KIS,PKH,KEMENSOS}', true, 'SOCIAL_ECONOMIC', '2026-01-01');

create table referral_policy (
    purpose_code text not null,
    regency_code text collate "C" not null,
    valid_from timestamptz not null,
    accept_hours integer not null check (accept_hours > 0),
    complete_days integer not null check (complete_days > 0),
    primary key (purpose_code, regency_code, valid_from)
);
comment on table referral_policy is 'how long a receiver has; the newest that is valid counts, and of these the most particular';
comment on column referral_policy.purpose_code is '*: whatever the purpose';
comment on column referral_policy.regency_code is 'of the receiver; *: anywhere, ID: the nation';
insert into referral_policy values
    ('*', '*', '2026-01-01 00:00:00+00', 24, 14),
    ('HEALTH_TREATMENT', '*', '2026-01-01 00:00:00+00', 4, 5),
    ('SHELTER', '*', '2026-01-01 00:00:00+00', 4, 5),
    ('ENROLMENT', '*', '2026-01-01 00:00:00+00', 72, 60);

create table referral (
    referral_id bigint generated always as identity primary key,
    reference text not null generated always as
        ('R-' || from_regency_code || '-' || lpad(referral_id::text, greatest(6, length(referral_id::text)), '0')) stored unique,
    first_referral_id bigint references referral,
    previous_referral_id bigint unique references referral,
    leg_no integer not null default 1 check (leg_no between 1 and 5),
    from_party text collate "C" not null,
    to_party text collate "C" not null,
    from_regency_code text collate "C" not null,
    to_regency_code text collate "C" not null,
    case_file_id bigint not null,
    receiver_case_file_id bigint,
    household_id bigint,
    person_id bigint,
    is_sensitive boolean not null default false,
    purpose_code text not null,
    purpose_version integer not null,
    package jsonb not null check (jsonb_typeof(package) = 'object'),
    status text not null check (status in
        ('DRAFT', 'SENT', 'DELIVERED', 'ACCEPTED', 'DECLINED', 'REDIRECTED', 'IN_SERVICE', 'COMPLETED', 'FAILED', 'CLOSED')),
    version integer not null default 1,
    outcome text check (outcome in ('COMPLETED', 'FAILED', 'DECLINED', 'REDIRECTED', 'WITHDRAWN')),
    reason text,
    redirected_to text collate "C",
    accept_by timestamptz,
    complete_by timestamptz,
    due_at timestamptz,
    created_at timestamptz not null,
    sent_at timestamptz,
    delivered_at timestamptz,
    accepted_at timestamptz,
    begun_at timestamptz,
    ended_at timestamptz,
    closed_at timestamptz,
    foreign key (purpose_code, purpose_version) references referral_purpose,
    check (from_party <> to_party),
    check ((first_referral_id is null) = (leg_no = 1)),
    check ((first_referral_id is null) = (previous_referral_id is null)),
    check ((redirected_to is not null) = (outcome is not null and outcome = 'REDIRECTED')),
    check (due_at is null or status in ('SENT', 'DELIVERED', 'ACCEPTED', 'IN_SERVICE'))
);
comment on column referral.first_referral_id is 'the first leg, when an earlier receiver redirected it; null: this is the first';
comment on column referral.to_regency_code is 'ID: a party of the nation';
comment on column referral.case_file_id is 'the case file of the sender';
comment on column referral.package is 'what the receiver gets to know: the fields of the purpose, and nothing else';
comment on column referral.is_sensitive is 'as its case file is: seen only by those who have the scope for it, on both sides';
comment on column referral.due_at is 'when the clock that runs now ends: accept_by until the receiver accepts, complete_by from then on';
create index referral_incoming on referral (to_regency_code, referral_id) where sent_at is not null;
create index referral_incoming_status on referral (to_regency_code, status, referral_id) where sent_at is not null;
create index referral_outgoing on referral (from_regency_code, referral_id);
create index referral_outgoing_status on referral (from_regency_code, status, referral_id);
create index referral_due on referral (due_at) where due_at is not null;
create index referral_case_file on referral (case_file_id);
create index referral_receiver_case_file on referral (receiver_case_file_id) where receiver_case_file_id is not null;
create index referral_legs on referral (first_referral_id) where first_referral_id is not null;
create index referral_of_nation on referral (to_party, referral_id)
    where to_regency_code = 'ID' and status in ('DELIVERED', 'ACCEPTED', 'IN_SERVICE');

create table referral_event (
    referral_id bigint not null references referral,
    version integer not null,
    from_status text,
    to_status text not null,
    side text not null,
    key text not null,
    actor text not null,
    reason text,
    from_regency_code text collate "C" not null,
    to_regency_code text collate "C" not null,
    moved_at timestamptz not null,
    primary key (referral_id, version),
    unique (referral_id, key),
    foreign key (from_status, to_status, side) references referral_transition
);
comment on table referral_event is 'every move of every referral: appended to, never changed';

create function referral_moves() returns trigger language plpgsql as $$
declare
    foreign_field text;
begin
    if tg_op = 'INSERT' then
        if new.status <> 'DRAFT' or new.version <> 1 then
            raise exception 'a referral begins as DRAFT with version 1, not as % with version %', new.status, new.version
                using errcode = 'integrity_constraint_violation', constraint = 'referral_transition';
        end if;
        select f into foreign_field from jsonb_object_keys(new.package) f
            where not exists (select from referral_purpose p
                where p.purpose_code = new.purpose_code and p.version = new.purpose_version and f = any (p.fields)) limit 1;
        if foreign_field is not null then
            raise exception 'a package for % may not hold %', new.purpose_code, foreign_field
                using errcode = 'integrity_constraint_violation', constraint = 'referral_package';
        end if;
        return new;
    end if;
    if (new.package, new.purpose_code, new.purpose_version, new.from_party, new.to_party, new.from_regency_code, new.to_regency_code)
        is distinct from
        (old.package, old.purpose_code, old.purpose_version, old.from_party, old.to_party, old.from_regency_code, old.to_regency_code)
    then
        raise exception 'referral % keeps its parties, purpose and package', old.reference
            using errcode = 'integrity_constraint_violation', constraint = 'referral_package';
    end if;
    if new.status <> old.status then
        if not exists (select from referral_transition t where t.from_status = old.status and t.to_status = new.status) then
            raise exception 'referral % cannot move from % to %', old.reference, old.status, new.status
                using errcode = 'integrity_constraint_violation', constraint = 'referral_transition';
        end if;
        new.version := old.version + 1;
    elsif new.version <> old.version then
        raise exception 'the version of referral % moves only with its status', old.reference
            using errcode = 'integrity_constraint_violation', constraint = 'referral_transition';
    end if;
    return new;
end $$;
create trigger referral_moves before insert or update on referral for each row execute function referral_moves();
create trigger referral_event_grows before update or delete on referral_event for each statement execute function refuse_rewriting();

-- Both parties' regencies see a referral, the receiver's once it was sent; nobody else does. Callers only read: a move touches what
-- belongs to the other side too, so use cases check who asks and make it with the rights of jobs.
alter table referral enable row level security;
create policy of_both_sides on referral for select to hub_app
    using (from_regency_code >= current_setting('hub.region_from') and from_regency_code < current_setting('hub.region_to')
        or sent_at is not null
            and to_regency_code >= current_setting('hub.region_from') and to_regency_code < current_setting('hub.region_to'));
create policy sensitive on referral as restrictive to hub_app
    using (not is_sensitive or coalesce(current_setting('hub.sensitive', true), '') = 'on');
alter table referral_event enable row level security;
create policy of_both_sides on referral_event for select to hub_app
    using (from_regency_code >= current_setting('hub.region_from') and from_regency_code < current_setting('hub.region_to')
        or from_status is not null and (from_status, to_status) <> ('DRAFT', 'CLOSED')
            and to_regency_code >= current_setting('hub.region_from') and to_regency_code < current_setting('hub.region_to'));
create policy sensitive on referral_event as restrictive to hub_app
    using (exists (select from referral r where r.referral_id = referral_event.referral_id));

-- A case file that becomes sensitive takes its referrals along; whoever may change the case file need not be able to change these.
create function referral_sensitivity() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update referral set is_sensitive = new.is_sensitive where case_file_id = new.case_file_id;
    return null;
end $$;
create trigger referral_sensitivity after update of is_sensitive on case_file
    for each row when (new.is_sensitive <> old.is_sensitive) execute function referral_sensitivity();
grant select on referral, referral_event, referral_transition, referral_purpose, referral_policy to hub_app;

-- Districts can be able to take referrals; whatever else they can be able to do by now stays.
do $$
declare
    held record;
begin
    select conname, pg_get_constraintdef(oid) as definition into strict held from pg_constraint
        where conrelid = 'district_system'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%MATCH_DELIVERY%';
    execute format('alter table district_system drop constraint %I', held.conname);
    execute format('alter table district_system add constraint %I %s', held.conname,
        replace(held.definition, '''MATCH_DELIVERY''::text', '''MATCH_DELIVERY''::text, ''REFERRALS''::text'));
end $$;
