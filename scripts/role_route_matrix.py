"""Prints the role × route matrix that people review: tests/architecture/role_route_matrix.csv.

    scripts/uv run --frozen python scripts/role_route_matrix.py --write

One row per route, one column per role: `-` refused at the route, `own` reaches what the role's organisation owns,
`area` what lies in the role's area, `all` open to everybody.
"""

import csv
import io
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask  # noqa: E402 - the script finds the packages beside itself

from marketplace.accounts.permissions import ROLES, Role  # noqa: E402
from marketplace.core.http.endpoint import Guard  # noqa: E402

FILE = ROOT / "tests" / "architecture" / "role_route_matrix.csv"


def reach(guard: Guard, role: Role) -> str:
    """How far a role gets on a route with this guard."""
    if guard.anonymous:
        return "all"
    if guard.permission is None:
        return "own"
    if guard.permission not in role.permissions:
        return "-"
    return "own" if role.kind == "owner" else "area"


def table(app: Flask) -> str:
    """The matrix of `app` as CSV, ordered by path and method."""
    rows = []
    for rule in app.url_map.iter_rules():
        guard = getattr(app.view_functions[rule.endpoint], "guard", None)
        if not isinstance(guard, Guard) or not rule.rule.startswith("/api/v1/"):
            continue
        path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            asked = "public" if guard.anonymous else guard.permission or "signed_in"
            anonymous = "all" if guard.anonymous else "-"
            rows.append([path, method, asked, anonymous, *(reach(guard, role) for role in ROLES)])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["path", "method", "guard", "anonymous", *(role.code for role in ROLES)])
    writer.writerows(sorted(rows))
    return out.getvalue()


def main() -> None:
    """Print the matrix, or write it over the reviewed file."""
    from marketplace.core.settings import Settings
    from wsgi import create_app

    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", secret_key="matrix"))  # noqa: S106 - never used
    if "--write" in sys.argv[1:]:
        FILE.write_text(table(app), encoding="utf-8")
    else:
        sys.stdout.write(table(app))


if __name__ == "__main__":
    main()
