"""Enums of clocks, with the Indonesian terms."""

from enum import StrEnum

import hub.domain.clocks as domain
from schema.objects import words

ClockKind = words(
    "What is waited for.",
    FIRST_RESPONSE="That an agency acknowledges [tanggapan pertama].",
    RESOLUTION="That the matter is resolved [penyelesaian].",
)(domain.ClockKind)

ClockState = words(
    "How a clock stands.",
    OK="It runs, with time left.",
    AT_RISK="It runs, most of its time is gone [mendekati tenggat].",
    BREACHED="It runs, its time is over [lewat tenggat].",
    MET="It ended in time.",
    LATE="It ended after its time.",
    STOPPED="It ended without a verdict: the case file goes on in another one, or was removed.",
)(domain.ClockState)

EscalationLevel = words(
    "To whom a case file rises [eskalasi]; it begins with the UPT of its subdistrict.",
    REGENCY="The regency.",
    PROVINCE="The province.",
    MINISTRY="The ministry.",
)(domain.EscalationLevel)

ResponseHours = words(
    "When the clock of the first response runs.",
    AROUND_THE_CLOCK="Every hour of every day.",
    OFFICE_HOURS="Office hours of working days.",
)(domain.ResponseHours)


@words(
    "By what case files are counted.",
    DISTRICT="By regency or city.",
    AGENCY="By the agency that led; a case file that was handed over counts for each.",
    CATEGORY="By category.",
)
class StatisticsGrouping(StrEnum):
    """By what case files are counted."""

    DISTRICT = "DISTRICT"
    AGENCY = "AGENCY"
    CATEGORY = "CATEGORY"
