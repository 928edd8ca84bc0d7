"""A district system as a party of the federation: its status, and what it can do."""

from enum import StrEnum


class DistrictStatus(StrEnum):
    """How a district stands."""

    ONLINE = "ONLINE"
    DEGRADED = "DEGRADED"
    STALE = "STALE"
    OFFLINE = "OFFLINE"
    SUSPENDED = "SUSPENDED"


class DistrictCapability(StrEnum):
    """What a district system can do, in the words of its contract."""

    HOUSEHOLDS = "HOUSEHOLDS"
    PERSONS = "PERSONS"
    CASE_FILES = "CASE_FILES"
    VILLAGE_SERVICES = "VILLAGE_SERVICES"
    VILLAGE_PROFILES = "VILLAGE_PROFILES"
    CHANGES = "CHANGES"
    MATCH_DELIVERY = "MATCH_DELIVERY"
    CASE_UPDATES = "CASE_UPDATES"
    REFERRALS = "REFERRALS"
