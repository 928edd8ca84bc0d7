"""The example of a district system, as it stands in examples/district, and the suite over it."""

import importlib.util
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from connectors.district.client import load_contract
from connectors.district.conformance.asking import Asker, Limits
from connectors.district.conformance.model import Report
from connectors.district.conformance.suite import Suite

TOKEN = "token-of-the-example"
FOLDER = Path(__file__).parents[2] / "examples" / "district"
PATIENT = Limits(p99=30.0, deadline=60.0)
"""A loaded machine is no fault of the district."""

Check = Callable[..., Awaitable[Report]]


@pytest.fixture(scope="session")
def example() -> ModuleType:
    return load_example("district")


def load_example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def records(example: ModuleType) -> Any:
    """Those that the example comes with."""
    found = example.Records("35.10", "Kabupaten Banyuwangi")
    for kind, id_, fields in json.loads((FOLDER / "records.json").read_text(encoding="utf-8")):
        found.put(kind, id_, fields)
    yield found
    found.db.close()


@pytest.fixture
def check() -> Check:
    """Run the suite over an application in this process."""

    async def run(
        app: ASGIApp, *, limits: Limits = PATIENT, code: str | None = "35.10", writes: bool = False
    ) -> Report:
        asker = Asker("http://district.example/graphql", TOKEN, limits, transport=httpx2.ASGITransport(app))
        try:
            return await Suite(asker, load_contract(), expected_code=code, allows_writes=writes).run()
        finally:
            await asker.aclose()

    return run
