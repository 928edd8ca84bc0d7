"""What the demo found, as a table for a person and as one JSON object for a program."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from hub.store.coverage_job import Totals
from server.demo.fairness import RunReport, fairness_summary, fairness_tables, unused_summary, unused_table
from server.demo.world import Score, Weighed

_BY_NUMBER = ("NIK", "KK", "KK_HISTORY", "MEMBER_NIK")
_POOL = ("total", "available", "reserved", "offered", "issued")
_FIGURES = ("eligible", "undetermined", "enrolled", "unserved", "matched", "issued", "refused")


def summary(
    totals: Totals, score: Score, fairness: Sequence[RunReport], unbalanced: list[int], seconds: float
) -> dict[str, Any]:
    """The summary; counts of units, `seconds` for the whole job."""
    programmes = {
        code: {
            **{("unknown" if name == "undetermined" else name): figures[name] for name in _FIGURES},
            "pool": {name: totals.pools[code][name] for name in _POOL},
        }
        for code, figures in sorted(totals.programmes.items())
    }
    return {
        **totals.registry,
        "rejected": totals.rejects,
        "linked": {method: count for method, count in totals.links.items() if method != "REPORTED"},
        "programmes": programmes,
        "truth": {
            code: {"unserved": s.unserved, "found": s.found, "wrong": s.wrong, "missed": s.missed}
            for code, s in sorted(score.programmes.items())
        },
        "links": {
            "in_review": totals.reviews,
            "by_weight": {code: _weighed(w) for code, w in sorted(score.weighed.items())},
        },
        "identity": {"links": _agreements(score.identity), "unserved": _agreements(score.verdicts)},
        "unused": unused_summary(score.unused),
        "fairness": fairness_summary(fairness),
        "pools_balance": not unbalanced,
        "seconds": round(seconds, 1),
    }


def _agreements(agreements: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        code: {
            "findable": a.expected,
            "found": a.found,
            "missing": a.missing_count,
            "surplus": a.surplus_count,
            "is_exact": a.is_exact,
        }
        for code, a in sorted(agreements.items())
    }


def _weighed(weighed: Weighed) -> dict[str, Any]:
    return {
        "findable": weighed.findable,
        "right": weighed.right,
        "wrong": weighed.wrong,
        "in_review": weighed.in_review,
        "reviews": weighed.reviews,
        "precision": _rounded(weighed.precision),
        "recall": _rounded(weighed.recall),
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def print_report(
    console: Console, totals: Totals, score: Score, fairness: Sequence[RunReport], unbalanced: list[int], seconds: float
) -> None:
    """The tables: what the hub did in each regency, and what the truth says about it."""
    registry = totals.registry
    console.print(
        f"\n{registry['regions']:,} regions, {registry['districts']} districts, "
        f"{registry['households']:,} households, {registry['persons']:,} persons",
        highlight=False,
    )
    if totals.rejects:
        parts = ", ".join(f"{code} {count:,}" for code, count in totals.rejects.items())
        console.print(f"In quarantine: {parts}", highlight=False)
    console.print(_regencies(totals))
    console.print(_truth(totals, score))
    console.print(_links(totals, score))
    console.print(unused_table(score.unused))
    for table in fairness_tables(fairness):
        console.print(table)
    exact = all(a.is_exact for a in (*score.identity.values(), *score.verdicts.values()))
    console.print(
        "By valid NIK or KK the hub found exactly what could be found."
        if exact
        else "The hub did NOT find exactly what could be found by valid NIK or KK: see `identity` of --json.",
        style="green" if exact else "red",
    )
    balance = "All pools balance." if not unbalanced else f"Pools that do NOT balance: {unbalanced}"
    console.print(f"{balance} {seconds:.1f} s for the whole job.", highlight=False)


def _regencies(totals: Totals) -> Table:
    table = Table(title="Per regency and programme")
    for column in ("Regency", "Programme"):
        table.add_column(column)
    for column in ("Households", "Eligible", "Enrolled", "Unserved", "Matched", "Issued"):
        table.add_column(column, justify="right")
    before = None
    for row in totals.regencies:
        name = f"{row['region_code']} {row['name']}"
        counts = (row[c] for c in ("households", "eligible", "enrolled", "unserved", "matched", "issued"))
        table.add_row(name if name != before else "", str(row["programme_code"]), *(f"{count:,}" for count in counts))
        before = name
    return table


def _links(totals: Totals, score: Score) -> Table:
    by_number = ", ".join(f"{method} {count:,}" for method, count in totals.links.items() if method in _BY_NUMBER)
    table = Table(title=f"Links by number: {by_number}; beyond that, by weight, beside the truth")
    table.add_column("Programme")
    for column in ("To find", "Right", "Wrong", "Precision", "Recall", "In review", "of these true"):
        table.add_column(column, justify="right")
    for code, w in sorted(score.weighed.items()):
        shares = (_shown(w.precision), _shown(w.recall))
        table.add_row(
            code, f"{w.findable:,}", f"{w.right:,}", f"{w.wrong:,}", *shares, f"{w.reviews:,}", f"{w.in_review:,}"
        )
    return table


def _shown(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"


def _truth(totals: Totals, score: Score) -> Table:
    table = Table(title="Per programme: what the pools have left, and what the truth says")
    table.add_column("Programme")
    for column in ("Pool", "Left", "Issued", "Truly unserved", "Found", "Missed", "Wrong"):
        table.add_column(column, justify="right")
    for code, truth in sorted(score.programmes.items()):
        pool = totals.pools[code]
        figures = (
            pool["total"],
            pool["available"],
            pool["issued"],
            truth.unserved,
            truth.found,
            truth.missed,
            truth.wrong,
        )
        table.add_row(code, *(f"{figure:,}" for figure in figures))
    return table
