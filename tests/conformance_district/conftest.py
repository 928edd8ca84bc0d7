"""The example of a district system, as it stands in examples/district, and the suite over it."""

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from connectors.district.client import load_contract
from connectors.district.conformance.asking import Asker, Limits
from connectors.district.conformance.model import Report
from connectors.district.conformance.suite import Suite
from tests.conformance_district.example import PATIENT, TOKEN, fill, load_example

Check = Callable[..., Awaitable[Report]]


@pytest.fixture(scope="session")
def example() -> ModuleType:
    return load_example()


@pytest.fixture
def records(example: ModuleType) -> Any:
    """Those that the example comes with."""
    found = fill(example)
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
