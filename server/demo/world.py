"""The simulated world as a process of its own: real HTTP servers that end with the demo."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import httpx2
import msgspec

from connectors.settings import HttpSettings, KisSettings, PkhSettings
from hub.domain.directory import DistrictAccess, DistrictTerms
from hub.domain.errors import SetupError
from resolvers.directory import Joining
from server.systems import Systems

_SCORE_SECONDS = 600.0


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


class Score(msgspec.Struct):
    """How well the hub did, by programme."""

    programmes: dict[str, ProgrammeScore]
    identity: dict[str, Agreement]
    verdicts: dict[str, Agreement]


class SimulatedWorld:
    """The running simulators: where they are, and what the truth says."""

    def __init__(self, announcement: _Announcement) -> None:
        self._base = f"http://127.0.0.1:{announcement.port}"
        self._announcement = announcement

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

    async def score(self, findings: AsyncIterator[bytes], as_of: date) -> Score:
        """Hold findings (lines of JSON) against the truth."""
        async with httpx2.AsyncClient(timeout=_SCORE_SECONDS, trust_env=False) as client:
            answer = await client.post(f"{self._base}/_control/score", params={"as_of": str(as_of)}, content=findings)
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
        yield SimulatedWorld(await _announced(process, log))
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
