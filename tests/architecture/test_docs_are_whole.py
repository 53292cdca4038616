"""What the documents promise to list, they list."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_dependency_has_its_reason_and_no_other_is_named() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    declared = [
        text
        for group in (project["project"]["dependencies"], *project["dependency-groups"].values())
        for text in group
    ]
    names = {re.split(r"[\[~<>= ]", text)[0] for text in declared}
    table = "\n".join(
        line for line in read("docs/adr/0005-dependencies.md").splitlines() if line.startswith("| ")
    )
    reasons = {
        word
        for row in table.splitlines()[1:]
        for word in re.findall(r"[a-z][a-z0-9-]+", re.sub(r"\*[a-z]+:\*", "", row.split("|")[1]))
    } - {"with"}
    assert reasons == names


def test_every_decision_is_numbered_without_gaps_and_found_from_the_architecture() -> None:
    decisions = sorted(path.name for path in (ROOT / "docs/adr").glob("*.md"))
    assert [name[:4] for name in decisions] == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    architecture = read("docs/architecture.md")
    assert [name for name in decisions if f"(adr/{name})" not in architecture] == []


def test_every_folder_of_the_tree_has_its_line_in_both_readmes() -> None:
    packages = [path.name for path in (ROOT / "marketplace").iterdir() if (path / "__init__.py").exists()]
    shown = [f"marketplace/{name}" for name in packages]
    for readme in ("README.md", "README.zh-CN.md"):
        assert [name for name in shown if f"`{name}`" not in read(readme)] == []


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)} → {target}"
        for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert broken == []
