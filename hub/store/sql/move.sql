-- name: lock_moves
-- Moves are applied by one at a time, and not beside a merge of records.
select pg_advisory_xact_lock(hashtextextended('household moves', 0));

-- name: create_stage_move
-- Pairs of a household and a record of another regency that may be the same, with what speaks for it.
create temporary table if not exists stage_move (
    household_id bigint, arrived_household_id bigint, out_service_id bigint, in_service_id bigint, shared integer, members integer,
    has_same_kk boolean, is_named boolean, moved_on date,
    to_regency_code text collate "C", person_id bigint, arrived_person_id bigint
) on commit delete rows;

-- name: clear_stage_move
-- A round begins with nothing, also within one transaction.
delete from stage_move;

-- name: find_moves
-- Pairs named by a completed move letter of either side, or by a household that was removed in the days before while its people
-- are in the records of another regency. What brings a pair up is a NIK, a family card or the other side's id.
with letter as (
    select v.village_service_id, v.type, v.household_id, v.regency_code, left(v.other_region_code, 5) as other_regency_code,
        v.other_household_id, v.other_kk_number, coalesce(v.event_on, v.completed_at::date, v.observed_at::date) as moved_on
    from village_service v
    where v.type in ('MOVE_IN_LETTER', 'MOVE_OUT_LETTER') and v.status = 'COMPLETED' and v.removed_at is null
        and v.person_id is null and v.household_id is not null and v.other_region_code is not null
        and not exists (select from village_service_effect e where e.village_service_id = v.village_service_id)
),
side as (
    select distinct household_id, other_regency_code, type, other_household_id, other_kk_number from letter
    union all
    select h.household_id, null, 'MOVE_OUT_LETTER', null, null from household h where h.removed_at > :removed_since::timestamptz
),
found as (
    select s.household_id, s.type, o.household_id as other_id
    from side s
    join person p on p.household_id = s.household_id and p.nik is not null
    join person o on o.nik = p.nik and o.household_id <> p.household_id
        and o.regency_code = coalesce(s.other_regency_code, o.regency_code)
    union
    select s.household_id, s.type, o.household_id
    from side s
    join household o on o.kk_number = s.other_kk_number and o.household_id <> s.household_id and o.regency_code = s.other_regency_code
    union
    select s.household_id, s.type, o.household_id
    from side s
    join household o on o.household_id = s.other_household_id and o.household_id <> s.household_id
        and o.regency_code = s.other_regency_code
    union
    select s.household_id, s.type, o.household_id
    from side s
    join household h on h.household_id = s.household_id and h.kk_number is not null
    join household o on o.kk_number = h.kk_number and o.household_id <> h.household_id
        and o.regency_code = coalesce(s.other_regency_code, o.regency_code)
),
pair as (
    select household_id, other_id as arrived_id from found where type = 'MOVE_OUT_LETTER'
    union
    select other_id, household_id from found where type = 'MOVE_IN_LETTER'
)
insert into stage_move (household_id, arrived_household_id, out_service_id, in_service_id, shared, members, has_same_kk, is_named,
    moved_on, to_regency_code)
select p.household_id, p.arrived_id, gone.village_service_id, came.village_service_id, people.shared,
    least(people.old_members, people.new_members),
    exists (
        select from (select h.kk_number union all select k.kk_number from household_kk k where k.household_id = h.household_id) had
        where had.kk_number in (a.kk_number, came.other_kk_number)
    ),
    coalesce(gone.other_household_id = p.arrived_id, false) or coalesce(came.other_household_id = p.household_id, false),
    least(gone.moved_on, came.moved_on), coalesce(came.regency_code, a.regency_code)
