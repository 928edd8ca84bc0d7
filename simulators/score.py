"""How well the hub did, against the truth: fed row by row, so that a million links need no room."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import msgspec

from simulators.truth import PROGRAMMES, HouseholdLink, PersonLink, Unit, find_links, real_need
from simulators.unused import Lines, UnusedScore, score_unused
from simulators.verdicts import evaluate
from simulators.world import World

EXAMPLES = 5


class Finding(msgspec.Struct, frozen=True):
    """A batch of what the hub found.

    kind `matched` or `unserved`: rows are units of `programme` [district, household, person or null].
    kind `links`: rows of programme KIS_PBI are [district, person, participant, method], of PKH
    [district, household, recipient, method].
    kind `unused`: rows are [kind of finding, roster line].
    """

    kind: Literal["matched", "unserved", "links", "unused"]
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


class Score(msgspec.Struct):
    """`identity`: links by programme. `verdicts`: the unserved of an ideal evaluator of recorded data. `unused`: slots of the
    rosters that lie unused, by kind of finding.
    """

    programmes: dict[str, ProgrammeScore]
    identity: dict[str, Agreement]
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
        self._units: dict[tuple[str, str], set[Unit]] = {}
        self._unused: Lines = {}

    def add(self, finding: Finding) -> None:
        """Take one batch in; ValueError names an unknown programme."""
        if finding.programme not in PROGRAMMES:
            raise ValueError(f"unknown programme {finding.programme!r}")
        if finding.kind == "links":
            for row in finding.rows:
                self._add_link(finding.programme, row)
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
        if self._expected[programme].get(roster_id) == tuple(row):
            self._linked[programme].add(roster_id)
        else:
            self._surplus[programme].append(row)

    def score(self) -> Score:
        """The scores of everything that was added."""
        need = real_need(self._world, self._as_of)
        ideal = evaluate(self._world, self._as_of, self._links).unserved
        return Score(
            programmes={programme: self._programme_score(programme, need[programme]) for programme in PROGRAMMES},
            identity={programme: self._identity(programme) for programme in self._expected},
            verdicts={
                programme: _agreement(ideal[programme], self._units.get(("unserved", programme), set()))
                for programme in PROGRAMMES
            },
            unused=score_unused(self._world, self._unused),
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
