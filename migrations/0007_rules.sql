-- The life of a rule set, its simulation before it counts, and what a new evaluation changed.
-- The database itself keeps these promises, whatever statement comes along: a version moves only along rule_transition; its
-- document changes only as a draft; nobody approves what they wrote; it is published from a day that has not passed; one
-- version at most counts on a day; and every change leaves a line in a history that only grows.

create table rule_transition (
    from_status text not null,
    to_status text not null,
    primary key (from_status, to_status)
);
insert into rule_transition values
    ('DRAFT', 'VALIDATED'), ('DRAFT', 'RETIRED'),
    ('VALIDATED', 'SIMULATED'), ('VALIDATED', 'DRAFT'), ('VALIDATED', 'RETIRED'),
    ('SIMULATED', 'APPROVED'), ('SIMULATED', 'DRAFT'), ('SIMULATED', 'RETIRED'),
    ('APPROVED', 'PUBLISHED'), ('APPROVED', 'DRAFT'), ('APPROVED', 'RETIRED'),
    ('PUBLISHED', 'RETIRED');

alter table programme_rule
    alter column effective_from drop not null,
    drop constraint programme_rule_check,
    add check (effective_to is null or effective_from is not null and effective_to >= effective_from),
    add column origin text not null default 'SHIPPED' check (origin in ('SHIPPED', 'AUTHORED')),
    add column examples jsonb not null default '[]',
    add column revision integer not null default 1 check (revision > 0),
    add column drafted_by text not null default 'release',
    add column simulation_id bigint,
    add column approved_by text,
    add column moved_by text not null default 'release',
    add column moved_at timestamptz not null default now(),
    add column reason text not null default 'shipped with the hub' check (length(reason) between 1 and 1000);
update programme_rule set origin = 'AUTHORED', drafted_by = 'operator', moved_by = 'operator', approved_by = 'operator (by hand)',
    reason = 'published by hand before versions had a life' where version > 1;
alter table programme_rule
    alter column origin drop default,
    alter column drafted_by drop default,
    alter column moved_by drop default,
    alter column moved_at drop default,
    alter column reason drop default,
    add constraint rule_counts_from_a_day check (status <> 'PUBLISHED' or effective_from is not null),
    add constraint rule_was_simulated check (status not in ('SIMULATED', 'APPROVED') or simulation_id is not null),
    add constraint rule_was_approved check (status <> 'APPROVED' and (status <> 'PUBLISHED' or origin = 'SHIPPED') or approved_by is not null);
comment on column programme_rule.origin is 'SHIPPED: came with a release of the hub; AUTHORED: written in this installation';
comment on column programme_rule.revision is 'counts the changes of the document';
comment on column programme_rule.moved_by is 'who made the last change; history keeps all of them';
comment on column programme_rule.effective_to is 'the first day on which it counts no longer; equal to effective_from: withdrawn before it counted';

create table rule_history (
    entry_id bigint generated always as identity primary key,
    programme_code text collate "C" not null,
    version integer not null,
    from_status text,
    to_status text not null,
    revision integer not null,
    effective_from date,
    effective_to date,
    simulation_id bigint,
    actor text not null,
    reason text not null,
    rule jsonb,
    examples jsonb,
    moved_at timestamptz not null,
    foreign key (programme_code, version) references programme_rule
);
comment on column rule_history.rule is 'the document, where this entry brought it; null: as before';
create index rule_history_version on rule_history (programme_code, version, entry_id);

insert into rule_history (programme_code, version, to_status, revision, effective_from, effective_to, actor, reason, rule, examples, moved_at)
select programme_code, version, status, revision, effective_from, effective_to, moved_by, reason, rule, examples, moved_at
from programme_rule order by programme_code, version;

create function refuse_rule(what text, which text) returns void language plpgsql as $$
begin
    raise exception '%', what using errcode = 'integrity_constraint_violation', constraint = which;
end $$;

create function rule_moves() returns trigger language plpgsql as $$
declare
    named text := format('rule %s version %s', new.programme_code, new.version);
    today date := (new.moved_at at time zone 'UTC')::date;
    other record;
