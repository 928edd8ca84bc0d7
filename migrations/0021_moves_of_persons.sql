-- A member can move alone: from a household of one regency into one of another, as letters that name the person say.

alter table household_move
    add column person_id bigint,
    add column arrived_person_id bigint,
    add constraint move_of_one check ((person_id is null) = (arrived_person_id is null));
comment on column household_move.person_id is 'who moved alone, from household_id into arrived_household_id; null: the whole household moved';
comment on column household_move.arrived_person_id is 'the id that the new district''s record of this person would have made';
drop index household_move_open;
create unique index household_move_open on household_move (household_id, arrived_household_id, coalesce(person_id, 0))
    where status <> 'MOVED';
create index household_move_person on household_move (person_id) where person_id is not null;

alter table village_service_effect drop constraint village_service_effect_effect_check,
    add constraint village_service_effect_effect_check check (effect in
        ('HOUSEHOLD_MOVED', 'PERSON_MOVED', 'NEWBORN_CANDIDATE', 'NEWBORN_KNOWN', 'DEATH_NOTED', 'DEATH_KNOWN'));

-- A decided link stays, unless its unit was united with another that holds a link of the same roster line.
create or replace function link_deleted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if exists (select from departed d where d.decided_by is not null
               and not exists (select from household_alias a where a.made_id = d.household_id)
               and not exists (select from person_alias a where a.made_id = d.person_id)) then
        raise exception 'a decided link stays' using errcode = 'integrity_constraint_violation', constraint = 'link_decided_stays';
    end if;
    insert into link_event (link_id, version, source_code, source_record_id, household_id, person_id, regency_code, from_status,
        to_status, method, weight, weights_version, actor, reason)
    select link_id, version + 1, source_code, source_record_id, household_id, person_id, regency_code, status, null, method, weight,
        weights_version, 'hub', null
    from departed;
    return null;
end $$;
