-- Households with what a rule asks of them, one function of their number: of every thing that is asked, a share is not known.
-- Households lie in the order of their regencies, as an export writes them.
copy (
    select i as household_id, null::bigint as person_id, regency.code as regency_code,
        case when hash(i, 1) % 100 < 8 then null else (hash(i, 2) % 10 + 1)::integer end as decile,
        case when hash(i, 3) % 100 < 95 then true end as is_identified,
        true as is_pkh_roster_read,
        {members}
    from range({households}) as household(i)
    join regency on regency.position = i * {regencies} // {households}
    order by i
) to '{file}' (format parquet, compression zstd)
