"""House rules that a linter does not know."""

import ast
import re
from pathlib import Path

_MAX_LINES = 400
_WRITTEN_BY_HAND = {".py", ".sql", ".sh", ".mjs", ".jsx", ".js", ".css", ".html", ".md"}
_SQL = re.compile(
    r"^\s*(with\s+\w+\s+as\s*\(|select\s.+?\sfrom\s|insert\s+into\s|update\s.+?\sset\s|delete\s+from\s)",
    re.IGNORECASE | re.DOTALL,
)
_MACHINE_PATH = re.compile(r"(?<![\w.:/\\-])/(?:work|root)\b|(?<!\w)[.]library\b|\.\./shared\b")


def test_sql_lives_in_sql_files(root: Path, files: list[Path]) -> None:
    others = (root / "tests", root / "examples")  # an example is a system of its own, in one file
    sources = [file for file in files if file.suffix == ".py" and not any(map(file.is_relative_to, others))]
    offenders = [
        f"{file.relative_to(root)}:{line}: {text[:60]}"
        for file in sources
        for line, text in _strings(ast.parse(file.read_text("utf-8")))
        if _SQL.search(text)
    ]
    assert offenders == []


def _strings(tree: ast.AST) -> list[tuple[int, str]]:
    """Every string but docstrings; an f-string as one text with `{}` for its holes."""
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if id(node) in inner or id(node) in prose:
            continue
        if isinstance(node, ast.JoinedStr):
            found.append((node.lineno, "".join(_part(part) for part in node.values)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append((node.lineno, node.value))
    return found


def _part(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "{}"


def test_no_file_is_longer_than_can_be_held_in_mind(root: Path, files: list[Path]) -> None:
    by_hand = [file for file in files if file.suffix in _WRITTEN_BY_HAND]
    lengths = {file.relative_to(root).as_posix(): len(file.read_text("utf-8").splitlines()) for file in by_hand}
    assert {name: lines for name, lines in lengths.items() if lines > _MAX_LINES} == {}


def test_no_file_names_a_path_of_the_machine_that_it_was_written_on(root: Path, files: list[Path]) -> None:
    text_files = [file for file in files if file.suffix != ".csv"]
    offenders = [
        f"{file.relative_to(root)}:{number}: {line.strip()[:80]}"
        for file in text_files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if _MACHINE_PATH.search(line)
    ]
    assert offenders == []
