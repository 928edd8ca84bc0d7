"""`slrt-hub facts`: what a rule asks for as a Parquet file, with the statement that counts reasons by regency over it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import uvloop

from hub.matching.compile import DUCKDB, SPARK, compile_rule
from hub.store.eligibility import find_rule
from hub.store.fact_files import export_facts
from hub.store.judging import count_masks
from server.clock import clock
from server.installation import open_installation
from server.settings import read_settings


class Engine(StrEnum):
    """Where the statement is to run."""

    DUCKDB = "duckdb"
    SPARK = "spark"


def facts_command(
    programme: Annotated[str, typer.Argument(help="Code of the programme, such as PKH")],
    file: Annotated[Path, typer.Argument(help="The Parquet file to write")],
    engine: Annotated[Engine, typer.Option(help="For which engine the statement is printed")] = Engine.DUCKDB,
) -> None:
    """Write what a programme's rule asks of everybody as Parquet, and print how to count the reasons by regency over it."""
    uvloop.run(_export(programme, file, engine))


async def _export(programme: str, file: Path, engine: Engine) -> None:
    async with open_installation(read_settings()) as database:
        day = clock().date()
        version = await find_rule(database.jobs, programme, day)
        await export_facts(database.jobs, version, day, file)
    dialect, facts = (DUCKDB, f"from '{file}'") if engine is Engine.DUCKDB else (SPARK, f"table parquet.`{file}`")
    statement = count_masks(compile_rule(version.rule, dialect), facts)
    clauses = ", ".join(f"{n} {clause.id}" for n, clause in enumerate(version.rule.clauses))
    typer.echo(f"-- {programme} version {version.version}, facts of {day}; bits of the masks: {clauses}")
    typer.echo(f"-- parameters: {msgspec.json.encode(dict(statement.parameters)).decode()}")
    typer.echo(statement.sql.strip())
