"""Every command and script in the documentation runs: real processes on a tiny simulated world and one state folder."""

import asyncio
import json
import os
import re
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import typer

from hub.store.embedded import embedded_server
from server.cli import application

_TINY = " --districts 35.10 --households 20 --seed 7"
_COMMAND = re.compile(r"^(?:\w+=\S+ )*(?:\./run|slrt-hub)\b.*")
_INLINE = re.compile(r"`((?:\./run|slrt-hub)(?: [^`]*)?)`")
_CLIENT_ID = re.compile(r"^client_id: (\S+)$", re.MULTILINE)
_SERVING = b"Started server process"
_DONE = frozenset({0})
_PATIENCE = 120.0


@dataclass(frozen=True)
class World:
    """The systems file with its national systems; endpoint and token of its district."""

    systems: str
    endpoint: str
    token: str


@dataclass
class Desk:
    """A folder from which commands run as from the repository, and what was learned on the way."""

    folder: Path
    environment: dict[str, str]
    district_url: str
    client_id: str = ""
    failures: dict[str, str] = field(default_factory=dict)

    async def run_all(self, commands: list[str]) -> None:
        """One after the other."""
        for command in commands:
            await self.run(command)

    async def run(self, command: str) -> None:
        """Run to the end, or until it serves; a failure is kept with the last words."""
        text = command.replace("CLIENT_ID", self.client_id).replace("DISTRICT_URL", self.district_url)
        process = await asyncio.create_subprocess_shell(
            f"trap : INT\n{text}",  # the shell waits for the command and passes on how it ended
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                words, expected = await self._hear(process)
                code = await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            words, expected, code = f"no end within {_PATIENCE:.0f} s", _DONE, await process.wait()
        found = _CLIENT_ID.search(words)
        self.client_id = found[1] if found else self.client_id
        if code not in expected:
            self.failures[command] = f"exit code {code}: {words[-2000:]}"
        if "leaked" in words:
            self.failures[command] = f"it does not end cleanly: {words[-2000:]}"

    async def _hear(self, process: asyncio.subprocess.Process) -> tuple[str, frozenset[int]]:
        """All that it says, and the exit codes that are right; one that serves is asked once, then told to stop."""
        words, expected = b"", _DONE
        assert process.stdout is not None
        async for line in process.stdout:
            words += line
            if _SERVING in line:
                words += await self._ask_health()
                expected = _DONE if b'{"status":"up"}' in words else frozenset()
                os.killpg(process.pid, signal.SIGINT)
        return words.decode(errors="replace"), expected

    async def _ask_health(self) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.environment["SLRT_HUB_PORT"]))
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def world() -> AsyncIterator["World"]:
    """A running tiny world."""
    arguments = [sys.executable, "-m", "simulators", *_TINY.split()]
    running = await asyncio.create_subprocess_exec(
        *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert running.stdout is not None
    told = json.loads(await running.stdout.readline())
    base = f"http://127.0.0.1:{told['port']}"
    kis, pkh, (district,) = told["kis"], told["pkh"], told["districts"]
    yield World(
        f'[kis]\nurl = "{base}{kis["path"]}"\nclient_id = "{kis["client_id"]}"\nclient_secret = "{kis["client_secret"]}"\n'
        f'[pkh]\nurl = "{base}{pkh["path"]}"\napi_key = "{pkh["api_key"]}"\n',
        f"{base}{district['path']}",
        district["token"],
    )
    running.terminate()
    await running.wait()


@pytest.fixture
def desk(root: Path, tmp_path: Path, world: "World", blocks: list["Block"]) -> Iterator[Desk]:  # noqa: F821 -- of conftest.py
    """./run itself, without its set-up, beside the files that the pages speak of."""
    folder = tmp_path / "hub"
    folder.mkdir(mode=0o711)
    (folder / "run").write_text((root / "run").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "run").chmod(0o755)
    (folder / "setup.sh").write_text('cd "$(dirname "$0")"\n', encoding="utf-8")
    (folder / ".venv").symlink_to(root / ".venv")
    (folder / "systems.toml").write_text(world.systems, encoding="utf-8")
    (folder / "rule.json").write_text(next(b.text for b in blocks if b.language == "json"), encoding="utf-8")
    state = tmp_path / "state"
    with embedded_server(state / "postgres"):
        yield Desk(
            folder,
            {
                "PATH": f"{root / '.venv' / 'bin'}:{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "SLRT_HUB_STATE": str(state),
                "SLRT_HUB_SYSTEMS": "systems.toml",
                "SLRT_HUB_TOKEN_35_10": world.token,
                "SLRT_HUB_PORT": str(_free_port()),
            },
            world.endpoint,
        )


def _commands(blocks: list["Block"]) -> list[str]:  # noqa: F821 -- of conftest.py
    """Command lines of all blocks but output, once each; words after two spaces explain and are no part of them."""
    typed = "\n".join(block.text for block in blocks if block.language != "text")
    lines = [line.strip().partition("  ")[0] for line in typed.splitlines()]
    lines = [line.replace(" COMMAND", " migrate") for line in lines]
    return list(dict.fromkeys(line for line in lines if _COMMAND.match(line)))


def _is_demo(command: str) -> bool:
    words = shlex.split(command)
    return words[0] == "./run" and (len(words) == 1 or words[1].startswith("-") or words[1] == "demo")


async def test_every_command_and_script_of_the_pages_runs(blocks: list["Block"], desk: Desk) -> None:  # noqa: F821 -- of conftest.py
    commands = _commands(blocks)
    demos = list(dict.fromkeys(command + _TINY for command in commands if _is_demo(command)))
    others = [command for command in commands if not _is_demo(command)]
    for number, script in enumerate(block.text for block in blocks if block.language == "python"):
        (desk.folder / f"script{number}.py").write_text(script, encoding="utf-8")
        others.append(f"python script{number}.py rule.json")

    beside = replace(desk, environment=desk.environment | {"SLRT_HUB_PORT": str(_free_port())})
    await asyncio.gather(desk.run_all(others), beside.run_all(demos))
    assert desk.failures == {}, "\n\n".join(f"{command}\n{words}" for command, words in desk.failures.items())
    assert len(demos) >= 2
    assert {"./run sync", "./run match simulate --seed 2026", "./run serve", "./run token CLIENT_ID"} <= set(others)


def test_every_command_within_a_sentence_exists(pages: list[Path]) -> None:
    unknown = {
        f"{page.name}: {command}"
        for page in pages
        for command in _INLINE.findall(page.read_text(encoding="utf-8"))
        if not _exists(command)
    }
    assert unknown == set()


def test_a_command_that_does_not_exist_would_be_named() -> None:
    named = ("./run sync", "./run --once", "slrt-hub client list", "./run client", "./run sink", "./run sync --hard")
    assert [_exists(command) for command in named] == [True, True, True, True, False, False]


def _exists(command: str) -> bool:
    """Whether all its words are commands and options of the program; `./run` alone is the demo."""
    words = shlex.split(command)
    at = typer.main.get_command(application())
    if words[0] == "./run" and (len(words) == 1 or words[1].startswith("-")):
        words.insert(1, "demo")
    for word in words[1:]:
        below = getattr(at, "commands", None)
        if below is not None and word in below:
            at = below[word]
        elif word.startswith("-"):
            if word not in {option for parameter in at.params for option in parameter.opts}:
                return False
        elif below is not None and word != "COMMAND":
            return False
    return True
