-- Blocking keys are looked up as numbers: half the index, and a third of the time to write it. A hash that two keys
-- share costs one comparison more.

create function key_number(key text) returns bigint immutable strict parallel safe language sql
    return hashtextextended(key, 0);
comment on function key_number is 'a blocking key as the indexes of keys have it';

alter table person_key alter column key type bigint using key_number(key);
alter table roster_key alter column key type bigint using key_number(key);

alter table person_keyed rename column keys to words;
alter table person_keyed add column keys bigint[] not null default '{}';
update person_keyed set keys = array(select key_number(word) from unnest(words) word);
alter table person_keyed drop column words, alter column keys drop default;

alter table roster_keyed rename column keys to words;
alter table roster_keyed add column keys bigint[] not null default '{}';
update roster_keyed set keys = array(select key_number(word) from unnest(words) word);
alter table roster_keyed drop column words, alter column keys drop default;
