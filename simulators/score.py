"""How well the hub did, against the truth: fed row by row, so that a million links need no room."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import msgspec

from simulators.truth import (
    PROGRAMMES,
    HouseholdLink,
    Links,
    PersonLink,
    Unit,
    find_links,
    real_need,
    true_units,
)
from simulators.unused import Lines, UnusedScore, score_unused
from simulators.verdicts import evaluate
from simulators.world import World

EXAMPLES = 5
BY_NUMBER = frozenset({"NIK", "KK", "KK_HISTORY", "MEMBER_NIK"})
"""Ways of linking that are exact: what they find can be told from the recorded data."""


class Finding(msgspec.Struct, frozen=True):
    """A batch of what the hub found.

    kind `matched` or `unserved`: rows are units of `programme` [district, household, person or null].
    kind `links`: rows of programme KIS_PBI are [district, person, participant, method], of PKH
    [district, household, recipient, method]. kind `reviews`: the same, of pairs that wait for somebody to decide.
    kind `unused`: rows are [kind of finding, roster line].
    """

    kind: Literal["matched", "unserved", "links", "reviews", "unused"]
    programme: str
    rows: list[tuple[str | None, ...]]


class ProgrammeScore(msgspec.Struct):
    """`unserved` in truth; of these `found` and `missed` by the hub; `wrong` were matched and not in need."""

    unserved: int
    found: int
    wrong: int
    missed: int


class Agreement(msgspec.Struct):
    """A set of the hub beside the expected one; at most five examples of each difference."""

    expected: int
    found: int
    missing_count: int
    surplus_count: int
    missing: list[list[str | None]]
    surplus: list[list[str | None]]


class Weighed(msgspec.Struct):
    """Links that no number proves, beside the truth. `findable`: true pairs of recorded units that no number links; of these
    `right` were linked, `in_review` wait for somebody; `wrong` were linked and are not one; `reviews` wait in all.
    """

    findable: int
    right: int
    wrong: int
    in_review: int
    reviews: int


class Score(msgspec.Struct):
    """`identity`: links by number, by programme. `weighed`: the others. `verdicts`: the unserved of an ideal evaluator of
    recorded data who goes by the numbers and takes the hub's other links as given. `unused`: slots of the rosters that lie
    unused, by kind of finding.
    """

    programmes: dict[str, ProgrammeScore]
    identity: dict[str, Agreement]
    weighed: dict[str, Weighed]
    verdicts: dict[str, Agreement]
    unused: dict[str, UnusedScore]


class Scorer:
    """Takes findings, then scores them."""

    def __init__(self, world: World, as_of: date) -> None:
        self._world = world
        self._as_of = as_of
        self._links = find_links(world)
        self._expected: dict[str, dict[str, PersonLink] | dict[str, HouseholdLink]] = {
            "KIS_PBI": self._links.persons,
            "PKH": self._links.households,
        }
        self._linked: dict[str, set[str]] = {programme: set() for programme in self._expected}
        self._surplus: dict[str, list[Sequence[str | None]]] = {programme: [] for programme in self._expected}
        self._weighed: dict[str, dict[str, tuple[str, str]]] = {programme: {} for programme in self._expected}
        self._reviews: dict[str, list[tuple[str, tuple[str, str]]]] = {programme: [] for programme in self._expected}
        self._units: dict[tuple[str, str], set[Unit]] = {}
        self._unused: Lines = {}

    def add(self, finding: Finding) -> None:
        """Take one batch in; ValueError names an unknown programme."""
        if finding.programme not in PROGRAMMES:
            raise ValueError(f"unknown programme {finding.programme!r}")
        if finding.kind in {"links", "reviews"}:
            for row in finding.rows:
                if finding.kind == "links":
                    self._add_link(finding.programme, row)
                else:
                    self._reviews[finding.programme].append((row[2] or "", (row[0] or "", row[1] or "")))
            return
        if finding.kind == "unused":
            for kind, line_id, *_ in finding.rows:
                self._unused.setdefault(str(kind), set()).add(str(line_id))
            return
        units = self._units.setdefault((finding.kind, finding.programme), set())
        units.update((str(district), str(household), person) for district, household, person in finding.rows)

    def _add_link(self, programme: str, row: Sequence[str | None]) -> None:
        roster_id = row[2] or ""
        if roster_id in self._world.kis.issued:
            return
        if row[3] not in BY_NUMBER:
            self._weighed[programme][roster_id] = (row[0] or "", row[1] or "")
            return
        if self._expected[programme].get(roster_id) == tuple(row):
            self._linked[programme].add(roster_id)
        else:
            self._surplus[programme].append(row)

    def score(self) -> Score:
        """The scores of everything that was added."""
        need = real_need(self._world, self._as_of)
        ideal = evaluate(self._world, self._as_of, self._given_links()).unserved
        truth = true_units(self._world)
        return Score(
            programmes={programme: self._programme_score(programme, need[programme]) for programme in PROGRAMMES},
            identity={programme: self._identity(programme) for programme in self._expected},
            weighed={programme: self._compare(programme, truth[programme]) for programme in self._expected},
            verdicts={
                programme: _agreement(ideal[programme], self._units.get(("unserved", programme), set()))
                for programme in PROGRAMMES
            },
            unused=score_unused(self._world, self._unused),
        )

    def _given_links(self) -> Links:
        """The links that numbers prove, and those that the hub made beside them."""
        persons = {r: PersonLink(*unit, r, "PROBABILISTIC") for r, unit in self._weighed["KIS_PBI"].items()}
        households = {r: HouseholdLink(*unit, r, "PROBABILISTIC") for r, unit in self._weighed["PKH"].items()}
        return Links(persons | self._links.persons, households | self._links.households)

    def _compare(self, programme: str, truth: dict[str, tuple[str, str]]) -> Weighed:
        findable = {r: unit for r, unit in truth.items() if r not in self._expected[programme]}
        weighed, reviews = self._weighed[programme], self._reviews[programme]
        right = sum(truth.get(roster_id) == unit for roster_id, unit in weighed.items())
        return Weighed(
            findable=len(findable),
            right=right,
            wrong=len(weighed) - right,
            in_review=sum(findable.get(roster_id) == unit for roster_id, unit in reviews),
            reviews=len(reviews),
        )

    def _programme_score(self, programme: str, need: set[Unit]) -> ProgrammeScore:
        found = len(need & self._units.get(("unserved", programme), set()))
        matched = self._units.get(("matched", programme), set())
        return ProgrammeScore(len(need), found, len(matched - need), len(need) - found)

    def _identity(self, programme: str) -> Agreement:
        expected, linked = self._expected[programme], self._linked[programme]
        missing = [list(link) for roster_id, link in expected.items() if roster_id not in linked]
        surplus = [list(row) for row in self._surplus[programme]]
        return Agreement(
            expected=len(expected),
            found=len(linked),
            missing_count=len(missing),
            surplus_count=len(surplus),
            missing=missing[:EXAMPLES],  # type: ignore[arg-type]  # a list of str is a list of str or None
            surplus=surplus[:EXAMPLES],
        )


def _agreement(expected: set[Unit], found: set[Unit]) -> Agreement:
    missing, surplus = expected - found, found - expected
    return Agreement(
        expected=len(expected),
        found=len(expected & found),
        missing_count=len(missing),
        surplus_count=len(surplus),
        missing=[list(unit) for unit in sorted(missing, key=repr)[:EXAMPLES]],
        surplus=[list(unit) for unit in sorted(surplus, key=repr)[:EXAMPLES]],
    )


def score(world: World, as_of: date, findings: Iterable[Finding]) -> Score:
    """Score findings in one go."""
    scorer = Scorer(world, as_of)
    for finding in findings:
        scorer.add(finding)
    return scorer.score()
