"""What is asked: four operations, each with variables that change from request to request.

PostGraphile has names of its own, so its texts and variables differ; its answers are brought to the shape of the others'.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import msgspec

from benchmarks.graphql.dataset import Samples
from hub.domain.opaque_id import Kind, opaque_id, read_opaque_id

Json = dict[str, Any]
TARGETS: Mapping[str, float] = {"item": 2.0, "list": 3.0, "coverage": 1.5, "typename": 1.0}
"""How many times the requests/s of the best peer the hub has to reach."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation and the variables that requests cycle over."""

    name: str
    variables: Sequence[Json]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a contestant is asked, and how its data is brought to the common shape."""

    folder: str
    variables: Callable[[Json], Json]
    reshaped: Callable[[Json], Json]

    def body(self, operation: Operation, variables: Json) -> bytes:
        """A request's body."""
        path = f"{self.folder}/{operation.name}.graphql"
        text = resources.files("benchmarks.graphql").joinpath(path).read_text("utf-8")
        return msgspec.json.encode({"query": text, "variables": self.variables(variables)})

    def bodies(self, operation: Operation) -> list[bytes]:
        """All bodies of an operation."""
        return [self.body(operation, variables) for variables in operation.variables]


def make_operations(samples: Samples) -> list[Operation]:
    """The four operations over a data set."""
    return [
        Operation("item", [{"id": household_id} for household_id in samples.household_ids]),
        Operation("list", [{"regionCode": code} for code in samples.regency_codes]),
        Operation(
            "coverage",
            [{"regionCodes": codes, "programmeCode": programme} for codes, programme in samples.coverages()],
        ),
        Operation("typename", [{}]),
    ]


def sample(operation: Operation, size: int) -> list[Json]:
    """Some variables from all over an operation's."""
    step = max(1, len(operation.variables) // size)
    return list(itertools.islice(operation.variables, 0, None, step))[:size]


def _same(json: Json) -> Json:
    return json


def _numbered(variables: Json) -> Json:
    """PostGraphile finds a household by its number."""
    if "id" not in variables:
        return variables
    return {"householdId": str(read_opaque_id(variables["id"]).key)}


def _like_the_others(data: Json) -> Json:
    """PostGraphile's data: rows become objects, numbers become ids."""
    shaped = dict(data)
    if data.get("household") is not None:
        shaped["household"] = _household(data["household"])
    if "households" in data:
        shaped["households"] = {"nodes": [_household(row) for row in data["households"]]}
    return shaped


def _household(row: Json) -> Json:
    household = {name: value for name, value in row.items() if name not in ("decile", "source", "period")}
    household["welfare"] = {name: row[name] for name in ("decile", "source", "period") if name in row}
    household["id"] = opaque_id(Kind.HOUSEHOLD, int(row["id"]))
    household["members"] = [{**member, "id": opaque_id(Kind.PERSON, int(member["id"]))} for member in row["members"]]
    return household


COMMON = Dialect("operations", _same, _same)
POSTGRAPHILE = Dialect("operations/postgraphile", _numbered, _like_the_others)
