"""Finds every place where the code refuses something, and writes docs/errors.md from it and from the English catalogue.

    scripts/uv run --frozen python scripts/error_codes.py --write

Reads the source, not the running program: a refusal that no test reaches is in the list too.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from marketplace.catalogue.rules.eligibility import REFUSALS as LISTING_REFUSALS  # noqa: E402 - packages beside the script
from marketplace.core import errors, messages  # noqa: E402
from marketplace.core.amounts import REASONS_ZH  # noqa: E402
from marketplace.core.errors import DomainError  # noqa: E402
from marketplace.core.sheets.problems import REFUSALS as SHEET_REFUSALS  # noqa: E402

FILE = ROOT / "docs" / "errors.md"
PACKAGES: Final = ("marketplace", "search", "admin")
TREE: Final[dict[str, type[DomainError]]] = {
    name: found
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, DomainError)
}
# Functions and records that carry a code and a sentence to where they are raised or answered: positions of the two.
CARRIERS: Final[dict[str, tuple[int, int]]] = {
    "FieldProblem": (1, 2),
    "RowError": (2, 3),
    "CellRefused": (0, 1),
    "refuse": (0, 1),  # core.identifiers
    "_problem": (1, 2),  # producers.rules, beneficiaries.service.payment_files
    "_refuse": (2, 3),  # producers.service.imports.job
    "_error": (2, 3),  # producers.service.imports.validation
}
# Codes that are computed: file and expression, and what it can be.
COMPUTED: Final[dict[tuple[str, str], Callable[[], dict[str, str]]]] = {
    ("marketplace/core/sheets/problems.py", "f'sheet_{code}'"): lambda: {
        f"sheet_{code}": text for code, text in SHEET_REFUSALS.items()
    },
    ("marketplace/core/sheets/cells.py", "f'amount_{amount.reason}'"): lambda: {
        f"amount_{code}": text for code, text in REASONS_ZH.items()
    },
    ("marketplace/statistics/targets/reading.py", "f'amount_{amount.reason}'"): lambda: {
        f"amount_{code}": text for code, text in REASONS_ZH.items()
    },
    ("marketplace/statistics/targets/reading.py", "f'amount_{error.code}'"): lambda: {
        f"amount_{code}": text for code, text in REASONS_ZH.items()
    },
    ("marketplace/statistics/targets/declared.py", "f'amount_{amount.reason}'"): lambda: {
        f"amount_{code}": text for code, text in REASONS_ZH.items()
    },
    ("marketplace/catalogue/service/judging.py", "refusal"): lambda: dict(LISTING_REFUSALS),
    ("marketplace/accounts/service/organisations.py", "name"): lambda: {
        "sector": "代码不存在",
        "size_class": "代码不存在",
    },
    ("marketplace/certification/service/decisions.py", "f'{step.kind}_due'"): lambda: {
        "notice_due": "应先发布公示",
        "issue_due": "应签发证书",
    },
}
# Expressions that pass on the code of a refusal raised (and seen) elsewhere.
PASSED_ON: Final = {
    "code",
    "error.code",
    "refused.code",
    "problem.code",
    "code or self.default_code",
}
# Codes that the HTTP edge makes without raising anything of the tree.
EDGE: Final = {
    "unknown_parameter": (400, "请求无法识别"),
    "invalid": (422, "内容不符合规则"),
    "internal_error": (500, "系统内部错误"),
}


@dataclass(frozen=True)
class Site:
    """A place that refuses: code, class (None for a carrier), Chinese sentence, names given as `extra`, where it stands."""

    code: str
    error: type[DomainError] | None
    detail_zh: str
    extra: frozenset[str]
    where: str


def sites() -> Iterator[Site]:
    """Every place that refuses; ValueError for a code that cannot be read from the source."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            relative = path.relative_to(ROOT).as_posix()
            for node in ast.walk(tree):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id in TREE:
                    error = TREE[node.exc.id]
                    yield Site(
                        error.default_code, error, error.title, frozenset(), f"{relative}:{node.lineno}"
                    )
                elif isinstance(node, ast.Call):
                    yield from _call(node, relative)


