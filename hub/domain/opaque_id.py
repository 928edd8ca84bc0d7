"""Opaque ids: how a caller names any object of the hub. They say nothing that a caller may rely on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.errors import Invalid

_LARGEST = 2**63
_LONGEST = 100


class Kind(StrEnum):
    """What an opaque id names; the GraphQL type has the same name."""

    REGION = "Region"
    HOUSEHOLD = "Household"
    PERSON = "Person"
    CASE_FILE = "CaseFile"
    VILLAGE_SERVICE = "VillageService"
    PROGRAMME = "Programme"
    ENTITLEMENT_POOL = "EntitlementPool"
    MATCH = "Match"
    ALLOCATION_RUN = "AllocationRun"
    DISTRICT_SYSTEM = "DistrictSystem"
    RULE_SET = "RuleSet"
    RULE_SIMULATION = "RuleSimulation"
    EVALUATION = "Evaluation"
    LINK = "Link"
    MATCH_REVIEW = "MatchReview"
    FINDING = "Finding"
    REFERRAL = "Referral"
    HOUSEHOLD_MOVE = "HouseholdMove"
    WEBHOOK = "Webhook"


_PREFIX = {kind: f"{kind}:".encode() for kind in Kind}
_NUMBERED = {kind: f"{kind}:%d".encode() for kind in Kind}
NAMED_BY_CODE = frozenset({Kind.REGION, Kind.PROGRAMME, Kind.DISTRICT_SYSTEM, Kind.RULE_SET})


@dataclass(frozen=True, slots=True)
class Name:
    """What an opaque id says: a kind, and a code or a number."""

    kind: Kind
    key: int | str


def opaque_id(kind: Kind, key: int | str) -> str:
    """The id of an object."""
    if isinstance(key, int):  # digits never come to + or /, so the plain alphabet is the URL-safe one
        return b2a_base64(_NUMBERED[kind] % key, newline=False).rstrip(b"=").decode()
    return urlsafe_b64encode(f"{kind}:{key}".encode()).rstrip(b"=").decode()


def opaque_ids(kind: Kind, numbers: Iterable[int]) -> list[str]:
    """The ids of many objects of one kind, for less than they cost one by one."""
    lines = b"".join(map(b2a_base64, map(_NUMBERED[kind].__mod__, numbers)))
    return lines.replace(b"=", b"").decode().split("\n")[:-1]


def read_opaque_id(text: str) -> Name:
    """What an id names; raises Invalid when it was not made by `opaque_id`."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        kind_text, _, key = urlsafe_b64decode(padded).decode("ascii").partition(":")
        kind = Kind(kind_text)
        name = Name(kind, key if kind in NAMED_BY_CODE else int(key))
    except ValueError:
        raise _unknown(text) from None
    if opaque_id(name.kind, name.key) != text or not _is_sound(name.key):
        raise _unknown(text)
    return name


def key_of(kind: Kind, text: str) -> int | str:
    """The key in an id that must name an object of this kind; raises Invalid."""
    name = read_opaque_id(text)
    if name.kind is not kind:
        raise Invalid(f"{text!r} is the id of a {name.kind.value}, and this takes the id of a {kind.value}", ("id",))
    return name.key


def number_of(kind: Kind, text: str) -> int:
    """The number in an id of a kind that is named by number; raises Invalid."""
    number = _plain_number(kind, text)
    return int(key_of(kind, text)) if number is None else number


def _plain_number(kind: Kind, text: str) -> int | None:
    """The number in an id that is as it must be; what is wrong with another, `key_of` says."""
    begin = _PREFIX[kind]
    try:
        raw = a2b_base64(text + "==")
    except ValueError:
        return None
    digits = raw[len(begin) :]
    if not raw.startswith(begin) or not digits.isdigit():
        return None
    number = int(digits)
    return number if number < _LARGEST and opaque_id(kind, number) == text else None


def _is_sound(key: int | str) -> bool:
    return 0 <= key < _LARGEST if isinstance(key, int) else key.isprintable() and 0 < len(key) < _LONGEST


def _unknown(text: str) -> Invalid:
    return Invalid(f"{text[:_LONGEST]!r} is not an id of this hub: use the `id` that a query gave", ("id",))