from pair p
join household h on h.household_id = p.household_id
join household a on a.household_id = p.arrived_id and a.removed_at is null and a.regency_code <> h.regency_code
cross join lateral (
    select array_agg(m.from_regency_code) || a.regency_code as regencies
    from household_move m where m.household_id = a.household_id and m.person_id is null and m.status = 'MOVED'
) been
left join lateral (
    select * from letter l
    where l.type = 'MOVE_OUT_LETTER' and l.household_id = h.household_id and l.regency_code = h.regency_code
        and l.other_regency_code = any (been.regencies)
    order by l.moved_on, l.village_service_id limit 1
) gone on true
left join lateral (
    select * from letter l
    where l.type = 'MOVE_IN_LETTER' and l.household_id = a.household_id and l.other_regency_code = h.regency_code
        and l.regency_code = any (been.regencies) and l.regency_code = coalesce(gone.other_regency_code, l.regency_code)
    order by l.moved_on, l.village_service_id limit 1
) came on true
cross join lateral (
    select (
            select count(distinct o.nik) from person o join person n on n.nik = o.nik and n.household_id = a.household_id
            where o.household_id = h.household_id
        )::integer as shared,
        (select count(distinct o.nik) from person o where o.household_id = h.household_id)::integer as old_members,
        (select count(distinct n.nik) from person n where n.household_id = a.household_id)::integer as new_members
) people
where gone.village_service_id is not null or came.village_service_id is not null or h.removed_at is not null;

-- name: drop_stale_reviews
-- Pairs of which one is gone by now need nobody to look.
delete from household_move m
where m.status = 'REVIEW' and not exists (
    select from household h
    join household a on a.household_id = m.arrived_household_id and a.removed_at is null and a.regency_code <> h.regency_code
    where h.household_id = m.household_id
)
    or m.status = 'REVIEW' and m.person_id is not null and not exists (
        select from person p
        join person n on n.household_id = m.arrived_household_id and n.person_id = m.arrived_person_id
        where p.household_id = m.household_id and p.person_id = m.person_id
    );

-- name: find_person_moves
-- The same of members who move alone, each named by a completed move letter: the same NIK in the named regency, or, where one side has
-- none, the same name, birth date and sex.
with letter as (
    select v.village_service_id, v.type, v.household_id, v.person_id, v.regency_code,
        left(v.other_region_code, 5) as other_regency_code, v.other_household_id,
        coalesce(v.event_on, v.completed_at::date, v.observed_at::date) as moved_on
    from village_service v
    where v.type in ('MOVE_IN_LETTER', 'MOVE_OUT_LETTER') and v.status = 'COMPLETED' and v.removed_at is null
        and v.person_id is not null and v.other_region_code is not null
        and not exists (select from village_service_effect e where e.village_service_id = v.village_service_id)
),
found as (
    select l.type, p.household_id, p.person_id, o.household_id as other_household_id, o.person_id as other_person_id
    from letter l
    join person p on p.person_id = l.person_id and p.regency_code = l.regency_code and p.nik is not null
    join person o on o.nik = p.nik and o.person_id <> p.person_id and o.regency_code = l.other_regency_code
    union
    select l.type, p.household_id, p.person_id, o.household_id, o.person_id
    from letter l
    join person p on p.person_id = l.person_id and p.regency_code = l.regency_code
    join letter k on k.type <> l.type and k.regency_code = l.other_regency_code and k.other_regency_code = l.regency_code
    join person o on o.person_id = k.person_id and o.regency_code = k.regency_code and upper(o.name) = upper(p.name)
        and o.birth_date = p.birth_date and o.sex = p.sex and (o.nik is null or p.nik is null)
),
pair as (
    select household_id, person_id, other_household_id as arrived_id, other_person_id as arrived_person_id
    from found where type = 'MOVE_OUT_LETTER'
    union
    select other_household_id, other_person_id, household_id, person_id from found where type = 'MOVE_IN_LETTER'
)
insert into stage_move (household_id, arrived_household_id, person_id, arrived_person_id, out_service_id, in_service_id, shared,
    members, has_same_kk, is_named, moved_on, to_regency_code)
select q.household_id, q.arrived_id, q.person_id, q.arrived_person_id, gone.village_service_id, came.village_service_id,
    (p.nik is not distinct from n.nik and n.nik is not null)::integer, 1, false,
    coalesce(gone.other_household_id = q.arrived_id, false) or coalesce(came.other_household_id = q.household_id, false),
    least(gone.moved_on, came.moved_on), n.regency_code
from pair q
join person p on p.household_id = q.household_id and p.person_id = q.person_id
join person n on n.household_id = q.arrived_id and n.person_id = q.arrived_person_id and n.left_at is null
    and n.regency_code <> p.regency_code
