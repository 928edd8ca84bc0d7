"""`slrt-hub sdl`: the published schema as a file that is reviewed with the code."""

from pathlib import Path

import typer

from hub.domain.errors import SetupError
from schema.sdl import print_sdl


def write_sdl(path: Path) -> None:
    """Write the schema."""
    path.write_text(print_sdl(), encoding="utf-8")
    typer.echo(f"wrote {path}")


def check_sdl(path: Path) -> None:
    """Raise SetupError when the file is not what the code says."""
    if not path.exists() or path.read_text(encoding="utf-8") != print_sdl():
        raise SetupError(f"{path} is not up to date: run `slrt-hub sdl` and review the difference")
    typer.echo(f"{path} is up to date")
