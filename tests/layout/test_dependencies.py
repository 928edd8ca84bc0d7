"""The lock files: safe versions, whole hashes, and no addresses of whoever wrote them."""

import json
import re
from pathlib import Path

import pytest
from packaging.version import Version

_PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
_LOCKS = [
    "benchmarks/graphql/peers/package-lock.json",
    "server/pages/graphiql/package-lock.json",
    "tests/conformance/peers/package-lock.json",
]

# The lowest versions that are free of known holes.
_SAFE = {
    "authlib": "1.7.1",
    "joserfc": "1.6.3",
    "python-multipart": "0.0.31",
    "starlette": "1.3.1",
    "strawberry-graphql": "0.323.2",
}


@pytest.fixture(scope="module")
def lock(root: Path) -> str:
    return (root / "requirements.lock").read_text("utf-8")


def _older_than_safe(lock: str) -> dict[str, str]:
    pins = dict(_PIN.findall(lock))
    return {name: pins[name] for name in _SAFE.keys() & pins.keys() if Version(pins[name]) < Version(_SAFE[name])}


def test_no_locked_version_has_a_known_hole(lock: str) -> None:
    assert _older_than_safe(lock) == {}


def test_a_version_with_a_known_hole_would_be_named() -> None:
    assert _older_than_safe("starlette==1.3.0 \\\nauthlib==1.10.0 \\\n") == {"starlette": "1.3.0"}


def test_packages_that_share_our_import_names_or_are_dead_are_not_locked(lock: str) -> None:
    assert {"schema", "dataloader"} & {name for name, _ in _PIN.findall(lock)} == set()


def test_requirements_lock_pins_every_package_by_hash_and_holds_no_address(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in lock


@pytest.mark.parametrize("name", _LOCKS)
def test_package_lock_pins_every_package_by_hash_and_holds_no_address(root: Path, name: str) -> None:
    packages = json.loads((root / name).read_text("utf-8"))["packages"]
    dependencies = {path: entry for path, entry in packages.items() if path}
    assert [path for path, entry in dependencies.items() if "integrity" not in entry] == []
    assert [path for path, entry in dependencies.items() if "resolved" in entry] == []


@pytest.mark.parametrize("name", _LOCKS)
def test_package_json_and_its_lock_agree(root: Path, name: str) -> None:
    locked = json.loads((root / name).read_text("utf-8"))["packages"]
    wanted = json.loads((root / name).with_name("package.json").read_text("utf-8"))
    for kind in ("dependencies", "devDependencies"):
        asked = wanted.get(kind, {})
        assert locked[""].get(kind, {}) == asked
        assert {package: locked[f"node_modules/{package}"]["version"] for package in asked} == asked
