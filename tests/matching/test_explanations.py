"""For 1,000 random households: the sentence in both languages, the table of clauses and the verdict say the same."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from hub.matching import explain as explaining
from hub.matching import findings, words
from hub.matching.evaluate import any_of, evaluate, negated
from hub.matching.explain import Explanation, explain
from hub.matching.expressions import AnyMember, leaves_of
from hub.matching.fields import Subject, Text
from hub.matching.findings import Known, Stamp
from hub.matching.judgement import Outcome
from hub.matching.rules import Rule, read_rule
from hub.store.reference_loader import shipped_programmes
from tests.matching.drawn_rules import TEXT, drawn_world
from tests.matching.sentences import Claims, read_sentence

HOUSEHOLDS = 1_000
ORIGINS = {
    "has_other_health_cover": "KIS_PBI",
    "is_pkh_roster_read": "PKH",
    "decile": "WELFARE",
    "is_identified": "HOUSEHOLD",
}
PACKAGE = {
    "unit": "HOUSEHOLD",
    "requirements": [
        {
            "id": "decile",
            "expression": {"not": {"field": "decile", "op": "gt", "value": 5}},
            "label": {"id": "Desil paling banyak 5", "en": "Decile at most 5"},
            "next_step": TEXT,
        }
    ],
    "stacking": {"excludes": [{"programme": "PKH", "component": "PREGNANT"}]},
}
DOCUMENTS = {programme.programme_code: programme.rule for programme in shipped_programmes()} | {
    "PAKET_IBU_HAMIL": PACKAGE
}
RULES = {code: read_rule(document) for code, document in DOCUMENTS.items()}


@dataclass
class Case:
    """One unit before one rule."""

    programme: str
    rule: Rule
    known: Known
    is_enrolled: bool

    def outcomes(self) -> list[bool | None]:
        found = [evaluate(c.expression, self.known.facts, self.known.members) for c in self.rule.clauses]
        return [negated(met) if c.excludes else met for c, met in zip(self.rule.clauses, found, strict=True)]

    def explained(self) -> Explanation:
        return explain(self.rule, self.programme, self.outcomes(), self.known, is_enrolled=self.is_enrolled)


def cases(households: int) -> Iterator[Case]:
    rng = random.Random(11)
    world = drawn_world(households, seed=5)
    # most is known of most, so that every verdict comes up
    usual = {
        "decile": 3,
        "is_identified": True,
        "is_pkh_roster_read": True,
        "vital_status": "ALIVE",
        "is_nik_active": True,
    }
    for row in [*world.households, *world.persons]:
        row.update({name: value for name, value in usual.items() if name in row and rng.random() < 0.7})
        row.update(
            {"has_other_health_cover": False, "occupation_class": "FARMER"}
            if "age" in row and rng.random() < 0.8
            else {}
        )
    members = world.members()
    for home, of_home in zip(world.households, members, strict=True):
        stamps = _stamps(rng)
        for code, rule in RULES.items():
            units = [(home, of_home)] if rule.unit is Subject.HOUSEHOLD else [(person, []) for person in of_home[:1]]
            for facts, of_unit in units:
                yield Case(code, rule, Known(facts, of_unit, stamps), rng.random() < 0.1)


def _stamps(rng: random.Random) -> dict[str, Stamp]:
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    systems = {"HOUSEHOLD": "35.10", "PERSON": "35.10", "MEMBERS": "35.10", "KIS_PBI": "KIS", "PKH": "PKH"}
    stamps = {name: Stamp(system, begin + timedelta(hours=rng.randrange(20_000))) for name, system in systems.items()}
    return stamps | {"WELFARE": Stamp("35.10", stamps["HOUSEHOLD"].observed_at, "DTSEN 2026-1")}


def hold(case: Case) -> str:
    """Asserts that verdict, table and both sentences agree with the facts; returns the verdict."""
    explained = case.explained()
    outcomes = dict(zip((c.id for c in case.rule.clauses), case.outcomes(), strict=True))
    by_outcome = {True: Outcome.PASS, False: Outcome.FAIL, None: Outcome.MISSING}
    assert {c.clause.id: c.outcome for c in explained.clauses} == {
        code: by_outcome[met] for code, met in outcomes.items()
    }
    assert explained.status.value == expected_status(case)
    for clause in explained.clauses:
        hold_clause(case, clause)
    for language in ("id", "en"):
        sentence = getattr(explained.sentence, language)
        labels = {getattr(c.clause.label, language): c for c in explained.clauses}
        assert not re.search(r"\d{8}", sentence)
        hold_sentence(case, explained, read_sentence(sentence, language, list(labels)), language)
    return explained.status.value


def expected_status(case: Case) -> str:
    outcomes = case.outcomes()
    failed = {clause.excludes for clause, met in zip(case.rule.clauses, outcomes, strict=True) if met is False}
    if case.is_enrolled:
        return "ALREADY_ENROLLED"
    if failed:
        return "NOT_ELIGIBLE" if False in failed else "EXCLUDED"
    return "UNKNOWN" if None in outcomes else "ELIGIBLE"


def hold_clause(case: Case, clause: explaining.ExplainedClause) -> None:
    is_met = clause.outcome is Outcome.PASS
    assert (clause.change is None) == (clause.next_step is None) == is_met
    mended = dict(case.known.facts)
    for finding in clause.findings:
        if finding.tally is None:
            fact = case.known.facts[finding.field]
            assert finding.value == (
                None if fact is None else str(fact).lower() if isinstance(fact, bool) else str(fact)
            )
            assert (finding.outcome is Outcome.MISSING) == (fact is None) == bool(finding.missing)
            assert (finding.stamp is None) == (fact is None)
            mended[finding.field] = fitting(finding)
        elif finding.tally.total and not finding.tally.unknown:
            [bound] = finding.threshold
            met = finding.tally.met >= int(bound) if finding.operator == "GTE" else finding.tally.met == int(bound)
            assert finding.outcome is (Outcome.PASS if met else Outcome.FAIL)
    if all(finding.tally is None for finding in clause.findings):
        met = evaluate(clause.clause.expression, mended)
        assert (negated(met) if clause.clause.excludes else met) is True


def fitting(finding: findings.Finding) -> object:
    """A value that stands to the threshold as it has to."""
    bounds = [{"true": True, "false": False}.get(bound, bound) for bound in finding.threshold]
    numbers = [int(bound) for bound in finding.threshold if re.fullmatch(r"-?\d+", bound)]
    match finding.operator:
        case "EQ" | "IN":
            return numbers[0] if numbers else bounds[0]
        case "BETWEEN" | "GTE" | "LTE":
            return numbers[0]
        case "NOT_IN":
            return "FARMER"
        case "OUTSIDE" | "LT":
            return numbers[0] - 1
        case _:
            return numbers[0] + 1


def hold_sentence(case: Case, explained: Explanation, claims: Claims, language: str) -> None:
    assert (claims.status, claims.programme) == (expected_status(case), case.programme)
    assert claims.conditions == len(case.rule.clauses)
    kinds = {Outcome.FAIL: claims.failed, Outcome.MISSING: claims.missing}
    for outcome, said in kinds.items():
        clauses = {getattr(c.clause.label, language): c for c in explained.clauses if c.outcome is outcome}
        assert said.keys() == clauses.keys()
        for label, why in said.items():
            hold_why(case, clauses[label], why, language)
    assert claims.counts == {
        name: len(said) for name, said in (("failed", claims.failed), ("missing", claims.missing)) if said
    }
    step = explained.next_step
    assert claims.next_step == (None if step is None else getattr(step, language).rstrip("."))
    steps = {getattr(c.next_step, language) for c in explained.clauses if c.next_step is not None}
    if explained.status.value in ("NOT_ELIGIBLE", "EXCLUDED", "UNKNOWN"):
        assert step is not None
        assert getattr(step, language) in steps


def hold_why(case: Case, clause: explaining.ExplainedClause, why: object, language: str) -> None:
    leaves = list(leaves_of(clause.clause.expression))
    stamps = set()
    if all(isinstance(leaf, AnyMember) for leaf in leaves):
        held = [any_of(evaluate(leaf.of, m) for leaf in leaves) for m in case.known.members]
        assert why.members == (held.count(True), held.count(None), len(held))
        stamps = {case.known.stamps["MEMBERS"]} if held else set()
        assert why.values == {}
    else:
        assert why.members is None
        for name, (value, needed) in why.values.items():
            assert case.known.facts[name] == value
            assert type(case.known.facts[name]) is type(value)
            if needed is not None:
                hold_needed(case, clause, name, needed, language)
        for leaf in leaves:
            name = getattr(leaf, "field", None) or leaf.name
            met = evaluate(leaf, case.known.facts)
            want = not clause.clause.excludes ^ (case.programme == "PAKET_IBU_HAMIL" and name == "decile")
            if met is not None and met is not want:
                stamps.add(case.known.stamps["PKH" if name.startswith("draws") else ORIGINS.get(name, "PERSON")])
            if met is not want:
                assert name in why.values
    oldest: dict = {}
    for stamp in stamps:
        day = stamp.observed_at.date()
        source = stamp.system + (f" ({stamp.basis})" if stamp.basis else "")
        oldest[source] = min(day, oldest.get(source, day))
    assert why.sources == set(oldest.items())


NEEDED = {
    ("KIS_PBI", "decile"): ("1 sampai 5", "1 to 5"),
    ("PIP", "decile"): ("1 sampai 4", "1 to 4"),
    ("PKH", "decile"): ("1 sampai 4", "1 to 4"),
    ("SEMBAKO", "decile"): ("1 sampai 5", "1 to 5"),
    ("PAKET_IBU_HAMIL", "decile"): ("paling banyak 5", "at most 5"),
    ("PIP", "age"): ("6 sampai 21 tahun", "6 to 21 years"),
    ("PIP", "school_level"): ("SD, SMP atau SMA", "SD, SMP or SMA"),
    ("KIS_PBI", "occupation_class"): ("bukan ASN, TNI atau Polri", "not civil servant, soldier or police officer"),
    ("PIP", "occupation_class"): ("bukan ASN, TNI atau Polri", "not civil servant, soldier or police officer"),
    ("KIS_PBI", "has_other_health_cover"): ("tidak", "no"),
    ("PAKET_IBU_HAMIL", "draws PKH/PREGNANT"): ("tidak", "no"),
}


def hold_needed(case: Case, clause: explaining.ExplainedClause, name: str, needed: str, language: str) -> None:
    usual = ("hidup", "alive") if name == "vital_status" else ("ya", "yes")
    assert needed == NEEDED.get((case.programme, name), usual)[language == "en"]


def hold_all(households: int) -> Counter[tuple[str, str]]:
    return Counter((case.programme, hold(case)) for case in cases(households))


def test_sentence_table_and_verdict_agree_for_a_thousand_households() -> None:
    seen = hold_all(HOUSEHOLDS)
    assert {status for _, status in seen} == {"ELIGIBLE", "NOT_ELIGIBLE", "UNKNOWN", "EXCLUDED", "ALREADY_ENROLLED"}
    assert {programme for programme, _ in seen} == set(RULES)
    assert min(count for _, count in seen.items()) >= 3
    assert sum(count for (programme, _), count in seen.items() if programme == "PKH") == HOUSEHOLDS


ORIGINAL_WANTED, ORIGINAL_DATE, ORIGINAL_VALUE = findings.wanted, explaining.said_date, words.said_value
FAULTS: dict[str, tuple[object, str, Callable]] = {
    "the threshold of an exclusion is not turned round": (
        findings,
        "wanted",
        lambda comparison, _want: ORIGINAL_WANTED(comparison, want=True),
    ),
    "the month is a month late": (
        explaining,
        "said_date",
        lambda day: ORIGINAL_DATE(day.replace(day=1, month=day.month % 12 + 1)),
    ),
    "yes and no are mixed up": (
        words,
        "said_value",
        lambda value: ORIGINAL_VALUE({"true": "false", "false": "true"}.get(value, value)),
    ),
    "what is not known is left out": (
        explaining,
        "_counted",
        lambda clauses: COUNTED([c for c in clauses if c.outcome is not Outcome.MISSING]),
    ),
    "a member of whom it is not known counts": (
        explaining,
        "_tally",
        lambda clause: (
            None if (tally := TALLY(clause)) is None else findings.Tally(tally.met + tally.unknown, 0, tally.total)
        ),
    ),
}
COUNTED, TALLY = explaining._counted, explaining._tally


@pytest.fixture
def nothing_remembered() -> Iterator[None]:
    """What is said is remembered: a fault must find nothing there, and leave nothing."""
    for remembering in (words.said, findings.describe):
        remembering.cache_clear()
    yield
    for remembering in (words.said, findings.describe):
        remembering.cache_clear()


@pytest.mark.usefixtures("nothing_remembered")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_what_is_said_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*FAULTS[fault])
    with pytest.raises((AssertionError, ValueError)):
        hold_all(100)


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_verdict_said_wrong_in_one_language_is_found(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heads = dict(explaining._HEAD)
    eligible, unknown = heads[explaining.VerdictStatus.ELIGIBLE], heads[explaining.VerdictStatus.UNKNOWN]
    wrong = Text(eligible.id, unknown.en) if language == "en" else Text(unknown.id, eligible.en)
    monkeypatch.setitem(explaining._HEAD, explaining.VerdictStatus.ELIGIBLE, wrong)
    with pytest.raises(AssertionError):
        hold_all(100)
