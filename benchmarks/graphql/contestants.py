"""The contestants: one process each, in production mode, with a pool of ten connections to the same database."""

import shutil
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from auth.clients import ClientDraft, add_client, list_clients
from auth.signing_keys import KeyVault, ensure_signing_key
from benchmarks.graphql.dataset import cache_folder
from benchmarks.graphql.operations import COMMON, POSTGRAPHILE, Dialect, Operation
from benchmarks.graphql.processes import free_port, inherited, output_of, running
from benchmarks.graphql.stock import CONNECTIONS
from hub.domain.errors import SetupError
from hub.domain.principal import SCOPES_OF_ROLE, Role
from hub.store.database import open_database
from server.clock import clock
from server.issuing import make_issuer
from server.settings import read_settings

HUB = "hub"
STOCK = "strawberry"
PEERS = ("postgraphile", "mercurius", "apollo", "hive gateway")
"""Whom the hub is measured against; the stock Strawberry is only shown."""
_SOURCES = Path(__file__).with_name("peers")
_STATEMENTS = Path(__file__).with_name("statements")
_PROGRAMS = Path(sys.executable).parent
_INSTALL_SECONDS = 900
_CLIENT = "benchmark"
_TOKEN_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server that is up. `token` is the file of its bearer token; only the hub checks one."""

    name: str
    url: str
    dialect: Dialect = COMMON
    token: Path | None = None

    def headers(self) -> dict[str, str]:
        """What a request carries."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token.read_text('utf-8')}"}


class Stage:
    """Where contestants run until `stack` is closed; logs and the token go into `scratch`."""

    def __init__(self, database_url: str, scratch: Path, stack: AsyncExitStack) -> None:
        self._scratch = scratch
        self._token = scratch / "token"
        self._stack = stack
        self._hub = {
            **inherited(),
            "DATABASE_URL": database_url,
            "SLRT_HUB_PORT": str(free_port()),
            "SLRT_HUB_CONNECTIONS": str(CONNECTIONS),
            "SLRT_HUB_LOG_LEVEL": "warning",
        }
        parts = urlsplit(database_url)
        self._peer = {
            **inherited(),
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "PGHOST": parse_qs(parts.query)["host"][0],
            "PGUSER": parts.username or "postgres",
            "PGDATABASE": parts.path[1:],
            "POOL": str(CONNECTIONS),
            "STATEMENTS": str(_STATEMENTS),
        }

    async def hub(self) -> Contestant:
        """The hub as `slrt-hub serve` runs it, with the token of a ministry analyst."""
        await self.renew_token()
        contestant = Contestant(HUB, f"http://127.0.0.1:{self._hub['SLRT_HUB_PORT']}/graphql", token=self._token)
        await self._run(contestant, [str(_PROGRAMS / "slrt-hub"), "serve"], self._hub)
        return contestant

    async def renew_token(self) -> None:
        """A token for an hour, as `slrt-hub client add` and `slrt-hub token` make it."""
        settings = read_settings(self._hub)
        role = Role.MINISTRY_ANALYST
        async with open_database(self._hub["DATABASE_URL"], connections=1) as database:
            await ensure_signing_key(database.jobs, clock(), KeyVault.from_setting(settings.sealing_key))
            known = [client.client_id for client in await list_clients(database.jobs) if client.name == _CLIENT]
            if not known:
                draft = ClientDraft(_CLIENT, role, SCOPES_OF_ROLE[role])
                known = [(await add_client(database.jobs, draft, clock())).client_id]
            token = await make_issuer(settings, database, _TOKEN_SECONDS).mint_token(known[0], None)
        self._token.touch(mode=0o600)
        self._token.write_text(token.access_token)

    async def stock(self) -> Contestant:
        """Strawberry as its documentation says, on uvicorn."""
        contestant = Contestant(STOCK, f"http://127.0.0.1:{free_port()}/graphql/")
        module = ["-m", "uvicorn", "--factory", "benchmarks.graphql.stock:make_app"]
        options = ["--port", str(urlsplit(contestant.url).port), "--no-access-log", "--log-level", "warning"]
        await self._run(contestant, [sys.executable, *module, *options], self._peer)
        return contestant

    async def node(self, name: str) -> Contestant:
        """PostGraphile, Mercurius or Apollo Server."""
        port = free_port()
        path = "/" if name == "apollo" else "/graphql"
        dialect = POSTGRAPHILE if name == "postgraphile" else COMMON
        contestant = Contestant(name, f"http://127.0.0.1:{port}{path}", dialect)
        program = str(await install_peers() / f"{name}.mjs")
        await self._run(contestant, [str(_PROGRAMS / "node"), program], {**self._peer, "PORT": str(port)})
        return contestant

    async def gateway(self, subgraph: Contestant) -> Contestant:
        """Hive Gateway before a subgraph."""
        folder = await install_peers()
        node = str(_PROGRAMS / "node")
        supergraph = self._scratch / "supergraph.graphql"
        supergraph.write_text(await output_of([node, str(folder / "compose.mjs"), subgraph.url], self._peer))
        contestant = Contestant("hive gateway", f"http://127.0.0.1:{free_port()}/graphql")
        program = str(folder / "node_modules" / "@graphql-hive" / "gateway" / "dist" / "bin.js")
        options = ["--host", "127.0.0.1", "--port", str(urlsplit(contestant.url).port), "--fork", "1"]
        await self._run(contestant, [node, program, "supergraph", str(supergraph), *options], self._peer)
        return contestant

    def bodies(self, contestant: Contestant, operation: Operation) -> Path:
        """A file with a contestant's request bodies for an operation, one a line."""
        file = self._scratch / f"{contestant.dialect.folder.replace('/', '-')}-{operation.name}.jsonl"
        if not file.exists():
            file.write_bytes(b"\n".join(contestant.dialect.bodies(operation)))
        return file

    async def _run(self, contestant: Contestant, command: list[str], environment: dict[str, str]) -> None:
        log = self._scratch / f"{contestant.name}.log"
        server = running(command, environment, log, contestant.url, contestant.headers())
        await self._stack.enter_async_context(server)


async def install_peers() -> Path:
    """The folder in the cache where the peers' locked packages are, and our programs beside them."""
    return await install_packages(_SOURCES)


async def install_packages(sources: Path) -> Path:
    """The folder in the cache where the packages of a lock file are, and the programs that stand beside it."""
    digest = sha256((sources / "package-lock.json").read_bytes()).hexdigest()[:8]
    folder = cache_folder() / f"peers-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    for file in sources.iterdir():
        shutil.copy(file, folder)
    if not (folder / "node_modules" / ".package-lock.json").exists():
        if not (_PROGRAMS / "npm").exists():
            raise SetupError("npm is not in .venv: run ./run once, it brings Node along")
        sys.stderr.write("installing the peers from npm, once for each lock file (some minutes)\n")
        environment = {**inherited(), "PATH": f"{_PROGRAMS}:{inherited().get('PATH', '')}"}
        command = [str(_PROGRAMS / "npm"), "ci", "--prefix", str(folder), "--loglevel=error"]
        await output_of(command, environment, _INSTALL_SECONDS)
    return folder


async def start_all(stage: Stage) -> list[Contestant]:
    """All seven, the hub first."""
    stock = await stage.stock()
    return [
        await stage.hub(),
        *[await stage.node(name) for name in PEERS[:3]],
        await stage.gateway(stock),
        stock,
    ]
