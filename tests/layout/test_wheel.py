"""What a built wheel holds: all that the hub reads at run time, and nothing of how the page was made."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def names(root: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize(
    "pattern", ["hub/store/sql/*.sql", "migrations/*.sql", "schema/*.graphql", "hub/store/reference/**/*.*"]
)
def test_the_wheel_holds_what_the_hub_reads(root: Path, names: set[str], pattern: str) -> None:
    files = {
        file.relative_to(root).as_posix() for file in root.glob(pattern) if file.is_file() and file.suffix != ".pyc"
    }
    assert files
    assert files - names == set()


def test_the_wheel_holds_the_built_page_and_not_its_sources(names: set[str]) -> None:
    pages = {name for name in names if name.startswith("server/pages/")}
    assert pages >= {"server/pages/dist/graphiql/index.html", "server/pages/dist/graphiql/LICENSES.txt"}
    assert {name for name in pages if not name.startswith("server/pages/dist/graphiql/")} == set()


def test_the_wheel_holds_the_licence_and_no_tests(names: set[str]) -> None:
    assert [name for name in names if name.endswith("licenses/LICENSE")] != []
    assert [name for name in names if name.startswith("tests/")] == []
