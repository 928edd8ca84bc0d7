"""The simulated world as a process of its own: real HTTP servers that end with the demo."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import httpx2
import msgspec

from connectors.settings import HttpSettings, KisSettings, PkhSettings
from hub.domain.directory import DistrictAccess, DistrictTerms
from hub.domain.errors import SetupError
from resolvers.directory import Joining
from server.systems import Systems

_SCORE_SECONDS = 600.0

T = TypeVar("T")


class WorldSettings(msgspec.Struct, frozen=True):
    """Which world: equal settings make equal worlds."""

    districts: str
    households: int
    seed: int

    @property
    def name(self) -> str:
        """Short and safe for a file or database."""
        return f"demo_{self.districts.replace('.', '').replace(',', '_')}_{self.households}_{self.seed}"


class _Kis(msgspec.Struct):
    path: str
    client_id: str
    client_secret: str


class _Pkh(msgspec.Struct):
    path: str
    api_key: str


class _District(msgspec.Struct):
    code: str
    name: str
    path: str
    token: str


class _Announcement(msgspec.Struct):
    port: int
    kis: _Kis
    pkh: _Pkh
    districts: list[_District]


class ProgrammeScore(msgspec.Struct):
    """Units in truth: `unserved`; of these `found` and `missed`; `wrong` were matched and not in need."""

    unserved: int
    found: int
    wrong: int
    missed: int


class Agreement(msgspec.Struct):
    """What was found beside what could be found."""

    expected: int
    found: int
    missing_count: int
    surplus_count: int

    @property
    def is_exact(self) -> bool:
        """Nothing missing, nothing too much."""
        return self.missing_count == self.surplus_count == 0


class Weighed(msgspec.Struct):
    """Links that no number proves: true pairs (`findable`), of these linked (`right`) and waiting (`in_review`); links that are
    `wrong`; all `reviews`.
    """

    findable: int
    right: int
    wrong: int
    in_review: int
    reviews: int

    @property
    def precision(self) -> float | None:
        """Of the links made, the share that is right; None when there is none."""
        made = self.right + self.wrong
        return self.right / made if made else None

    @property
    def recall(self) -> float | None:
        """Of the pairs to be found, the share that was."""
        return self.right / self.findable if self.findable else None


class UnusedScore(msgspec.Struct):
    """Roster lines that lie `unused` in truth; of these `found` and `missed`; `wrong` were named and are not."""

    unused: int
    found: int
    missed: int
    wrong: int


class Score(msgspec.Struct):
    """How well the hub did, by programme."""

    programmes: dict[str, ProgrammeScore]
    identity: dict[str, Agreement]
    weighed: dict[str, Weighed]
    verdicts: dict[str, Agreement]
    unused: dict[str, UnusedScore]


class CitizenReport(msgspec.Struct):
    """What a citizen tells the hub's hotline; ids are those of the district."""

    number: str
    district: str
    region_code: str
    household_id: str
    category: str
    summary: str
    refer_to: str | None
    received_at: datetime


class DayTruth(msgspec.Struct):
    """What became of the reports of a day in one district; `escalated` by the level to which they rose."""

    reports: int
    answered_in_time: int
    breached: int
    escalated: dict[str, int]
    resolved: int
    referred: int
    served: int


class SimulatedWorld:
    """The running simulators: where they are, and what the truth says."""

    def __init__(self, announcement: _Announcement, client: httpx2.AsyncClient) -> None:
        self._base = f"http://127.0.0.1:{announcement.port}"
        self._announcement = announcement
        self._client = client

    @property
    def systems(self) -> Systems:
        """How the hub reaches them."""
        told = self._announcement
        return Systems(
            kis=KisSettings(
                url=self._base + told.kis.path, client_id=told.kis.client_id, client_secret=told.kis.client_secret
            ),
            pkh=PkhSettings(url=self._base + told.pkh.path, api_key=told.pkh.api_key),
            http=HttpSettings(deadline=60.0, read_deadline=30.0, calls_per_second=1_000),
        )

    def districts(self, credentials: Path) -> list[Joining]:
        """How its districts join; their tokens are put into that folder first."""
        credentials.mkdir(parents=True, exist_ok=True, mode=0o700)
        joining = []
        for district in self._announcement.districts:
            name = f"{district.code}.token"
            (credentials / name).touch(mode=0o600)
            (credentials / name).write_text(district.token, encoding="utf-8")
            access = DistrictAccess(
                regency_code=district.code, endpoint=self._base + district.path, credential=f"file:{name}"
            )
            joining.append(Joining(access, DistrictTerms(page_size=1_000), "the demo begins"))
        return joining

    async def pass_day(self, begins_at: datetime, after: datetime, to: datetime) -> list[CitizenReport]:
        """Let the day at the desks go on; returns what the hub's hotline is told meanwhile."""
        hours = {"begins_at": begins_at, "after": after, "to": to}
        return await self._control("day", hours, list[CitizenReport])

    async def day_truth(self, begins_at: datetime, passes: Sequence[datetime]) -> dict[str, DayTruth]:
        """What became of the reports of each district; `passes`: when somebody looked for those to be escalated."""
        return await self._control("day/truth", {"begins_at": begins_at, "passes": passes}, dict[str, DayTruth])

    async def _control(self, what: str, body: object, answer_type: type[T]) -> T:
        answer = await self._client.post(f"{self._base}/_control/{what}", content=msgspec.json.encode(body))
        if answer.status_code != 200:
            raise SetupError(f"the simulated world did not do {what}: {answer.text[:500]}")
        return msgspec.json.decode(answer.content, type=answer_type)

    async def score(self, findings: AsyncIterator[bytes], as_of: date) -> Score:
        """Hold findings (lines of JSON) against the truth."""
        url = f"{self._base}/_control/score"
        answer = await self._client.post(url, params={"as_of": str(as_of)}, content=findings)
        if answer.status_code != 200:
            raise SetupError(f"the simulated world could not score: {answer.text[:500]}")
        return msgspec.json.decode(answer.content, type=Score)


@asynccontextmanager
async def simulated_world(settings: WorldSettings, journal: Path, as_of: date) -> AsyncIterator[SimulatedWorld]:
    """Run the simulators until the block ends. `journal` remembers what the hub did there, so a later demo goes on."""
    journal.parent.mkdir(parents=True, exist_ok=True)
    log = journal.with_suffix(".log")
    options = {"districts": settings.districts, "households": settings.households, "seed": settings.seed}
    arguments = [f"--{name}={value}" for name, value in (options | {"as-of": as_of, "journal": journal}).items()]
    with log.open("w") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "simulators",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is for the demo, which then lets the simulators go
        )
    try:
        async with httpx2.AsyncClient(timeout=_SCORE_SECONDS, trust_env=False) as client:
            yield SimulatedWorld(await _announced(process, log), client)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _announced(process: asyncio.subprocess.Process, log: Path) -> _Announcement:
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        words = (await asyncio.to_thread(log.read_text, errors="replace")).strip()
        raise SetupError(words.rpartition("error: ")[2] or "the simulated world did not start")
    return msgspec.json.decode(line, type=_Announcement)
