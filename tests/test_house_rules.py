"""The rules of STYLE.md that a machine can keep."""

import ast
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from timewright import tables as t
from timewright.database import ENGINES
from timewright.presenting.kinds import Nested
from timewright.resources import REGISTRY
from timewright.resources.time_entry_facts import CREATE_RESTS_ON, DELETE_RESTS_ON, UPDATE_RESTS_ON

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "timewright"
FILES = sorted(SOURCE.rglob("*.py"))
GLOBAL = {"accounts", "users", "tokens"}


def _named(path):
    return str(path.relative_to(SOURCE))


def _strings(path):
    """Every string of a file that is no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and n not in documents
    ]


@pytest.mark.parametrize("path", FILES, ids=_named)
def test_only_the_database_module_and_the_migrations_name_an_engine(path):
    if path.name in {"database.py", "settings.py"} or "migrations" in path.parts:
        return  # settings.py shows what an address looks like
    text = " ".join(_strings(path)).lower()
    names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
    assert not [word for word in (*ENGINES, "psycopg", "pragma") if word in text or word in names]


@pytest.mark.parametrize("path", FILES, ids=_named)
def test_only_the_clock_reads_the_clock(path):
    if path.name == "clock.py":
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"datetime\.now|utcnow|date\.today|time\.(time|monotonic|perf_counter)\(|func\.now|CURRENT_", text
    )


@pytest.mark.parametrize("path", FILES, ids=_named)
def test_a_long_file_says_why(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300 or re.search(r"Long\s+because", ast.get_docstring(ast.parse(text)) or "")


@pytest.mark.parametrize("path", FILES, ids=_named)
def test_no_file_is_called_after_a_drawer(path):
    assert path.stem not in {"utils", "util", "helpers", "common", "base", "manager", "service", "misc"}


@pytest.mark.parametrize("path", FILES, ids=_named)
def test_an_exception_to_a_check_says_which(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        assert not re.search(r"# noqa(?!: [A-Z]+\d+)|# type: ignore(?!\[)", line), line


@pytest.mark.parametrize(
    "path",
    [p for p in FILES if "presenting" in p.parts or p.name in {"wishes.py", "writer.py", "reader.py"}],
    ids=_named,
)
def test_the_engine_names_no_resource(path):
    words = {resource.name for resource in REGISTRY} | {resource.singular for resource in REGISTRY}
    strings = {word for text in _strings(path) for word in re.findall(r"[a-z_]+", text)}
    # `role` and `user` are words of the language; what counts is the wire's names with an underscore or plural.
    foreign = {"tags"} if path.name == "openapi.py" else set()  # the format's own word
    assert not strings & {word for word in words if "_" in word or word.endswith("s")} - foreign


def test_the_engine_stays_small():
    files = ("declare.py", "ask.py", "load.py", "envelope.py")
    assert sum(len((SOURCE / "presenting" / name).read_text().splitlines()) for name in files) <= 750


@pytest.mark.parametrize("resource", list(REGISTRY), ids=lambda r: r.name)
def test_every_declared_thing_has_a_sentence(resource):
    nested = [inner for p in resource.params if isinstance(p.kind, Nested) for inner in p.kind.params]
    declared = [resource, *resource.fields, *resource.includes, *resource.filters, *resource.orders, *resource.params]
    for each in [*declared, *nested]:
        assert re.fullmatch(r"[A-Z`a-z].*\.", each.sentence), each.name


@pytest.mark.parametrize("table", t.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_key_of_a_tenant_table_begins_with_the_account(table):
    if table.name in GLOBAL:
        return
    keys = [c for c in table.constraints if isinstance(c, (sa.PrimaryKeyConstraint, sa.UniqueConstraint))]
    assert all(next(iter(key.columns)).name == "account_id" for key in keys)
    for foreign in table.foreign_key_constraints:
        if foreign.referred_table.name not in GLOBAL:
            assert foreign.column_keys[0] == "account_id", foreign.name


@pytest.mark.parametrize("table", t.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_person_of_a_tenant_table_stands_in_its_account(table):
    if table.name in GLOBAL | {"account_people"}:
        return
    referred = {key.column_keys[-1]: key.referred_table.name for key in table.foreign_key_constraints}
    people = [
        c.name
        for c in table.c
        if re.search(r"(^|_)(user|creator|assignee|recipient|on_behalf_of|maven|created_by)_id$", c.name)
    ]
    assert all(referred.get(name) == "account_people" for name in people), people


@pytest.mark.parametrize("table", t.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_constraint_is_named(table):
    # A name that the convention gives is made when the statement is compiled.
    create = str(sa.schema.CreateTable(table).compile(dialect=sa.create_mock_engine("sqlite://", None).dialect))
    body = create[create.index("(") :]
    unnamed = [line for line in body.splitlines() if re.match(r"\s*(PRIMARY KEY|FOREIGN KEY|UNIQUE|CHECK)", line)]
    assert unnamed == []


@pytest.mark.parametrize("held", [CREATE_RESTS_ON, UPDATE_RESTS_ON, DELETE_RESTS_ON])
def test_a_decision_holds_its_rows_in_the_one_order(held):
    order = [table.name for table in t.LOCK_ORDER]
    places = [order.index(name) for name in held]
    assert places == sorted(places)


def test_no_committed_requirement_names_where_it_comes_from():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"index-url|find-links|trusted-host|https?://| @ ", text), path.name


def test_nothing_of_the_project_waits_to_be_written():
    words = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error", "mark.sk" + "ip", "mark.xf" + "ail")
    for folder in ("src", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not [word for word in words if word in path.read_text(encoding="utf-8")], path