left join lateral (
    select * from letter l
    where l.type = 'MOVE_OUT_LETTER' and l.person_id = p.person_id and l.regency_code = p.regency_code
        and l.other_regency_code = n.regency_code
    order by l.moved_on, l.village_service_id limit 1
) gone on true
left join lateral (
    select * from letter l
    where l.type = 'MOVE_IN_LETTER' and l.person_id = n.person_id and l.regency_code = n.regency_code
        and l.other_regency_code = p.regency_code
    order by l.moved_on, l.village_service_id limit 1
) came on true
where gone.village_service_id is not null or came.village_service_id is not null;

-- name: record_moves
-- What the pairs are worth. Both letters and equal numbers, at least half of the NIKs or the family card, prove a move; a part of
-- that puts it to review, and so do several proven pairs of one household. What a person rejected stays so.
with weighed as (
    select s.*, h.regency_code as from_regency_code, h.source_code, h.source_record_id,
        s.out_service_id is not null and s.in_service_id is not null and equal.numbers as is_proven, equal.numbers
    from stage_move s
    join household h on h.household_id = s.household_id
    cross join lateral (select s.has_same_kk or s.shared > 0 and 2 * s.shared >= s.members as numbers) equal
    where equal.numbers
        or (s.is_named or s.person_id is not null) and s.out_service_id is not null and s.in_service_id is not null
),
counted as (
    select w.*, count(*) filter (where is_proven) over (partition by household_id, person_id) as of_household,
        count(*) filter (where is_proven) over (partition by arrived_household_id, arrived_person_id) as of_arrived
    from weighed w
)
insert into household_move (household_id, arrived_household_id, from_regency_code, to_regency_code, from_source_code, from_record_id,
    status, cause, evidence, out_service_id, in_service_id, moved_on, found_at, person_id, arrived_person_id)
select household_id, arrived_household_id, from_regency_code, to_regency_code, source_code, source_record_id, 'REVIEW',
    case
        when not numbers then 'NUMBERS_DIFFER'
        when is_proven and (of_household > 1 or of_arrived > 1) then 'AMBIGUOUS'
        when is_proven then 'LETTERS'
        when out_service_id is null and in_service_id is null then 'NO_LETTER'
        else 'ONE_LETTER'
    end,
    jsonb_build_object('sharedNiks', shared, 'members', members, 'hasSameFamilyCard', has_same_kk, 'isNamed', is_named,
        'hasMoveOutLetter', out_service_id is not null, 'hasMoveInLetter', in_service_id is not null),
    out_service_id, in_service_id, moved_on, :now, person_id, arrived_person_id
from counted
where is_proven or of_household = 0 and of_arrived = 0
order by household_id, arrived_household_id
on conflict (household_id, arrived_household_id, coalesce(person_id, 0)) where status <> 'MOVED' do update set
    cause = excluded.cause, evidence = excluded.evidence, out_service_id = excluded.out_service_id,
    in_service_id = excluded.in_service_id, moved_on = excluded.moved_on, from_regency_code = excluded.from_regency_code,
    to_regency_code = excluded.to_regency_code, from_source_code = excluded.from_source_code, from_record_id = excluded.from_record_id
where household_move.status = 'REVIEW'
    and (household_move.cause, household_move.evidence, household_move.out_service_id, household_move.in_service_id)
        is distinct from (excluded.cause, excluded.evidence, excluded.out_service_id, excluded.in_service_id);

-- name: list_ready_moves
-- Moves that are proven or that a person confirmed. Of a chain the first comes first: a household that has still to come from
-- elsewhere moves on in a later round, and so does a member of one that moves as a whole.
with ready as (
    select m.move_id, m.person_id, m.household_id, m.arrived_household_id, m.status,
        coalesce(m.person_id, m.household_id) as subject_id, coalesce(m.arrived_person_id, m.arrived_household_id) as arrived_id
    from household_move m
    where m.status = 'REVIEW' and m.cause = 'LETTERS' or m.status = 'CONFIRMED'
),
turn as (
    select r.move_id, row_number() over (partition by r.subject_id order by r.move_id) as of_household,
        row_number() over (partition by r.arrived_id order by r.move_id) as of_arrived
    from ready r
    where (r.status = 'CONFIRMED' or not exists (select from ready e where e.arrived_id = r.subject_id))
        and (r.person_id is null or not exists (
            select from ready e
            where e.person_id is null and (e.household_id in (r.household_id, r.arrived_household_id)
                or e.arrived_household_id in (r.household_id, r.arrived_household_id))
        ))
)
select move_id from turn where of_household = 1 and of_arrived = 1 order by move_id;
