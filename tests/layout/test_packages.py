"""Our import names are short words: nothing else may install them, and every list of them must agree."""

from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Project = dict[str, Any]


def _ours(project: Project) -> list[str]:
    packages: list[str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return packages


def test_no_dependency_installs_a_package_with_one_of_our_names(project: Project) -> None:
    installed = packages_distributions()
    taken = {name: set(installed.get(name, [])) - {"slrt-hub"} for name in _ours(project)}
    assert {name: others for name, others in taken.items() if others} == {}


def test_each_of_our_packages_is_imported_from_this_repository(project: Project, root: Path) -> None:
    specs = {name: find_spec(name) for name in _ours(project)}
    origins = {name: Path(spec.origin).parent for name, spec in specs.items() if spec and spec.origin}
    assert origins == {name: root / name for name in _ours(project)}


def test_wheel_type_checker_and_import_linter_cover_every_package(project: Project, root: Path) -> None:
    on_disk = sorted(marker.parent.name for marker in root.glob("*/__init__.py"))
    tools = project["tool"]
    assert sorted(_ours(project)) == on_disk
    assert sorted(tools["mypy"]["packages"]) == on_disk
    assert sorted(tools["importlinter"]["root_packages"]) == on_disk