begin
    if tg_op = 'INSERT' then
        if new.revision <> 1 or not (new.status = 'DRAFT' or new.origin = 'SHIPPED' and new.status = 'PUBLISHED') then
            perform refuse_rule(format('%s begins as DRAFT with revision 1, not as %s with revision %s', named, new.status, new.revision),
                'rule_transition');
        end if;
    else
        if (new.programme_code, new.version, new.origin, new.drafted_by)
            is distinct from (old.programme_code, old.version, old.origin, old.drafted_by) then
            perform refuse_rule(format('rule %s version %s keeps its name, origin and author', old.programme_code, old.version), 'rule_keeps');
        end if;
        if new.status <> old.status
            and not exists (select from rule_transition t where t.from_status = old.status and t.to_status = new.status) then
            perform refuse_rule(format('%s cannot move from %s to %s', named, old.status, new.status), 'rule_transition');
        end if;
        if (new.rule, new.examples) is distinct from (old.rule, old.examples) then
            if new.status <> 'DRAFT' then
                perform refuse_rule(format('the document of %s changes only as DRAFT, and it is %s', named, new.status), 'rule_document');
            end if;
            new.revision := old.revision + 1;
        elsif new.revision <> old.revision then
            perform refuse_rule(format('the revision of %s moves only with its document', named), 'rule_document');
        end if;
        if new.status = 'DRAFT' then
            new.simulation_id := null;
            new.approved_by := null;
        end if;
        if new.status = 'SIMULATED' and not exists (
            select from rule_simulation s
            where s.simulation_id = new.simulation_id and s.status = 'DONE'
                and (s.programme_code, s.version, s.revision) = (new.programme_code, new.version, new.revision)
        ) then
            perform refuse_rule(format('%s has no finished simulation of this revision', named), 'rule_was_simulated');
        end if;
        if new.approved_by is distinct from old.approved_by and new.approved_by is not null and (
            new.status <> 'APPROVED' or new.approved_by <> new.moved_by or exists (
                select from rule_history h
                where (h.programme_code, h.version) = (new.programme_code, new.version) and h.rule is not null and h.actor = new.approved_by
            )
        ) then
            perform refuse_rule(format('%s was written by %s: somebody else has to approve it', named, new.approved_by),
                'rule_approved_by_somebody_else');
        end if;
        if new.simulation_id is distinct from old.simulation_id and new.status not in ('DRAFT', 'SIMULATED')
            or old.status in ('PUBLISHED', 'RETIRED') and new.effective_from is distinct from old.effective_from then
            perform refuse_rule(format('%s is %s: what it rests on stays', named, old.status), 'rule_keeps');
        end if;
        if new.effective_to is distinct from old.effective_to and least(new.effective_to, old.effective_to) < today then
            perform refuse_rule(format('%s counts to %s: the past stays as it was', named, coalesce(old.effective_to::text, 'further notice')),
                'rule_keeps');
        end if;
    end if;
    if new.status = 'PUBLISHED' and (tg_op = 'INSERT' or old.status <> 'PUBLISHED') then
        if new.origin = 'AUTHORED' and new.effective_from < today then
            perform refuse_rule(format('%s cannot count from %s: the day has passed', named, new.effective_from), 'rule_counts_from_a_day');
        end if;
    end if;
    if new.status in ('PUBLISHED', 'RETIRED') and new.effective_from is not null then
        perform from programme p where p.programme_code = new.programme_code for no key update;
        select r.version, r.effective_from, r.effective_to into other
        from programme_rule r
        where r.programme_code = new.programme_code and r.version <> new.version and r.status in ('PUBLISHED', 'RETIRED')
            and daterange(r.effective_from, r.effective_to) && daterange(new.effective_from, new.effective_to)
        limit 1;
        if found then
            perform refuse_rule(format('%s would count beside version %s, which counts from %s to %s', named, other.version,
                other.effective_from, coalesce(other.effective_to::text, 'further notice')), 'rule_one_in_force');
        end if;
    end if;
    return new;
end $$;
create trigger rule_moves before insert or update on programme_rule for each row execute function rule_moves();

