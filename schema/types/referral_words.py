"""Enums of referrals, with the Indonesian terms."""

from hub.domain.referral_clocks import ReferralClockState
from hub.domain.referrals import ReferralOutcome, ReferralStatus, Side
from resolvers.referrals import ReferralDirection
from schema.objects import words

words(
    "Where a referral stands.",
    DRAFT="Being made; only the sender sees it [konsep].",
    SENT="Sent, and on its way [dikirim].",
    DELIVERED="It lies with the receiver [diterima sistem].",
    ACCEPTED="The receiver takes it on [disanggupi].",
    DECLINED="The receiver does not take it on [ditolak].",
    REDIRECTED="The receiver passed it on to another party [dialihkan].",
    IN_SERVICE="The service has begun [dilayani].",
    COMPLETED="The service was given [selesai].",
    FAILED="The service could not be given [gagal].",
    CLOSED="The sender has taken note of how it ended, or took it back [ditutup].",
)(ReferralStatus)
words(
    "From which side a referral was moved.",
    SENDER="Who refers [perujuk].",
    RECEIVER="To whom it is referred [penerima rujukan].",
    HUB="The hub itself.",
)(Side)
words(
    "How a referral ended.",
    COMPLETED="The service was given.",
    FAILED="The service could not be given.",
    DECLINED="The receiver did not take it on.",
    REDIRECTED="It went on to another party: see the next leg.",
    WITHDRAWN="The sender took it back before it was accepted.",
)(ReferralOutcome)
words(
    "How a clock stands.",
    OK="In time.",
    AT_RISK="Three quarters of the time are over.",
    BREACHED="Late.",
)(ReferralClockState)
words(
    "Which way referrals go, seen from the caller's regency, or from the nation for callers of the ministry.",
    IN="They came in [masuk].",
    OUT="They went out [keluar].",
)(ReferralDirection)

__all__ = ["ReferralClockState", "ReferralDirection", "ReferralOutcome", "ReferralStatus", "Side"]
