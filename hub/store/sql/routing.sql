-- name: list_routing_rules
-- The rules in force at a moment for a regency, its own and everybody's: of each place, category and type the newest.
select distinct on (regency_code, category, type) rule_no, regency_code, category, type, lead_kind, support_kinds, valid_from, reason,
    set_by, set_at
from routing_rule
where (regency_code is null or regency_code = :regency_code::text) and valid_from <= :now
order by regency_code, category, type, valid_from desc, rule_no desc;

-- name: set_routing_rule
-- A rule, which holds from a moment on.
insert into routing_rule (regency_code, category, type, lead_kind, support_kinds, valid_from, reason, set_by, set_at)
values (:regency_code, :category, :type, :lead_kind, :support_kinds, :valid_from, :reason, :set_by, :now)
returning rule_no, regency_code, category, type, lead_kind, support_kinds, valid_from, reason, set_by, set_at;

-- name: find_routing_rule
-- A rule by its number.
select rule_no, regency_code, category, type, lead_kind, support_kinds, valid_from, reason, set_by, set_at
from routing_rule where rule_no = :rule_no;
