"""The GraphiQL page as set-up built it: whole, ours alone, and of use without internet."""

import re
from pathlib import Path

import graphql
import pytest

_REFERENCE = re.compile(r'(?:src|href)="([^"]+)"')
_CSS_URL = re.compile(r"url\(['\"]?([^'\")]+)")


@pytest.fixture(scope="module")
def page(root: Path) -> Path:
    built = root / "server" / "pages" / "dist" / "graphiql"
    assert (built / "index.html").is_file(), "set-up did not build the page: ./test prints npm's words when it starts"
    return built


def test_every_file_that_the_page_names_stands_beside_it(page: Path) -> None:
    named = [name for name in _REFERENCE.findall((page / "index.html").read_text("utf-8")) if name != "data:,"]
    assert sorted(named) == ["graphiql.css", "graphiql.js"]
    workers = ["editor.worker.js", "graphql.worker.js", "json.worker.js"]
    assert [name for name in [*named, *workers] if not (page / name).is_file()] == []


def test_no_style_fetches_anything_from_outside(page: Path) -> None:
    urls = {url for sheet in page.glob("*.css") for url in _CSS_URL.findall(sheet.read_text("utf-8"))}
    fetched = {url for url in urls if not url.startswith("data:")}
    assert [url for url in fetched if not (page / url).is_file()] == []


def test_the_page_carries_the_licences_of_what_is_bundled(page: Path) -> None:
    licences = (page / "LICENSES.txt").read_text("utf-8")
    assert [name for name in ("graphiql ", "graphql ", "monaco-editor ", "react ") if f"\n{name}" not in licences] == []


def test_the_question_that_the_page_opens_with_is_valid(root: Path) -> None:
    schema = graphql.build_schema((root / "schema" / "hub.graphql").read_text("utf-8"), assume_valid=True)
    welcome = graphql.parse((root / "server" / "pages" / "graphiql" / "welcome.graphql").read_text("utf-8"))
    assert graphql.validate(schema, welcome) == []
