"""Compares what the contestants answer, before anybody measures how fast they do."""

import difflib
from collections.abc import Iterator, Sequence

import httpx2
import msgspec

from benchmarks.graphql.contestants import Contestant
from benchmarks.graphql.operations import Json, Operation, sample

SAMPLE = 20
_SECONDS = 60
_SHOWN = 60


class Differs(Exception):
    """Two contestants answered differently; the message is a diff."""


async def require_equal_answers(contestants: Sequence[Contestant], operations: Sequence[Operation]) -> int:
    """Ask every contestant the same, with up to 20 variables for each operation; returns how many answers were equal.

    The first contestant's answers are the measure. Raises Differs with a readable diff.
    """
    first, *others = contestants
    compared = 0
    async with httpx2.AsyncClient(timeout=_SECONDS) as client:
        for operation, variables in ((o, v) for o in operations for v in sample(o, SAMPLE)):
            wanted = await _ask(client, first, operation, variables)
            for other in others:
                got = await _ask(client, other, operation, variables)
                difference = "\n".join(_difference((first, wanted), (other, got)))
                if difference:
                    raise Differs(f"{operation.name} with {variables}:\n{difference}")
                compared += 1
    return compared


async def _ask(client: httpx2.AsyncClient, contestant: Contestant, operation: Operation, variables: Json) -> Json:
    """One answer's data in the common shape; Differs when it holds errors."""
    body = contestant.dialect.body(operation, variables)
    headers = {"Content-Type": "application/json", "Accept": "application/json", **contestant.headers()}
    response = await client.post(contestant.url, content=body, headers=headers)
    try:
        answer = msgspec.json.decode(response.content, type=Json)
    except msgspec.DecodeError:
        answer = {"errors": response.text[:500]}
    if response.status_code != 200 or "errors" in answer:
        raise Differs(f"{contestant.name} answers {operation.name} with {response.status_code}: {answer}")
    return contestant.dialect.reshaped(answer["data"])


def _difference(wanted: tuple[Contestant, Json], got: tuple[Contestant, Json]) -> Iterator[str]:
    if wanted[1] == got[1]:
        return
    lines = difflib.unified_diff(_lines(wanted[1]), _lines(got[1]), wanted[0].name, got[0].name, lineterm="", n=8)
    yield from list(lines)[:_SHOWN]


def _lines(data: Json) -> list[str]:
    return msgspec.json.format(msgspec.json.encode(data, order="deterministic"), indent=2).decode().splitlines()
