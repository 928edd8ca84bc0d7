"""Clocks of case files, the policies behind them, and how well they are kept."""

from datetime import datetime, time

from hub.domain.clocks import ClockKind, ClockState, EscalationLevel, ResponseHours
from hub.domain.principal import Scope
from hub.store.case_statistics import CaseStatistics as StatisticsRow
from hub.store.clocks import Escalation as EscalationRow
from hub.store.sla_policies import SlaPolicy as PolicyRow
from resolvers.clocks import ClockNow
from resolvers.regions import regions_of
from resolvers.sla_policies import policies_by_id
from schema.fields import batched, plain
from schema.objects import shape
from schema.types import clock_words  # noqa: F401 -- describes the enums
from schema.types.region import Region


@shape(PolicyRow, Scope.CASE_READ, "What is promised to whoever brings a case file [standar pelayanan]: one version.")
class SlaPolicy:
    """A version of a policy."""

    region: Region | None = batched(regions_of, key="regency_code", description="The regency; null: the nation.")
    version: int = plain("Number of the version; it changes no more.")
    valid_from: datetime = plain("It counts for case files that are received from then on.")
    first_response_minutes: int = plain("Minutes until an agency has to acknowledge.")
    first_response_hours: ResponseHours = plain("When these minutes run.")
    office_opens: time = plain("When a working day begins, local time.")
    office_closes: time = plain("When a working day ends, local time.")
    information_days: int = plain("Working days for a question or information.")
    regular_days: int = plain("Working days for an ordinary matter.")
    oversight_days: int = plain("Working days for a complaint about officials.")
    at_risk_percent: int = plain("Percentage of a limit from which a clock is AT_RISK.")
    regency_percent: int | None = plain("Percentage at which the regency is told; null: never.")
    province_percent: int | None = plain("Percentage at which the province is told; null: never.")
    ministry_percent: int | None = plain("Percentage at which the ministry is told; null: never.")
    reason: str = plain("Why it was set.")
    set_by: str = plain("Client that set it.")
    set_at: datetime = plain("When it was set.")


@shape(EscalationRow, Scope.CASE_READ, "A level that was told of a clock [eskalasi]: once, whatever happens.")
class Escalation:
    """A level that was told of a clock."""

    level: EscalationLevel = plain("Who was told.")
    threshold_at: datetime = plain("When the clock passed the threshold.")
    escalated_at: datetime = plain("When the level was told.")


@shape(ClockNow, Scope.CASE_READ, "A clock of a case file [tenggat] as it stands now.")
class CaseClock:
    """A clock as it stands now."""

    kind: ClockKind = plain("What is waited for.")
    state: ClockState = plain("How it stands.")
    started_at: datetime = plain("Since when it runs: receipt, or for a resolution the last reopening.")
    due_at: datetime | None = plain("When its time is over; null while it rests: the end of the pause tells.")
    at_risk_at: datetime | None = plain("When most of its time is gone; null while it rests before that.")
    paused_since: datetime | None = plain("Since when it rests because the citizen has to answer.")
    ended_at: datetime | None = plain("When it ended.")
    policy: SlaPolicy | None = batched(policies_by_id, key="policy_id", description="The policy that counts for it.")
    escalations: list[Escalation] = plain("Who was told, in the order of the thresholds.")


@shape(
    StatisticsRow,
    Scope.CASE_READ,
    "How case files of one period were answered and resolved. Counts that would tell of a few are null outside the ministry.",
)
class CaseStatistics:
    """How case files of one period were answered and resolved."""

    code: str = plain("Code of the district or agency, or the category.")
    received: int = plain("Case files received in the period.")
    answered_in_time: int | None = plain("Of these, whose first response came in time.")
    response_breached: int | None = plain("Of these, whose first response came late or is overdue.")
    median_minutes_to_response: float | None = plain("Median time from receipt to the first response, in minutes.")
    resolved_in_time: int | None = plain("Of these, resolved in time.")
    resolution_breached: int | None = plain("Of these, resolved late or overdue.")
    open: int | None = plain("Of these, not ended yet.")
    at_risk: int | None = plain("Of these, with a clock that is AT_RISK.")
    escalated_to_regency: int | None = plain("Of these, told to the regency.")
    escalated_to_province: int | None = plain("Of these, told to the province.")
    escalated_to_ministry: int | None = plain("Of these, told to the ministry.")
