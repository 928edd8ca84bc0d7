"""Referrals [rujukan] of the hub to this district: taken in, shown to the officers, and answered by them.

What was delivered is kept by its reference, in the greatest version. Each move of an officer is a record of its own, by the key
that the officer's screen made for it, and so stands in the feed once, however often it is sent.
"""

from datetime import UTC, datetime
from typing import Any

import graphql

MAX_REFERRALS = 100
TABLE = (
    "create table if not exists referral (reference text primary key, version integer not null, standing text not null)"
)
AFTER = {
    "": {"ACCEPTED", "DECLINED", "REDIRECTED"},
    "ACCEPTED": {"IN_SERVICE", "FAILED"},
    "IN_SERVICE": {"COMPLETED", "FAILED"},
}
"""Which moves follow which; nothing follows the others."""


def refusal(code: str, message: str) -> graphql.GraphQLError:
    """An error with `extensions.code`."""
    return graphql.GraphQLError(message, extensions={"code": code})


def deliver(records: Any, referrals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the greatest version of each; a real system would keep the package too, for those who serve, until it is closed."""
    if len(referrals) > MAX_REFERRALS:
        raise refusal("BAD_USER_INPUT", f"{len(referrals)} referrals; at most {MAX_REFERRALS}")
    with records.together():
        for one in referrals:
            standing = "CLOSED" if one["status"] == "CLOSED" else ""
            records.db.execute(
                "insert into referral values (?, ?, ?) on conflict (reference) do update set version = excluded.version,"
                " standing = iif(excluded.standing = '', standing, excluded.standing) where excluded.version > version",
                (one["reference"], one["version"], standing),
            )
    return [{"reference": one["reference"], "isAccepted": True, "reason": None} for one in referrals]


def move(records: Any, key: str, asked: dict[str, Any]) -> dict[str, Any]:
    """An officer's move: it then stands in the feed."""
    with records.together():
        known = records.one("ReferralUpdate", key)
        if known is not None:
            return dict(known)
        found = records.db.execute(
            "select standing from referral where reference = ?", (asked["reference"],)
        ).fetchone()
        if found is None or asked["move"] not in AFTER.get(found[0], set()):
            raise refusal("NOT_FOUND", "no referral of this reference can be moved so here")
        records.db.execute("update referral set standing = ? where reference = ?", (asked["move"], asked["reference"]))
        observed_at = datetime.now(UTC).isoformat()  # noqa: TID251 -- a system of its own has a clock of its own
        records.put("ReferralUpdate", key, {"reason": None, "toParty": None, **asked, "observedAt": observed_at})
    return dict(records.one("ReferralUpdate", key))