create function rule_moved() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    is_written boolean := tg_op = 'INSERT' or (new.rule, new.examples) is distinct from (old.rule, old.examples);
begin
    insert into rule_history (programme_code, version, from_status, to_status, revision, effective_from, effective_to, simulation_id,
        actor, reason, rule, examples, moved_at)
    values (new.programme_code, new.version, case when tg_op = 'UPDATE' then old.status end, new.status, new.revision, new.effective_from,
        new.effective_to, new.simulation_id, new.moved_by, new.reason, case when is_written then new.rule end,
        case when is_written then new.examples end, new.moved_at);
    return null;
end $$;
create trigger rule_moved after insert or update on programme_rule for each row execute function rule_moved();

create function history_only_grows() returns trigger language plpgsql as $$
begin
    perform refuse_rule(format('%s only grows', tg_table_name), 'history_only_grows');
    return null;
end $$;
create trigger history_only_grows before update or delete or truncate on rule_history for each statement execute function history_only_grows();
create trigger rule_is_kept before delete or truncate on programme_rule for each statement execute function history_only_grows();

-- What a version would change, found for some regencies at a time in one transaction, so a killed simulation goes on.
create table rule_simulation (
    simulation_id bigint generated always as identity primary key,
    programme_code text collate "C" not null,
    version integer not null,
    revision integer not null,
    baseline_version integer,
    as_of date not null,
    period text,
    status text not null default 'RUNNING' check (status in ('RUNNING', 'DONE')),
    regencies integer not null,
    regencies_done integer not null default 0,
    units bigint not null default 0,
    input_digest text,
    created_by text not null,
    created_at timestamptz not null,
    finished_at timestamptz,
    foreign key (programme_code, version) references programme_rule,
    foreign key (programme_code, baseline_version) references programme_rule (programme_code, version),
    check ((status = 'DONE') = (finished_at is not null)),
    check ((status = 'DONE') = (input_digest is not null))
);
comment on column rule_simulation.baseline_version is 'the version in force on as_of, with which it is compared; null: there was none';
comment on column rule_simulation.period is 'whose pools are drawn against; null: the programme has none';
comment on column rule_simulation.input_digest is 'of the documents, the day, the pools, and every unit with all that the report counts by';
create index rule_simulation_version on rule_simulation (programme_code, version, simulation_id);
alter table programme_rule add foreign key (simulation_id) references rule_simulation;

create table rule_simulation_stretch (
    simulation_id bigint not null references rule_simulation,
    regency_code text collate "C" not null,
    households bigint not null,
    units bigint,
    wanted_before bigint,
    wanted_after bigint,
    digest text,
    primary key (simulation_id, regency_code)
);
comment on column rule_simulation_stretch.digest is 'null: still to be done';
comment on column rule_simulation_stretch.wanted_after is 'units that meet the simulated rule, are not enrolled, have no active match and were not turned down';

create table rule_simulation_effect (
    simulation_id bigint not null references rule_simulation,
    regency_code text collate "C" not null,
    dimension text not null check (dimension in ('ALL', 'SEX', 'DISABILITY', 'DECILE')),
    value text not null,
    units bigint not null,
    meets_before bigint not null,
    meets_after bigint not null,
    winners bigint not null,
    losers bigint not null,
    unsettled bigint not null,
    losers_enrolled bigint not null,
    undetermined_before bigint not null,
    undetermined_after bigint not null,
    unserved_before bigint not null,
    unserved_after bigint not null,
    cost_before bigint,
    cost_after bigint,
    primary key (simulation_id, regency_code, dimension, value),
    check (meets_after - meets_before = winners - losers - unsettled)
);
comment on column rule_simulation_effect.cost_after is 'rupiah a year for all who meet the rule; null: the rule states no amounts';

create table rule_simulation_overlap (
    simulation_id bigint not null references rule_simulation,
    regency_code text collate "C" not null,
    other_programme_code text collate "C" not null,
    enrolled_before bigint not null,
    enrolled_after bigint not null,
    eligible_before bigint not null,
    eligible_after bigint not null,
    primary key (simulation_id, regency_code, other_programme_code)
);
comment on column rule_simulation_overlap.enrolled_after is 'units that meet the simulated rule in households that draw the other programme';
comment on column rule_simulation_overlap.eligible_after is 'units that meet the simulated rule in households with an eligible, unserved unit of the other programme';

