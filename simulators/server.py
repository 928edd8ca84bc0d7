"""All simulated systems as one application, with `/_control` to switch, change and score them.

GET    /_control/stats                    counts of each system
GET    /_control/truth?as_of=             the truth as JSON lines, each a `score.Finding`
POST   /_control/score?as_of=             JSON lines of `score.Finding`, answered with a `score.Score`
POST   /_control/day                      `Hours` of a day that go by, answered with what the hub's hotline is told in them
POST   /_control/day/truth                `Passes` of a day, answered with a `day.DayTruth` for each district
POST   /_control/evolve                   `evolve.Changes`, answered with how many of each there were
GET, POST, DELETE /_control/{system}/fault    how often faults struck; switch a `faults.Fault` on; all off
POST   /_control/{system}/expire-cursors
PUT    /_control/{system}/capabilities    what a district can do from now on, as a list of the contract's words
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from simulators.day_desk import day_of
from simulators.district import CAPABILITIES
from simulators.evolve import Changes, Evolution
from simulators.faults import Fault
from simulators.http import HANDLERS, BadRequest, answer
from simulators.score import Finding, Scorer
from simulators.serving import served
from simulators.simulation import Simulation
from simulators.truth import find_links, real_need

LINE_ROWS = 1_000

T = TypeVar("T")


class Hours(msgspec.Struct, frozen=True):
    """A stretch of the day that begins at `begins_at`: after one moment, up to and with another."""

    begins_at: datetime
    after: datetime
    to: datetime


class Passes(msgspec.Struct, frozen=True):
    """The moments at which somebody looked for reports to be escalated, in order."""

    begins_at: datetime
    passes: Annotated[list[datetime], msgspec.Meta(min_length=1, max_length=1_000)]


def build(simulation: Simulation) -> Starlette:
    """Mounts `/kis`, `/pkh`, `/districts/{code}` and `/_control`."""
    control = _Control(simulation)
    systems: list[BaseRoute] = [Mount(path_of(system), app=app, name=system) for system, app in simulation.apps.items()]
    return Starlette(
        routes=[
            *systems,
            Route("/_control/stats", control.stats),
            Route("/_control/truth", control.truth),
            Route("/_control/score", control.score, methods=["POST"]),
            Route("/_control/day", control.day, methods=["POST"]),
            Route("/_control/day/truth", control.day_truth, methods=["POST"]),
            Route("/_control/evolve", control.evolve, methods=["POST"]),
            Route("/_control/{system}/fault", control.fault, methods=["GET", "POST", "DELETE"]),
            Route("/_control/{system}/expire-cursors", control.expire_cursors, methods=["POST"]),
            Route("/_control/{system}/capabilities", control.capabilities, methods=["PUT"]),
        ],
        exception_handlers=HANDLERS,
    )


def path_of(system: str) -> str:
    """Where a system is mounted: `/kis`, `/pkh`, `/districts/35.10`."""
    return f"/{system.lower()}" if system in {"KIS", "PKH"} else f"/districts/{system}"


def announcement(simulation: Simulation, port: int) -> dict[str, Any]:
    """What a client must know, as the command prints it."""
    credentials = simulation.credentials
    return {
        "port": port,
        "kis": {
            "path": path_of("KIS"),
            "client_id": credentials.kis_client_id,
            "client_secret": credentials.kis_client_secret,
        },
        "pkh": {"path": path_of("PKH"), "api_key": credentials.pkh_api_key},
        "districts": [
            {
                "code": code,
                "name": district.name,
                "path": f"{path_of(code)}/graphql",
                "token": credentials.district_tokens[code],
            }
            for code, district in simulation.world.districts.items()
        ],
        "as_of": simulation.world.settings.as_of.isoformat(),
    }


@asynccontextmanager
async def running(simulation: Simulation, port: int = 0) -> AsyncIterator[str]:
    """Serve a simulation on 127.0.0.1 until the block ends; gives `http://127.0.0.1:PORT`."""
    async with served(build(simulation), port) as bound:
        yield f"http://127.0.0.1:{bound}"


class _Control:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._world = simulation.world

    async def stats(self, _: Request) -> Response:
        world = self._world
        buffer = world.kis.stocks[None]
        return answer(
            {
                "districts": {
                    code: {
                        "households": len(district.households),
                        "persons": sum(len(h.members) for h in district.households.values()),
                        "case_files": len(district.case_files),
                        "village_services": len(district.village_services),
                        "deliveries": len(district.deliveries),
                        "outcomes": len(district.outcomes),
                        "revision": district.feed.position,
                    }
                    for code, district in world.districts.items()
                },
                "kis": {
                    "participants": len(world.kis.participants),
                    "issued": len(world.kis.issued),
                    "buffer": {"total": buffer.total, "issued": buffer.issued},
                },
                "pkh": {"recipients": len(world.pkh.recipients)},
            }
        )

    async def truth(self, request: Request) -> Response:
        lines = self._truth_lines(self._day(request))
        return StreamingResponse(lines, media_type="application/x-ndjson")

    def _truth_lines(self, as_of: date) -> Iterator[bytes]:
        for programme, units in real_need(self._world, as_of).items():
            yield from _lines("unserved", programme, sorted(units, key=repr))
        links = find_links(self._world)
        yield from _lines("links", "KIS_PBI", list(links.persons.values()))
        yield from _lines("links", "PKH", list(links.households.values()))

    async def score(self, request: Request) -> Response:
        scorer = Scorer(self._world, self._day(request))
        rest = b""
        async for chunk in request.stream():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in filter(None, lines):
                self._add(scorer, line)
        if rest:
            self._add(scorer, rest)
        return answer(scorer.score())

    def _add(self, scorer: Scorer, line: bytes) -> None:
        finding = decoded(line, Finding)
        try:
            scorer.add(finding)
        except ValueError as error:
            raise BadRequest("BAD_FINDING", str(error)) from error

    async def day(self, request: Request) -> Response:
        hours = decoded(await request.body(), Hours)
        desk = day_of(self._world, hours.begins_at)
        desk.pass_to(hours.to)
        return answer(desk.hotline(hours.after, hours.to))

    async def day_truth(self, request: Request) -> Response:
        asked = decoded(await request.body(), Passes)
        return answer(day_of(self._world, asked.begins_at).truth(asked.passes))

    async def evolve(self, request: Request) -> Response:
        changes = decoded(await request.body(), Changes)
        return answer(Evolution(self._world).make(changes))

    async def fault(self, request: Request) -> Response:
        system = self._system(request)
        faults = self._simulation.faults
        act: dict[str, Callable[[bytes], None]] = {
            "POST": lambda body: faults.switch_on(system, decoded(body, Fault)),
            "DELETE": lambda _: faults.switch_off(system),
        }
        if request.method in act:
            act[request.method](await request.body())
        return answer({"happened": faults.happened(system)})

    async def expire_cursors(self, request: Request) -> Response:
        self._simulation.expire_cursors(self._system(request))
        return answer({})

    async def capabilities(self, request: Request) -> Response:
        district = self._world.districts.get(self._system(request))
        wanted = decoded(await request.body(), frozenset[str])
        if district is None or not wanted <= CAPABILITIES:
            raise BadRequest("BAD_CAPABILITIES", f"name a district, and words of {', '.join(sorted(CAPABILITIES))}")
        district.capabilities = wanted
        return answer({})

    def _system(self, request: Request) -> str:
        system = str(request.path_params["system"])
        if system not in self._simulation.apps:
            raise BadRequest("UNKNOWN_SYSTEM", f"there is no system {system!r}; write KIS, PKH or 35.10")
        return system

    def _day(self, request: Request) -> date:
        text = request.query_params.get("as_of")
        if text is None:
            return self._world.settings.as_of
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise BadRequest("BAD_DATE", f"as_of is {text!r}; write it as 2026-07-01") from error


def decoded(body: bytes, kind: type[T]) -> T:
    """A JSON body as a struct; BadRequest says what does not fit."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadRequest("BAD_BODY", str(error)) from error


def _lines(kind: str, programme: str, rows: list[Any]) -> Iterator[bytes]:
    for start in range(0, len(rows), LINE_ROWS):
        batch = {"kind": kind, "programme": programme, "rows": rows[start : start + LINE_ROWS]}
        yield msgspec.json.encode(batch) + b"\n"
