"""The example of a district system as it stands in examples/district, to be loaded and changed."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.district.client import load_contract
from connectors.district.conformance.asking import Limits

TOKEN = "token-of-the-example"
FOLDER = Path(__file__).parents[2] / "examples" / "district"
PATIENT = Limits(p99=30.0, deadline=60.0)
"""A loaded machine is no fault of the district."""


def load_example(name: str = "district") -> ModuleType:
    """A module of the example; what it imports of its own folder is the same for all."""
    for beside in ("casework", "referrals"):
        if name == "district" and beside not in sys.modules:
            sys.modules[beside] = load_example(beside)
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fill(example: ModuleType, code: str = "35.10") -> Any:
    """The records that the example comes with, in the villages of another regency when that is asked."""
    found = example.Records(code, code)
    text = (FOLDER / "records.json").read_text(encoding="utf-8").replace('"35.10.', f'"{code}.')
    for kind, id_, fields in json.loads(text):
        found.put(kind, id_, fields)
    return found


class Switched:
    """An application that can be another one from one moment to the next, as when a district installs a new version."""

    def __init__(self, example: ModuleType, code: str, token: str = TOKEN) -> None:
        self.example, self.token = example, token
        self.records = fill(example, code)
        self.app: ASGIApp = self.make()
        self.asked = 0

    def make(self, without: str = "") -> ASGIApp:
        """The example, without a line of the contract."""
        assert without in load_contract()
        made: ASGIApp = self.example.make_app(self.records, load_contract().replace(without, "", 1), self.token)
        return made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await self.app(scope, receive, send)
