"""Apollo Gateway and Hive Gateway before the hub and a hospital's visits."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from hub.domain.opaque_id import Kind, opaque_id
from tests.conformance.hub import Hub
from tests.conformance.peers_folder import NODE
from tests.schema.world_records import FOREIGN, OWN, VILLAGES, household_of, person_of

_SECONDS = 60


class Visit(msgspec.Struct, rename="camel", frozen=True):
    """One visit of the first member of a household of the world."""

    id: str
    reason: str
    person_id: str
    region_code: str


def visit(number: int, regency: str = OWN) -> Visit:
    person = opaque_id(Kind.PERSON, person_of(regency, number))
    return Visit(f"v{regency}-{number}", f"Demam {number}", person, VILLAGES[regency])


VISITS = [*(visit(number) for number in range(1, 101)), visit(1, FOREIGN)]
"""A hundred of the own regency, one for each household, and one of the other's."""


def household_id_of(number: int) -> str:
    return opaque_id(Kind.HOUSEHOLD, household_of(OWN, number))


@dataclass(frozen=True)
class Gateways:
    """Where each gateway serves."""

    urls: dict[str, str]

    def ask(self, name: str, query: str, token: str | None, **variables: Any) -> Any:
        """The whole answer of a gateway to a caller with that token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        return httpx2.post(self.urls[name], json=body, headers=headers, timeout=_SECONDS).json()


@contextmanager
def running_gateways(peers: Path, hub: Hub) -> Iterator[Gateways]:
    """Both gateways in one process, for as long as the block does."""
    visits = msgspec.json.encode(VISITS).decode()
    environment = {**os.environ, "HUB": hub.url, "VISITS": visits, "ROUTER_TOKEN": hub.tokens["router"]}
    with (peers / "gateways.log").open("w+") as log:
        process = subprocess.Popen(
            [NODE, str(peers / "gateways.mjs")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # what is called node in .venv is a program that starts node
        )
        timer = threading.Timer(_SECONDS, _kill, [process])
        timer.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            timer.cancel()
            assert line, f"the gateways did not start: {(peers / 'gateways.log').read_text()[-2_000:]}"
            yield Gateways(json.loads(line))
        finally:
            timer.cancel()
            _kill(process)
            process.communicate()


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
