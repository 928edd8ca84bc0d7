"""The journal of a simulated world: its systems are durable, as real ones are.

A file of JSON lines: the first holds the settings of the world, each further one a call that changed it. A call
is written before it is done and answered, so whatever was acknowledged outlives the process; reading the calls
back into a fresh world of the same settings makes the same revisions, cursors, keys and pools. Not kept: access
tokens and switched faults, which real systems forget as well.
"""

import fcntl
import os
from collections.abc import Iterator
from errno import ENOSPC
from hashlib import blake2b
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Any

import msgspec

from simulators.calls import Call
from simulators.case_desk import CaseChanged, CaseUpdatesDelivered
from simulators.day_desk import DayPassed, day_of
from simulators.district import DistrictSystem, MatchesDelivered, OutcomeReported
from simulators.evolve import Evolution, TimePassed
from simulators.kis import CardsRequested
from simulators.referral_desk import ReferralMoved, ReferralsDelivered
from simulators.world import CursorsForgotten, World, WorldSettings

FORMAT = 1
"""Raised whenever equal settings no longer make an equal world, or an equal call no longer the same change."""
LONGEST_HEADER = 1_000_000
RETRY_SECONDS = 0.05

_InDistrict = (
    MatchesDelivered | OutcomeReported | CaseUpdatesDelivered | CaseChanged | ReferralsDelivered | ReferralMoved
)
_Recorded = CardsRequested | _InDistrict | TimePassed | DayPassed | CursorsForgotten


class JournalError(Exception):
    """The journal cannot be used; the message names the file and the way out."""


class Journal:
    """One file, held by one process at a time; use as a context manager."""

    def __init__(self, path: Path, settings: WorldSettings, patience: float = 10.0) -> None:
        """Take a new file or one of the same world; JournalError when it is neither.

        `patience`: seconds to wait for a predecessor that is just going down.
        """
        self._path = path
        self._settings = settings
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[_Recorded] = msgspec.json.Decoder(_Recorded)
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            self._lock(patience)
            self._begin()
        except OSError as error:
            self.close()
            raise self._unusable(error) from error
        except JournalError:
            self.close()
            raise

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def resume(self, world: World) -> None:
        """Do all calls of the journal again in a fresh world, and keep its further ones.

        ValueError when the world has other settings; JournalError when a line is damaged.
        """
        if world.settings != self._settings:
            raise ValueError(f"journal {self._path} was opened for a world of other settings")
        for call in self._calls():
            _do(world, call)
        world.record_with(self.append)

    def append(self, call: Call) -> None:
        """Write a call down in full; OSError, and nothing written, when that fails."""
        line = self._encoder.encode(call) + b"\n"
        end = os.fstat(self._file.fileno()).st_size
        try:
            self._write(line)
        except OSError:
            self._file.truncate(end)
            raise

    def _unusable(self, error: OSError) -> JournalError:
        return JournalError(f"journal {self._path} cannot be written: {error.strerror}; choose another")

    def _write(self, line: bytes) -> None:
        # Unbuffered: once written, the line is the operating system's, and a killed process loses nothing.
        if self._file.write(line) != len(line):
            raise OSError(ENOSPC, "a line of the journal was written in part")

    def _calls(self) -> Iterator[_Recorded]:
        with self._path.open("rb") as lines:
            end = len(lines.readline())
            for number, line in enumerate(lines, 2):
                if not line.endswith(b"\n"):
                    self._file.truncate(end)  # its call was never done: the writer was killed in the middle
                    return
                yield self._decoded(number, line)
                end += len(line)

    def _decoded(self, number: int, line: bytes) -> _Recorded:
        try:
            return self._decoder.decode(line)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise JournalError(f"journal {self._path} is damaged in line {number} ({error}); {_WAY_OUT}") from error

    def _lock(self, patience: float) -> None:
        for _ in range(round(patience / RETRY_SECONDS)):
            if self._is_locked():
                return
            sleep(RETRY_SECONDS)
        if not self._is_locked():
            raise JournalError(f"journal {self._path} is in use by another process; end that one or choose another")

    def _is_locked(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _begin(self) -> None:
        """Check the first line, or write it in a new file."""
        expected = _header(self._settings)
        line = self._encoder.encode(expected) + b"\n"
        with self._path.open("rb") as lines:
            first = lines.readline(LONGEST_HEADER)
        if first == line:
            return
        if not line.startswith(first):
            raise JournalError(f"journal {self._path} is of another world: {_difference(first, expected)}; {_WAY_OUT}")
        self._file.truncate(0)
        self._write(line)


_WAY_OUT = "delete it, or choose another"


def _do(world: World, call: _Recorded) -> None:
    match call:
        case CardsRequested(requests=requests):
            world.kis.issue_all(requests)
        case TimePassed(changes=changes):
            Evolution(world).make(changes)
        case DayPassed(begins_at=begins_at, to=to):
            day_of(world, begins_at).pass_to(to)
        case CursorsForgotten(system=system):
            world.expire_cursors(system)
        case _:
            _do_in_district(world.districts[call.district], call)


def _do_in_district(district: DistrictSystem, call: _InDistrict) -> None:
    match call:
        case MatchesDelivered(deliveries=deliveries):
            district.deliver(deliveries)
        case OutcomeReported():
            district.report(call.match_reference, call.outcome, call.reason)
        case CaseUpdatesDelivered(updates=updates):
            district.case_desk.deliver(updates)
        case CaseChanged(update=update):
            district.case_desk.change(update)
        case ReferralsDelivered(referrals=referrals):
            district.referral_desk.deliver(referrals)
        case ReferralMoved(move=move):
            district.referral_desk.move(move)


def _header(settings: WorldSettings) -> dict[str, Any]:
    """The settings, with the codes of the regencies and a digest instead of all their villages."""
    values: dict[str, Any] = msgspec.to_builtins(settings)
    del values["regencies"]
    return {
        "journal": FORMAT,
        "districts": [regency.code for regency in settings.regencies],
        "regions": blake2b(msgspec.json.encode(settings.regencies), digest_size=8).hexdigest(),
        **values,
    }


def _difference(first: bytes, expected: dict[str, Any]) -> str:
    """The first setting that is not the same, with both values."""
    try:
        found = msgspec.json.decode(first, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return "its first line holds no settings"
    for name in expected | found:
        if found.get(name) != expected.get(name):
            return f"{name} is {_short(found.get(name))} there and {_short(expected.get(name))} here"
    return "its first line is written otherwise"


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."
