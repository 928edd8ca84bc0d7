"""`slrt-hub sdl`: the published schema as a file that is reviewed with the code."""

from pathlib import Path
from typing import Annotated

import typer

from hub.domain.errors import SetupError
from schema.sdl import print_sdl


def sdl(
    check: Annotated[bool, typer.Option("--check", help="Only say whether the file is up to date")] = False,
    path: Annotated[Path, typer.Option(help="Where the schema is written")] = Path("schema/hub.graphql"),
) -> None:
    """Write the schema that callers see to schema/hub.graphql."""
    if check:
        check_sdl(path)
    else:
        write_sdl(path)


def write_sdl(path: Path) -> None:
    """Write the schema."""
    path.write_text(print_sdl(), encoding="utf-8")
    typer.echo(f"wrote {path}")


def check_sdl(path: Path) -> None:
    """Raise SetupError when the file is not what the code says."""
    if not path.exists() or path.read_text(encoding="utf-8") != print_sdl():
        raise SetupError(f"{path} is not up to date: run `slrt-hub sdl` and review the difference")
    typer.echo(f"{path} is up to date")