create table rule_simulation_slot (
    simulation_id bigint not null references rule_simulation,
    region_code text collate "C" not null,
    available integer not null,
    wanted_before bigint not null,
    wanted_after bigint not null,
    left_before bigint not null,
    left_after bigint not null,
    short_before bigint not null,
    short_after bigint not null,
    primary key (simulation_id, region_code)
);
comment on table rule_simulation_slot is 'regency, province, nation (empty code): what a level cannot give is wanted from the level above';

-- What evaluating anew changed.
create table evaluation (
    evaluation_id bigint generated always as identity primary key,
    as_of date not null,
    welfare_periods text[] not null,
    started_by text not null,
    started_at timestamptz not null,
    finished_at timestamptz
);
comment on column evaluation.welfare_periods is 'the periods of the deciles in the registry, such as 2026-1';
comment on column evaluation.finished_at is 'null: running, or killed on its way; what it did stands in its report';
create table evaluation_programme (
    evaluation_id bigint not null references evaluation,
    programme_code text collate "C" not null references programme,
    rule_version integer,
    units_before bigint not null,
    units_after bigint not null,
    changed bigint not null,
    evaluated_at timestamptz not null,
    primary key (evaluation_id, programme_code),
    foreign key (programme_code, rule_version) references programme_rule
);
comment on column evaluation_programme.rule_version is 'null: no rule was in force, so the verdicts went';
create table verdict_change (
    evaluation_id bigint not null,
    programme_code text collate "C" not null,
    regency_code text collate "C" not null,
    from_status text not null,
    to_status text not null,
    units bigint not null check (units > 0),
    primary key (evaluation_id, programme_code, regency_code, from_status, to_status),
    foreign key (evaluation_id, programme_code) references evaluation_programme
);
comment on column verdict_change.from_status is 'ABSENT: the unit was not judged before; in to_status: it is not judged any more';
create table verdict_change_cause (
    evaluation_id bigint not null,
    programme_code text collate "C" not null,
    regency_code text collate "C" not null,
    from_status text not null,
    to_status text not null,
    cause text not null,
    from_outcome text not null,
    to_outcome text not null,
    units bigint not null check (units > 0),
    primary key (evaluation_id, programme_code, regency_code, from_status, to_status, cause, from_outcome, to_outcome),
    foreign key (evaluation_id, programme_code, regency_code, from_status, to_status) references verdict_change
);
comment on column verdict_change_cause.cause is 'id of a clause, or ENROLMENT, REGISTRY, RULE; a unit counts under every cause that it has';

-- Callers outside the ministry see what is decided, and what it means for their own regency.
alter table programme_rule enable row level security;
create policy seen_when_decided on programme_rule for select to hub_app
    using (current_setting('hub.region_from') = '' or effective_from is not null);
alter table rule_history enable row level security;
alter table rule_simulation enable row level security;
create policy seen_by_the_ministry on rule_history for select to hub_app using (current_setting('hub.region_from') = '');
create policy seen_when_decided on rule_simulation for select to hub_app using (
    current_setting('hub.region_from') = ''
    or exists (select from programme_rule r where r.simulation_id = rule_simulation.simulation_id and r.effective_from is not null));
do $$
declare t text;
begin
    foreach t in array array['rule_simulation_effect', 'rule_simulation_overlap', 'verdict_change', 'verdict_change_cause'] loop
        execute format('alter table %I enable row level security', t);
        execute format('create policy own_region on %I for select to hub_app'
            ' using (regency_code >= current_setting(''hub.region_from'') and regency_code < current_setting(''hub.region_to''))', t);
    end loop;
end $$;
alter table rule_simulation_slot enable row level security;
create policy own_region on rule_simulation_slot for select to hub_app
    using (region_code >= current_setting('hub.region_from') and region_code < current_setting('hub.region_to'));

grant select on rule_transition, rule_history, rule_simulation, rule_simulation_effect, rule_simulation_overlap, rule_simulation_slot,
    evaluation, evaluation_programme, verdict_change, verdict_change_cause to hub_app;
