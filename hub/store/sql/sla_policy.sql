-- name: list_policies
-- Policies of the nation and of a range of regions, the newest of each first.
select regency_code, version, valid_from, first_response_minutes, first_response_hours, office_opens, office_closes, information_days,
    regular_days, oversight_days, at_risk_percent, regency_percent, province_percent, ministry_percent, reason, set_by, set_at
from sla_policy
where (regency_code is null or regency_code >= :region_from and regency_code < :region_to)
    and (coalesce(regency_code, ''), -version) > (:after_region::text, :after_version::integer)
order by coalesce(regency_code, ''), -version
limit :first;

-- name: find_policy
-- One version of a policy; null: of the nation.
select regency_code, version, valid_from, first_response_minutes, first_response_hours, office_opens, office_closes, information_days,
    regular_days, oversight_days, at_risk_percent, regency_percent, province_percent, ministry_percent, reason, set_by, set_at
from sla_policy where regency_code is not distinct from :regency_code::text and version = :version;

-- name: find_newest_policy
-- The newest version of a policy; null: of the nation.
select regency_code, version, valid_from, first_response_minutes, first_response_hours, office_opens, office_closes, information_days,
    regular_days, oversight_days, at_risk_percent, regency_percent, province_percent, ministry_percent, reason, set_by, set_at
from sla_policy where regency_code is not distinct from :regency_code::text
order by version desc limit 1;

-- name: list_policies_by_id
-- Policies by id.
select policy_id, regency_code, version, valid_from, first_response_minutes, first_response_hours, office_opens, office_closes,
    information_days, regular_days, oversight_days, at_risk_percent, regency_percent, province_percent, ministry_percent, reason, set_by,
    set_at
from sla_policy where policy_id = any (:policy_ids::integer[]);

-- name: lock_policies
-- One after the other for those who set policies of a regency, or of the nation.
select pg_advisory_xact_lock(hashtextextended('sla_policy/' || coalesce(:regency_code::text, ''), 0));

-- name: add_policy
-- A further version.
insert into sla_policy (regency_code, version, valid_from, first_response_minutes, first_response_hours, office_opens, office_closes,
    information_days, regular_days, oversight_days, at_risk_percent, regency_percent, province_percent, ministry_percent, reason, set_by,
    set_at)
values (:regency_code, :version, :valid_from, :first_response_minutes, :first_response_hours, :office_opens, :office_closes,
    :information_days, :regular_days, :oversight_days, :at_risk_percent, :regency_percent, :province_percent, :ministry_percent, :reason,
    :set_by, :set_at);
