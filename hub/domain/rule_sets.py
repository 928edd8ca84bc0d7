"""The life of a rule set, one version of a programme's rule. The same transitions stand in the table rule_transition."""

from enum import StrEnum


class RuleStatus(StrEnum):
    """Where a rule set stands."""

    DRAFT = "DRAFT"
    VALIDATED = "VALIDATED"
    SIMULATED = "SIMULATED"
    APPROVED = "APPROVED"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class RuleOrigin(StrEnum):
    """Where a rule set comes from."""

    SHIPPED = "SHIPPED"
    AUTHORED = "AUTHORED"


_S = RuleStatus
RULE_TRANSITIONS: dict[RuleStatus, frozenset[RuleStatus]] = {
    _S.DRAFT: frozenset({_S.VALIDATED, _S.RETIRED}),
    _S.VALIDATED: frozenset({_S.SIMULATED, _S.DRAFT, _S.RETIRED}),
    _S.SIMULATED: frozenset({_S.APPROVED, _S.DRAFT, _S.RETIRED}),
    _S.APPROVED: frozenset({_S.PUBLISHED, _S.DRAFT, _S.RETIRED}),
    _S.PUBLISHED: frozenset({_S.RETIRED}),
}

EDITABLE = frozenset({_S.DRAFT, _S.VALIDATED, _S.SIMULATED, _S.APPROVED})
"""An edit takes a version of these back to DRAFT; later ones never change."""
