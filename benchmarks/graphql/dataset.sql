-- The registry that the contestants are asked about: `benchmark.households` households with 3.5 members on average in a
-- hundred regencies. Everything is a function of the row's number, so two builds hold the same. One transaction, in the
-- owner's role: foreign keys are not checked row by row, for every row is made from the one that it points to.

set local session_replication_role = replica;
set local synchronous_commit = off;
set local work_mem = '256MB';
set local maintenance_work_mem = '512MB';

create temporary table place on commit drop as
with regency as (
    select region_code, row_number() over (order by region_code) - 1 as regency_no
    from (
        select region_code from region r
        where level = 'REGENCY' and exists (
            select from region v where v.level = 'VILLAGE' and v.region_code > r.region_code and v.region_code < r.region_code || '/')
        order by md5(region_code) limit 100
    ) chosen
)
select g.regency_no, g.region_code as regency_code, v.region_code,
    row_number() over (partition by g.region_code order by v.region_code) - 1 as village_no,
    count(*) over (partition by g.region_code) as villages
from regency g
join region v on v.level = 'VILLAGE' and v.region_code > g.region_code and v.region_code < g.region_code || '/';
create unique index on place (regency_no, village_no);
analyze place;

-- Households of a regency stand together, as a district sends them.
create temporary table made on commit drop as
select n, hashint8extended(n, 1) & 9223372036854775807 as household_id, p.regency_code, p.region_code,
    replace(p.regency_code, '.', '') as digits, 1 + (n % 10)::smallint as decile
from generate_series(0, current_setting('benchmark.households')::bigint - 1) n
join (select distinct regency_no, villages from place) g
    on g.regency_no = n * 100 / current_setting('benchmark.households')::bigint
join place p on p.regency_no = g.regency_no and p.village_no = (hashint8(n) & 2147483647) % g.villages;

insert into household
select household_id, regency_code, 'K-' || lpad(n::text, 9, '0'), 1, timestamptz '2026-06-01 00:00+00', timestamptz '2026-06-02 00:00+00',
    regency_code, region_code,
    digits || lpad((1 + n / 9999 % 30)::text, 2, '0') || '010110' || lpad((1 + n % 9999)::text, 4, '0'),
    'VALID', 'Dusun Krajan RT ' || lpad((n % 40)::text, 2, '0'), decile, 'DTSEN', '2026-1', null
from made order by n;

create temporary table member on commit drop as
select m.household_id, m.regency_code, m.digits, m.n, k, m.n * 4 + k as person_no, (m.n + k) % 2 = 0 as is_man,
    case when k < 2 then date '1950-01-01' + ((m.n * 4 + k) * 7 % 15000)::integer
        else date '1995-01-01' + ((m.n * 4 + k) * 7 % 11000)::integer end as birth_date
from made m cross join generate_series(0, 2 + (m.n % 2)::integer) k;

insert into person (household_id, person_id, source_code, source_record_id, source_revision, observed_at, fetched_at, regency_code,
    nik, nik_status, nik_warnings, name, sex, birth_date, birth_place, is_head, vital_status, is_pregnant, school_level,
    is_enrolled_in_school, disability, has_chronic_illness, occupation_class)
select household_id, hashint8extended(person_no, 2) & 9223372036854775807, regency_code, 'P-' || lpad(person_no::text, 9, '0'), 1,
    timestamptz '2026-06-01 00:00+00', timestamptz '2026-06-02 00:00+00', regency_code,
    digits || lpad((1 + person_no / 9999 % 30)::text, 2, '0')
        || lpad((extract(day from birth_date) + case when is_man then 0 else 40 end)::text, 2, '0') || to_char(birth_date, 'MMYY')
        || lpad((1 + person_no % 9999)::text, 4, '0'),
    'VALID', '{}', case when is_man then 'Slamet Riyadi ' else 'Siti Aminah ' end || person_no,
    case when is_man then 'MALE' else 'FEMALE' end, birth_date, 'Banyuwangi', k = 0, 'ALIVE', false, 'NONE', false, 'NONE',
    person_no % 17 = 0, 'FARMER'
from member order by person_no;

insert into enrolment (household_id, person_id, programme_code, source_code, source_record_id, source_revision, observed_at, fetched_at,
    regency_code, status, link_method, segment, components, amount)
select household_id, hashint8extended(person_no, 2) & 9223372036854775807, 'KIS_PBI', 'KIS', 'KIS-' || lpad(person_no::text, 9, '0'), 1,
    timestamptz '2026-06-01 00:00+00', timestamptz '2026-06-02 00:00+00', regency_code,
    case when person_no % 40 = 1 then 'INACTIVE' else 'ACTIVE' end, 'NIK', 'PBI', '{}'::jsonb, null::bigint
from member where (hashint8extended(person_no, 3) & 2147483647) % 5 < 2
union all
select household_id, null, 'PKH', 'PKH', 'PKH-' || lpad(n::text, 9, '0'), 1,
    timestamptz '2026-06-01 00:00+00', timestamptz '2026-06-02 00:00+00', regency_code,
    'ACTIVE', 'KK', null, '{"ELDERLY": 1}', 2400000
from made where (hashint8extended(n, 4) & 2147483647) % 5 = 0;

insert into match (household_id, match_id, person_id, regency_code, programme_code, rule_version, status, created_at, changed_at)
select household_id, nextval('match_id_seq'), hashint8extended(person_no, 2) & 9223372036854775807, regency_code, 'KIS_PBI', 1, 'PROPOSED',
    timestamptz '2026-06-03 00:00+00', timestamptz '2026-06-03 00:00+00'
from (select * from member where (hashint8extended(person_no, 5) & 2147483647) % 50 = 0 order by person_no) unserved;

insert into coverage
with unit as (
    select regency_code, count(*)::integer as households from household group by 1
), body as (
    select regency_code, count(*)::integer as persons from person group by 1
), served as (
    select regency_code, programme_code, count(*)::integer as enrolled from enrolment where status = 'ACTIVE' group by 1, 2
), waiting as (
    select regency_code, programme_code, count(*)::integer as matched from match group by 1, 2
)
select u.regency_code, p.programme_code, u.households, b.persons, u.households / 2, u.households / 50, coalesce(s.enrolled, 0),
    u.households / 5, coalesce(w.matched, 0), 0, 0, timestamptz '2026-06-03 00:00+00'
from unit u
join body b using (regency_code)
cross join programme p
left join served s on s.regency_code = u.regency_code and s.programme_code = p.programme_code
left join waiting w on w.regency_code = u.regency_code and w.programme_code = p.programme_code;

insert into installation values ('benchmark', current_setting('benchmark.households'));
