"""Named queries: `hub/store/sql/FILE.sql` holds `-- name: what_it_does` blocks with `:name` parameters."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_HEADER = re.compile(r"^-- name: (\w+)\n((?:--.*\n)*)", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_SLOT = re.compile(r"/\*\{(\w+)\}\*/")


@dataclass(frozen=True, slots=True)
class Query:
    """One SQL statement; `parameters` are its names in the order of $1, $2, ..."""

    name: str
    sql: str
    parameters: tuple[str, ...]

    def arguments(self, values: dict[str, object]) -> list[object]:
        """The values in the order that PostgreSQL expects; a name too many or too few is a bug."""
        if len(values) == len(self.parameters):
            try:
                return [values[name] for name in self.parameters]
            except KeyError:
                pass
        raise TypeError(f"{self.name} takes {self.parameters}, got {tuple(values)}")


@dataclass(frozen=True, slots=True)
class Template:
    """A statement with `/*{slots}*/` for compiled expressions, such as the clauses of a rule."""

    name: str
    text: str

    def fill(self, **slots: str) -> Query:
        """The statement with every slot filled with trusted SQL (never a caller's text)."""
        return compile_query(self.name, self.text_with(**slots))

    def text_with(self, **slots: str) -> str:
        """The text with every slot filled, to stand within another template."""
        return _SLOT.sub(lambda slot: slots[slot[1]], self.text)


def compile_query(name: str, text: str) -> Query:
    """Turn `:name` into `$n`."""
    parameters = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    sql = _PARAMETER.sub(lambda match: f"${parameters.index(match[1]) + 1}", text).strip().rstrip(";")
    return Query(name, sql, parameters)


@cache
def _blocks(file: str) -> dict[str, str]:
    text = resources.files("hub.store.sql").joinpath(f"{file}.sql").read_text("utf-8")
    _, *parts = _HEADER.split(text)
    return dict(zip(parts[::3], parts[2::3], strict=True))


@cache
def query(file: str, name: str) -> Query:
    """The query `name` of `sql/FILE.sql`."""
    return compile_query(name, _blocks(file)[name])


@cache
def template(file: str, name: str) -> Template:
    """The template `name` of `sql/FILE.sql`."""
    return Template(name, _blocks(file)[name])


def every_query() -> list[tuple[str, str, str]]:
    """(file, name, text) of all queries, for the test that prepares each."""
    folder = resources.files("hub.store.sql")
    files = sorted(entry.name[:-4] for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(file, name, text) for file in files for name, text in _blocks(file).items()]
