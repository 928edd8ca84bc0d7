"""What can be set, called and answered is documented, and nothing that is gone."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import typer

from connectors.district.conformance.asking import Limits
from connectors.district.conformance.suite import CHECKS
from connectors.errors import TABLE
from connectors.settings import HttpSettings, KisSettings, PkhSettings
from hub.domain import errors
from hub.domain.principal import Role
from hub.domain.rejects import WAY_OUT
from hub.federation.gather import GatherSettings
from hub.matching.fields import FIELDS, FieldType, Origin
from server.cli import application
from server.settings import read_settings
from tests.spec.tables import rewritten

TextOf = Callable[[str], str]
_FIRST_CELL = re.compile(r"^\| (`[^|]*`) \|", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def _sections(text: str) -> dict[str, str]:
    """Text below each heading of the second level."""
    parts = _HEADING.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _documented(text: str) -> set[str]:
    """Everything in code style in the first column of the tables."""
    return {code for cell in _FIRST_CELL.findall(text) for code in _CODE.findall(cell)}


class _Recorder(dict[str, str]):
    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return default


def test_every_setting_is_documented_and_no_other(text_of: TextOf) -> None:
    environment = _Recorder()
    read_settings(environment)
    assert _documented(text_of("docs/reference/settings.md")) == environment.asked


def test_defaults_of_settings_are_those_of_the_code(text_of: TextOf) -> None:
    settings = read_settings({})
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", text_of("docs/reference/settings.md"), re.MULTILINE))
    assert rows == {
        "SLRT_HUB_STATE": str(settings.state),
        "SLRT_HUB_HOST": settings.host,
        "SLRT_HUB_PORT": str(settings.port),
        "SLRT_HUB_PUBLIC_URL": "http://HOST:PORT",
        "SLRT_HUB_CONNECTIONS": str(settings.connections),
        "SLRT_HUB_LOG_LEVEL": settings.log_level,
        "SLRT_HUB_CREDENTIALS": str(settings.credentials.folder),
        "SLRT_HUB_CHECK_SECONDS": str(settings.check_seconds),
        "SLRT_HUB_WEBHOOKS_PRIVATE": "yes" if settings.webhooks_private else "no",
    }


def _commands() -> dict[str, Any]:
    """Commands by their full name; typer brings its own copy of click, so its classes are not named here."""

    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        below = getattr(command, "commands", None)
        if below is None:
            yield name, command
            return
        for child in below.values():
            yield from walk(f"{name} {child.name}", child)

    return dict(walk("slrt-hub", typer.main.get_command(application())))


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _parameters(command: Any) -> set[str]:
    """Options as they are typed, arguments in capitals."""
    return {
        parameter.opts[0] if _is_option(parameter) else parameter.name.upper()
        for parameter in command.params
        if parameter.name != "help"
    }


def test_every_command_with_its_options_is_documented_and_no_other(text_of: TextOf) -> None:
    sections = _sections(text_of("docs/reference/commands.md"))
    assert {name: _documented(text) for name, text in sections.items()} == {
        name: _parameters(command) for name, command in _commands().items()
    }


def test_defaults_of_options_are_those_of_the_code(text_of: TextOf) -> None:
    sections = _sections(text_of("docs/reference/commands.md"))
    row = re.compile(r"^\| `(--[\w-]+)` \| `([^`]+)` \|", re.MULTILINE)
    documented = {name: dict(row.findall(text)) for name, text in sections.items()}
    assert documented == {name: _defaults(command) for name, command in _commands().items()}


def _defaults(command: Any) -> dict[str, str]:
    return {
        parameter.opts[0]: str(parameter.default)
        for parameter in command.params
        if _is_option(parameter) and not parameter.is_flag and parameter.default is not None
    }


def test_every_role_is_named_where_clients_are_added(text_of: TextOf) -> None:
    section = _sections(text_of("docs/reference/commands.md"))["slrt-hub client add"]
    assert set(_CODE.findall(section)) >= {role.value for role in Role}


def _codes(kind: type[errors.HubError]) -> set[str]:
    return {kind.code}.union(*(_codes(below) for below in kind.__subclasses__() if below.__module__ == errors.__name__))


def test_every_error_code_is_documented_and_no_other(text_of: TextOf) -> None:
    section = _sections(text_of("docs/reference/errors.md"))["Codes of the hub"]
    assert _documented(section) == _codes(errors.HubError)


def test_every_code_that_the_graphql_layer_gives_is_documented(root: Path, text_of: TextOf) -> None:
    sources = [*(root / "schema").rglob("*.py"), *(root / "server").glob("*.py")]
    given = {
        code
        for source in sources
        for code in re.findall(r'(?:"code": |code=|_unfit\([^"\n]*)"([A-Z_]{4,})"', source.read_text(encoding="utf-8"))
    }
    sections = _sections(text_of("docs/reference/errors.md"))
    graphql = _documented(sections["Codes of GraphQL"])
    assert given - _codes(errors.HubError) == graphql
    assert "GRAPHQL_PARSE_FAILED" in given


def test_every_reason_for_a_reject_is_documented_and_no_other(text_of: TextOf) -> None:
    section = _sections(text_of("docs/reference/errors.md"))["Why a record or value stays out"]
    rejects, warnings = section.split("Warnings about a NIK")
    assert _documented(rejects) == set(WAY_OUT)
    assert _documented(warnings) == {"NIK_REGION_UNKNOWN", "NIK_BIRTH_DATE_DIFFERS", "NIK_SEX_DIFFERS"}


def test_every_reason_and_warning_in_sql_has_a_way_out_or_is_documented(root: Path, text_of: TextOf) -> None:
    sql = "\n".join(file.read_text(encoding="utf-8") for file in (root / "hub/store/sql").glob("*.sql"))
    sql += (root / "migrations/0000_identity_checks.sql").read_text(encoding="utf-8")
    used = set(re.findall(r"'((?:NIK|KK|REGION|DECILE|PROGRAMME|VALUE|ID)_[A-Z0-9_]+)'", sql)) - {"KK_HISTORY"}
    section = _sections(text_of("docs/reference/errors.md"))["Why a record or value stays out"]
    assert used - _documented(section) == set()
    assert "NIK_SEX_DIFFERS" in used


def test_every_reason_of_kis_is_documented_and_no_other(root: Path, text_of: TextOf) -> None:
    section = _sections(text_of("docs/reference/errors.md"))["Why KIS refuses a card"]
    interface = text_of("docs/reference/national-systems.md").partition("Reason codes:")[2].partition(".")[0]
    simulator = (root / "simulators/kis.py").read_text(encoding="utf-8")
    assert _documented(section) == set(re.findall(r"[A-Z_]{4,}", interface))
    assert _documented(section) == set(re.findall(r'_refused\(request, "([A-Z_]+)"', simulator))


def test_every_kind_of_failure_of_a_system_is_documented_and_no_other(text_of: TextOf) -> None:
    section = _sections(text_of("docs/reference/errors.md"))["What the hub does when another system fails"]
    assert _documented(section) == {rule.kind for rule in TABLE.values()}


def test_the_systems_file_is_documented_with_its_defaults(text_of: TextOf) -> None:
    page = text_of("docs/how-to/connect-systems.md")
    table = _sections(page)["What can stand in it"]
    http = {name: value for name, value in _http_rows(table) if name in HttpSettings.__struct_fields__}
    defaults = {field.name: field.default for field in msgspec.structs.fields(HttpSettings)}
    assert http == {name: "none" if default is None else str(default) for name, default in defaults.items()}
    named = set(_CODE.findall(table))
    for settings in (KisSettings, PkhSettings):
        assert named >= set(settings.__struct_fields__)


def test_the_settings_of_live_calls_are_documented_with_their_defaults(text_of: TextOf) -> None:
    table = text_of("docs/how-to/connect-systems.md").partition("| name in `[live]` |")[2]
    defaults = {field.name: str(field.default) for field in msgspec.structs.fields(GatherSettings)}
    assert dict(_http_rows(table)) == defaults


def test_every_reason_of_the_federation_is_documented_and_no_other(root: Path, text_of: TextOf) -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in (root / "hub/federation").glob("*.py"))
    reasons = re.findall(r'(?:Failed\(|Misbehaved\(|reason=)\s*"([A-Z_]+)"', source)
    codes = re.findall(
        r'"(DUPLICATE|NOT_ASKED_FOR|MOMENT_IMPOSSIBLE|[A-Z]+_FOREIGN|[A-Z]+_UNKNOWN|ID_MISSING)"', source
    )
    section = _sections(text_of("docs/reference/errors.md"))["Why a district's rows are not of now"]
    known = {rule.kind for rule in TABLE.values()} | set(WAY_OUT)
    assert (set(reasons) | set(codes)) - known == _documented(section)
    assert set(reasons) > {"SUSPENDED", "OUT_OF_ORDER"}


def _http_rows(table: str) -> Iterator[tuple[str, str]]:
    for names, values in re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", table, re.MULTILINE):
        yield from zip(_CODE.findall(names), values.split(", "), strict=False)


def test_every_check_of_a_district_is_documented_with_its_capability_and_no_other(text_of: TextOf) -> None:
    page = text_of("docs/reference/district-checks.md")
    rows = re.findall(r"^\| `([a-z0-9.-]+)` \| (\w+) \| [A-Z]", page, re.MULTILINE)
    assert rows == [(check.id, check.capability or "all") for check in CHECKS]
    limits = Limits()
    said = (
        f"{limits.deadline:g} s |",
        f"{limits.p99:g} s, or",
        f"{limits.max_bytes // 2**20} MiB |",
        f"{limits.concurrency} |",
    )
    assert [text for text in said if f"| {text}" not in page] == []
    assert f"| {limits.large_page}, in pages of {limits.small_page} |" in page


def test_every_field_of_rules_is_documented_with_its_words_and_no_other(text_of: TextOf) -> None:
    section = _sections(text_of("docs/how-to/write-a-rule.md"))["Fields"]
    found = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]*)\| ([^|]+) \|$", section, re.MULTILINE)
    rows = {name: (kind, unit.strip(), source) for name, kind, unit, source in found}
    assert rows.keys() == FIELDS.keys()
    for name, field in FIELDS.items():
        kind, unit, source = rows[name]
        assert kind.startswith(", ".join(field.words) if field.type is FieldType.TEXT else field.type.value)
        assert unit == field.unit
        told = {Origin.HOUSEHOLD: "district", Origin.PERSON: "district", Origin.WELFARE: "BPS, through the district"}
        assert source == told.get(field.origin, f"roster of {field.origin}")


def test_the_tables_of_programmes_are_the_rules_as_shipped(root: Path, text_of: TextOf) -> None:
    page = text_of("docs/reference/programmes.md")
    shipped = [
        json.loads(file.read_text(encoding="utf-8"))
        for file in sorted((root / "hub/store/reference/programmes").glob("*.json"))
    ]
    for programme in shipped:
        rule = programme["rule"]
        row = f"| `{programme['programme_code']}` | {programme['name_id']} | {rule['unit']} | {programme['effective_from']} |"
        assert row in page
        for component in rule.get("components", ()):
            assert f"| `{component['code']}` | {component['amount']:,} |" in page


def test_the_rule_tables_stand_in_the_reference_as_they_are_tested(text_of: TextOf) -> None:
    page = text_of("docs/reference/programmes.md")
    assert page == rewritten(page)
    assert page.count("| UNKNOWN |") > 20
