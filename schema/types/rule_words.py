"""Enums of rule sets and of what their simulation tells."""

from enum import StrEnum

from hub.domain.rule_sets import RuleOrigin, RuleStatus
from schema.objects import words

words(
    "Where a rule set stands.",
    DRAFT="Written; its document can be changed.",
    VALIDATED="Read, every field known, its examples right.",
    SIMULATED="What it would change is known.",
    APPROVED="Approved by somebody else than its authors.",
    PUBLISHED="Counts from its day on, until another takes its place.",
    RETIRED="Given up, or its last day has passed.",
)(RuleStatus)
words(
    "Where a rule set comes from.",
    SHIPPED="It came with a release of the hub.",
    AUTHORED="Written in this installation.",
)(RuleOrigin)


@words("How far a simulation is.", RUNNING="Regencies are left to do.", DONE="The report is whole.")
class SimulationStatus(StrEnum):
    """How far a simulation is."""

    RUNNING = "RUNNING"
    DONE = "DONE"


@words(
    "By what the effects of a rule are told apart.",
    ALL="Not at all: everybody.",
    SEX="Sex; of a household its head's.",
    DISABILITY="Disability; of a household the gravest of its members'.",
    DECILE="Welfare decile.",
)
class EffectDimension(StrEnum):
    """By what effects are told apart."""

    ALL = "ALL"
    SEX = "SEX"
    DISABILITY = "DISABILITY"
    DECILE = "DECILE"
