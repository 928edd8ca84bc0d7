"""Case files that both sides write: the district decides on every change, its people's and the hub's, one after the other.

`decide` is for changes that the hub delivers, `change` for those of the district's own people. Each decision is kept by the key
of its change, in the same transaction as the case file that follows from it: so a change that comes again, also after the process
was killed in the middle, is answered as before and in effect once. In the feed the case file comes after the decision.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Fields = dict[str, Any]

DESCRIPTION = ("type", "category", "resolutionClass", "summary", "isSensitive")
SUBJECT = ("householdId", "personId")
STATUS = ("status", "resolution")
COUNTED = {"DESCRIPTION": "descriptionVersion", "SUBJECT": "subjectVersion", "STATUS": "statusVersion"}
NEW: Fields = {"descriptionVersion": 1, "subjectVersion": 1, "statusVersion": 1, "assignments": (), "ownVersions": {}}
"""What a case file has besides its own. ownVersions: of each group after the last change that our own people made; not served."""

WORKING = {"ASSIGNED", "IN_PROGRESS", "WAITING_CITIZEN", "WAITING_AGENCY", "REFERRED"}
MOVES = {
    "RECEIVED": {"TRIAGED", "DUPLICATE", "REJECTED"},
    "TRIAGED": {"ASSIGNED", "DUPLICATE", "REJECTED"},
    **{status: (WORKING - {status}) | {"RESOLVED", "DUPLICATE", "REJECTED"} for status in WORKING},
    "RESOLVED": {"CLOSED", "REOPENED"},
    "CLOSED": {"REOPENED"},
    "REOPENED": {"ASSIGNED", "IN_PROGRESS", "RESOLVED"},
    "REJECTED": {"REOPENED"},
}
CLOSING = {"CLOSED", "DUPLICATE", "REJECTED"}
ASSIGNMENT_MOVES = {
    "ASSIGNED": {"ACKNOWLEDGED", "DECLINED", "HANDED_OVER", "WITHDRAWN"},
    "ACKNOWLEDGED": {"COMPLETED", "HANDED_OVER", "WITHDRAWN"},
}


class Refused(Exception):
    """The change is not made; the text is a word of the contract."""


def decide(records: Any, update: Fields) -> Fields:
    """Decide on a change of the hub, and answer as the contract says."""
    with records.together():
        decided = records.one("CaseUpdate", update["key"]) or _decide(records, update, is_own=False)
    return {
        "key": update["key"],
        "isAccepted": decided["decision"] == "APPLIED",
        **{name: decided.get(name) for name in ("refusal", "version", "caseFileId")},
    }


def change(records: Any, update: Fields) -> Fields:
    """A change that the district's own people make, at the newest version. Raises Refused, and then nothing is written."""
    with records.together():
        if records.one("CaseUpdate", update["key"]) is None:
            _decide(records, update, is_own=True)
    changed: Fields = records.one("CaseUpdate", update["key"])
    return changed


def _decide(records: Any, update: Fields, *, is_own: bool) -> Fields:
    case = _find(records, update)
    refused, version = None, None
    try:
        if update["fieldGroup"] == "OPENING":
            case = case or _open(records, update)
        else:
            case, version = _changed(case, update, is_own=is_own)
    except Refused as refusal:
        if is_own:
            raise
        refused = str(refusal)
    now = _now()
    decided = {
        **{name: value for name, value in update.items() if name not in {"key", "caseFileId"}},
        "caseFileId": case and case["id"],
        "hubReference": (case and case.get("hubReference")) or update.get("hubReference"),
        "decision": "REFUSED" if refused else "APPLIED",
        "refusal": refused,
        "version": version,
        "observedAt": now,
    }
    records.put("CaseUpdate", update["key"], decided)
    if case is not None:
        records.put("CaseFile", case["id"], _body(case) | {"observedAt": now})
    return decided


def _find(records: Any, update: Fields) -> Fields | None:
    found = None
    if update.get("caseFileId") is not None:
        found = records.one("CaseFile", update["caseFileId"])
    elif update.get("hubReference") is not None:
        rows = records.rows(
            "kind = 'CaseFile' and not is_removed and json_extract(body, '$.hubReference') = ?",
            (update["hubReference"],),
        )
        found = next(iter(rows), None)
    return None if found is None else NEW | found


def _open(records: Any, update: Fields) -> Fields:
    """A case file that was opened in the hub: ours from now on, under an id of ours."""
    values = update["values"]
    needed = ("number", "type", "category", "channel", "regionCode", "receivedAt")
    is_ours = f"{values.get('regionCode')}.".startswith(f"{records.region_code}.")
    if not is_ours or any(values.get(name) is None for name in needed):
        raise Refused("INCOMPLETE")
    taken = {name: values.get(name) for name in (*needed, *DESCRIPTION, *SUBJECT)}
    id_ = f"hub-{secrets.token_hex(8)}"
    return NEW | {"id": id_, "hubReference": update.get("hubReference"), "status": "RECEIVED", "closedAt": None} | taken


