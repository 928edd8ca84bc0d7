"""The file of a journal: half lines, other worlds, and what else can be wrong with it."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simulators.__main__ import main
from simulators.district import Delivery
from simulators.evolve import Changes, Evolution
from simulators.journal import Journal, JournalError
from simulators.world import World

MakeWorld = Callable[..., World]


def resume(path: Path, world: World) -> World:
    """The world as the journal left it; the journal is closed again."""
    with Journal(path, world.settings) as journal:
        journal.resume(world)
    return world


def write_some(path: Path, world: World) -> World:
    """Three calls: two deliveries and an evolution."""
    with Journal(path, world.settings) as journal:
        journal.resume(world)
        for reference in ("m1", "m2"):
            world.districts["35.10"].deliver([Delivery(reference, "H000001", None, "PKH", "RESERVED", None)])
        Evolution(world).make(Changes(births=2))
    return world


def test_a_half_written_last_line_is_cut_off_and_the_journal_goes_on(tmp_path: Path, make_world: MakeWorld) -> None:
    path = tmp_path / "journal"
    write_some(path, make_world())
    *whole, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole) + last[:-1])

    world = resume(path, make_world())

    assert list(world.districts["35.10"].deliveries) == ["m1", "m2"]
    assert len(world.population.people) == len(make_world().population.people)
    assert path.read_bytes() == b"".join(whole)
    write_some(path, make_world())
    assert path.read_bytes() == b"".join(whole) + last


def test_a_half_written_first_line_is_a_new_journal(tmp_path: Path, make_world: MakeWorld) -> None:
    path = tmp_path / "journal"
    write_some(path, make_world())
    header = path.read_bytes().partition(b"\n")[0]
    path.write_bytes(header[:20])

    resume(path, make_world())

    assert path.read_bytes() == header + b"\n"


def test_what_changes_nothing_is_not_written(tmp_path: Path, make_world: MakeWorld) -> None:
    path = tmp_path / "journal"
    write_some(path, make_world())
    written = path.read_bytes()

    world = make_world()
    with Journal(path, world.settings) as journal:
        journal.resume(world)
        world.districts["35.10"].deliver([Delivery("m1", "H000001", None, "PKH", "RESERVED", None)])

    assert path.read_bytes() == written
    assert len(written.splitlines()) == 4


@pytest.mark.parametrize(
    ("settings", "difference"),
    [
        ({"seed": 8}, "seed is 7 there and 8 here"),
        ({"households": 61}, "households is 60 there and 61 here"),
        ({"buffer_stock": 5}, "buffer_stock is null there and 5 here"),
    ],
)
def test_a_journal_of_another_world_is_refused_and_left_alone(
    tmp_path: Path, make_world: MakeWorld, settings: dict[str, Any], difference: str
) -> None:
    path = tmp_path / "journal"
    write_some(path, make_world())
    written = path.read_bytes()

    with pytest.raises(JournalError) as refused:
        Journal(path, make_world(**settings).settings)

    assert str(refused.value) == f"journal {path} is of another world: {difference}; delete it, or choose another"
    assert path.read_bytes() == written


def test_the_day_and_the_regions_are_settings_too(tmp_path: Path, make_world: MakeWorld) -> None:
    path, settings = tmp_path / "journal", make_world().settings
    write_some(path, make_world())
    later = msgspec.structs.replace(settings, as_of=date(2026, 7, 2))
    fewer = msgspec.structs.replace(settings, regencies=settings.regencies[:1])
    grown = msgspec.structs.replace(
        settings, regencies=tuple(msgspec.structs.replace(r, population=1) for r in settings.regencies)
    )

    with pytest.raises(JournalError, match='as_of is "2026-07-01" there and "2026-07-02" here'):
        Journal(path, later)
    with pytest.raises(JournalError, match=r'districts is \["35.10","35.09"\] there and \["35.10"\] here'):
        Journal(path, fewer)
    with pytest.raises(JournalError, match=r"regions is \S+ there and \S+ here"):
        Journal(path, grown)


def test_the_command_refuses_the_journal_of_another_world(
    tmp_path: Path, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "journal"
    write_some(path, make_world())
    monkeypatch.setattr(sys, "argv", ["simulators", "--districts=35.10,35.09", "--seed=8", f"--journal={path}"])

    with pytest.raises(SystemExit) as stopped:
        main()

    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"python -m simulators: error: journal {path} is of another world: ")
    assert said.err.endswith("; delete it, or choose another\n")


def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path: Path, make_world: MakeWorld) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("buy milk")

    with pytest.raises(JournalError, match="its first line holds no settings"):
        Journal(path, make_world().settings)

    assert path.read_text() == "buy milk"


def test_a_damaged_line_is_named(tmp_path: Path, make_world: MakeWorld) -> None:
    path = tmp_path / "journal"
    write_some(path, make_world())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join((*lines[:2], b'{"type": "deliv\n', *lines[3:])))

    with pytest.raises(JournalError, match=r"journal .*journal is damaged in line 3 \(.*\); delete it"):
        resume(path, make_world())


def test_a_journal_is_held_by_one_at_a_time(tmp_path: Path, make_world: MakeWorld) -> None:
    path, settings = tmp_path / "journal", make_world().settings

    with Journal(path, settings), pytest.raises(JournalError, match="in use by another process"):
        Journal(path, settings, patience=0)

    Journal(path, settings, patience=0).close()


def test_a_journal_that_cannot_be_opened_is_named(tmp_path: Path, make_world: MakeWorld) -> None:
    path = tmp_path / "nowhere" / "journal"

    with pytest.raises(JournalError) as refused:
        Journal(path, make_world().settings)

    assert str(refused.value) == f"journal {path} cannot be written: No such file or directory; choose another"


def test_a_journal_brings_back_only_its_own_world(tmp_path: Path, make_world: MakeWorld) -> None:
    with (
        Journal(tmp_path / "journal", make_world().settings) as journal,
        pytest.raises(ValueError, match="other settings"),
    ):
        journal.resume(make_world(seed=8))


def test_what_cannot_be_written_is_not_done(
    tmp_path: Path, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, world = tmp_path / "journal", make_world()
    with Journal(path, world.settings) as journal:
        journal.resume(world)
        header, file = path.read_bytes(), journal._file
        full = FullDisk(file)
        monkeypatch.setattr(journal, "_file", full)

        with pytest.raises(OSError, match="in part"):
            world.districts["35.10"].deliver([Delivery("m1", "H000001", None, "PKH", "OFFERED", None)])

        monkeypatch.setattr(journal, "_file", file)
    assert full.written == 10
    assert (world.districts["35.10"].deliveries, path.read_bytes()) == ({}, header)


class FullDisk:
    """A file on a disk with room for ten bytes."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.written = 0

    def write(self, line: bytes) -> int:
        self.written = self._file.write(line[:10])
        return self.written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