def _call(node: ast.Call, relative: str) -> Iterator[Site]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    error = TREE.get(name)
    if error is None and name not in CARRIERS:
        return
    at_code, at_detail = CARRIERS.get(name, (0, 1))
    code = _argument(node, at_code, "code")
    if error is None and code is None:
        return  # another function of that name
    detail = _argument(node, at_detail, "detail")
    where = f"{relative}:{node.lineno}"
    extra = frozenset(k.arg for k in node.keywords if k.arg) - {"code", "detail", "pointer", "fields"}
    for one, text in _codes(code, detail, error, relative, where).items():
        yield Site(one, error, text, extra - {"retry_after_seconds"}, where)


def _argument(node: ast.Call, position: int, name: str) -> ast.expr | None:
    named = next((k.value for k in node.keywords if k.arg == name), None)
    return node.args[position] if len(node.args) > position else named


def _codes(
    code: ast.expr | None,
    detail: ast.expr | None,
    error: type[DomainError] | None,
    relative: str,
    where: str,
) -> dict[str, str]:
    """What a code expression can be, each with its sentence."""
    text = _sentence(detail) or (error.title if error else "")
    if code is None and error is not None:
        return {error.default_code: text}
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        return {code.value: text}
    if isinstance(code, ast.IfExp):
        # A conditional code comes with a conditional sentence, on the same condition.
        one, other = (detail.body, detail.orelse) if isinstance(detail, ast.IfExp) else (detail, detail)
        found = _codes(code.body, one, error, relative, where)
        return found | _codes(code.orelse, other, error, relative, where)
    source = ast.unparse(code) if code is not None else ""
    if source in PASSED_ON:
        return {}
    if (relative, source) in COMPUTED:
        return COMPUTED[relative, source]()
    raise ValueError(f"{where}: the code {source} is computed; say in scripts/error_codes.py what it can be")


def _sentence(node: ast.expr | None) -> str:
    """A Chinese sentence as people read it in the list: … for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.IfExp):
        return f"{_sentence(node.body)} / {_sentence(node.orelse)}"
    if isinstance(node, ast.BinOp):
        return f"{_sentence(node.left)}{_sentence(node.right)}"
    return "…" if node is not None else ""


def page() -> str:
    """docs/errors.md: every code with its statuses, what it says in English and in Chinese."""
    statuses: dict[str, set[int]] = defaultdict(set)
    chinese: dict[str, dict[str, None]] = defaultdict(dict)
    for site in sites():
        if site.error is not None:
            statuses[site.code].add(site.error.status)
        else:
            statuses[site.code]  # a field's code: it comes inside `errors`
        chinese[site.code][site.detail_zh] = None
    for code, (status, text) in EDGE.items():
        statuses[code].add(status)
        chinese[code].setdefault(text)
    return _HEAD + "".join(_row(code, statuses[code], list(chinese[code])) for code in sorted(statuses))


def _row(code: str, statuses: set[int], chinese: Sequence[str]) -> str:
    english = messages.catalogue("en")
    said = english["problems"].get(code) or english["titles"].get(code, "")
    status = ", ".join(map(str, sorted(statuses))) or "field"
    texts = "; ".join(text for text in chinese if text not in {"", "…"})
    return f"| `{code}` | {status} | {said} | {texts.replace('|', '、')} |\n"


_HEAD: Final = """# Refusals

Written by `scripts/error_codes.py --write` from the source and `marketplace/translations/en.toml`; do not edit by hand.

Every refusal under `/api` is `application/problem+json` (RFC 9457) with `code`, `title`, `detail`, `request_id`, and `errors`
(pointer, code, message) where fields are at fault. The `code` is stable and the same in every language: decide by it. `title`,
`detail` and messages are Chinese unless `Accept-Language` prefers English; `Content-Language` says which.

`field` in the second column marks codes that come only inside `errors`, or in the list of bad rows of an import. `…` stands for
what a sentence fills in, `{names}` for members of the problem document.

| code | status | English | 中文 |
|---|---|---|---|
"""


def main() -> None:
    """Print the page, or write it."""
    if "--write" in sys.argv[1:]:
        FILE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
