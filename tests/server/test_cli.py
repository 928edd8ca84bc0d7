"""The command itself: what it says of itself, and words that it does not know."""

from importlib.metadata import version

import pytest

from server import cli


def _told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str, str]:
    monkeypatch.setattr("sys.argv", ["slrt-hub", *words])
    monkeypatch.setattr(cli, "configure_logs", lambda _level: None)  # else later tests log to what is captured here
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_help_has_a_short_name_and_shows_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    short = _told(monkeypatch, capsys, "-h")
    assert short == _told(monkeypatch, capsys, "--help")
    assert short[0] == 0
    assert [name for name in cli._COMMANDS if name not in short[1]] == []
    assert "hari libur" in short[1], "words in square brackets are markup, and not shown"


def test_it_says_which_version_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _told(monkeypatch, capsys, "--version") == (0, f"slrt-hub {version('slrt-hub')}\n", "")


def test_an_unknown_command_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = _told(monkeypatch, capsys, "nonsense")
    assert (code, out) == (2, "")
    assert "No such command 'nonsense'" in err
