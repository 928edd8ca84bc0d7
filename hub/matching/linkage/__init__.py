"""Who is who: two records held to be the same person (record linkage).

Two whole registers at once: `hub.matching.linkage.batch`, which is not imported here, for Splink takes a second to load.
"""

from hub.matching.linkage.assign import assign
from hub.matching.linkage.blocking import BLOCKING_RULES, blocking_keys
from hub.matching.linkage.households import HouseholdLink, HouseholdLinkMethod, LinkableHousehold, link_households
from hub.matching.linkage.normalise import normalise
from hub.matching.linkage.record import IdentityRecord, Normalised
from hub.matching.linkage.score import Compared, LinkOutcome, Scored, among_rivals, outcome, score
from hub.matching.linkage.weights import Weights, load_weights, read_weights

__all__ = [
    "BLOCKING_RULES",
    "Compared",
    "HouseholdLink",
    "HouseholdLinkMethod",
    "IdentityRecord",
    "LinkOutcome",
    "LinkableHousehold",
    "Normalised",
    "Scored",
    "Weights",
    "among_rivals",
    "assign",
    "blocking_keys",
    "link_households",
    "load_weights",
    "normalise",
    "outcome",
    "read_weights",
    "score",
]