def _body(case: Fields) -> Fields:
    return {name: value for name, value in case.items() if name not in {"__typename", "id", "revision", "isRemoved"}}


def _changed(case: Fields | None, update: Fields, *, is_own: bool) -> tuple[Fields, int | None]:
    """The case file with the change, and the version of what changed."""
    if case is None:
        raise Refused("CASE_UNKNOWN")
    group, rule = update["fieldGroup"], RULES.get(update["fieldGroup"])
    if rule is None:  # attachments, notes, escalations: whoever adds one, it is there
        return case, None
    base = case[COUNTED[group]] if is_own and group in COUNTED else update.get("baseVersion") or 1
    changed, version = rule(case, update, base)
    if is_own and group in COUNTED:
        changed = changed | {"ownVersions": case["ownVersions"] | {group: version}}
    return changed, version


def _whole(group: str, names: tuple[str, ...]) -> Callable[[Fields, Fields, int], tuple[Fields, int]]:
    """A group that is replaced as a whole: not when our own people changed it after the base."""

    def rule(case: Fields, update: Fields, base: int) -> tuple[Fields, int]:
        if group == "DESCRIPTION" and None in (update["values"].get("type"), update["values"].get("category")):
            raise Refused("INCOMPLETE")
        if base < case["ownVersions"].get(group, 1):
            raise Refused("STALE_BASE")
        version = case[COUNTED[group]] + 1
        return case | {name: update["values"].get(name) for name in names} | {COUNTED[group]: version}, version

    return rule


def _status(case: Fields, update: Fields, _base: int) -> tuple[Fields, int]:
    """Whatever the base is: the move counts."""
    status = update["values"].get("status")
    if status not in MOVES.get(case["status"], ()):
        raise Refused("MOVE_NOT_ALLOWED")
    version = case["statusVersion"] + 1
    closed_at = update["happenedAt"] if status in CLOSING else None
    moved = {name: update["values"].get(name) for name in STATUS}
    return case | moved | {"closedAt": closed_at, "statusVersion": version}, version


def _assignment(case: Fields, update: Fields, _base: int) -> tuple[Fields, int]:
    values, agency = update["values"], update.get("item")
    others = [one for one in case["assignments"] if one["agencyCode"] != agency]
    before = next((one for one in case["assignments"] if one["agencyCode"] == agency), None)
    status, role = values.get("assignmentStatus"), values.get("assignmentRole")
    if not agency or not status or not role or not values.get("assignedAt"):
        raise Refused("INCOMPLETE")
    after = _assigned(before, others, update) if status == "ASSIGNED" else _moved(before, update)
    return case | {"assignments": [*others, after]}, after["version"]


def _assigned(before: Fields | None, others: list[Fields], update: Fields) -> Fields:
    values = update["values"]
    if before is not None and before["endedAt"] is None:
        raise Refused("ALREADY_ASSIGNED")
    if values["assignmentRole"] == "LEAD" and any(one["role"] == "LEAD" and one["endedAt"] is None for one in others):
        raise Refused("LEAD_TAKEN")
    return {
        "agencyCode": update["item"],
        "role": values["assignmentRole"],
        "status": "ASSIGNED",
        "version": before["version"] + 1 if before else 1,
        "assignedAt": values["assignedAt"],
        **dict.fromkeys(("acknowledgedAt", "endedAt", "result")),
    }


def _moved(before: Fields | None, update: Fields) -> Fields:
    values = update["values"]
    if before is None or _moment(before["assignedAt"]) != _moment(values["assignedAt"]):
        raise Refused("NOT_ASSIGNED")
    if values["assignmentStatus"] not in ASSIGNMENT_MOVES.get(before["status"], ()):
        raise Refused("MOVE_NOT_ALLOWED")
    is_open = values["assignmentStatus"] == "ACKNOWLEDGED"
    moments = {"acknowledgedAt" if is_open else "endedAt": update["happenedAt"]}
    moved = {"status": values["assignmentStatus"], "version": before["version"] + 1, "result": values.get("result")}
    return before | moved | moments


RULES = {
    "DESCRIPTION": _whole("DESCRIPTION", DESCRIPTION),
    "SUBJECT": _whole("SUBJECT", SUBJECT),
    "STATUS": _status,
    "ASSIGNMENT": _assignment,
}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _now() -> str:
    return datetime.now(UTC).isoformat()  # noqa: TID251 -- a system of its own has a clock of its own
