"""What calls and checks tell of districts, noted in the directory: failing, answering again, drifted, mended.

Calls report in memory and at once (`observe`); a task writes what is new, so that no caller waits for it and a district that
flaps costs a few writes a second at most.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog

from hub.domain.directory import DistrictEntry, DistrictInspector, Extent, Finding, Inspection
from hub.domain.district import DistrictStatus
from hub.domain.errors import CallerError, CursorExpired, RecordRejected, SourceError
from hub.store import directory
from hub.store.database import Session
from hub.store.directory import Change
from resolvers.context import Clock

NOTE_SECONDS = 0.25
_AT_A_TIME = 8
_ACTOR = "hub"
_DRIFT = frozenset({"WRONG_SHAPE", "BAD_REQUEST", "TOO_DEEP", "NOT_IMPLEMENTED"})
"""Reasons for which an answer, or the refusal of one, does not fit the contract."""
_NO_FAULT = frozenset({"CIRCUIT_OPEN", "RATE_LIMITED", "TOO_EARLY", "BUSY"})
"""Reasons that say nothing of the district's health, or that it is well and busy."""
_log = structlog.get_logger(__name__)


class Health:
    """Watches all districts of the directory."""

    def __init__(self, jobs: Session, inspector: DistrictInspector, clock: Clock) -> None:
        self._jobs = jobs
        self._inspector = inspector
        self._clock = clock
        self._entries: Mapping[str, DistrictEntry] = {}
        self._failing: dict[str, datetime] = {}
        self._answering: set[str] = set()
        self._drifted: dict[str, SourceError] = {}
        self._something = asyncio.Event()

    def know(self, entries: Mapping[str, DistrictEntry]) -> None:
        """The directory as it is now."""
        self._entries = entries

    def observe(self, system_code: str, error: SourceError | None) -> None:
        """A call to a system ended so; national systems are none of the directory's."""
        entry = self._entries.get(system_code)
        if entry is None:
            return
        if error is None or isinstance(error, CursorExpired | RecordRejected):
            if self._failing.pop(system_code, None) is not None or entry.is_failing:
                self._answering.add(system_code)
        elif error.reason in _DRIFT:
            if not entry.has_drifted:
                self._drifted.setdefault(system_code, error)
        elif error.reason not in _NO_FAULT and not entry.is_failing:
            self._answering.discard(system_code)
            self._failing.setdefault(system_code, self._clock())
        self._something.set()

    async def work(self) -> None:
        """Note what was observed, until cancelled."""
        while True:
            await self._something.wait()
            self._something.clear()
            try:
                await self.note_all()
            except Exception as error:  # noqa: BLE001 -- whatever keeps it from noting, it will be observed again
                _log.warning("health_not_noted", kind=type(error).__name__)
            await asyncio.sleep(NOTE_SECONDS)

    async def note_all(self) -> None:
        """Write what was observed and is not written yet."""
        answering, self._answering = self._answering, set()
        failing, self._failing = self._failing, {}
        drifted, self._drifted = self._drifted, {}
        for code in answering:
            await directory.note_answering(self._jobs, code, self._clock())
        for code, since in failing.items():
            await directory.note_failing(self._jobs, code, since)
        for code, error in drifted.items():
            if code in self._entries:
                await self._look_into(self._entries[code], error)

    async def watch(self, every_seconds: float) -> None:
        """Check all districts, again and again, until cancelled."""
        while True:
            await asyncio.sleep(every_seconds)
            await self.check_all()

    async def check_all(self) -> None:
        """Check every district that is not suspended: its schema, and one that is DEGRADED in full, for it may be mended."""
        places = asyncio.Semaphore(_AT_A_TIME)

        async def check(entry: DistrictEntry) -> None:
            async with places:
                await self.check(entry, "FULL" if entry.has_drifted else "CONTRACT")

        asked = [entry for entry in self._entries.values() if entry.status is not DistrictStatus.SUSPENDED]
        await asyncio.gather(*map(check, asked))

    async def check(self, entry: DistrictEntry, extent: Extent) -> None:
        """Check one district and note what is found; a fault of the hub itself is logged."""
        try:
            found = await self._inspector.inspect(entry.access, extent)
            change = Change(_ACTOR, "a check found nothing wrong", self._clock())
            await directory.note_check(self._jobs, entry.regency_code, found, change)
        except SourceError:
            await directory.note_failing(self._jobs, entry.regency_code, self._clock())
        except CallerError as error:
            _log.error("district_not_checked", system=entry.regency_code, message=error.message)
        except Exception as error:  # noqa: BLE001 -- the next check may do better
            _log.warning("district_not_checked", system=entry.regency_code, kind=type(error).__name__)

    async def _look_into(self, entry: DistrictEntry, error: SourceError) -> None:
        """An answer did not fit: the schema may say which fields changed; when it fits, the answer itself is the finding."""
        found = await self._inspector.inspect(entry.access, "CONTRACT")
        if found.has_answered and not found.findings:
            found = _of_answer(entry, error)
        await directory.note_check(self._jobs, entry.regency_code, found, Change(_ACTOR, error.message, self._clock()))


def _of_answer(entry: DistrictEntry, error: SourceError) -> Inspection:
    path = error.detail.removeprefix(error.reason).strip()
    finding = Finding(
        check="answer.fits",
        path=path,
        asked="a call of the hub's work",
        came=error.message,
        wanted="an answer of the contract's types",
        mend="send each field with the type of the contract; what was refused stands in the log of the system",
    )
    return Inspection(
        extent="FULL",
        has_answered=True,
        contract_version=entry.contract_version,
        capabilities=entry.capabilities,
        findings=(finding,),
    )
