"""Links lead somewhere, files that are named exist, and the glossary is that of the code."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

TextOf = Callable[[str], str]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_NAMED_FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|lock|sh|sql|graphql))`")
_TERM = re.compile(r"^- \*\*(.+?)\*\*")
_MADE_AT_SETUP = ("server/pages/dist/",)
_OUR_CODE = ("auth", "connectors", "execution", "hub", "migrations", "resolvers", "schema", "server", "simulators")


def _anchors(page: Path) -> set[str]:
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _broken(page: Path) -> list[str]:
    broken = []
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    return broken


def test_every_internal_link_leads_to_a_page_and_heading(pages: list[Path]) -> None:
    assert {page.name: _broken(page) for page in pages if _broken(page)} == {}


def test_a_broken_link_would_be_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](#here) [b](#there) [c](gone.md) [d](https://example.org)", encoding="utf-8")
    assert _broken(page) == ["#there", "gone.md"]


def test_every_page_can_be_reached_from_the_readme(root: Path, pages: list[Path]) -> None:
    reached, waiting = set[Path](), [root / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        links = (link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8")))
        targets = [(page.parent / link).resolve() for link in links if link and not re.match(r"[a-z]+:", link)]
        for target in targets:
            waiting += sorted(target.glob("*.md")) if target.is_dir() else [target] * (target in pages)
    assert set(pages) - reached == set()


def test_every_file_that_is_named_exists(root: Path, pages: list[Path]) -> None:
    missing = {
        f"{page.name}: {name}"
        for page in pages
        for name in _NAMED_FILE.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
        if "/" in name and name.split("/")[0] in {entry.name for entry in root.iterdir()}
        if not (root / name).exists() and not name.startswith(_MADE_AT_SETUP)
    }
    assert missing == set()


def test_decisions_are_numbered_without_gaps_and_have_the_same_parts(root: Path) -> None:
    records = sorted((root / "docs/decisions").glob("*.md"))
    assert [record.name[:4] for record in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert text.startswith(f"# {record.name[:4]} "), record.name
        parts = ("**Context.**", "**Decision", "**Consequences.**", "**Alternatives.**", "**Enforced by**")
        assert [part for part in parts if part not in text] == [], record.name


@pytest.fixture(scope="module")
def terms(root: Path) -> list[str]:
    lines = (root / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    return [found[1] for line in lines if (found := _TERM.match(line))]


def test_the_glossary_is_alphabetical_and_names_each_term_once(terms: list[str]) -> None:
    plain = [term.casefold().replace("_", " ") for term in terms]
    assert plain == sorted(set(plain))
    assert len(terms) > 50


def test_every_entry_of_the_glossary_is_one_line(text_of: TextOf) -> None:
    body = text_of("docs/glossary.md").partition("\n- ")[2]
    assert [line for line in body.splitlines() if not line.startswith("- **")][1:] == []


def test_every_term_of_the_glossary_is_used_in_code_or_schema(root: Path, terms: list[str]) -> None:
    files = [
        file
        for package in _OUR_CODE
        for file in (root / package).rglob("*")
        if file.suffix in {".py", ".sql", ".graphql"}
    ]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    text = " ".join(re.findall(r"\w+", re.sub(r"([a-z])([A-Z])", r"\1 \2", code).replace("_", " ").casefold()))
    unused = [term for term in terms if f" {term.casefold().replace('_', ' ')}" not in f" {text}"]
    assert unused == []
