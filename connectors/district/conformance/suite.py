"""Runs the checks in their order: each waits for what it builds on, none stops the others."""

import asyncio
from collections.abc import Sequence

from connectors.district.conformance import case_updates, feed, lists, referring, search, who
from connectors.district.conformance.asking import Asker, Refused, Unreachable
from connectors.district.conformance.model import Check, Problem, Report, Result, Skip, Subject
from hub.domain.directory import Extent, Finding

CHECKS: tuple[Check, ...] = (
    *who.CHECKS,
    *feed.CHECKS,
    *lists.CHECKS,
    *search.CHECKS,
    *who.DELIVERY,
    *case_updates.CHECKS,
    *referring.CHECKS,
    *who.LATENCY,
)
"""All checks of the suite."""
LAST = frozenset(who.LATENCY)
"""What is measured over all calls comes after them."""

_ANSWERS = "access.answers"
_FITS = "contract.fits"


class Suite:
    """One run over one district. By default it only reads; `allows_writes` adds the checks that deliver a test match."""

    def __init__(
        self, asker: Asker, contract: str, *, expected_code: str | None = None, allows_writes: bool = False
    ) -> None:
        self._subject = Subject(asker, contract, expected_code, allows_writes)
        self._results: dict[str, Result] = {}
        self._waiting: set[str] = set()

    async def run(self, extent: Extent = "FULL") -> Report:
        """What becomes of each check of that extent; never raises for what a district does.

        Who it is and whether its schema fits comes first; then a few checks at a time, each after those that it builds on.
        """
        for check in CHECKS:
            if check.extent == "CONTRACT":
                self._results[check.id] = await self._result(check)
        if extent == "FULL":
            await self._run_all([check for check in CHECKS if check.extent == "FULL" and check not in LAST])
            for check in LAST:
                self._results[check.id] = await self._result(check)
        return self._report(extent)

    async def _run_all(self, checks: Sequence[Check]) -> None:
        tasks: dict[str, asyncio.Task[None]] = {}

        async def run(check: Check) -> None:
            await asyncio.gather(*(tasks[id_] for id_ in check.after if id_ in tasks))
            self._results[check.id] = await self._result(check)

        async with asyncio.TaskGroup() as group:
            for check in checks:  # a check stands after those that it builds on
                tasks[check.id] = group.create_task(run(check))

    async def _result(self, check: Check) -> Result:
        skipped = self._reason_to_skip(check)
        if skipped is not None:
            return Result(check=check.id, title=check.title, outcome="SKIPPED", note=skipped)
        try:
            problems = await self._problems(check)
            if problems and check not in LAST:  # rows may have changed in between, or a connection was lost: once more
                problems = await self._problems(check)
        except Skip as skip:
            return Result(check=check.id, title=check.title, outcome="SKIPPED", note=str(skip))
        findings = tuple(_finding(check, problem) for problem in problems)
        return Result(check=check.id, title=check.title, outcome="FAILED" if findings else "PASSED", findings=findings)

    async def _problems(self, check: Check) -> Sequence[Problem]:
        try:
            return await check.run(self._subject)
        except Refused as refused:
            if refused.is_query and self._has_failed(_FITS):
                raise Skip(f"the question does not fit the served schema: see {_FITS}") from None
            return [_failure(check, refused)]
        except Unreachable as unreachable:
            return [_failure(check, unreachable)]

    def _reason_to_skip(self, check: Check) -> str | None:
        if check.writes and not self._subject.allows_writes:
            return "it writes: ask for it with --write"
        if check.capability is not None and check.capability not in self._subject.capabilities:
            return f"the district does not have the capability {check.capability}"
        for id_ in check.after:
            if self._has_failed(id_) or id_ in self._waiting:
                self._waiting.add(check.id)
                return f"waits for {id_}"
        return None

    def _has_failed(self, id_: str) -> bool:
        result = self._results.get(id_)
        return result is not None and result.outcome == "FAILED"

    def _report(self, extent: Extent) -> Report:
        subject, seconds = self._subject, self._subject.asker.seconds
        return Report(
            extent=extent,
            has_answered=not self._has_failed(_ANSWERS),
            regency_code=subject.region_code,
            contract_version=subject.contract_version,
            capabilities=tuple(sorted(subject.capabilities)),
            results=tuple(self._results[check.id] for check in CHECKS if check.id in self._results),
            calls=len(seconds),
            p50=who.percentile(seconds, 0.5),
            p99=who.percentile(seconds, 0.99),
        )


def _failure(check: Check, error: Refused | Unreachable) -> Problem:
    return Problem(f"what `{check.id}` asks", error.came, "an answer with data", error.mend)


def _finding(check: Check, problem: Problem) -> Finding:
    return Finding(
        check=check.id,
        path=problem.path,
        asked=problem.asked,
        came=problem.came,
        wanted=problem.wanted,
        mend=problem.mend,
    )
