"""The habits of the code as checks over its syntax trees: size, time, commits, exceptions, and nothing of one machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("marketplace", "search", "admin", "benchmarks")
LINES_PER_MODULE = 250
LINES_PER_FUNCTION = 70
# The chain of migrations runs before there is a service; it commits each step.
COMMITTERS = (
    "marketplace/core/db.py",
    "marketplace/core/trying.py",  # nothing of what it begins is ever kept
    "marketplace/core/migrate.py",
    "marketplace/migrations/env.py",
    "benchmarks/",
)
NOW = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}


def modules() -> list[Path]:
    """Every module of ours but the migrations, which are history."""
    found = [ROOT / "wsgi.py", ROOT / "gunicorn.conf.py"]
    for package in PACKAGES:
        found += sorted((ROOT / package).rglob("*.py"))
    return [path for path in found if path.parent.name != "versions" and path.exists()]


def where(path: Path, line: int = 0) -> str:
    name = str(path.relative_to(ROOT))
    return f"{name}:{line}" if line else name


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def test_there_are_modules_to_look_at() -> None:
    assert len(modules()) > 20


def test_no_module_is_longer_than_one_sits_down_to_read() -> None:
    long = {where(path): path.read_text(encoding="utf-8").count("\n") for path in modules()}
    assert {name: lines for name, lines in long.items() if lines > LINES_PER_MODULE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{where(path, node.lineno)} {node.name}"
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > LINES_PER_FUNCTION
    ]
    assert long == []


def test_only_the_clock_asks_for_the_time() -> None:
    asked = [
        where(path, node.lineno)
        for path in modules()
        if where(path) != "marketplace/core/clock.py" and not where(path).startswith("benchmarks/")
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and (ast.unparse(node.value).rsplit(".", 1)[-1], node.attr) in NOW
    ]
    assert asked == []


def test_only_the_one_transaction_commits() -> None:
    commits = [
        where(path, node.lineno)
        for path in modules()
        if not where(path).startswith(COMMITTERS)
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "begin", "begin_nested"}
        and re.search(r"(session|connection|engine|\))$", ast.unparse(node.func.value))
    ]
    assert commits == []


def _passes_on_or_ends(last: ast.Raise) -> bool:
    """Raises the same error again, or ends the process after it has told somebody."""
    return last.exc is None or ast.unparse(last.exc).startswith("SystemExit(")


def test_nothing_catches_everything_and_keeps_it() -> None:
    """Broad handlers may clean up and pass the error on; nothing else."""
    broad = [
        where(path, node.lineno)
        for path in modules()
        # The two queues keep any failure on the row, after a full rollback: a poison job or product must not stop the others.
        if where(path)
        not in {"marketplace/core/jobs.py", "search/sync/indexing.py", "search/sync/versions.py"}
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or {"Exception", "BaseException"} & set(re.findall(r"\w+", ast.unparse(node.type)))
        )
        and not (isinstance(node.body[-1], ast.Raise) and _passes_on_or_ends(node.body[-1]))
    ]
    assert broad == []


def test_a_database_error_is_never_swallowed() -> None:
    """After a failed statement PostgreSQL answers COMMIT with a rollback, and nobody would notice."""
    database = re.compile(
        r"\b(IntegrityError|DBAPIError|OperationalError|SQLAlchemyError|DataError|psycopg)\b"
    )
    swallowed = [
        where(path, node.lineno)
        for path in modules()
        # The worker's loop: the transaction of its claim is over, whole, and the next claim is another one.
        if where(path) != "marketplace/core/jobs.py"
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and node.type is not None
        and database.search(ast.unparse(node.type))
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert swallowed == []


def docstrings(tree: ast.AST) -> set[int]:
    """The ids of the constants that are docstrings: prose, not statements."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }


def test_no_statement_and_no_column_takes_the_time_from_the_database() -> None:
    """The same question gives the same bytes: business values never come from now() in SQL."""
    in_sql = re.compile(
        r"\bnow\(\)|\bcurrent_(timestamp|date)\b|\b(clock|statement)_timestamp\(", re.IGNORECASE
    )
    found = []
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        prose = docstrings(tree)
        for node in ast.walk(tree):
            text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
            if text and in_sql.search(str(node.value)):
                found.append(where(path, node.lineno))
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {
                "func.now",
                "func.current_timestamp",
            }:
                found.append(where(path, node.lineno))
    assert found == []


@pytest.mark.parametrize("forbidden", ["/work" + "/", "/root" + "/", "/far" + "m/", "../shar" + "ed"])
def test_nothing_in_the_repository_names_a_place_of_one_machine(forbidden: str) -> None:
    found = subprocess.run(
        ["git", "grep", "--untracked", "--line-number", "--fixed-strings", forbidden],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ""
