-- Which programmes cover a need is the ministry's to say: in rows with a moment from which they hold, of which none is ever changed.

alter table need_programme
    drop constraint need_programme_pkey,
    add column rule_no bigint generated always as identity primary key,
    add column is_covered boolean not null default true,
    add column valid_from timestamptz not null default '0001-01-01 00:00:00+00',
    add column reason text not null default 'shipped with the hub',
    add column set_by text not null default 'hub',
    add column set_at timestamptz not null default '0001-01-01 00:00:00+00';
alter table need_programme
    alter column is_covered drop default, alter column valid_from drop default, alter column reason drop default,
    alter column set_by drop default, alter column set_at drop default;
comment on table need_programme is 'which programmes cover a need of a category; of each pair the newest row that is valid counts';
comment on column need_programme.is_covered is 'false: from valid_from on it does not cover it any more';
create index need_programme_pair on need_programme (category, programme_code, valid_from desc, rule_no desc);
create trigger need_programme_stays before update or delete on need_programme for each statement execute function refuse_rewriting();

create function programmes_for_needs(at timestamptz) returns table (category text, programme_code text) language sql stable as $$
    select q.category, q.programme_code
    from (
        select distinct on (n.category, n.programme_code) n.category, n.programme_code, n.is_covered
        from need_programme n where n.valid_from <= at
        order by n.category, n.programme_code, n.valid_from desc, n.rule_no desc
    ) q
    where q.is_covered
$$;

alter table need_programme enable row level security;
create policy read_by_all on need_programme for select to hub_app using (true);
create policy set_by_the_ministry on need_programme for insert to hub_app with check (current_setting('hub.region_from') = '');
grant insert on need_programme to hub_app;
