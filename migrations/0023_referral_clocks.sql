-- The clocks of referrals run on the calendar of their receivers, as those of case files do: hours of an answer when the receiver's
-- clocks of first responses run, working days of a service. Clocks that run keep the due times that both sides were told.

alter table referral
    add column accept_at_risk_at timestamptz,
    add column complete_at_risk_at timestamptz;
update referral
set accept_at_risk_at = sent_at + (accept_by - sent_at) * 0.75,
    complete_at_risk_at = accepted_at + (complete_by - accepted_at) * 0.75
where accept_by is not null;
alter table referral
    add check ((accept_by is null) = (accept_at_risk_at is null)),
    add check ((complete_by is null) = (complete_at_risk_at is null));
comment on column referral.accept_at_risk_at is 'from when the clock of the answer is at risk, on the calendar of the receiver';
comment on column referral_policy.accept_hours is 'counted when the clocks of first responses of the receiver run';
comment on column referral_policy.complete_days is 'working days of the receiver';
