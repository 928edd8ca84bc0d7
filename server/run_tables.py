"""What `slrt-hub match` prints: how fairly a run serves the regencies, and why a household was or was not served."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from resolvers.explaining import Explained, phase_of, reason_of
from resolvers.runs import RunFairness


def fairness_table(title: str, rows: Sequence[RunFairness]) -> Table:
    """Before the run and under both policies."""
    table = Table(title=title)
    for column in ("State", "Served", "Of these only so", "Least covered", "Coverage there", "Gini"):
        table.add_column(column, justify="left" if column in ("State", "Least covered") else "right")
    for row in rows:
        table.add_row(
            f"{row.state} (chosen)" if row.is_chosen else row.state,
            f"{row.served:,}",
            f"{row.served_alone:,}",
            row.minimum_regency or "",
            f"{row.minimum_coverage:.3f}",
            f"{row.gini:.3f}",
        )
    return table


def explanation(explained: Explained) -> Iterator[str]:
    """Lines on one household: every run that ranked it, then its verdicts and matches."""
    for standing in explained.standings:
        who = "the household" if standing.person_id is None else f"member {standing.person_id}"
        waiting = "no open case" if standing.waiting_since is None else f"waiting since {standing.waiting_since}"
        yield (
            f"run {standing.run_id} ({' + '.join(standing.programme_codes)} {standing.period}, {standing.policy}, "
            f"{standing.run_status}): {who} is rank {standing.rank}"
        )
        yield f"  need: decile {standing.decile}, vulnerability {standing.vulnerability}, {waiting}"
        yield (
            f"  before it: {standing.rank - 1} ranks, {standing.placed_before} of them placed, {standing.equal_before} of "
            "equal need (the seed decided)"
        )
        yield f"  phase: {phase_of(standing) or 'none'}; {reason_of(standing)}"
        if standing.match_id is not None:
            why = f" ({standing.reason_code})" if standing.reason_code else ""
            yield f"  match {standing.match_id}: {standing.match_status}{why}"
    if not explained.standings:
        yield "no run ranked this household or one of its members"
    for verdict in explained.verdicts:
        who = "the household" if verdict.person_id is None else f"member {verdict.person_id}"
        yield f"verdict on {who}: {verdict.programme_code} {verdict.status} by rule version {verdict.rule_version}"
    for match in explained.matches:
        if match.run_id is None:
            yield f"match {match.match_id}: {match.programme_code} {match.status}, of no run"
