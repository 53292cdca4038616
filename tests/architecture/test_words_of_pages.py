"""What pages say goes through `_()`, is there in English, and no catalogue holds what nobody says."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from marketplace.core.messages import names_in
from marketplace.web.kit.words import FOLDER

ROOT = Path(__file__).resolve().parents[2]
HAN = re.compile(r"[\u3400-\u9fff]")
TEMPLATES = ROOT / "marketplace" / "templates"
WEB = ROOT / "marketplace" / "web"
# Where the pages of an area stand; its English is translations/pages/<area>.toml.
AREAS: dict[str, tuple[Path, ...]] = {
    "kit": (
        TEMPLATES / "base.html",
        TEMPLATES / "error.html",
        TEMPLATES / "macros",
        TEMPLATES / "kit",
        TEMPLATES / "account",
        WEB / "kit",
        WEB / "account",
        WEB / "site.py",
        WEB / "agreements_shown.py",
        WEB / "moves_shown.py",
    ),
    "public": (TEMPLATES / "public", WEB / "public"),
    "buyers": (TEMPLATES / "buyers", WEB / "buyers"),
    "producers": (TEMPLATES / "producers", WEB / "producers"),
    "officials": (ROOT / "admin",),
    "results": (ROOT / "search" / "templates", ROOT / "search" / "pages.py"),
}
# The samples of the style page, and the words of the trade with their dates (which have both languages side by side).
SAMPLES = {"marketplace/templates/kit/styleguide.html"}
BOTH_LANGUAGES = {
    "marketplace/web/kit/words.py",
    "marketplace/web/kit/install.py",
    "marketplace/web/kit/tiles.py",
}
# A refusal says its sentence in Chinese, and has its English by its code (docs/errors.md).
REFUSALS = {"Invalid", "BadRequest", "Conflict", "Forbidden", "NotFound", "TooLarge", "ValidationError"}


def english(area: str) -> dict[str, str]:
    path = FOLDER / f"{area}.toml"
    found: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def files(area: str, ending: str) -> Iterator[Path]:
    for place in AREAS[area]:
        if place.is_file() and place.suffix == ending:
            yield place
        elif place.is_dir():
            yield from sorted(place.rglob(f"*{ending}"))


def said_in_template(path: Path) -> tuple[set[str], set[str]]:
    """What goes through `_()`, and the Chinese that does not."""
    tree = jinja2.Environment(extensions=["jinja2.ext.do"]).parse(path.read_text(encoding="utf-8"))  # noqa: S701
    said: set[str] = set()
    loose = {data.data.strip() for data in tree.find_all(nodes.TemplateData) if HAN.search(data.data)}
    inside = set()
    for call in tree.find_all(nodes.Call):
        if getattr(call.node, "name", "") == "_" and call.args and isinstance(call.args[0], nodes.Const):
            said.add(str(call.args[0].value))
            inside.add(id(call.args[0]))
    loose |= {
        one.value
        for one in tree.find_all(nodes.Const)
        if isinstance(one.value, str) and HAN.search(one.value) and id(one) not in inside
    }
    return said, loose


def said_in_code(path: Path) -> tuple[set[str], set[str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    said: set[str] = set()
    inside: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = ast.unparse(node.func).rsplit(".", 1)[-1]
        if called in {"_", "say", "note"} and isinstance(node.args[0], ast.Constant):
            said.add(str(node.args[0].value))
            inside.add(id(node.args[0]))
        elif called in REFUSALS:
            inside |= {id(part) for one in node.args[:2] for part in ast.walk(one)}
    loose = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and HAN.search(node.value)
        and id(node) not in inside | prose
    }
    return said, loose


def said(area: str) -> set[str]:
    found: set[str] = set()
    for path in files(area, ".html"):
        found |= said_in_template(path)[0]
    for path in files(area, ".py"):
        found |= said_in_code(path)[0]
    return found


@pytest.mark.parametrize("area", AREAS)
def test_chinese_on_pages_goes_through_the_catalogue(area: str) -> None:
    loose = {}
    for ending, read in ((".html", said_in_template), (".py", said_in_code)):
        for path in files(area, ending):
            name = str(path.relative_to(ROOT))
            if name not in SAMPLES | BOTH_LANGUAGES and (found := read(path)[1]):
                loose[name] = found
    assert loose == {}


@pytest.mark.parametrize("area", AREAS)
def test_every_text_of_an_area_has_its_english_there_or_in_the_kit(area: str) -> None:
    """A new text: one line `"中文" = "English"` in marketplace/translations/pages/<area>.toml."""
    assert sorted(said(area) - set(english(area)) - set(english("kit"))) == []


@pytest.mark.parametrize("area", AREAS)
def test_no_english_of_an_area_is_left_over(area: str) -> None:
    everywhere = set.union(*(said(one) for one in AREAS)) if area == "kit" else said(area)
    assert sorted(set(english(area)) - everywhere) == []


@pytest.mark.parametrize("area", [*AREAS, "titles"])
def test_english_of_pages_is_english_and_fills_the_same_names(area: str) -> None:
    found = english(area)
    assert [text for text in found.values() if HAN.search(text) or not text] == []
    assert {zh: en for zh, en in found.items() if names_in(zh) != names_in(en)} == {}


def test_one_text_has_one_english() -> None:
    """Two areas may say the same; then they say the same in English too."""
    told: dict[str, set[str]] = {}
    for area in [*AREAS, "titles"]:
        for zh, en in english(area).items():
            told.setdefault(zh, set()).add(en)
    assert {zh: en for zh, en in told.items() if len(en) > 1} == {}


def test_every_catalogue_belongs_to_an_area() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} <= {*AREAS, "titles"}
